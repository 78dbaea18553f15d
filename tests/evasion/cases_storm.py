# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""T1 to T6 all at once: pieces of a stream, true or not, in any order, lost and repeated."""

import random

from . import pdus
from .cases import B, BIND, Safe, bound, case

SEEDS = 24
OLD = 100_000


def stream(chance, operation, added):
    """Requests of many sizes, with an alter_context among them. The same chances, the same cuts."""
    made = []
    for number in range(14):
        stub = bytes(chance.randrange(256) for _ in range(chance.choice((0, 3, 40, 300))))
        made.append(pdus.request(operation, stub, call=10 + number))
    made.insert(chance.randrange(1, 13), pdus.bind(pdus.SAMR, added, call=5, kind=pdus.ALTER))
    return b''.join(made)


class Storm:
    def __init__(self, player, chance, truth, lie):
        self.player = player
        self.chance = chance
        self.texts = (truth, lie)
        self.sound = bytearray(len(truth))  # what the server must have, whatever it is

    def blow(self, count):
        """Segments around the first byte that the server may lack."""
        for _ in range(count):
            front = self.front()
            at = max(front + self.chance.choice((0, 0, 0, -60, -9, -1, 1, 9, 60, 400)), -40)
            if at >= len(self.sound):
                return
            size = self.chance.choice((1, 2, 7, 20, 23, 24, 25, 60, 200))
            text = self.chance.choice(self.texts)
            payload = BIND[at:][:size] if at < 0 else text[at:at + size]
            spoilt = self.chance.choice((None, None, None, None, 'whole', 'ttl', 'stamp'))
            how = {'whole': {'whole': False}, 'ttl': {'ttl': 1}, 'stamp': {'stamp': OLD}}
            self.player.send(B + at, payload, **how.get(spoilt, {}))
            if spoilt is None and at >= 0:
                self.sound[at:at + len(payload)] = b'\1' * len(payload)

    def front(self):
        hole = self.sound.find(0)
        return len(self.sound) if hole < 0 else hole


def storm(seed):
    def play(p, words):
        chance = random.Random(seed)
        state = chance.getrandbits(64)
        truth = stream(random.Random(state), 5, pdus.LSARPC)
        lie = stream(random.Random(state), 34, pdus.WKSSVC) if words.evil else truth
        bound(p)
        weather = Storm(p, chance, truth, lie)
        weather.blow(chance.choice((20, 60, 150)))
        p.each(B, truth, chance.choice((50, 500, 1400)))
        p.pause(15)  # what is in the gateway's custody is the gateway's to repeat
        p.each(B, truth, 1400)
        return Safe(B + len(truth))
    play.__name__ = f'storm_{seed}'
    return play


for number in range(SEEDS):
    case('T1', control='read')(storm(number))
