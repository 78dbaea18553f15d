#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A scripted Outlook: what one says to an Exchange server by RPC, without the mail.

    outlook.py HOST [--generation xp|2003|2007] [--level N] [--auth ntlm|spnego] [--steps A,B] ...

Each step prints one line of JSON: {"step": ..., "ok": ..., ...}; a refusal says how it came
(`refused`) and by which number (`status`, `reason`). The exit code is 0 when all went well, 3 when
something was refused. With --hold the connections stay and commands come by stdin.
"""

import argparse
import sys

from mapi import run
from mapi.outlook import STEPS


def ports(text):
    """`PORT` for every interface, or `NAME=PORT,...`."""
    if text.isdigit():
        return dict.fromkeys(('nspi', 'rfri', 'emsmdb', 'async-emsmdb'), int(text))
    return {name: int(port) for name, port in (pair.split('=') for pair in text.split(','))}


def options():
    parser = argparse.ArgumentParser(formatter_class=argparse.RawDescriptionHelpFormatter,
                                     description=__doc__, epilog=f'steps: {" ".join(STEPS)}')
    parser.add_argument('host')
    parser.add_argument('--source', help='address to come from; several, with commas, for --many')
    parser.add_argument('--generation', choices=('xp', '2003', '2007'), default='2007',
                        help='opnums 0 2; 0 2 9; or 10 11 14 and AsyncEMSMDB')
    parser.add_argument('--level', type=int, choices=(1, 2, 4, 5, 6), default=6)
    parser.add_argument('--auth', choices=('ntlm', 'spnego'), default='ntlm')
    parser.add_argument('--user', default='alice')
    parser.add_argument('--password', default='Passw0rd!')
    parser.add_argument('--anonymous', action='store_true', help='log on as nobody')
    parser.add_argument('--ndr64', action='store_true',
                        help='offer NDR64 and bind-time features beside NDR32, as Windows does')
    parser.add_argument('--bare-connect', action='store_true',
                        help='no verifiers at level connect')
    parser.add_argument('--mapper-port', type=int, default=135)
    parser.add_argument('--mapper-level', type=int, default=1, help='log on to the mapper, too')
    parser.add_argument('--map-port-override', dest='ports', type=ports, default={},
                        metavar='PORT|NAME=PORT,..', help='do not ask the mapper for these')
    parser.add_argument('--push-address', help='address to register, in place of our own')
    parser.add_argument('--push-port', type=int, default=0, help='UDP port to register')
    parser.add_argument('--connections', type=int, default=0, help='more EMSMDB connections')
    parser.add_argument('--steps', help='just these, in this order')
    parser.add_argument('--wait', type=float, default=5, help='seconds for datagram or answer')
    parser.add_argument('--timeout', type=float, default=15, help='seconds for anything else')
    parser.add_argument('--hold', action='store_true')
    parser.add_argument('--many', type=int, default=0, help='so many Outlooks: user01, user02 ...')
    chosen = parser.parse_args()
    chosen.sources = chosen.source.split(',') if chosen.source else []
    return chosen


def main():
    chosen = options()
    good = run.many(chosen) if chosen.many else run.one(chosen)
    sys.exit(0 if good else 3)


main()
