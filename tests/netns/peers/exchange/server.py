# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The server: what an Exchange server serves, and where."""

from .decoys import Decoys
from .emsmdb import Store
from .host import Host
from .mailbox import Post
from .mapper import Mapper
from .nspi import Directory
from .rfri import Referral
from .service import Process

PASSWORDS = {'alice': 'Passw0rd!', 'bob': 'Secret123',
             **{f'user{number:02}': f'Us3r-{number:02}-pw' for number in range(1, 61)}}


class Server(Host):
    def __init__(self, options):
        super().__init__(options, PASSWORDS)
        self.post = Post(PASSWORDS, options.listen, options.park)
        self.decoys = Decoys()
        self.mapper = Mapper(options)
        decoys = self.decoys.interfaces()
        store = Process('store', Store(self.post, options).interfaces() + decoys)
        directory = Process('directory', [Directory(sorted(PASSWORDS), options).interface(),
                                          Referral(options).interface(), *decoys])
        mapper = Process('mapper', [self.mapper.interface, self.decoys.management()])
        self.listen('mapper', mapper, options.mapper_port)
        self._register('store', store, options.ports[0])
        if options.second_port is not None:
            self._register('second', store, options.second_port)
        self._register('directory', directory, options.ports[1])

    def _register(self, name, process, port):
        self.listen(name, process, port)
        self.mapper.register(process, self.ports[name])
