# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A client that sends what it likes. What is on the other side is for a subclass to say.

A case sends segments by their place in the client's stream (0 is the first byte after the SYN), and
waits where an ordinary client would: for the SYN's answer, for an acknowledgement, for PDUs.
"""

from . import segments
from .pdus import Server
from .segments import ACK, FIN, PSH, RST, SYN, Segment

ISN = 0xfffffe00  # numbers wrap around within the first 512 bytes
USUAL = object()


class Player:
    def __init__(self, client, server, port, server_port):
        self.client = client
        self.server = server
        self.port = port
        self.server_port = server_port
        self.isn = ISN
        self.clock = 500_000
        # Fragments that are left over wait at their receiver: no other player has their numbers.
        self.identification = port * 101 % 0xff00
        self._expect_nothing()

    def _expect_nothing(self):
        self.expected = Server()  # what is to come of the server, by what it is to have got
        self.answers = b''
        self.arrived = 0

    # -- what a subclass does

    def emit(self, packets):
        """IP packets leave."""
        raise NotImplementedError

    def await_answer(self):
        """The SYN's answer has come."""
        raise NotImplementedError

    def await_bytes(self, answers, length):
        """All these bytes of the server's have come; it has `length` of ours."""
        raise NotImplementedError

    def await_acknowledged(self, length):
        """The server has acknowledged so many bytes of ours."""
        raise NotImplementedError

    def server_next(self):
        """The sequence number to be acknowledged."""
        raise NotImplementedError

    def server_stamp(self):
        raise NotImplementedError

    def pause(self, seconds):
        """Time passes, where it can be made up."""
        raise NotImplementedError

    # -- what a case does

    def segment(self, at, payload=b'', flags=ACK, *, stamp=0, options=USUAL, acknowledge=0, **how):
        """stamp: the age of its timestamp; None: it has none. acknowledge: more than has come."""
        if options is USUAL:
            options = b''
            if stamp is not None:
                options = segments.stamps(self.clock - stamp, self.server_stamp())
        self.clock += 1
        acknowledgement = self.server_next() + acknowledge if flags & ACK else 0
        return Segment(self.client, self.server, self.port, self.server_port, self.isn + 1 + at,
                       acknowledgement, flags, payload, options, **how)

    def send(self, at, payload=b'', flags=PSH | ACK, **how):
        self.emit([segments.packet(self.segment(at, payload, flags, **how))])

    def send_in_fragments(self, at, payload, parts, flags=PSH | ACK, **how):
        """parts: as segments.fragments() takes them, of this segment."""
        segment = self.segment(at, payload, flags, **how)
        self.identification += 1
        self.emit(segments.fragments(segment, parts, self.identification))

    def each(self, at, payload, size=1, **how):
        for place in range(0, len(payload), size):
            self.send(at + place, payload[place:place + size], **how)

    def syn(self, payload=b'', *, options=None, flags=SYN, **how):
        if options is None:
            options = (segments.mss(1460) + segments.SACK_PERMITTED
                       + segments.stamps(self.clock, 0) + segments.scale(7))
        self.send(-1, payload, flags, options=options, **how)

    def open(self, payload=b'', **how):
        """The handshake; `payload` and `how` are of its SYN."""
        self.syn(payload, **how)
        self.await_answer()
        self.send(0, flags=ACK)

    def answered(self, arrived):
        """The server has got `arrived` since it was asked last, and all its answers are here."""
        self.answers += self.expected.feed(arrived)
        self.arrived += len(arrived)
        self.await_bytes(self.answers, self.arrived)
        self.send(self.arrived, flags=ACK)

    def acknowledged(self, length):
        self.await_acknowledged(length)

    def fin(self, at, **how):
        self.send(at, flags=FIN | ACK, **how)

    def reset(self, at, flags=RST | ACK, **how):
        self.send(at, flags=flags, **how)

    def again(self, isn):
        """The same addresses and ports once more."""
        self.isn = isn
        self._expect_nothing()
