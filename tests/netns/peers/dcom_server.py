#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A stand-in for a Windows server of COM objects; needs root for port 135.

    dcom_server.py --listen ADDRESS [--port PORT] [--name NAME] [--addresses ADDRESS,...] ...

Prints `ready {"mapper": 135, "objects": ...}` and serves until SIGTERM. What it is asked for and
what its callbacks come to is printed, a line of JSON each: activate, resolve, alive, call, advise,
callback, and harm for what a client must not reach. Users are those of exchange_server.py.
Classes: see dcom/ids.py.
"""

import argparse
import json
import os
import signal
import threading

from dcom.server import Server


def options():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__)
    parser.add_argument('--listen', default='0.0.0.0', help='address of both ports')
    parser.add_argument('--mapper-port', type=int, default=135)
    parser.add_argument('--port', type=int, default=0, help='of the objects; 0 for any')
    parser.add_argument('--name', default='DCOM1', help='first in its bindings; empty for none')
    parser.add_argument('--addresses', metavar='ADDRESS,...',
                        help='next in its bindings, in place of the one it listens at')
    parser.add_argument('--hint', type=int, default=4, help='level that it recommends')
    parser.add_argument('--min-level', type=int, default=1,
                        help='refuse less protected calls; 5 is a hardened Windows')
    parser.add_argument('--no-anonymous', action='store_true', help='refuse anonymous NTLM')
    parser.add_argument('--callback-level', type=int, default=1, choices=(1, 2, 4, 5, 6))
    parser.add_argument('--callback-user', default='bob')
    parser.add_argument('--callback-password', default='Secret123')
    chosen = parser.parse_args()
    chosen.addresses = chosen.addresses.split(',') if chosen.addresses else [chosen.listen]
    chosen.ndr64, chosen.tower_address = False, None
    return chosen


def main():
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    server = Server(options())
    print('ready', json.dumps(server.ports), flush=True)
    end.wait()
    os._exit(0)  # whatever its threads are at


main()
