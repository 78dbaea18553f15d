# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A switch's mirror port: copier.py TO FROM... sends a copy of every frame that comes in at FROM
out at TO, in the order in which they came. Ready when it says so."""

import socket
import sys

PACKET_OUTGOING, ALL = 4, 3


def opened(interface):
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ALL))
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 26)
    if interface:
        made.bind((interface, ALL))
    return made


def main():
    to, *sources = sys.argv[1:]
    out, every = opened(to), opened(None)  # one queue for all interfaces keeps their order
    print('ready', flush=True)
    while True:
        frame, address = every.recvfrom(65536)
        if address[0] in sources and address[2] != PACKET_OUTGOING:
            out.send(frame)


main()
