# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The server: its listeners, its clients' connections, what it counts."""

import collections
import socket
import threading

from .connection import Connection
from .decoys import Decoys
from .emsmdb import Store
from .mailbox import Post
from .mapper import Mapper
from .nspi import Directory
from .rfri import Referral
from .service import Process

PASSWORDS = {'alice': 'Passw0rd!', 'bob': 'Secret123',
             **{f'user{number:02}': f'Us3r-{number:02}-pw' for number in range(1, 61)}}
BACKLOG = 512


class Server:
    def __init__(self, options):
        self.options = options
        self.passwords = PASSWORDS
        self.lock = threading.Lock()
        self.counters = collections.Counter()
        self.open = set()
        self.post = Post(PASSWORDS, options.listen, options.park)
        self.decoys = Decoys()
        self.mapper = Mapper(options)
        decoys = self.decoys.interfaces()
        store = Process('store', Store(self.post, options).interfaces() + decoys)
        directory = Process('directory', [Directory(sorted(PASSWORDS), options).interface(),
                                          Referral(options).interface(), *decoys])
        mapper = Process('mapper', [self.mapper.interface, self.decoys.management()])
        threading.stack_size(256 * 1024)  # one thread a connection, and there may be many
        self.ports = {}
        self._listen('mapper', mapper, options.mapper_port)
        self._listen('store', store, options.ports[0])
        if options.second_port is not None:
            self._listen('second', store, options.second_port)
        self._listen('directory', directory, options.ports[1])

    def _listen(self, name, process, port):
        family = socket.AF_INET6 if ':' in self.options.listen else socket.AF_INET
        listener = socket.create_server((self.options.listen, port), family=family,
                                        backlog=BACKLOG)
        self.ports[name] = listener.getsockname()[1]
        if name != 'mapper':
            self.mapper.register(process, self.ports[name])
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
