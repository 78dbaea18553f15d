# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""T5 old segments, T6 segments that one side takes and the other does not, T8 urgent bytes."""

from . import pdus, segments
from .cases import B, BIND, CALL, STUB, Arrives, Reset, Safe, bound, case, second_connection
from .readings import DENIED
from .segments import ACK, PSH, URG

OLD = 100_000  # milliseconds of a usual clock: no stack takes such a timestamp for fresh


@case('T5', control='served')
def an_old_timestamp_on_what_is_granted(p, words):
    bound(p)
    p.send(B, CALL, stamp=OLD)
    p.send(B, words.call)
    return Safe(B + len(CALL)) if words.evil else Arrives(BIND + CALL)


@case('T5', control='read')
def an_old_timestamp_on_what_is_not(p, words):
    bound(p)
    p.send(B, words.call, stamp=OLD)
    p.send(B, CALL)
    return Safe(B + len(CALL)) if words.evil else Arrives(BIND + CALL)


@case('T5', control='served')
def an_old_timestamp_on_half_a_header(p, words):
    bound(p)
    p.send(B, CALL[:23], stamp=OLD)
    p.send(B, words.call)
    return Safe(B + len(CALL)) if words.evil else Arrives(BIND + CALL)


@case('T5', control='read')
def no_timestamp_where_there_should_be_one(p, words):
    bound(p)
    p.send(B, CALL, stamp=None)
    p.send(B, words.call)
    return Safe(B + len(CALL)) if words.evil else Arrives(BIND + CALL)


@case('T5', control='read')
def two_timestamps(p, words):
    bound(p)
    old, new = (segments.stamps(p.clock - age, p.server_stamp()) for age in (OLD, -1))
    p.send(B, CALL, options=new + old)
    p.send(B, CALL, options=old + new)
    p.send(B, words.call)
    return Safe(B + len(CALL)) if words.evil else Arrives(BIND + CALL)


@case('T5', control='read')
def from_before_the_beginning(p, words):
    p.open()
    p.send(0, BIND)
    p.send(-1, b'\x05' + words.bind)
    p.send(-30, bytes(30) + words.bind)
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T5', tells=(('out-of-window',),) * 2)
def older_than_any_window(p, words):
    bound(p)
    p.send(-5_000_000, words.bind)
    p.send(B - (1 << 31) + 1000, words.call)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T6', tells=(('bad-l4-checksum',),) * 2, control='served')
def a_wrong_checksum_on_what_is_granted(p, words):
    bound(p)
    p.send(B, CALL, whole=False)
    p.send(B, words.call)
    return Arrives(words.judged(BIND, words.call))


@case('T6', tells=(('bad-l4-checksum',),) * 2, control='served')
def a_wrong_checksum_on_the_end_of_a_header(p, words):
    bound(p)
    p.send(B, CALL[:20])
    p.send(B + 20, CALL[20:], whole=False)
    p.send(B + 20, words.call[20:])
    return Arrives(words.judged(BIND, words.call))


@case('T6', tells=(('ttl-exceeded',),) * 2, control='served')
def a_segment_that_ends_on_the_way(p, words):
    bound(p)
    p.send(B, CALL, ttl=1)
    p.send(B, words.call)
    return Safe(B + len(CALL)) if words.evil else Arrives(BIND + CALL)


@case('T6', control='served')
def half_a_header_that_ends_on_the_way(p, words):
    bound(p)
    p.send(B, CALL[:23], ttl=1)
    p.send(B, words.call)
    return Safe(B + len(CALL)) if words.evil else Arrives(BIND + CALL)


@case('T6', tells=(('out-of-window',),) * 2, control='served')
def an_acknowledgement_of_bytes_never_sent(p, words):
    bound(p)
    p.send(B, CALL, acknowledge=5000)
    p.send(B, words.call)
    return Arrives(words.judged(BIND, words.call))


@case('T6', tells=(('bad-reset',),) * 2, control='served')
def a_reset_beside_the_number(p, words):
    bound(p)
    p.reset(B + 50)
    p.reset(B + 1)
    p.send(B, words.call)
    return Arrives(words.judged(BIND, words.call))


@case('T6', control='served')
def a_reset_with_a_wrong_checksum(p, words):
    bound(p)
    p.reset(B, whole=False)
    p.send(B, words.call)
    return Arrives(words.judged(BIND, words.call))


@case('T6', control='served')
def a_reset_that_ends_on_the_way(p, words):
    bound(p)
    p.reset(B, ttl=1 if words.evil else 64)
    if words.evil:
        p.send(B, words.call)
        return Safe(B)
    return second_connection(p)


@case('T6', control='served')
def a_fin_ahead_of_its_bytes(p, words):
    bound(p)
    p.fin(B + len(CALL))
    p.send(B, words.call)
    return Arrives(words.judged(BIND, words.call))


@case('T6', control='served')
def a_fin_with_a_wrong_checksum(p, words):
    bound(p)
    p.fin(B, whole=False)
    p.send(B, words.call)
    return Arrives(words.judged(BIND, words.call))


@case('T8', control='served', tells=('interface-not-granted', 'not-rpc'))
def a_byte_that_urgency_takes_out(p, words):
    """A server that reads urgent data apart sees the bind to wkssvc, any other a long one."""
    p.open()
    if not words.evil:
        p.send(0, BIND, PSH | ACK | URG, urgent=41)
        p.answered(BIND)
        p.send(B, CALL, PSH | ACK | URG, urgent=len(CALL))
        return Arrives(BIND + CALL)
    p.send(0, words.bind[:40] + b'!' + words.bind[40:], PSH | ACK | URG, urgent=41)
    p.send(B + 1, CALL)
    return Reset()


@case('T8')
def urgency_on_a_segment_that_leaves_in_part(p, words):
    bound(p)
    second = pdus.request(DENIED if words.evil else 5, STUB, 3)
    p.send(B, CALL + second[:10], PSH | ACK | URG, urgent=1)
    p.send(B + len(CALL) + 10, second[10:])
    return Arrives(words.judged(BIND, CALL, second))


@case('T8', control='served')
def an_operation_number_that_urgency_shifts(p, words):
    """In big-endian: operation 0 without its first byte is the number in the first of the stub."""
    bind = pdus.turned(BIND)
    stub = bytes([DENIED]) + bytes(59)
    call, second = (pdus.turned(pdus.request(0, stub, number)) for number in (2, 3))
    p.open()
    p.send(0, bind)
    p.answered(bind)
    p.send(B, call[:22])
    urgent = {'flags': PSH | ACK | URG, 'urgent': 1} if words.evil else {}
    p.send(B + 22, call[22:] + second[:10], **urgent)
    p.send(B + len(call) + 10, second[10:])
    return Arrives(bind + call + second)


@case('T8', control='served', tells=('opnum-denied',))
def urgency_without_its_flag_and_beyond_the_segment(p, words):
    bound(p)
    p.send(B, words.call[:22], PSH | ACK, urgent=10)
    p.send(B + 22, words.call[22:], PSH | ACK | URG, urgent=60000)
    return Arrives(words.judged(BIND, words.call))
