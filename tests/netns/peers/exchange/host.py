# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What serves processes at TCP ports: listeners, clients' connections, what it counts."""

import collections
import socket
import threading

from .connection import Connection

BACKLOG = 512


class Host:
    """options: listen, ndr64, min_level and no_anonymous are read here and by connections."""

    def __init__(self, options, passwords):
        self.options = options
        self.passwords = passwords
        self.lock = threading.Lock()
        self.counters = collections.Counter()
        self.open = set()
        self.ports = {}
        threading.stack_size(256 * 1024)  # one thread a connection, and there may be many

    def listen(self, name, process, port):
        family = socket.AF_INET6 if ':' in self.options.listen else socket.AF_INET
        listener = socket.create_server((self.options.listen, port), family=family,
                                        backlog=BACKLOG)
        self.ports[name] = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener, process), daemon=True).start()

    def _accept(self, listener, process):
        while True:
            link, peer = listener.accept()
            threading.Thread(target=self._serve, args=(process, link, peer), daemon=True).start()

    def _serve(self, process, link, peer):
        connection = Connection(self, process, link, peer)
        with self.lock:
            self.open.add(connection)
            self.counters['connections'] += 1
        try:
            connection.run()
        finally:
            with self.lock:
                self.open.discard(connection)

    # -- what happened

    def count(self, name, detail=None):
        with self.lock:
            self.counters[name if detail is None else f'{name} {detail}'] += 1

    def count_call(self, call):
        self.count('call', f'{call.context[0].name} {call.opnum} level {call.level}')

    def connections(self):
        """How many are open, by the client's address and the port it came to."""
        with self.lock:
            rows = collections.Counter((one.peer[0], one.port) for one in self.open)
        return [{'peer': peer, 'port': port, 'count': count}
                for (peer, port), count in sorted(rows.items())]
