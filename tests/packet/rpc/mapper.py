# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Calls to the endpoint mapper (C706 appendix L and O) in NDR and NDR64, in both byte orders."""

import ipaddress
import struct
import uuid

from . import pdus

NOT_REGISTERED = 0x16c9a0d6
MAP, LOOKUP, FREE = 3, 2, 4
TCP, UDP, HTTP, PIPE = 0x07, 0x08, 0x1f, 0x0f


def floor(left, right):
    return struct.pack('<H', len(left)) + left + struct.pack('<H', len(right)) + right


def syntax_floor(syntax):
    left = b'\x0d' + uuid.UUID(syntax.uuid).bytes_le + struct.pack('<H', syntax.major)
    return floor(left, struct.pack('<H', syntax.minor))


def floors(interface, port=135, address='0.0.0.0', *, transfer=pdus.NDR32, over=TCP):
    found = [syntax_floor(interface), syntax_floor(transfer)]
    if over == PIPE:
        return found + [floor(b'\x0b', b'\0\0'), floor(b'\x0f', b'\\PIPE\\lsass\0'),
                        floor(b'\x11', b'\\\\DC\0')]
    found.append(floor(b'\x0a' if over == UDP else b'\x0b', b'\0\0'))
    found.append(floor(bytes([over]), struct.pack('>H', port)))
    return found + [floor(b'\x09', ipaddress.ip_address(address).packed)]


def joined(parts, count=None):
    return struct.pack('<H', len(parts) if count is None else count) + b''.join(parts)


def tower(interface, port=135, address='0.0.0.0', **how):
    return joined(floors(interface, port, address, **how))


class Stub:
    def __init__(self, wide=False, big=False):
        self.out, self.wide, self.order = b'', wide, '>' if big else '<'

    def align(self, to):
        self.out += bytes(-len(self.out) % to)

    def count(self, value):
        """Pointers and counts."""
        size = 8 if self.wide else 4
        self.align(size)
        self.out += struct.pack(self.order + ('Q' if self.wide else 'I'), value)

    def u32(self, value):
        self.align(4)
        self.out += struct.pack(self.order + 'I', value)

    def tower(self, octets, count=None, length=None):
        self.count(len(octets) if count is None else count)
        self.u32(len(octets) if length is None else length)
        self.out += octets


def question(octets, *, wide=False, big=False, obj=True, most=4, tail=b'', count=None, length=None,
             handle=bytes(20)):
    """The stub of ept_map. octets: the tower, or a Syntax for its usual one."""
    if isinstance(octets, pdus.Syntax):
        octets = tower(octets)
    stub = Stub(wide, big)
    stub.count(1 if obj else 0)
    stub.out += bytes(16) if obj else b''
    stub.count(2)
    stub.tower(octets, count, length)
    stub.align(4)
    stub.out += handle
    stub.u32(most)
    return stub.out + tail


def answer(towers, *, wide=False, status=0, most=4):
    stub = Stub(wide)
    stub.out += bytes(20)
    stub.u32(len(towers))
    for value in (max(most, len(towers)), 0, len(towers)):
        stub.count(value)
    for number in range(len(towers)):
        stub.count(3 + number)
    for octets in towers:
        stub.tower(octets)
    stub.u32(status)
    return stub.out


def lookup_question(interface, inquiry=1):
    """The stub of ept_lookup; inquiry 0: for everything."""
    stub = Stub()
    for value in (inquiry, 0, 2):
        stub.u32(value)
    stub.out += uuid.UUID(interface.uuid).bytes_le
    stub.out += struct.pack('<HH', interface.major, interface.minor)
    stub.u32(1)
    stub.out += bytes(20)
    stub.u32(500)
    return stub.out


def lookup_answer(entries):
    """entries: (annotation, tower)."""
    stub = Stub()
    stub.out += bytes(20)
    for value in (len(entries), 500, 0, len(entries)):
        stub.u32(value)
    for number, (annotation, _) in enumerate(entries, 1):
        stub.align(4)
        stub.out += bytes(16)
        for value in (number, 0, len(annotation)):
            stub.u32(value)
        stub.out += annotation
    for _, octets in entries:
        stub.tower(octets)
    stub.u32(0)
    return stub.out


def verification():
    """A verification trailer (MS-RPCE 2.2.2.13): which interface the client means."""
    return bytes.fromhex('8ae3137102f43671') + struct.pack('<HH', 0x4002, 40) \
        + pdus.EPMAPPER.octets() + pdus.NDR32.octets()


def ask(what, call=2, *, context=0, auth=None, flags=pdus.WHOLE, **how):
    """The request of an ept_map."""
    stub = question(what, **how)
    return pdus.request(MAP, stub, call, context, auth=auth, flags=flags, big=how.get('big', False))


def poisoned(data, interface):
    """The question with the UUID of its first floor overwritten."""
    octets = uuid.UUID(interface.uuid).bytes_le
    assert octets in data
    return data.replace(octets, pdus.POISON)


def asked_for(stub, wide, big):
    """(UUID, max_towers) as a server reads them: the first floor's; None where it reads nothing."""
    order = '>' if big else '<'
    size, letter = (8, 'Q') if wide else (4, 'I')
    try:
        at = size + (16 if struct.unpack_from(order + letter, stub, 0)[0] else 0)
        at += -at % size + size
        at += -at % size
        count = struct.unpack_from(order + letter, stub, at)[0]
        length = struct.unpack_from(order + 'I', stub, at + size)[0]
        at += size + 4
        if count != length or len(stub) < at + length:
            return None
        octets = stub[at:at + length]
        at += length
        at += -at % 4 + 20
        return uuid.UUID(bytes_le=octets[5:21]), struct.unpack_from(order + 'I', stub, at)[0]
    except (struct.error, ValueError):
        return None
