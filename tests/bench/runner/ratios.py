# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What a series is beside another of the same run: the median of the ratios of single rounds, since
what a shared machine does to one program of a round it does to the others too."""

import statistics

SMALLEST = 64
# A frame of 64 bytes on the wire has 60 in memory: the checksum sequence is the card's.
WITHOUT_FCS = {60: 64}


def ratio(one, other):
    """one / other, or None when they have no round in common."""
    found = [statistics.median(mine) / statistics.median(theirs)
             for mine, theirs in zip(one.rounds, other.rounds)
             if mine and theirs and statistics.median(theirs) > 0]
    return statistics.median(found) if found else None


def size_of(series):
    size = series.parameters.get('size', SMALLEST)
    return WITHOUT_FCS.get(size, size)


def reference(collection, program, name, series, **parameters):
    """The series of that name with the packets' size and the unit of this one, and of several the
    one that has most parameters in common with it; or None."""
    found = []
    for other in collection:
        if (other.program, other.name, other.unit) != (program, name, series.unit):
            continue
        if any(other.parameters.get(key) != value for key, value in parameters.items()):
            continue
        # A swap without a size stands for all of them.
        if 'size' not in other.parameters or size_of(other) == size_of(series):
            found.append(other)
    return max(found, key=lambda other: alike(other, series), default=None)


def alike(one, other):
    return sum(other.parameters.get(name) == value for name, value in one.parameters.items())


class Rivals:
    """Who a forwarder's series is set against, where unit and size allow it."""

    def __init__(self, collection):
        self.collection = collection

    def to_swap(self, series):
        """How many times the cost of the bare 5-tuple swap on the same ports."""
        if series.program != 'pipeline':
            return None
        return self._cost(series, reference(self.collection, 'pipeline', 'swap', series))

    def nftables(self, series):
        """How many times as much nftables spends on a packet."""
        return self._gain(series, reference(self.collection, 'kernel', 'nat', series, flows=256))

    def testpmd(self, series):
        return self._gain(series, reference(self.collection, 'testpmd', '5tswap', series,
                                            port='net_pcap'))

    @staticmethod
    def _cost(series, other):
        if other is None or series.unit != 'cycles/packet':
            return None
        return ratio(series, other)

    def _gain(self, series, other):
        if series.program not in ('pipeline', 'testpmd'):
            return None
        found = self._cost(series, other)
        return 1 / found if found else None
