# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""T1 overlapping segments, T2 repetitions with other content, T3 tiny segments, T4 holes."""

from . import pdus, readings
from .cases import B, BIND, CALL, MAP, MAPPER_BIND, Arrives, Reset, Safe, bound, case

SECOND = pdus.request(6, bytes(40), call=3)
PROTECTED_BIND = pdus.bind(pdus.LSARPC, level=pdus.INTEGRITY)
PROTECTED = pdus.request(0, bytes(48), level=pdus.INTEGRITY)
LOWERED = pdus.request(0, bytes(48), level=pdus.CONNECT)


@case('T1', control='read')
def the_second_half_of_a_bind_covers_the_first(p, words):
    p.open()
    p.send(0, BIND[:48])
    p.send(32, words.bind[32:])
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T1', control='read')
def a_bind_over_its_own_end_that_came_first(p, words):
    p.open()
    p.send(24, words.bind[24:])
    p.send(0, BIND)
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T1', tells=('interface-not-granted', 'interface-not-on-pinhole'), control='read')
def a_lie_over_a_true_end_that_came_first(p, words):
    p.open()
    p.send(24, BIND[24:])
    p.send(0, words.bind)
    p.answered(words.judged(words.bind))
    p.send(B, CALL)
    return Arrives(words.judged(words.bind, CALL))


@case('T1', control='read')
def two_ends_of_a_bind_before_its_beginning(p, words):
    p.open()
    p.send(32, BIND[32:])
    p.send(32, words.bind[32:])
    p.send(0, BIND[:32])
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T1', control='read')
def an_operation_number_twice_before_its_header(p, words):
    bound(p)
    p.send(B + 20, CALL[20:30])
    p.send(B + 18, words.call[18:])
    p.send(B, CALL[:20])
    p.send(B + 30, CALL[30:])
    return Arrives(BIND + CALL)


@case('T1', control='read', mapper=True)
def a_map_call_over_its_own_end_that_came_first(p, words):
    p.open()
    p.send(0, MAPPER_BIND)
    p.answered(MAPPER_BIND)
    p.send(B + 40, words.map[40:])
    p.send(B, MAP)
    return Arrives(MAPPER_BIND + MAP)


@case('T2', control='read')
def a_bind_once_more(p, words):
    p.open()
    p.send(0, BIND)
    p.send(0, words.bind)
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T2', control='read')
def a_request_once_more(p, words):
    bound(p)
    p.send(B, CALL)
    p.send(B, words.call)
    return Arrives(BIND + CALL)


@case('T2', control='read')
def a_request_once_more_when_it_was_acknowledged(p, words):
    bound(p)
    p.send(B, CALL)
    p.acknowledged(B + len(CALL))
    p.send(B, words.call)
    p.send(B, words.call + SECOND)
    return Arrives(BIND + CALL + SECOND)


@case('T2', control='read')
def a_request_once_more_and_another_behind_it(p, words):
    bound(p)
    p.send(B, CALL)
    p.send(B, words.call + SECOND)
    return Arrives(BIND + CALL + SECOND)


@case('T2', control='read')
def a_header_that_was_cut_within_the_operation_number(p, words):
    bound(p)
    p.send(B, CALL[:23])
    p.send(B, words.call)
    return Arrives(BIND + CALL)


@case('T2', control='read')
def a_lower_level_in_a_repeated_trailer(p, words):
    p.open()
    p.send(0, PROTECTED_BIND)
    p.answered(PROTECTED_BIND)
    at = len(PROTECTED_BIND)
    p.send(at, PROTECTED)
    p.send(at, LOWERED if words.evil else PROTECTED)
    return Arrives(PROTECTED_BIND + PROTECTED)


@case('T2', control='read', mapper=True)
def a_map_call_once_more(p, words):
    p.open()
    p.send(0, MAPPER_BIND)
    p.answered(MAPPER_BIND)
    p.send(B, MAP)
    p.send(B, words.map)
    return Arrives(MAPPER_BIND + MAP)


@case('T3', tells=('interface-not-granted', 'interface-not-on-pinhole'), control='served')
def a_bind_byte_by_byte(p, words):
    p.open()
    p.each(0, words.bind)
    p.answered(words.judged(words.bind))
    p.each(B, CALL)
    return Arrives(words.judged(words.bind, CALL))


@case('T3', tells=('opnum-denied',), control='served')
def a_request_byte_by_byte(p, words):
    bound(p)
    p.each(B, words.call)
    return Arrives(words.judged(BIND, words.call))


@case('T3', tells=('protection-too-low', 'anonymous-caller', 'auth-changed'), control='served')
def a_bare_request_in_threes(p, words):
    p.open()
    bind = PROTECTED_BIND
    p.each(0, bind, 3)
    p.answered(bind)
    p.each(len(bind), pdus.request(0, bytes(48)) if words.evil else PROTECTED, 3)
    if words.evil:
        return Safe(len(bind))
    return Arrives(bind + PROTECTED)


@case('T3', tells=('interface-not-granted',), control='served', mapper=True)
def a_map_call_byte_by_byte(p, words):
    p.open()
    p.each(0, MAPPER_BIND)
    p.answered(MAPPER_BIND)
    p.each(B, words.map)
    return Arrives(MAPPER_BIND + readings.judged_map(words.map))


@case('T3', tells=('stream-stalled',), live=False)
def half_a_bind_and_then_nothing(p, words):
    p.open()
    p.send(0, BIND[:40])
    p.pause(30 if words.evil else 5)
    p.send(40, BIND[40:])
    if words.evil:
        return Reset()
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


def many(request):
    """A flood's worth of requests, in one stream."""
    return b''.join(request[:12] + bytes([number, 0, 0, 0]) + request[16:]
                    for number in range(2, 102))


@case('T4', tells=(('segments-held', 'stream-out-of-order'),) * 2, control='read')
def every_other_piece_backwards_and_then_all_in_order(p, words):
    bound(p)
    truth, other = many(CALL), many(words.call)
    for at in reversed(range(40, len(truth), 80)):
        p.send(B + at, other[at:at + 40])
    p.each(B, truth, 40)
    p.each(B, truth, 1000)  # what found no room
    return Safe(B + len(truth)) if words.evil else Arrives(BIND + truth)


@case('T4', tells=(('out-of-window',),) * 2)
def beyond_the_window(p, words):
    bound(p)
    p.send(B + 3_000_000, words.call)
    p.send(B + (1 << 31) - 1000, words.call)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T4', tells=('stream-gap',), live=False)
def a_hole_that_stays(p, words):
    bound(p)
    p.send(B + 20, CALL[20:])
    p.pause(30 if words.evil else 5)
    p.send(B, CALL[:20])
    return Reset() if words.evil else Arrives(BIND + CALL)
