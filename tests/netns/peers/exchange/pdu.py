# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Connection-oriented PDUs, little-endian: reading them off a stream, taking apart, building."""

import socket
import struct
from typing import NamedTuple

REQUEST, RESPONSE, FAULT = 0, 2, 3
BIND, BIND_ACK, BIND_NAK, ALTER, ALTER_RESPONSE, AUTH3 = 11, 12, 13, 14, 15, 16
SHUTDOWN, CANCEL, ORPHANED = 17, 18, 19

FIRST, LAST, HEADER_SIGN, MULTIPLEX = 0x01, 0x02, 0x04, 0x10
NOT_EXECUTED, MAYBE, OBJECT = 0x20, 0x40, 0x80
WHOLE = FIRST | LAST

MAX_FRAGMENT = 5840

ACCESS_DENIED = 5
BAD_STUB = 0x6f7
SECURITY_PACKAGE = 0x721
OPNUM_RANGE = 0x1c010002
UNKNOWN_INTERFACE = 0x1c010003
PROTOCOL_ERROR = 0x1c01000b
CANCELLED = 0x1c00000d
CONTEXT_MISMATCH = 0x1c00001a
NOT_REGISTERED = 0x16c9a0d6

NAK_UNSPECIFIED, NAK_AUTH_TYPE, NAK_CREDENTIALS = 0, 8, 9
ACCEPTED, REJECTED, NEGOTIATED = 0, 2, 3
NO_ABSTRACT, NO_TRANSFER = 1, 2


class Malformed(Exception):
    """Bytes that are no PDU a peer of ours would send."""


class Trailer(NamedTuple):
    at: int       # where it begins in the PDU
    type: int
    level: int
    pad: int
    context: int
    value: bytes

    def head(self):
        return trailer_head(self.type, self.level, self.pad, self.context)


class Element(NamedTuple):
    """A presentation context that is proposed."""
    id: int
    interface: bytes
    transfers: list


class Pdu:
    def __init__(self, raw):
        self.raw = raw
        self.kind, self.flags = raw[2], raw[3]
        self.auth_length, self.call_id = struct.unpack_from('<HI', raw, 10)

    def trailer(self):
        """The security trailer; None without one."""
        if not self.auth_length:
            return None
        at = len(self.raw) - self.auth_length - 8
        if at < self.body_at():
            raise Malformed('the trailer begins before the body')
        kind, level, pad, _, context = struct.unpack_from('<BBBBI', self.raw, at)
        if pad > at - self.body_at():
            raise Malformed('more padding than there is body')
        return Trailer(at, kind, level, pad, context, self.raw[at + 8:])

    def body_at(self):
        """Where the stub of a request or response begins, or the fixed fields of others end."""
        if self.kind in (REQUEST, RESPONSE):
            return 40 if self.flags & OBJECT else 24
        return {BIND: 28, ALTER: 28, AUTH3: 20}.get(self.kind, 16)

    def call(self):
        """Context id and opnum of a request."""
        return struct.unpack_from('<HH', self.raw, 20)

    def object(self):
        """The object that a request is made of; empty where it names none."""
        return self.raw[24:40] if self.flags & OBJECT else b''


class Stream:
    """Whole PDUs from a TCP connection. A timeout loses nothing that has already come."""

    def __init__(self, link):
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.link = link
        self.kept = b''

    def next(self):
        """None at the end of the stream."""
        while True:
            if len(self.kept) >= 16:
                length, = struct.unpack_from('<H', self.kept, 8)
                if self.kept[:2] != b'\5\0' or self.kept[4:8] != b'\x10\0\0\0' or length < 16:
                    raise Malformed('no PDU in little-endian order')
                if len(self.kept) >= length:
                    raw, self.kept = self.kept[:length], self.kept[length:]
                    return Pdu(raw)
            more = self.link.recv(65536)
            if not more:
                return None
            self.kept += more


def head(kind, flags, length, auth_length, call_id):
    return struct.pack('<BBBBIHHI', 5, 0, kind, flags, 0x10, length, auth_length, call_id)


def trailer_head(kind, level, pad, context):
    return struct.pack('<BBBBI', kind, level, pad, 0, context)


def build(kind, call_id, body, *, flags=WHOLE, trailer=b'', value=b''):
    """A PDU that needs no signature; trailer is its eight bytes, value what follows them."""
    length = 16 + len(body) + len(trailer) + len(value)
    return head(kind, flags, length, len(value), call_id) + body + trailer + value


def pad_to(data, boundary):
    return data + b'\0' * (-len(data) % boundary)


# -- binds and their answers

def bind_body(elements, group):
    body = struct.pack('<HHIBxxx', MAX_FRAGMENT, MAX_FRAGMENT, group, len(elements))
    for element in elements:
        body += struct.pack('<HBx', element.id, len(element.transfers)) + element.interface
        body += b''.join(element.transfers)
    return body


def read_bind(pdu):
    """(largest fragment the client takes, association group, elements)."""
    try:
        transmit, receive, group, count = struct.unpack_from('<HHIB', pdu.raw, 16)
        at = 28
        elements = []
        for _ in range(count):
            context, transfers = struct.unpack_from('<HB', pdu.raw, at)
            end = at + 24 + 20 * transfers
            if end > len(pdu.raw):
                raise Malformed('elements longer than the bind')
            elements.append(Element(context, pdu.raw[at + 4:at + 24], [
                pdu.raw[first:first + 20] for first in range(at + 24, end, 20)]))
            at = end
    except struct.error:
        raise Malformed('a bind that is cut off') from None
    return min(transmit, receive), group, elements


def ack_body(size, group, port, results):
    """results: (result, reason, transfer syntax) each; port is empty in an answer to an alter."""
    address = f'{port}\0'.encode() if port else b''
    body = struct.pack('<HHIH', size, size, group, len(address)) + address
    body = pad_to(body, 4) + struct.pack('<Bxxx', len(results))
    return body + b''.join(struct.pack('<HH', *result[:2]) + result[2] for result in results)


def read_ack(pdu):
    """(fragment size, group, results)."""
    size, _, group, length = struct.unpack_from('<HHIH', pdu.raw, 16)
    at = 26 + length
    at += -at % 4
    results = []
    for number in range(pdu.raw[at]):
        first = at + 4 + 24 * number
        result, reason = struct.unpack_from('<HH', pdu.raw, first)
        results.append((result, reason, pdu.raw[first + 4:first + 24]))
    return size, group, results


def nak(call_id, reason):
    return build(BIND_NAK, call_id, struct.pack('<HBBBxxx', reason, 1, 5, 0))


def fault(call_id, context, status, flags=WHOLE):
    return build(FAULT, call_id, struct.pack('<IHBBII', 32, context, 0, 0, status, 0), flags=flags)
