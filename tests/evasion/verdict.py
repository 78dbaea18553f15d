# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Whether what left towards a server is what must come of a case."""

from . import readings, segments
from .cases import Arrives, Reset, Safe
from .segments import SYN

KNOWN_OPTIONS = {2, 3, 4, 5, 8}  # MSS, scale, SACK permitted, SACK, timestamps


def of_traffic(traffic, mapper=False):
    """What must hold of all that left towards servers, whatever was played."""
    found = []
    if traffic.fragments:
        found.append(f'{traffic.fragments} IP fragments left')
    if traffic.urgent:
        found.append(f'{traffic.urgent} segments left as urgent')
    for segment in traffic.segments:
        if segment.flags & SYN and segment.payload:
            found.append('bytes left in a SYN')
        if segment.flags & SYN and set(segments.kinds(segment.options)) - KNOWN_OPTIONS:
            found.append(f'a SYN left with the options {segments.kinds(segment.options)}')
    for key, streams in traffic.connections.items():
        for stream in streams:
            found += [f'{key[1]}: {text}' for text in readings.complaints(stream, mapper)]
    return found


def of_outcome(outcome, streams, resets_to_client):
    """What became of the case's last connection."""
    if isinstance(outcome, Reset):
        if streams and streams[-1].resets and resets_to_client:
            return []
        return ['it was not reset towards both sides']
    arrived = streams[-1].first_wins() if streams else b''
    if isinstance(outcome, Safe):
        if len(arrived) < outcome.least:
            return [f'{len(arrived)} bytes arrived, not {outcome.least}']
        return []
    assert isinstance(outcome, Arrives)
    if arrived != outcome.stream:
        at = next((place for place, pair in enumerate(zip(arrived, outcome.stream))
                   if pair[0] != pair[1]), min(len(arrived), len(outcome.stream)))
        return [f'{len(arrived)} bytes arrived, {len(outcome.stream)} were to; they differ at {at}:'
                f' {arrived[at:at + 16].hex()} for {outcome.stream[at:at + 16].hex()}']
    return []


def of_half_open(case, traffic, client):
    """How many openings of one client left."""
    opened = sum(len(streams) for key, streams in traffic.connections.items()
                 if key[0] == client)
    if case.half_open and opened > case.half_open:
        return [f'{opened} openings left, {case.half_open} may']
    return []
