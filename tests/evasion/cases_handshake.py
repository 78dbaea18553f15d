# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""T7 bytes before and after a connection, T9 IP fragments, T10 options, T11 odd openings."""

from . import segments
from .cases import B, BIND, CALL, OTHER_ISN, Arrives, Safe, bound, case, second_connection
from .player import ISN
from .segments import ACK, PSH, SYN


@case('T7', control='read')
def a_bind_in_the_syn(p, words):
    p.open(words.bind)
    p.send(0, BIND)
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T7', tells=('out-of-window', 'bad-tcp-state'), control='read')
def a_request_after_the_fin(p, words):
    bound(p)
    if not words.evil:
        p.send(B, CALL)
    end = B + (0 if words.evil else len(CALL))
    p.fin(end)
    if words.evil:
        p.send(B, words.call)
        p.send(B + 1, words.call)
    return Arrives(BIND if words.evil else BIND + CALL)


@case('T7', control='read')
def a_request_after_the_reset(p, words):
    bound(p)
    p.reset(B)
    if words.evil:
        p.send(B, words.call)
        return Safe(B)
    return second_connection(p)


@case('T7')
def another_number_while_half_open(p, words):
    p.syn()
    p.await_answer()
    p.isn = OTHER_ISN
    p.syn()
    if words.evil:
        p.send(0, words.bind)
    p.isn = ISN
    p.send(0, flags=ACK)
    p.send(0, BIND)
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T7', control='served')
def a_tuple_used_again_that_the_server_never_lost(p, words):
    """Reset and SYN end on the way: what the gateway knows of the connection is gone, the server
    still has it."""
    bound(p)
    ttl = 1 if words.evil else 64
    p.reset(B, ttl=ttl)
    if not words.evil:
        return second_connection(p)
    p.isn = OTHER_ISN
    p.syn(ttl=1)
    p.isn = ISN
    p.send(B, words.call)
    return Safe(B)


@case('T9')
def a_harmless_bind_in_fragments(p, words):
    p.open()
    p.send_in_fragments(0, BIND, [(0, 40), (40, 24), (64, 500)])
    p.answered(BIND)
    p.send_in_fragments(B, words.call, [(64, 500), (0, 64)])
    return Arrives(words.judged(BIND, words.call))


@case('T9', control='served', tells=('datagrams-reassembled', 'interface-not-granted'))
def a_bind_in_fragments(p, words):
    p.open()
    p.send_in_fragments(0, words.bind, [(0, 48), (48, 500)])
    p.send(0, BIND)
    return Safe(B) if words.evil else Arrives(BIND)


@case('T9', control='read')
def fragments_that_overlap(p, words):
    p.open()
    whole = segments.tcp(p.segment(0, words.bind, PSH | ACK))
    p.send_in_fragments(0, BIND, [(0, 88), (56, whole[56:])])
    p.send_in_fragments(0, BIND, [(56, whole[56:]), (0, 88)])
    p.send_in_fragments(0, BIND, [(0, 88), (0, whole[:88]), (88, 500)])
    p.send(0, BIND)
    return Safe(B) if words.evil else Arrives(BIND)


@case('T9', control='served')
def a_first_fragment_without_the_flags(p, words):
    p.open()
    p.send_in_fragments(0, words.bind, [(0, 8), (8, 500)])
    p.send_in_fragments(0, words.bind, [(8, 500), (0, 8)])
    p.send(0, BIND)
    return Safe(B) if words.evil else Arrives(BIND)


@case('T9', control='read')
def fragments_without_an_end(p, words):
    p.open()
    for count in range(30):  # fewer than one client may have: those before and after it pass
        p.send_in_fragments(0, words.bind, [(8 * (count % 4), 8 + 8 * (count % 3))])
    p.send(0, BIND)
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T10', control='read')
def a_bind_in_a_syn_with_a_cookie(p, words):
    options = (segments.mss(1460) + segments.SACK_PERMITTED + segments.stamps(p.clock, 0)
               + bytes([34, 10, 1, 2, 3, 4, 5, 6, 7, 8]) + bytes([253, 4, 0xf9, 0x89]))
    p.open(words.bind, options=options)
    p.send(0, BIND)
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T10', tells=('opnum-denied',), control='served')
def unknown_options_on_every_segment(p, words):
    p.open()
    stamp = segments.stamps(p.clock, p.server_stamp())
    p.send(0, BIND, options=stamp + bytes([254, 6, 1, 2, 3, 4]))
    p.answered(BIND)
    stamp = segments.stamps(p.clock, p.server_stamp())
    p.send(B, words.call, options=stamp + bytes([30, 4, 0, 0]))
    return Arrives(words.judged(BIND, words.call))


@case('T10', tells=('opnum-denied',), control='served')
def sizes_and_scales_that_cannot_be(p, words):
    p.open(options=segments.mss(0) + segments.scale(255) + segments.stamps(p.clock, 0)
           + segments.mss(65535) + segments.scale(14))
    p.send(0, BIND)
    p.answered(BIND)
    p.send(B, words.call)
    return Arrives(words.judged(BIND, words.call))


@case('T10', tells=('opnum-denied',), control='served')
def options_whose_lengths_lie(p, words):
    bound(p)
    stamp = segments.stamps(p.clock, p.server_stamp())
    p.send(B, words.call[:30], options=stamp + bytes([1, 1, 5, 0]))
    p.send(B + 30, words.call[30:], options=segments.stamps(p.clock, p.server_stamp())
           + bytes([1, 1, 5, 40]))
    return Arrives(words.judged(BIND, words.call))


@case('T10', tells=('opnum-denied',), control='served')
def selective_acknowledgements_of_what_never_was(p, words):
    bound(p)
    there = p.server_next()
    for block in ((there + 5000, there + 9000), (there - 40, there - 8), (there + 9, there + 2)):
        p.send(B, flags=ACK, options=segments.stamps(p.clock, p.server_stamp())
               + segments.sack(block))
    p.send(B, words.call, options=segments.stamps(p.clock, p.server_stamp())
           + segments.sack((there + 1, there + 100), (there + 200, there + 300)))
    return Arrives(words.judged(BIND, words.call))


@case('T11', tells=(('bad-tcp-state',),) * 2)
def a_syn_with_ack_from_the_client(p, words):
    p.syn()
    p.syn(flags=SYN | ACK)
    p.await_answer()
    p.syn(words.bind if words.evil else b'', flags=SYN | ACK)
    p.send(0, flags=ACK)
    p.send(0, BIND)
    p.answered(BIND)
    p.send(B, CALL)
    return Arrives(BIND + CALL)


@case('T11', tells=(('no-rule', 'no-pinhole', 'bad-tcp-state'),) * 2, live=False)
def a_syn_from_the_server(p, words):
    p.server_opens()
    p.syn()
    p.server_opens()
    p.await_answer()
    p.send(0, flags=ACK)
    p.send(0, BIND)
    p.answered(BIND)
    p.send(B, words.call)
    return Arrives(words.judged(BIND, words.call))


@case('T11', tells=('flow-limit',), half_open=16)
def more_openings_than_one_client_may_have(p, words):
    own = p.port
    for number in range(100 if words.evil else 8):
        p.port = own + 1000 + number
        p.syn()
    p.port = own
    if words.evil:
        p.syn()
        return Safe()
    bound(p)
    p.send(B, CALL)
    return Arrives(BIND + CALL)
