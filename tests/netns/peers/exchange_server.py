#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A stand-in for an Exchange server; needs root for port 135.

    exchange_server.py --listen ADDRESS [--ports STORE,DIRECTORY] [--control SOCKET] ...

Prints `ready {"mapper": 135, "store": ..., "directory": ...}` and serves until SIGTERM or `quit`.
Commands (exchange/control.py) come by the socket, or by stdin where there is none. Each user has a
mailbox: alice (Passw0rd!), bob (Secret123), user01 (Us3r-01-pw) to user60.
"""

import argparse
import json
import os
import signal
import threading

from exchange.control import Control
from exchange.server import Server


def options():
    parser = argparse.ArgumentParser()
    parser.add_argument('--listen', default='0.0.0.0', help='address of all ports, IPv4 or IPv6')
    parser.add_argument('--mapper-port', type=int, default=135)
    parser.add_argument('--ports', default='0,0', help='of store and directory; 0 for any')
    parser.add_argument('--second-port', type=int, help='serve the store at a second port, too')
    parser.add_argument('--tower-address', help='address in towers, in place of our own')
    parser.add_argument('--ndr64', action='store_true', help='choose NDR64 where it is offered')
    parser.add_argument('--min-level', type=int, default=1, help='refuse less protected calls')
    parser.add_argument('--no-anonymous', action='store_true', help='refuse anonymous NTLM')
    parser.add_argument('--strict-logon', action='store_true',
                        help='logon-failed to bare NspiBind and EcDoConnect, as Exchange answers')
    parser.add_argument('--park', type=float, default=300, help='seconds EcDoAsyncWaitEx waits')
    parser.add_argument('--name', default='exch1.corp.example', help='what RFRI refers to')
    parser.add_argument('--control', metavar='SOCKET')
    chosen = parser.parse_args()
    chosen.ports = [int(port) for port in chosen.ports.split(',')]
    return chosen


def main():
    chosen = options()
    end = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.set())
    server = Server(chosen)
    control = Control(server, end.set)
    if chosen.control:
        control.serve_socket(chosen.control)
    else:
        threading.Thread(target=control.serve_stdin, daemon=True).start()
    print('ready', json.dumps(server.ports), flush=True)
    end.wait()
    if chosen.control:
        os.unlink(chosen.control)
    os._exit(0)  # whatever its threads are at


main()
