#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Tries to reach an interface of a server in the four ways there are.

    probe_interfaces.py HOST INTERFACE [VERSION] [--level N] [--port P] ...

INTERFACE is a UUID or a name (winreg, attendant, store-admin-1 ...). Prints one line of JSON for
each way: {"way": "map" | "lookup" | "bind" | "alter", "reached": ..., ...}; `bind` asks on a port
that is open for the store, `alter` on a connection that has the store bound; both make a call, too.
The exit code is 0 when some way reached it, 3 when none did.
"""

import argparse
import json
import sys

from exchange import ids, ndr, pdu, security
from mapi import calls
from mapi.rpc import Connection, Credentials, Refused


class Probe:
    def __init__(self, options):
        self.options = options
        self.interface = ids.BY_NAME.get(options.interface) or ids.syntax(
            options.interface, options.version)
        kind = security.SPNEGO if options.auth == 'spnego' else security.NTLM
        self.credentials = Credentials('' if options.anonymous else options.user,
                                       options.password, kind, options.level)

    def connection(self, port):
        return Connection(self.options.host, port, source=self.options.source or '',
                          timeout=self.options.timeout)

    def mapper(self):
        connection = self.connection(self.options.mapper_port)
        connection.bind(ids.MAPPER, ndr64=self.options.ndr64)
        return connection

    def store(self):
        """A connection to the store's port, not bound yet."""
        port = self.options.port
        if not port:
            mapper = self.mapper()
            port = calls.ept_map(mapper, ids.EMSMDB)[0][0]
            mapper.close()
        return self.connection(port)

    def run(self, way):
        row = {'way': way, 'interface': ids.name_of(self.interface), 'reached': False}
        try:
            row.update({'reached': True, **getattr(self, way)()})
        except Refused as refusal:
            row.update(refusal.row)
        except (ndr.BadStub, pdu.Malformed, OSError) as reason:
            row.update(refused='error', error=str(reason))
        return row

    def map(self):
        mapper = self.mapper()
        return {'ports': [port for port, _ in calls.ept_map(mapper, self.interface)]}

    def lookup(self):
        """All entries; an answer without this one has not reached it."""
        found = calls.ept_lookup(self.mapper())
        ports = [port for interface, port, _ in found if interface[:18] == self.interface[:18]]
        return {'reached': bool(ports), 'ports': ports, 'entries': len(found)}

    def bind(self):
        connection = self.store()
        connection.bind(self.interface, self.credentials)
        return self.call(connection, connection.context)

    def alter(self):
        connection = self.store()
        connection.bind(ids.EMSMDB, self.credentials)
        return self.call(connection, connection.alter(self.interface))

    @staticmethod
    def call(connection, context):
        """Accepted is one thing, answered another: the row says both."""
        row = {'port': connection.port, 'accepted': True}
        try:
            answer = connection.call(0, b'', context).data
        except Refused as refusal:
            return {**row, 'reached': False, **refusal.row}
        return {**row, 'answered': True, 'bytes': len(answer),
                'decoy': answer.startswith(b'DECOY REACHED')}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('host')
    parser.add_argument('interface')
    parser.add_argument('version', nargs='?', default='1.0')
    parser.add_argument('--level', type=int, choices=(1, 2, 4, 5, 6), default=6)
    parser.add_argument('--auth', choices=('ntlm', 'spnego'), default='ntlm')
    parser.add_argument('--user', default='alice')
    parser.add_argument('--password', default='Passw0rd!')
    parser.add_argument('--anonymous', action='store_true')
    parser.add_argument('--ndr64', action='store_true')
    parser.add_argument('--port', type=int, default=0, help='of the store: do not ask the mapper')
    parser.add_argument('--mapper-port', type=int, default=135)
    parser.add_argument('--source')
    parser.add_argument('--timeout', type=float, default=10)
    parser.add_argument('--ways', default='map,lookup,bind,alter')
    options = parser.parse_args()
    probe = Probe(options)
    reached = False
    for way in options.ways.split(','):
        row = probe.run(way)
        print(json.dumps(row), flush=True)
        reached = reached or row['reached']
    sys.exit(0 if reached else 3)


main()
