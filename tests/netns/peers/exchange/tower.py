# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Protocol towers: where an interface is served. Little-endian but for port and address."""

import socket
import struct

from . import ids

INTERFACE, RPC, TCP, IP = 0x0d, 0x0b, 0x07, 0x09


def pack(interface, port=0, address='0.0.0.0'):
    floors = [(bytes([INTERFACE]) + half[:18], half[18:]) for half in (interface, ids.NDR32)]
    floors += [(bytes([RPC]), b'\0\0'), (bytes([TCP]), struct.pack('>H', port)),
               (bytes([IP]), socket.inet_aton(address))]
    return struct.pack('<H', len(floors)) + b''.join(
        struct.pack('<H', len(left)) + left + struct.pack('<H', len(right)) + right
        for left, right in floors)


def unpack(tower):
    """(interface, port, address) of a tower for TCP, None for another."""
    try:
        count, = struct.unpack_from('<H', tower)
        at = 2
        floors = []
        for _ in range(count):
            sides = []
            for _ in range(2):
                length, = struct.unpack_from('<H', tower, at)
                sides.append(tower[at + 2:at + 2 + length])
                at += 2 + length
            floors.append(sides)
    except struct.error:
        return None
    if [left[:1] for left, _ in floors] != [b'\x0d', b'\x0d', b'\x0b', b'\x07', b'\x09']:
        return None
    interface = floors[0][0][1:] + floors[0][1]
    if len(interface) != 20 or len(floors[3][1]) != 2 or len(floors[4][1]) != 4:
        return None
    return interface, struct.unpack('>H', floors[3][1])[0], socket.inet_ntoa(floors[4][1])
