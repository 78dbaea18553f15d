# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""PDUs of MS-RPC, as small as they can be (C706 12.6, MS-RPCE 2.2.2), and a server that answers.

Built in little-endian unless a PDU is turned(). The server serves more than the gateway grants, so
that whatever is smuggled past the gateway is answered like anything else.
"""

import struct
import uuid

REQUEST, RESPONSE, FAULT, BIND, BIND_ACK, ALTER, ALTER_RESPONSE, AUTH3 = 0, 2, 3, 11, 12, 14, 15, 16
FIRST, LAST = 1, 2
POISON = b'\xff' * 16
NO_OPERATION = 0xffff
NTLM, CONNECT, INTEGRITY = 10, 2, 5
TOKEN = b'NTLMSSP\0' + struct.pack('<I', 1) + bytes(20)
VERIFIER = bytes(range(16))
SECURITY_CONTEXT = 79

NDR = uuid.UUID('8a885d04-1ceb-11c9-9fe8-08002b104860').bytes_le + struct.pack('<I', 2)


def interface(text, version):
    return uuid.UUID(text).bytes_le + struct.pack('<I', version)


SAMR = interface('12345778-1234-abcd-ef00-0123456789ac', 1)
LSARPC = interface('12345778-1234-abcd-ef00-0123456789ab', 0)
WKSSVC = interface('6bffd098-a112-3610-9833-46c3f87e345a', 1)
EPMAPPER = interface('e1af8308-5d1f-11c9-91a4-08002b14a0fa', 3)
SERVED = (SAMR, LSARPC, WKSSVC, EPMAPPER)


def pdu(kind, body, call, *, flags=FIRST | LAST, verifier=b'', level=0):
    """With a verifier a security trailer stands before it, aligned to 4."""
    trailer = b''
    if verifier:
        pad = -(16 + len(body)) % 4
        body += bytes(pad)
        trailer = struct.pack('<BBBBI', NTLM, level, pad, 0, SECURITY_CONTEXT) + verifier
    size = 16 + len(body) + len(trailer)
    return struct.pack('<BBBB4sHHI', 5, 0, kind, flags, b'\x10\0\0\0', size, len(verifier),
                       call) + body + trailer


def bind(*interfaces, call=1, kind=BIND, level=0):
    body = struct.pack('<HHIBxxx', 4280, 4280, 0, len(interfaces))
    for number, abstract in enumerate(interfaces):
        body += struct.pack('<HBx', number, 1) + abstract + NDR
    return pdu(kind, body, call, verifier=TOKEN if level else b'', level=level)


def request(opnum, stub=b'', call=2, context=0, *, level=0, flags=FIRST | LAST):
    body = struct.pack('<IHH', len(stub), context, opnum) + stub
    return pdu(REQUEST, body, call, flags=flags, verifier=VERIFIER if level else b'', level=level)


def map_request(wanted, call=2):
    """ept_map for one interface over TCP (C706 appendix L, O)."""
    floors = [(b'\x0d' + syntax[:18], syntax[18:20]) for syntax in (wanted, NDR)]
    floors += [(b'\x0b', b'\0\0'), (b'\x07', b'\0\0'), (b'\x09', b'\0\0\0\0')]
    tower = struct.pack('<H', len(floors)) + b''.join(
        struct.pack('<H', len(left)) + left + struct.pack('<H', len(right)) + right
        for left, right in floors)
    stub = struct.pack('<I', 1) + bytes(16) + struct.pack('<III', 2, len(tower), len(tower))
    stub += tower + bytes(-len(tower) % 4) + bytes(20) + struct.pack('<I', 4)
    return request(3, stub, call)


NOT_REGISTERED = (bytes(24) + struct.pack('<III', 4, 0, 0) + struct.pack('<I', 0x16c9a0d6))


class Header:
    """Of one PDU of a stream, whole or not."""

    def __init__(self, data):
        self.order = '<' if data[4] & 0x10 else '>'
        (self.version, self.minor, self.kind, self.flags, _, self.size, self.auth_size,
         self.call) = struct.unpack(self.order + 'BBBB4sHHI', data[:16])

    @property
    def trailer(self):
        """Where the security trailer begins, from the start of the PDU; None without one."""
        return self.size - self.auth_size - 8 if self.auth_size else None


def cut(stream):
    """(offset, header, bytes) of each PDU; the last one perhaps not whole."""
    at = 0
    while at + 16 <= len(stream):
        header = Header(stream[at:])
        size = max(header.size, 16)
        yield at, header, stream[at:at + size]
        at += size


def elements(data):
    """(context id, abstract syntax, its offset) of a bind or alter_context."""
    order = Header(data).order
    at = 28
    for _ in range(data[24]):
        if at + 24 > len(data):
            return
        context, count = struct.unpack(order + 'HB', data[at:at + 3])
        abstract = data[at + 4:at + 24]
        yield context, abstract if order == '<' else turned_syntax(abstract), at + 4
        at += 24 + 20 * count


def turned_syntax(syntax):
    return uuid.UUID(bytes=syntax[:16]).bytes_le + syntax[19:15:-1]


def turned(data):
    """A bind with one element, or a request: the same in big-endian."""
    out = bytearray(data)
    out[4] = 0
    swaps = [(8, 2), (10, 2), (12, 4)]
    swaps += [(16, 4), (20, 2), (22, 2)] if data[2] == REQUEST else [
        (16, 2), (18, 2), (20, 4), (28, 2)]
    for at, size in swaps:
        out[at:at + size] = out[at:at + size][::-1]
    if data[2] != REQUEST:
        for at in (32, 52):
            out[at:at + 20] = turned_syntax(data[at:at + 20])
    return bytes(out)


class Server:
    """Answers a stream, however it is cut; to a stream that is no RPC it says no more."""

    def __init__(self):
        self.stream = b''
        self.contexts = {}
        self.silent = False

    def feed(self, data):
        self.stream += data
        out = b''
        while len(self.stream) >= 16 and not self.silent:
            header = Header(self.stream)
            if header.version != 5 or header.size < 16:
                self.silent = True
                break
            if len(self.stream) < header.size:
                break
            out += self._answer(header, self.stream[:header.size])
            self.stream = self.stream[header.size:]
        return out

    def _answer(self, header, data):
        if header.kind in (BIND, ALTER):
            return self._bound(header, data)
        if header.kind == REQUEST and header.flags & LAST:
            return self._called(header, data)
        return b''

    def _bound(self, header, data):
        address = b'4100\0' if header.kind == BIND else b''
        body = struct.pack('<HHIH', 4280, 4280, 0x1234, len(address)) + address
        body += bytes(-len(body) % 4)
        results = b''
        for context, abstract, _ in elements(data):
            if abstract in SERVED:
                self.contexts[context] = abstract
                results += struct.pack('<HH', 0, 0) + NDR
            else:
                results += struct.pack('<HH', 2, 1) + bytes(20)
        body += struct.pack('<Bxxx', len(results) // 24) + results
        kind = BIND_ACK if header.kind == BIND else ALTER_RESPONSE
        return self._secured(header, data, kind, body, b'NTLMSSP\0\x02\0\0\0' + bytes(44))

    def _called(self, header, data):
        context, opnum = struct.unpack(header.order + 'HH', data[20:24])
        status = 0
        if context not in self.contexts:
            status = 0x1c010003
        elif opnum > 255:
            status = 0x1c010002
        if status:
            return pdu(FAULT, struct.pack('<IHBxII', 32, context, 0, status, 0), header.call)
        stub = bytes(range(40))
        if self.contexts[context] == EPMAPPER:
            stub = NOT_REGISTERED
        return self._secured(header, data, RESPONSE,
                             struct.pack('<IHBx', len(stub), context, 0) + stub, VERIFIER)

    @staticmethod
    def _secured(header, data, kind, body, verifier):
        if header.trailer is None:
            return pdu(kind, body, header.call)
        return pdu(kind, body, header.call, verifier=verifier, level=data[header.trailer + 1])
