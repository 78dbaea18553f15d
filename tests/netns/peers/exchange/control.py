# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Commands to the stand-in, a line each; each is answered by one line of JSON.

    mail USER                                       a mail comes
    datagram ADDRESS PORT HEX [SOURCEPORT]          any datagram from this host
    sessions | connections | registrations | stats | decoys
    quit
"""

import json
import os
import socket
import sys
import threading


class Control:
    def __init__(self, server, end):
        self.server = server
        self.end = end  # called by `quit`

    def answer(self, line):
        words = line.split()
        name = words[0] if words else ''
        command = getattr(self, f'do_{name}', None)
        if command is None:
            return {'ok': False, 'error': f'no command {name}'}
        try:
            return {'ok': True, **command(*words[1:])}
        except (TypeError, ValueError, OSError) as reason:
            return {'ok': False, 'error': str(reason)}

    def do_mail(self, user):
        return {'user': user, 'datagrams': self.server.post.deliver(user.lower())}

    def do_datagram(self, address, port, payload, source_port='0'):
        source = self.server.post.datagram(address, int(port), bytes.fromhex(payload),
                                           int(source_port))
        return {'source_port': source}

    def do_sessions(self):
        return {'sessions': [session.row() for session in self.server.post.sessions()]}

    def do_connections(self):
        rows = self.server.connections()
        return {'connections': rows, 'total': sum(row['count'] for row in rows)}

    def do_registrations(self):
        return {'registrations': [one.row() for one in self.server.post.registrations()]}

    def do_stats(self):
        with self.server.lock:
            counters = dict(sorted(self.server.counters.items()))
        return {'counters': counters, 'datagrams': self.server.post.datagrams,
                'decoys_reached': len(self.server.decoys.reached)}

    def do_decoys(self):
        return {'decoys': list(self.server.decoys.reached)}

    def do_quit(self):
        self.end()
        return {}

    # -- where the lines come from

    def serve_stdin(self):
        for line in sys.stdin:
            print(json.dumps(self.answer(line)), flush=True)

    def serve_socket(self, path):
        if os.path.exists(path):
            os.unlink(path)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(path)
        listener.listen()
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def _accept(self, listener):
        while True:
            link, _ = listener.accept()
            threading.Thread(target=self._obey, args=(link,), daemon=True).start()

    def _obey(self, link):
        with link, link.makefile('rw') as lines:
            for line in lines:
                try:
                    lines.write(json.dumps(self.answer(line)) + '\n')
                    lines.flush()
                except OSError:
                    return
