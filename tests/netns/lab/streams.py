# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Captures on both sides of the gateway, and the TCP streams in them, put together independently.

Of a byte that was sent more than once the first content counts, as a receiver's kernel has it; a
second content is a `conflict`.
"""

import contextlib
import struct

from .clients import PEERS
from .impairment import Program

SYN, RST, FIN, ACK = 0x02, 0x04, 0x01, 0x10


class Half:
    """What one side sent."""

    def __init__(self):
        self.first = None  # the sequence number of the first byte
        self.content = bytearray()
        self.known = bytearray()
        self.sizes = []    # of the payloads, in the order they were seen
        self.conflicts = 0
        self.ended = False
        self.shut = 0      # how often it said that its window is shut

    def take(self, sequence, payload):
        self.sizes.append(len(payload))
        at = (sequence - self.first) & 0xffffffff
        if at >= 1 << 31:  # before the beginning: a probe
            return
        end = at + len(payload)
        if end > len(self.content):
            more = end - len(self.content)
            self.content += bytes(more)
            self.known += bytes(more)
        if self.known.find(1, at, end) < 0:
            self.content[at:end], self.known[at:end] = payload, b'\1' * len(payload)
            return
        for here in range(at, end):
            if self.known[here] and self.content[here] != payload[here - at]:
                self.conflicts += 1
            elif not self.known[here]:
                self.content[here], self.known[here] = payload[here - at], 1

    def whole(self):
        """The bytes, where none is missing."""
        assert all(self.known), f'byte {self.known.index(0)} of {len(self.known)} never came'
        return bytes(self.content)


class Connection:
    def __init__(self, client, port):
        self.client, self.port = client, port  # address and port; the port it dialled
        self.halves = {'client': Half(), 'server': Half()}
        self.resets = []

    def take(self, side, sequence, flags, window, payload):
        half = self.halves[side]
        half.shut += window == 0 and not flags & RST
        if flags & SYN:
            half.first = (sequence + 1) & 0xffffffff
        if flags & FIN:
            half.ended = True
        # Once both have closed, a late repetition is answered with a reset by either kernel.
        if flags & RST and not all(one.ended for one in self.halves.values()):
            self.resets.append(side)
        if payload and half.first is not None:
            half.take(sequence, payload)


def frames(name):
    with open(name, 'rb') as capture:
        data = capture.read()
    at = 24
    while at + 16 <= len(data):
        length, = struct.unpack_from('<I', data, at + 8)
        yield data[at + 16:at + 16 + length]
        at += 16 + length


def segments(name):
    """(source, target, sequence, flags, window, payload) of TCP over IPv4.

    Source and target are (address, port).
    """
    for frame in frames(name):
        if frame[12:14] != b'\x08\x00' or frame[23] != 6:
            continue
        total, = struct.unpack_from('>H', frame, 16)
        tcp = 14 + 4 * (frame[14] & 15)
        source, target, sequence = struct.unpack_from('>HHI', frame, tcp)
        window, = struct.unpack_from('>H', frame, tcp + 14)
        data = tcp + 4 * (frame[tcp + 12] >> 4)
        yield ((frame[26:30], source), (frame[30:34], target), sequence, frame[tcp + 13],
               window, frame[data:14 + total])


def connections(name):
    """Those whose beginning is in the capture, by client port and first sequence number.

    The gateway changes neither, so the same connection has the same key on both sides.
    """
    found, current = {}, {}
    for source, target, sequence, flags, window, payload in segments(name):
        if flags & SYN and not flags & ACK:
            key = (source, sequence)
            if key not in found:
                found[key] = current[source, target] = Connection(source, target[1])
        if (source, target) in current:
            current[source, target].take('client', sequence, flags, window, payload)
        elif (target, source) in current:
            current[target, source].take('server', sequence, flags, window, payload)
    return found


class Capture:
    """Both sides of the gateway, filled when the capture is over."""

    def __init__(self):
        self.outer, self.inner = {}, {}


# -- the comparison

MAPPER = 135
ADDRESS_AND_PORT = (64, 65, 71, 72, 73, 74)  # of a tower: docs/protocols/epm-towers.md


def towers(content):
    """Where the towers for TCP begin in what a mapper answered, in NDR and whole PDUs."""
    at = 0
    while at + 16 <= len(content):
        length, = struct.unpack_from('<H', content, at + 8)
        if content[at + 2] == 2:
            here = at + 24 + 32
            count, = struct.unpack_from('<I', content, here)
            pointers = struct.unpack_from(f'<{count}I', content, here + 4)
            here += 4 + 4 * count
            for _ in filter(None, pointers):
                size, = struct.unpack_from('<I', content, here)
                if size == 75:
                    yield here + 8
                here += 8 + (size + 3) // 4 * 4
        at += length


def without_towers(content):
    """A mapper's answers but for what NAT has to change in them."""
    left = bytearray(content)
    for tower in towers(content):
        for offset in ADDRESS_AND_PORT:
            left[tower + offset] = 0
    return bytes(left)


def differences(capture):
    """What is not the same on both sides, in words; nothing, when all is as it has to be."""
    told = []
    if capture.outer.keys() != capture.inner.keys():
        told.append(f'{len(capture.outer)} connections outside, {len(capture.inner)} inside')
    for key in capture.outer.keys() & capture.inner.keys():
        outer, inner = capture.outer[key], capture.inner[key]
        for side in ('client', 'server'):
            what = f'{side} of {outer.client[1]} to {outer.port}'
            here, there = outer.halves[side], inner.halves[side]
            told += [f'{what}: {half.conflicts} bytes were sent with two contents'
                     for half in (here, there) if half.conflicts]
            told += differences_of(what, *(
                without_towers(half.whole()) if (side, outer.port) == ('server', MAPPER)
                else half.whole() for half in (here, there)))
        told += [f'{outer.client[1]} to {outer.port}: reset by the {side}'
                 for one in (outer, inner) for side in one.resets]
    return told


def differences_of(what, here, there):
    if here == there:
        return []
    if len(here) != len(there):
        return [f'{what}: {len(here)} bytes outside, {len(there)} inside']
    places = [at for at, (a, b) in enumerate(zip(here, there)) if a != b]
    return [f'{what}: {len(places)} of {len(here)} bytes differ, the first at {places[0]}']


@contextlib.contextmanager
def captured(topology, directory):
    """Captures at the client and at the server, beyond the wires, in a new directory."""
    directory.mkdir()
    names = [directory / f'{side}.pcap' for side in ('outer', 'inner')]
    running = [Program(namespace, [PEERS / 'sniff.py', interface, name], name.with_suffix('.sniff'))
               for namespace, interface, name in zip(
                   (topology.client, topology.server), ('eth-c', 'eth-s'), names)]
    capture = Capture()
    try:
        yield capture
    finally:
        told = [program.end() for program in running]
    assert [one['missed'] for one in told] == [0, 0], told
    capture.outer, capture.inner = map(connections, names)
