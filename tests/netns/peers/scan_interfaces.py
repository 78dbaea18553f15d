#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A scanner: offers many interfaces at a port and tells what each was answered.

    scan_interfaces.py HOST PORT [--source ADDRESS] [--together N] [--after INTERFACE] < LIST

LIST has an interface a line, `UUID/MAJOR.MINOR`; N of them are elements of one bind, or with
--after of one alter_context on a connection that has that interface bound. Prints one line of JSON
for each: the result and reason of its element, or how the connection ended.
"""

import argparse
import json
import sys

from exchange import ids, pdu
from mapi.rpc import Connection, Refused


def syntax(interface):
    return ids.syntax(*interface.split('/'))


def elements(interfaces, first):
    return [pdu.Element(first + number, syntax(interface), [ids.NDR32])
            for number, interface in enumerate(interfaces)]


def offer(connection, kind, group, offered):
    """(result, reason) of each."""
    connection.send(pdu.build(kind, 7, pdu.bind_body(offered, group)))
    answer = connection.receive()
    if answer.kind != kind + 1:
        raise Refused('unexpected', ptype=answer.kind)
    _, connection.group, results = pdu.read_ack(answer)
    return [result[:2] for result in results]


def scan(options, interfaces):
    try:
        connection = Connection(options.host, options.port, source=options.source or '', timeout=60)
        try:
            if options.after:
                offer(connection, pdu.BIND, 0, elements([options.after], 0))
                results = offer(connection, pdu.ALTER, connection.group, elements(interfaces, 1))
            else:
                results = offer(connection, pdu.BIND, 0, elements(interfaces, 0))
        finally:
            connection.close()
    except (Refused, OSError) as refusal:
        return [{'interface': one, 'refused': str(refusal)} for one in interfaces]
    return [{'interface': one, 'result': result, 'reason': reason}
            for one, (result, reason) in zip(interfaces, results, strict=True)]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('host')
    parser.add_argument('port', type=int)
    parser.add_argument('--source')
    parser.add_argument('--together', type=int, default=1)
    parser.add_argument('--after')
    options = parser.parse_args()
    wanted = sys.stdin.read().split()
    for at in range(0, len(wanted), options.together):
        for row in scan(options, wanted[at:at + options.together]):
            print(json.dumps(row), flush=True)


main()
