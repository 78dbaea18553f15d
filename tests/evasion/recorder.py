# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Plays cases into a capture, with a server whose packets are those of one that got what the case
says it gets."""

from . import segments
from .player import Player
from .segments import ACK, PSH, SYN, Segment

SERVER_ISN = 0x70000000
STEP = 0.001


class Tape:
    """The capture that several cases are played into, one after the other."""

    def __init__(self):
        self.now = 1_700_000_000.0
        self.frames = []

    def add(self, ip_packet):
        self.now += STEP
        self.frames.append((self.now, segments.frame(ip_packet)))


class Recorder(Player):
    def __init__(self, tape, *where, inner, **how):
        super().__init__(*where, **how)
        self.tape = tape
        self.inner = inner  # the server's own address
        self.sent = 0       # bytes of the server's
        self.stamp = 900_000
        self.server_isn = SERVER_ISN

    def emit(self, packets):
        for packet in packets:
            self.tape.add(packet)

    def _from_server(self, at, acknowledgement, payload=b'', flags=ACK, options=None,
                     window=509):
        self.stamp += 1
        if options is None:
            options = segments.stamps(self.stamp, self.clock - 1)
        self.tape.add(segments.packet(Segment(
            self.inner, self.client, self.server_port, self.port, self.server_isn + at,
            acknowledgement, flags, payload, options, window=window)))

    def await_answer(self):
        options = (segments.mss(1460) + segments.SACK_PERMITTED
                   + segments.stamps(self.stamp, self.clock - 1) + segments.scale(7))
        self._from_server(0, self.isn + 1, flags=SYN | ACK, options=options,
                          window=65160)

    def server_opens(self):
        """The other half of a simultaneous open (RFC 9293 3.5)."""
        self._from_server(0, 0, flags=SYN, options=segments.mss(1460))

    def await_bytes(self, answers, length):
        fresh = answers[self.sent:]
        self._from_server(1 + self.sent, self.isn + 1 + length, fresh, ACK | PSH if fresh else ACK)
        self.sent = len(answers)

    def await_acknowledged(self, length):
        self._from_server(1 + self.sent, self.isn + 1 + length)

    def server_next(self):
        return self.server_isn + 1 + self.sent

    def server_stamp(self):
        return self.stamp

    def pause(self, seconds):
        self.tape.now += seconds

    def again(self, isn):
        super().again(isn)
        self.sent = 0
        self.server_isn += 0x1000000
