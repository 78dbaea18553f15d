# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Streams out of segments, as one stack or another would put them together.

Whatever a server's stack accepts (by window, timestamp or checksum), and whichever copy of a byte
it prefers, its reading consists of values that some segment carried at that place. So the reader
takes every segment in, and keeps beside the first and the last value of a byte where they differ.
"""

from .segments import FIN, RST, SYN, URG

HALF = 1 << 31


class Stream:
    """What one side sent after its SYN."""

    def __init__(self, first):
        self.begin = first  # the sequence number of the first byte
        self.first = bytearray()  # values by the first segment that carried a byte
        self.last = bytearray()   # and by the last one
        self.there = bytearray()  # 0: a hole, 1: one value, 2: more than one
        self.finished = []  # offsets of FINs
        self.resets = 0

    def offset(self, sequence):
        """Signed, since an old duplicate lies before the beginning."""
        return (sequence - self.begin + HALF) % (2 * HALF) - HALF

    def add(self, sequence, payload):
        at = self.offset(sequence)
        if at < 0:
            payload = payload[-at:] if -at < len(payload) else b''
            at = 0
        missing = at + len(payload) - len(self.first)
        if payload and missing > 0:
            for kept in (self.first, self.last, self.there):
                kept.extend(bytes(missing))
        for place, value in enumerate(payload, at):
            if not self.there[place]:
                self.first[place] = value
                self.there[place] = 1
            elif self.first[place] != value:
                self.there[place] = 2
            self.last[place] = value

    @property
    def length(self):
        """Bytes before the first hole."""
        hole = self.there.find(0)
        return len(self.there) if hole < 0 else hole

    def first_wins(self):
        return bytes(self.first[:self.length])

    def last_wins(self):
        return bytes(self.last[:self.length])

    def disputed(self):
        """Offsets of bytes that were sent with more than one value."""
        return {place for place, count in enumerate(self.there) if count == 2}


class Reassembler:
    """All connections of some traffic, by addresses and ports; one tuple may be used again."""

    def __init__(self):
        self.connections = {}  # key: [Stream, ...]
        self.fragments = 0
        self.urgent = 0
        self.segments = []

    def take(self, segment):
        self.segments.append(segment)
        if segment.fragment:
            self.fragments += 1
            return
        self.urgent += segment.has(URG)
        streams = self.connections.setdefault(segment.key, [])
        first = (segment.sequence + segment.has(SYN)) & 0xffffffff
        if not streams or segment.has(SYN) and streams[-1].begin != first:
            streams.append(Stream(first))
        stream = streams[-1]
        stream.add(first, segment.payload)
        if segment.has(FIN):
            stream.finished.append(stream.offset(first) + len(segment.payload))
        if segment.flags & RST:
            stream.resets += 1

    def streams(self, key):
        return self.connections.get(key, [])
