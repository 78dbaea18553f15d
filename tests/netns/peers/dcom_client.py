#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A client of COM: activates a class, calls its object, and says what became of each step.

    dcom_client.py HOST [--clsid wmi|opc|opc-list|mmc20|UUID] [--level N] [--op create|getclass|...]
    dcom_client.py --listen [ADDRESS:]PORT [--resolver]

Each step prints one line of JSON: {"step": ..., "ok": ..., ...}; one that failed says the exact
`error`. The exit code is 0 when all went well, 3 otherwise. HOST decides which binding impacket
follows: see dcom/client.py. With --listen it is a sink of OPC: prints `ready {...}` and a line for
each call, until SIGTERM.
"""

import argparse
import socket
import sys

from dcom import ids


def options():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__)
    parser.add_argument('host', nargs='?')
    parser.add_argument('--op', default='create',
                        choices=('create', 'getclass', 'activation', 'resolve', 'bind'))
    parser.add_argument('--clsid', default='wmi', help=f'{", ".join(ids.CLASSES)} or a UUID')
    parser.add_argument('--iid', choices=ids.BY_NAME, help='in place of what the class has first')
    parser.add_argument('--level', type=int, default=6, choices=(1, 2, 5, 6),
                        help='none, connect, integrity or privacy')
    parser.add_argument('--object-level', type=int, choices=(1, 2, 5, 6),
                        help="of the object's connection, in place of --level")
    parser.add_argument('--resolver-level', type=int, default=1, choices=(1, 2, 5, 6))
    parser.add_argument('--fragment', type=int, default=0,
                        help='send requests to port 135 in pieces of so many bytes')
    parser.add_argument('--opnum', type=int, help="call this, in place of what the class's toy has")
    parser.add_argument('--advise', metavar='ADDRESS[PORT],...',
                        help='have an OPC server call a sink there')
    parser.add_argument('--keep', action='store_true', help='end without releasing the object')
    parser.add_argument('--oxid', type=lambda text: int(text, 16), help='resolve this one')
    parser.add_argument('--port', type=int, help='for --op bind')
    parser.add_argument('--user', default='alice')
    parser.add_argument('--password', default='Passw0rd!')
    parser.add_argument('--source', help='address to come from')
    parser.add_argument('--resolve', metavar='NAME=ADDRESS',
                        help='what a name server would say, as split DNS has it')
    parser.add_argument('--timeout', type=float, default=15, help='seconds, for each thing awaited')
    parser.add_argument('--listen', metavar='[ADDRESS:]PORT', help='be a sink')
    parser.add_argument('--resolver', action='store_true', help='resolve at port 135, too')
    parser.add_argument('--mapper-port', type=int, default=135)
    parser.add_argument('--advertise', help="in the resolver's bindings, in place of ADDRESS")
    chosen = parser.parse_args()
    if bool(chosen.listen) == bool(chosen.host):
        parser.error('either HOST or --listen')
    return chosen


def dial_from(source):
    """Every connection of this program comes from this address."""
    connect = socket.socket.connect

    def bound(self, address):
        self.bind((source, 0))
        return connect(self, address)
    socket.socket.connect = bound


def resolve(name, address):
    """This program finds the host of this name at this address."""
    ask = socket.getaddrinfo

    def answered(host, *arguments, **named):
        return ask(address if host.lower() == name.lower() else host, *arguments, **named)
    socket.getaddrinfo = answered


def listen(chosen):
    from dcom import sink
    address, _, port = chosen.listen.rpartition(':')
    chosen.listen, chosen.port = address or '0.0.0.0', int(port)
    # What exchange's connections ask of a server's options.
    chosen.ndr64, chosen.min_level, chosen.no_anonymous = False, 1, False
    sink.listen(chosen)


def main():
    chosen = options()
    if chosen.listen:
        listen(chosen)
        return
    from dcom import client
    if chosen.source:
        dial_from(chosen.source)
    if chosen.resolve:
        resolve(*chosen.resolve.split('='))
    client.adapt(chosen)
    sys.exit(0 if client.Client(chosen).run() else 3)


main()
