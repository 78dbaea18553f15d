# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Seeds of the conversation target: steps as tests/support/conversation_play.cpp reads them."""

OPEN, CLIENT, SERVER, RAW, SEND, FLAGS, ACK, CLOCK, RULES, NOISE, COMMAND, PUMP, HOLD, FIN, RESET, \
    PUMP_ONE = range(16)
MAPPER, ANSWERED, LIKELY, ANY, OTHER_CLIENT, SYN_ONLY, SAME_PORTS = 0, 1, 2, 3, 4, 8, 0x80
SAMR, LSARPC, WKSSVC, WINREG = range(4)
BIG, NDR64, NARROW, TINY, SMALL_MSS = 1, 2, 4, 8, 0x30
AT_CLIENT, AT_SERVER = 0, 1
FRAGMENTED, REVERSED, CHAIN = 2, 4, 6
REST, CHANGED, GAP, AGAIN, ARRIVED = 0x80, 0x40, 0x10, 0x20, 0x30
ONE_OCTET, HEADER = 1 << 1, 3 << 1

# PDUs of clients, of servers (tests/support/conversation_pdus.cpp).
BIND_MAPPER, BIND, BIND_THREE, BIND_WINREG, BIND_NTLM, ALTER, AUTH3, ASK, CALL, FRAGMENTS, SEALED, \
    LONG_CALL, OBJECT_CALL, CANCEL, ORPHANED, SIGNED = range(16)
BIND_ACK, ACK_THREE, ACK_ONE_OF_TWO, TOWER, TWO_TOWERS, NO_TOWER, RESPONSE, RESPONSES, FAULT, \
    ALTER_ACK, NAK, NTLM_ACK, TOWER_IN_FRAGMENTS, LONG_RESPONSE, CALLBACK, SHUTDOWN = range(16)
DENIED = 37


def step(what, *octets, on=0):
    return bytes((what | on << 4, *octets))


def opened(how=MAPPER, manner=0, on=0):
    return step(OPEN, how, manner, on=on)


def says(pdu, argument=0, on=0, who=CLIENT):
    return step(who, pdu, argument, on=on)


def talk(on, *pdus):
    """Client's and server's PDUs in turn, each delivered and acknowledged."""
    out = b""
    for number, (pdu, argument) in enumerate(pdus):
        out += says(pdu, argument, on, (CLIENT, SERVER)[number % 2]) + step(PUMP, on=on)
    return out


def mapped(interface=SAMR, port=3, manner=0, on=0, how=MAPPER, answer=TOWER):
    """A connection to the mapper and its answer."""
    return opened(how, manner) + talk(on, (BIND_MAPPER, 0), (BIND_ACK, 0), (ASK, interface),
                                      (answer, interface | port << 2))


def carried(on, how, cut):
    """A bind and calls in pieces: IP fragments, chains of packet buffers."""
    out = opened(ANSWERED)
    for number, (pdu, argument) in enumerate(((BIND, SAMR), (BIND_ACK, 0), *CALLS)):
        side = number % 2
        out += says(pdu, argument, on, (CLIENT, SERVER)[side])
        out += step(PUMP_ONE, side | how, cut, on=on)
    return out


def closed(on):
    return b"".join(step(FIN, side, 0, on=on) + step(ACK, 1 - side, on=on)
                    for side in (AT_CLIENT, AT_SERVER))


def session(on, *more, interface=SAMR, manner=0, how=ANSWERED):
    return opened(how, manner) + talk(on, (BIND, interface), (BIND_ACK, 0), *more)


CALLS = (CALL, 5), (RESPONSE, 0), (FRAGMENTS, 6), (RESPONSES, 0), (LONG_CALL, 7), (LONG_RESPONSE, 0)


def pieces(on=0):
    """Cut at every octet, out of order, again, and again with other octets."""
    out = says(BIND, SAMR, on) + step(SEND, ONE_OCTET | REST, on=on) + step(ACK, 1, on=on)
    out += says(BIND_ACK, 0, on, SERVER) + step(SEND, AT_SERVER | HEADER | GAP, 20, on=on)
    out += step(PUMP, on=on) + says(CALL, 5, on) + step(SEND, HEADER | GAP, 16, on=on)
    out += step(SEND, HEADER, on=on) + step(SEND, HEADER | AGAIN | CHANGED, 16, 6, 37, on=on)
    out += step(SEND, HEADER | AGAIN | CHANGED, 24, 8, 255, on=on) + step(PUMP, on=on)
    return out


def smuggled(on=0):
    """Forbidden things, plainly and by repetition."""
    out = talk(on, (BIND_WINREG, 0), (ACK_ONE_OF_TWO, 0), (CALL, DENIED), (FAULT, 0))
    out += says(CALL, 5, on) + step(SEND, HEADER, on=on)
    out += step(SEND, AGAIN | CHANGED | HEADER, 16, 3, 0, on=on) + step(SEND, 0, on=on)
    out += step(SEND, AGAIN | CHANGED, 64, 22, DENIED, on=on)
    return out + talk(on, (ALTER, WINREG | 1 << 6), (ALTER_ACK, 0), (CALL, 5 | 1 << 6), (FAULT, 0))


def ahead(on=0):
    """Bytes behind a gap leave where no rule reads; a denied call follows in the same segment."""
    out = talk(on, (BIND, SAMR), (BIND_ACK, 0)) + says(CALL, 5, on) + says(CALL, DENIED, on)
    out += step(SEND, HEADER + 2, on=on) + step(SEND, GAP, 20, on=on)
    out += step(SEND, AGAIN | ONE_OCTET, 0, on=on) + step(SEND, ARRIVED, on=on)
    return out + step(PUMP, on=on)


def seeds():
    privacy = (SEALED, 5), (RESPONSE, 0), (CALL, 5), (FAULT, 0), (SIGNED, 5), (FAULT, 0)
    noise = b"".join(step(NOISE, how, 50, 60, 70) for how in range(16))
    waits = b"".join(step(CLOCK, n) for n in (3, 4, 6, 8, 9, 10))
    out = {
        "session": mapped() + session(1, *CALLS) + closed(1) + closed(0),
        "pieces": mapped() + opened(ANSWERED) + pieces(1),
        "ahead": mapped() + opened(ANSWERED) + ahead(1),
        "smuggled": mapped() + opened(ANSWERED) + smuggled(1),
        "ask-for-winreg": mapped(WINREG) + opened(LIKELY | 3 << 4) + talk(1, (BIND, WINREG)),
        "without-answer": opened() + b"".join(opened(LIKELY | n << 4) for n in range(4)),
        "other-client": mapped() + opened(LIKELY | OTHER_CLIENT | 3 << 4) + session(2, *CALLS),
        "two-towers": mapped(answer=TWO_TOWERS) + session(1, *CALLS[:2])
        + session(2, how=ANSWERED | 1 << 4),
        "answer-in-fragments": mapped(answer=TOWER_IN_FRAGMENTS) + session(1, *CALLS[:2]),
        "forbidden-port": mapped(port=14) + opened(ANSWERED) + opened(ANY) + b"\x01\xbd",
        "no-tower": mapped(answer=NO_TOWER) + opened(LIKELY | 3 << 4),
        "reload": mapped(WKSSVC) + session(1, *CALLS[:2], interface=WKSSVC) + step(RULES)
        + talk(1, (CALL, 5), (RESPONSE, 0)) + opened(LIKELY | 3 << 4) + step(RULES)
        + opened(LIKELY | 3 << 4),
        "privacy": mapped(LSARPC) + opened(ANSWERED)
        + talk(1, (BIND_NTLM, LSARPC), (NTLM_ACK, 0)) + says(AUTH3, 0, 1) + talk(1, *privacy),
        "bare": mapped(LSARPC) + session(1, (CALL, 5), (FAULT, 0), interface=LSARPC),
        "custody": mapped() + opened(ANSWERED, TINY | SMALL_MSS) + says(BIND_THREE, 0, 1)
        + step(SEND, HEADER | REST, on=1) + step(ACK, 3, on=1) + waits + step(PUMP, on=1)
        + says(ACK_THREE, 0, 1, SERVER) + step(PUMP, on=1) + talk(1, *CALLS),
        "burst": mapped() + opened(ANSWERED) + step(HOLD) + pieces(1) + says(CALL, 5, 1)
        + step(SEND, ONE_OCTET | REST, on=1) + step(HOLD),
        "reset": mapped() + session(1, *CALLS[:2]) + step(RESET, 8, 0, on=1) + step(CLOCK, 7)
        + opened(SAME_PORTS, on=1) + talk(2, (BIND, SAMR), (BIND_ACK, 0), *CALLS),
        "noise": mapped() + session(1, *CALLS[:2]) + noise + talk(1, *CALLS) + step(COMMAND, on=1)
        + talk(1, *CALLS[:2]),
        "time": mapped() + waits + session(1, *CALLS[:2]) + waits + step(CLOCK, 14)
        + opened(ANSWERED),
    }
    for name, how, cut in (("fragments", FRAGMENTED, 40), ("fragments-reversed", REVERSED, 48),
                           ("chain", CHAIN, 60)):
        out[name] = mapped() + carried(1, how, cut)
    for name, manner in (("big-endian", BIG), ("ndr64", NDR64), ("narrow", NARROW)):
        out[name] = mapped(manner=manner) + session(1, *CALLS, manner=manner)
    return out
