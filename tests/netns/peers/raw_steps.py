#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""An RPC client that does what it is told, a step for each line of stdin.

    raw_steps.py HOST [--source ADDRESS]

A step is a word and values, `bind interface=UUID/1.0 port=49152 level=6`; it prints one line of
JSON. Several connections may be open: `on=NAME` says which is meant (for `map`: not a new one).

    map       interface [level]                 the port that the mapper tells
    bind      interface port [level] [group]    a new connection
    alter     interface                         one more interface on it
    call      opnum [stub]                      the answer's stub, in hexadecimal like the question
"""

import argparse
import json
import sys

from exchange import ids, ndr, pdu, security
from mapi import calls
from mapi.rpc import Connection, Credentials, Refused

USER, PASSWORD = 'administrator', 'Passw0rd!e2e'


def credentials(level):
    return Credentials(USER, PASSWORD, security.NTLM, int(level))


class Client:
    def __init__(self, options):
        self.options = options
        self.connections = {}

    def step(self, line):
        word, *values = line.split()
        values = dict(value.split('=', 1) for value in values)
        row = {'step': word, 'ok': False}
        try:
            row.update({'ok': True, **getattr(self, f'do_{word}')(**values)})
        except Refused as refusal:
            row.update(refusal.row)
        except (ndr.BadStub, pdu.Malformed, OSError) as reason:
            row.update(refused='error', error=str(reason))
        return row

    def _open(self, port):
        return Connection(self.options.host, int(port), source=self.options.source or '',
                          timeout=60)

    def do_map(self, interface, level=1, on=''):
        mapper = self.connections[on] if on else self._open(135)
        if not on:
            mapper.bind(ids.MAPPER, credentials(level))
        port, address = calls.ept_map(mapper, syntax(interface))[0]
        if not on:
            mapper.close()
        return {'port': port, 'address': address}

    def do_bind(self, interface, port, level=1, group=0, on=''):
        connection = self._open(port)
        connection.bind(syntax(interface), credentials(level), group=int(group))
        self.connections[on] = connection
        return {'group': connection.group, 'local': connection.local[1]}

    def do_alter(self, interface, on=''):
        connection = self.connections[on]
        connection.context = connection.alter(syntax(interface))
        return {}

    def do_call(self, opnum, stub='', on=''):
        answer = self.connections[on].call(int(opnum), bytes.fromhex(stub))
        return {'answer': answer.data.hex()}


def syntax(interface):
    return ids.syntax(*interface.split('/'))


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('host')
    parser.add_argument('--source')
    client = Client(parser.parse_args())
    for line in sys.stdin:
        print(json.dumps(client.step(line)), flush=True)


main()
