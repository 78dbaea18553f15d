# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What a server could read in a stream, and whether a rule grants all of it.

GRANTED is what the gateway is configured with (RULE); WKSSVC, other operations, and LSARPC below
INTEGRITY are what the cases smuggle.
"""

import struct

from . import pdus

PORT, MAPPER_PORT = 4100, 4135
OPERATIONS = (0, 5, 6)
DENIED = 34

RULE = f'''
[[publish]]
name = "{{name}}"
clients = {{clients}}
outer = "{{outer}}"
server = "{{server}}"
mode = "{{mode}}"
protection = "none"
static-ports = [{PORT}]
mapper-port = {MAPPER_PORT}
{{more}}
[[publish.interface]]
name = "samr"
opnums = {list(OPERATIONS)}
[[publish.interface]]
name = "lsarpc"
protection = "integrity"
anonymous = true
'''


def rule(server, outer, name='evasion', clients='["any"]', more=''):
    mode = 'routed' if server == outer else 'nat'
    return RULE.format(name=name, clients=clients, outer=outer, server=server, mode=mode, more=more)


class Reading:
    """One way to read a client's stream."""

    def __init__(self, stream, mapper):
        self.stream = stream
        self.mapper = mapper
        self.contexts = {}
        self.faults = []      # what no rule grants
        self.judged = set()   # offsets of bytes that a rule reads
        for at, header, data in pdus.cut(stream):
            self._read(at, header, data)
        tail = self._tail()
        self.judged.update(range(tail, len(stream)))

    def _tail(self):
        """Where a header that is not whole begins."""
        end = 0
        for at, header, _ in pdus.cut(self.stream):
            end = at + max(header.size, 16)
        return min(end, len(self.stream))

    def _fault(self, at, text):
        self.faults.append(f'{text} at byte {at}')

    def _reads(self, at, begin, end):
        self.judged.update(range(at + begin, min(at + end, len(self.stream))))

    def _read(self, at, header, data):
        if (header.version, header.minor) != (5, 0) or header.size < 16:
            return self._fault(at, f'no RPC: {data[:16].hex()}')
        if header.kind in (pdus.BIND, pdus.ALTER, pdus.AUTH3):
            self._reads(at, 0, header.size)
            return self._read_elements(at, data) if header.kind != pdus.AUTH3 else None
        if header.kind != pdus.REQUEST:
            self._reads(at, 0, 16)
            return self._fault(at, f'a PDU of type {header.kind}')
        self._reads(at, 0, header.size if self.mapper else 24)
        if header.trailer is not None:
            self._reads(at, header.trailer, header.trailer + 8)
        if len(data) >= 24:
            self._read_request(at, header, data)

    def _read_elements(self, at, data):
        for context, abstract, offset in pdus.elements(data) if len(data) > 28 else ():
            self.contexts[context] = abstract
            granted = (pdus.EPMAPPER,) if self.mapper else (pdus.SAMR, pdus.LSARPC)
            if abstract not in granted and abstract[:16] != pdus.POISON:
                self._fault(at + offset, f'a bind to {abstract.hex()}')

    def _read_request(self, at, header, data):
        context, opnum = struct.unpack(header.order + 'HH', data[20:24])
        if opnum == pdus.NO_OPERATION:
            return
        bound = self.contexts.get(context)
        if self.mapper:
            if opnum not in (3, 4):
                self._fault(at, f'operation {opnum} of the mapper')
            if pdus.WKSSVC[:16] in data:
                self._fault(at, 'the mapper asked for wkssvc')
        elif bound == pdus.SAMR:
            if opnum not in OPERATIONS:
                self._fault(at, f'operation {opnum} of samr')
        elif bound == pdus.LSARPC:
            self._read_level(at, header, data)
        else:
            self._fault(at, f'a request of an interface that is not granted: {bound}')

    def _read_level(self, at, header, data):
        level = 0
        if header.trailer is not None:
            if len(data) < header.trailer + 8:
                return  # a server acts on a whole PDU only
            level = data[header.trailer + 1]
        if level < pdus.INTEGRITY:
            self._fault(at, f'a request to lsarpc at level {level}')


def complaints(stream, mapper=False):
    """Why a reassembled stream must not have reached a server; nothing where it may."""
    found = []
    judged = set()
    for name, text in (('first', stream.first_wins()), ('last', stream.last_wins())):
        reading = Reading(text, mapper)
        found += [f'{name} wins: {fault}' for fault in reading.faults]
        judged |= reading.judged
    # Behind a hole nothing is known of the PDUs: no byte there may have two values.
    second = {place for place in stream.disputed() if place in judged or place >= stream.length}
    if second:
        found.append(f'a second value of judged bytes {sorted(second)[:8]}')
    return found


def judged(pdu, accepted=True):
    """What a PDU becomes on its way: unchanged, or with what is refused overwritten.

    accepted: whether the context of a request is.
    """
    header = pdus.Header(pdu)
    out = bytearray(pdu)
    if header.kind in (pdus.BIND, pdus.ALTER):
        for _, abstract, offset in pdus.elements(pdu):
            if abstract not in (pdus.SAMR, pdus.LSARPC, pdus.EPMAPPER):
                out[offset:offset + 16] = pdus.POISON
    elif header.kind == pdus.REQUEST:
        opnum = struct.unpack(header.order + 'H', pdu[22:24])[0]
        if not accepted or opnum not in OPERATIONS:
            out[22:24] = b'\xff\xff'
    return bytes(out)


def judged_map(pdu):
    """As judged(), of a call to the mapper: the interface of the tower's first floor."""
    return pdu.replace(pdus.WKSSVC[:16], pdus.POISON)
