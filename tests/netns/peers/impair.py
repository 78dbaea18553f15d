#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A wire that loses, delays, reorders, repeats and spoils frames: netem, where no kernel has it.

    impair.py ONE OTHER [--loss 5] [--reorder 25] [--duplicate 5] [--delay 5] [--jitter 5] ...

Joins two interfaces and forwards whole Ethernet frames both ways. Shares are per cent, times
milliseconds. As with netem, a reordered frame leaves at once and so overtakes those that wait;
neighbour discovery passes as it is. Prints `ready SEED`, and at SIGTERM what it did, as JSON.
"""

import argparse
import heapq
import json
import random
import select
import signal
import socket
import time

ALL_PROTOCOLS = 0x0003
ARP, IPV6, ICMPV6 = 0x0806, 0x86dd, 58
SO_RCVBUFFORCE, SOL_PACKET = 33, 263
PACKET_STATISTICS, PACKET_IGNORE_OUTGOING = 6, 23
ROOM = 32 << 20
BURST = 64  # frames read from one interface before the other is looked at


def attach(interface):
    """A socket that reads what comes in at an interface, and writes what leaves by it."""
    link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # nothing comes before bind()
    link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM)
    link.setsockopt(SOL_PACKET, PACKET_IGNORE_OUTGOING, 1)
    link.bind((interface, ALL_PROTOCOLS))
    link.setblocking(False)
    return link


def finds_neighbours(frame):
    kind = frame[12] << 8 | frame[13]
    return kind == ARP or (kind == IPV6 and len(frame) > 20 and frame[20] == ICMPV6)


def payload_at(frame):
    """Where the payload of TCP over IPv4 begins; the end of other frames."""
    if frame[12:14] != b'\x08\x00' or frame[23] != socket.IPPROTO_TCP:
        return len(frame)
    tcp = 14 + 4 * (frame[14] & 15)
    return tcp + 4 * (frame[tcp + 12] >> 4)


class Way:
    """One direction."""

    def __init__(self, name, source, target):
        self.name, self.source, self.target = name, source, target
        self.did = dict.fromkeys(('received', 'sent', 'lost', 'reordered', 'duplicated', 'spoiled',
                                  'refused'), 0)

    def send(self, frame):
        try:
            self.target.send(frame)
            self.did['sent'] += 1
        except OSError:  # the queue of the interface is full, or it is down
            self.did['refused'] += 1

    def told(self):
        # What a full socket dropped before we saw it: then the shares are not what they say.
        dropped = self.source.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)[4:]
        return {**self.did, 'overrun': int.from_bytes(dropped, 'little')}


class Wire:
    def __init__(self, options):
        self.options = options
        self.random = random.Random(options.seed)
        one, other = attach(options.one), attach(options.other)
        self.ways = [Way(f'{options.one}>{options.other}', one, other),
                     Way(f'{options.other}>{options.one}', other, one)]
        self.waiting = []  # (when, number, way, frame)
        self.number = 0
        self.over = False

    def run(self):
        sources = {way.source: way for way in self.ways}
        while not self.over:
            pause = 0.1  # SIGTERM is seen then at the latest
            if self.waiting:
                pause = min(pause, max(0.0, self.waiting[0][0] - time.monotonic()))
            ready, _, _ = select.select(list(sources), [], [], pause)
            for source in ready:
                self._read(sources[source])
            self._release(time.monotonic())

    def _read(self, way):
        for _ in range(BURST):
            try:
                frame = way.source.recv(65536)
            except BlockingIOError:
                return
            way.did['received'] += 1
            if finds_neighbours(frame):
                way.send(frame)
            else:
                self._impair(way, frame)

    def _happens(self, share):
        return share > 0 and self.random.random() * 100 < share

    def _impair(self, way, frame):
        copies = 1
        if self._happens(self.options.duplicate):
            way.did['duplicated'] += 1
            copies = 2
        if self._happens(self.options.loss):
            way.did['lost'] += 1
            copies -= 1
        for _ in range(copies):
            self._forward(way, self._spoil(way, frame))

    def _forward(self, way, frame):
        if self._happens(self.options.reorder):
            way.did['reordered'] += 1
            return way.send(frame)
        delay = self.options.delay + self.options.jitter * self.random.uniform(-1, 1)
        if delay <= 0:
            return way.send(frame)
        self.number += 1
        heapq.heappush(self.waiting, (time.monotonic() + delay / 1000, self.number, way, frame))
        return None

    def _spoil(self, way, frame):
        """Words of the payload change places, which no checksum sees: a check of the checks."""
        if not self._happens(self.options.spoil):
            return frame
        at = payload_at(frame)
        places = [at for at in range(at, len(frame) - 3, 4)
                  if frame[at:at + 2] != frame[at + 2:at + 4]]
        if not places:
            return frame
        way.did['spoiled'] += 1
        at = self.random.choice(places)
        return frame[:at] + frame[at + 2:at + 4] + frame[at:at + 2] + frame[at + 4:]

    def _release(self, now):
        while self.waiting and self.waiting[0][0] <= now:
            _, _, way, frame = heapq.heappop(self.waiting)
            way.send(frame)

    def end(self, *_):
        self.over = True


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('one')
    parser.add_argument('other')
    for share in ('loss', 'reorder', 'duplicate', 'spoil', 'delay', 'jitter'):
        parser.add_argument(f'--{share}', type=float, default=0)
    parser.add_argument('--seed', type=int, default=None)
    options = parser.parse_args()
    if options.seed is None:
        options.seed = random.SystemRandom().randrange(1 << 32)
    wire = Wire(options)
    signal.signal(signal.SIGTERM, wire.end)
    print(f'ready {options.seed}', flush=True)
    wire.run()
    print(json.dumps({'seed': options.seed, **{way.name: way.told() for way in wire.ways}}),
          flush=True)


main()
