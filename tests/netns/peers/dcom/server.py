# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The server: port 135 and the port of its objects, and a log of what it was asked for."""

import json

from exchange.decoys import Decoys
from exchange.host import Host
from exchange.mapper import Mapper
from exchange.server import PASSWORDS
from exchange.service import Process

from .activator import Activator
from .callback import CallBack
from .exporter import Exporter, Resolver, remote_unknown
from .references import Bindings
from .toys import Toys


class Server(Host):
    def __init__(self, options):
        super().__init__(options, PASSWORDS)
        self.exporter = Exporter(self._where, options.hint)
        self.decoys = Decoys()
        activator = Activator(self.exporter, self.tell)
        toys = Toys(self.exporter, activator, CallBack(options, self.tell).start, self.tell)
        mapper = Mapper(options)
        decoys = self.decoys.interfaces()
        self.listen('objects', Process('objects', [
            *remote_unknown(self.exporter), *toys.interfaces(), *decoys]), options.port)
        # Objects are not registered with the mapper; the process has other interfaces that are.
        mapper.register(Process('others', decoys), self.ports['objects'])
        resolver = Resolver(self.exporter, self.tell).interface()
        self.listen('mapper', Process('rpcss', [
            mapper.interface, resolver, *activator.interfaces(), self.decoys.management()]),
            options.mapper_port)

    def _where(self):
        """By name first, then by each address, as Windows lists them."""
        hosts = [host for host in (self.options.name, *self.options.addresses) if host]
        return (Bindings([f'{host}[{self.ports["objects"]}]' for host in hosts],
                         'NT AUTHORITY\\SYSTEM'), Bindings(hosts))

    def tell(self, event, call, **fields):
        row = {'event': event, **fields}
        if call is not None:
            row.update(interface=call.context[0].name, opnum=call.opnum, level=call.level,
                       user=call.user, peer=call.connection.peer[0])
        with self.lock:
            print(json.dumps(row), flush=True)
