# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A client's sink for OPC: a server of one interface, and of the resolver where that is wanted."""

import json
import threading

from exchange.host import Host
from exchange.server import PASSWORDS
from exchange.service import Process

from . import exporter, ids, orpc, references

# The same in every process: who subscribes and who listens need not know each other.
OXID, OID, IPID = b'sinkoxid', b'sink-oid', b'sink of a client'


class Sink(Host):
    def __init__(self, options):
        super().__init__(options, PASSWORDS)
        self.exporter = exporter.Exporter(self._where)
        self.exporter.oxid = OXID
        self.exporter.pointers[IPID] = (self, ids.OPC_CALLBACK)
        callback = orpc.ObjectInterface(ids.OPC_CALLBACK, self.exporter.find, {3: self.changed})
        unknown = exporter.remote_unknown(self.exporter)
        self.listen('sink', Process('sink', [callback, *unknown]), options.port)
        if options.resolver:
            resolver = exporter.Resolver(self.exporter, self._resolved).interface()
            self.listen('resolver', Process('resolver', [resolver]), options.mapper_port)

    def _where(self):
        host = self.options.advertise or self.options.listen
        return (references.Bindings([f'{host}[{self.ports["sink"]}]']),
                references.Bindings([host]))

    def tell(self, event, call, **fields):
        row = {'event': event, 'peer': call.connection.peer[0], 'level': call.level, **fields}
        with self.lock:
            print(json.dumps(row), flush=True)

    def _resolved(self, event, call, **fields):
        self.tell('resolve', call)

    def changed(self, _, call, reader, writer):
        transaction, group = reader.u32s(2)
        self.tell('data-change', call, transaction=transaction, group=group)
        return orpc.OK


def reference(bindings):
    """What a client gives to IConnectionPoint::Advise."""
    return references.Reference(ids.OPC_CALLBACK[:16], OXID, OID, IPID,
                                references.Bindings(bindings))


def listen(options):
    sink = Sink(options)
    print('ready', json.dumps(sink.ports), flush=True)
    threading.Event().wait()
