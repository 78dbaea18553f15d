#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The reader that the evasion tests trust: it puts streams together right, and finds what is
forbidden."""
import pathlib
import random
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from evasion import pdus, readings, segments  # noqa: E402
from evasion.cases import BIND, CALL, LIES, MAP, MAPPER_BIND  # noqa: E402
from evasion.reassembler import Reassembler, Stream  # noqa: E402
from evasion.segments import ACK, FIN, RST, SYN, Segment  # noqa: E402


def stream(*parts, first=1000):
    made = Stream(first)
    for at, payload in parts:
        made.add((first + at) & 0xffffffff, payload)
    return made


def test_segments_in_any_order():
    text = bytes(random.Random(1).randrange(256) for _ in range(3000))
    for seed in range(20):
        chance = random.Random(seed)
        cuts = sorted({0, len(text), *(chance.randrange(len(text)) for _ in range(50))})
        parts = [(at, text[at:end + chance.randrange(9)])
                 for at, end in zip(cuts, cuts[1:])]
        chance.shuffle(parts)
        made = stream(*parts, *parts[:9], first=0xfffffff0 - seed)
        assert made.first_wins() == made.last_wins() == text
        assert made.disputed() == set()


def test_overlaps():
    made = stream((0, b'abcd'), (2, b'XYef'), (1, b'bX'))
    assert made.first_wins() == b'abcdef'
    assert made.last_wins() == b'abXYef'
    assert made.disputed() == {2, 3}


def test_a_value_in_between_is_a_second_one():
    made = stream((0, b'a'), (0, b'b'), (0, b'a'))
    assert made.first_wins() == made.last_wins() == b'a'
    assert made.disputed() == {0}


def test_a_gap_ends_the_reading_until_it_is_filled():
    made = stream((0, b'ab'), (4, b'ef'))
    assert made.first_wins() == b'ab'
    made.add(1002, b'cd')
    assert made.first_wins() == b'abcdef'


def test_numbers_wrap_around():
    made = stream((0, b'ab'), (2, b'cd'), (4, b'ef'), first=0xfffffffd)
    assert made.first_wins() == b'abcdef'
    made.add(0xfffffffd, b'AB')
    assert made.last_wins() == b'ABcdef'


def test_what_lies_before_the_beginning_is_no_part_of_it():
    made = stream((-3, b'xyzab'), (-5, b'xy'), (2, b'c'))
    assert made.first_wins() == b'abc'
    assert made.disputed() == set()


def segment(sequence, payload=b'', flags=ACK, **how):
    return Segment('192.0.2.1', '192.0.2.2', 1, 2, sequence, 0, flags, payload, **how)


def test_connections_by_their_first_numbers():
    made = Reassembler()
    for part in (segment(99, flags=SYN), segment(100, b'ab'), segment(99, flags=SYN),
                 segment(102, b'c', FIN | ACK), segment(103, flags=RST),
                 segment(5000, b'in the SYN', SYN)):
        made.take(segments.parse(segments.frame(segments.packet(part))))
    first, second = made.streams(segment(0).key)
    assert first.first_wins() == b'abc' and first.finished == [3] and first.resets == 1
    assert second.first_wins() == b'in the SYN'


def test_frames_as_they_are_made_and_read():
    whole = segment(7, b'odd', options=segments.stamps(3, 4), urgent=2, window=9, ttl=3)
    assert segments.parse(segments.frame(segments.packet(whole)) + b'padding') == whole
    spoilt = segments.packet(segment(7, b'odd', whole=False))
    assert not segments.parse(segments.frame(spoilt)).whole
    parts = segments.fragments(whole, [(0, 24), (24, 500)], 1)
    assert all(segments.parse(segments.frame(part)).fragment for part in parts)
    assert parts[0][20:] + parts[1][20:] == segments.packet(whole)[20:]
    assert [segments.checksum(part[:20]) for part in parts] == [0, 0]


GRANTED = BIND + CALL
LOW = pdus.bind(pdus.LSARPC) + pdus.request(0)
LEVEL = pdus.bind(pdus.LSARPC, level=5)


@pytest.mark.parametrize('text, mapper', [
    (pdus.turned(LIES.bind), False), (pdus.turned(BIND) + pdus.turned(LIES.call), False),
    (LIES.bind, False), (BIND + LIES.call, False), (b'GET / HTTP/1.1\r\n\r\n', False),
    (LOW, False), (LEVEL + pdus.request(0, level=2), False), (BIND + pdus.request(5, context=1),
                                                              False),
    (pdus.bind(pdus.SAMR, pdus.WKSSVC), False), (MAPPER_BIND + LIES.map, True),
    (MAPPER_BIND + pdus.request(2), True), (BIND + pdus.bind(pdus.WKSSVC, kind=pdus.ALTER), False)])
def test_what_no_rule_grants_is_found(text, mapper):
    assert readings.complaints(stream((0, text)), mapper)


@pytest.mark.parametrize('text, mapper', [
    (GRANTED, False), (GRANTED[:-7], False), (LEVEL + pdus.request(0, level=5), False),
    (pdus.turned(BIND) + pdus.turned(CALL), False),
    (MAPPER_BIND + MAP, True), (MAPPER_BIND + readings.judged_map(LIES.map), True),
    (LIES.judged(LIES.bind, CALL), False), (LIES.judged(BIND, LIES.call), False)])
def test_what_is_granted_or_refused_is_not(text, mapper):
    assert readings.complaints(stream((0, text)), mapper) == []


def test_a_second_reading_is_found_where_a_rule_reads():
    at = len(BIND)
    assert readings.complaints(stream((0, GRANTED), (0, LIES.bind)))
    assert readings.complaints(stream((0, LIES.bind), (0, GRANTED)))
    assert readings.complaints(stream((0, GRANTED), (at + 22, b'\x06'), (at + 22, b'\x05')))
    assert readings.complaints(stream((0, GRANTED), (at + 200, b'a'), (at + 200, b'b')))
    assert readings.complaints(stream((0, GRANTED), (at + 30, b'!'))) == []  # stub: nobody reads it
