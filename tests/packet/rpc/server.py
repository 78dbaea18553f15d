# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A server that serves everything, and refuses what the standards make it refuse.

It is fed what leaves the gateway, so a refusal by the gateway is one that this server makes.
"""

import struct
import uuid

from evasion.pdus import Header

from . import mapper, pdus, tokens

DENIED, UNKNOWN_CONTEXT, NO_SUCH_OPERATION, PROTOCOL = 5, 0x1c010003, 0x1c010002, 0x1c01000b
RESULT = bytes(range(28))


class Server:
    def __init__(self, port, group, *, maps=None, wide=False, silent=False):
        self.port, self.group = port, group
        self.maps = maps or {}  # UUID: the towers that the mapper names
        self.wide = wide        # it prefers NDR64, as Windows does
        self.silent = silent    # to requests: calls stay outstanding
        self.stream = b''
        self.contexts = {}      # number: (UUID, transfer syntax)
        self.calls = {}         # call id: its first PDU, the stub so far
        self.broken_token = self.closed = False

    def feed(self, data):
        self.stream += data
        out = b''
        while len(self.stream) >= 16 and not self.closed:
            header = Header(self.stream)
            if header.size < 16 or len(self.stream) < header.size:
                break
            out += self._answer(header, self.stream[:header.size])
            self.stream = self.stream[header.size:]
        return out

    def _answer(self, header, data):
        if header.kind in (pdus.BIND, pdus.ALTER):
            return self._bound(header, data)
        if header.kind == pdus.AUTH3:
            self.broken_token = b'NTLMSSP\0' not in data
        if header.kind != pdus.REQUEST:
            return b''
        return self._called(header, data)

    # -- binds

    def _elements(self, header, data):
        at = 28
        for _ in range(data[24]):
            number, count = struct.unpack_from(header.order + 'HB', data, at)
            offered = [data[at + 24 + 20 * n:at + 44 + 20 * n] for n in range(count)]
            yield number, data[at + 4:at + 24], offered
            at += 24 + 20 * count

    def _bound(self, header, data):
        alter = header.kind == pdus.ALTER
        if data[20:24] == b'\xff' * 4:
            self.closed = True
            return pdus.nak(header.call)
        big = header.order == '>'
        chosen = [self._choose(number, abstract, offered, big)
                  for number, abstract, offered in self._elements(header, data)]
        auth = None
        if header.trailer is not None:
            kind, level, _, _, context = struct.unpack_from(header.order + 'BBBBI', data,
                                                            header.trailer)
            token = data[header.trailer + 8:]
            self.broken_token |= b'\xff' * 8 in token
            auth = pdus.Auth(level, self._token(kind, token), context, kind)
        return pdus.ack(chosen, header.call, kind=pdus.ALTER_RESPONSE if alter else pdus.ACK,
                        group=self.group, port=str(self.port), auth=auth)

    @staticmethod
    def _token(kind, token):
        if b'NTLMSSP\0\1' in token:
            challenge = tokens.ntlm(2)
            return tokens.spnego_answer(challenge) if kind == pdus.SPNEGO else challenge
        return bytes(16)

    def _choose(self, number, abstract, offered, big):
        interface = uuid.UUID(bytes=abstract[:16]) if big else uuid.UUID(bytes_le=abstract[:16])
        if offered[0][:8] == pdus.FEATURES.octets(big)[:8] and len(offered) == 1:
            return pdus.FEATURES
        if abstract[:16] == pdus.POISON:
            return 1  # abstract syntax not supported
        for transfer in (pdus.NDR64, pdus.NDR32) if self.wide else (pdus.NDR32, pdus.NDR64):
            if transfer.octets(big) in offered:
                self.contexts.setdefault(number, (interface, transfer))
                return transfer
        return 2  # transfer syntaxes not supported

    # -- calls

    def _called(self, header, data):
        first, stub = self.calls.setdefault(header.call, (data, b''))
        begin = 40 if header.flags & pdus.OBJECT else 24
        end = header.size
        if header.trailer is not None:
            end = header.trailer - data[header.trailer + 2]
        stub += data[begin:end]
        self.calls[header.call] = (first, stub)
        if not header.flags & pdus.LAST or header.flags & pdus.MAYBE:
            return b''
        del self.calls[header.call]
        return b'' if self.silent else self._result(Header(first), first, stub)

    def _result(self, header, data, stub):
        context, opnum = struct.unpack_from(header.order + 'HH', data, 20)
        if self.broken_token:
            self.closed = True
            return pdus.fault(PROTOCOL, header.call, context)
        auth = None
        if header.trailer is not None:
            auth = pdus.Auth(data[header.trailer + 1])
            if auth.level == 0xff or opnum == 0xffff and auth.level > pdus.CONNECT:
                self.closed = True
                return pdus.fault(DENIED, header.call, context)
        if context not in self.contexts:
            return pdus.fault(UNKNOWN_CONTEXT, header.call, context)
        if opnum == 0xffff:
            return pdus.fault(NO_SUCH_OPERATION, header.call, context)
        interface, transfer = self.contexts[context]
        result = RESULT
        if interface == uuid.UUID(pdus.EPMAPPER.uuid) and opnum == mapper.MAP:
            result = self._map(stub, transfer == pdus.NDR64, header.order == '>')
            if result is None:
                return pdus.fault(0x6f7, header.call, context)  # a stub that says nothing
        return pdus.response(result, header.call, context, auth=auth)

    def _map(self, stub, wide, big):
        asked = mapper.asked_for(stub, wide, big)
        if asked is None:
            return None
        towers = self.maps.get(str(asked[0]), [])
        return mapper.answer(towers, wide=wide, most=asked[1] & 0xff,
                             status=0 if towers else mapper.NOT_REGISTERED)
