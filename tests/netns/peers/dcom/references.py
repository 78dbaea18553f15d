# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What references to objects are made of: DUALSTRINGARRAY and OBJREF (MS-DCOM 2.2.18, 2.2.19)."""

import struct
from typing import NamedTuple

from exchange.ndr import BadStub

TCP = 7
STANDARD, CUSTOM = 1, 4
SIGNATURE = b'MEOW'
# As Windows lists them: SPNEGO, two of old, Kerberos' relatives, NTLM, and so on.
SERVICES = (0x09, 0x1e, 0x10, 0x0a, 0x16, 0x1f, 0x0e)


class Bindings(NamedTuple):
    """Where something listens: `NAME[PORT]`, or only `NAME` where port 135 is meant."""
    strings: list
    principal: str = ''

    def packed(self):
        """A DUALSTRINGARRAY as it stands in an OBJREF."""
        towers = [struct.pack('<H', TCP) + wide(text) for text in self.strings]
        # Without any, the end of the list has two zeros, as that of the services.
        strings = b''.join(towers) + b'\0\0' * (1 if towers else 2)
        services = b''.join(struct.pack('<HH', service, 0xffff) + wide(self.principal)
                            for service in SERVICES) + b'\0\0'
        return struct.pack('<HH', (len(strings) + len(services)) // 2,
                           len(strings) // 2) + strings + services

    def write(self, writer):
        """As NDR has it: the number of entries comes first."""
        packed = self.packed()
        return writer.u32(len(packed) // 2 - 2).raw(packed, 2)

    @classmethod
    def read(cls, packed):
        if len(packed) < 4:
            raise BadStub('a DUALSTRINGARRAY that is cut off')
        entries, security = struct.unpack_from('<HH', packed)
        if security > entries or 4 + 2 * entries > len(packed):
            raise BadStub('a DUALSTRINGARRAY longer than what holds it')
        units = struct.unpack_from(f'<{security}H', packed, 4)
        strings, at = [], 0
        while at < security and units[at]:
            end = units.index(0, at + 1) if 0 in units[at + 1:] else security
            if units[at] == TCP:
                strings.append(''.join(map(chr, units[at + 1:end])))
            at = end + 1
        return cls(strings)


def wide(text):
    return (text + '\0').encode('utf-16le')


class Reference(NamedTuple):
    """A standard OBJREF: where an object's exporter can be asked for, and which object it is."""
    iid: bytes
    oxid: bytes
    oid: bytes
    ipid: bytes
    resolver: Bindings
    flags: int = 0
    count: int = 5

    def standard(self):
        """A STDOBJREF."""
        return struct.pack('<II', self.flags, self.count) + self.oxid + self.oid + self.ipid

    def packed(self):
        return (SIGNATURE + struct.pack('<I', STANDARD) + self.iid + self.standard()
                + self.resolver.packed())

    @classmethod
    def read(cls, packed):
        if packed[:4] != SIGNATURE or len(packed) < 68:
            raise BadStub('no OBJREF')
        kind, = struct.unpack_from('<I', packed, 4)
        if kind != STANDARD:
            raise BadStub(f'an OBJREF of kind {kind}')
        flags, count = struct.unpack_from('<II', packed, 24)
        return cls(packed[8:24], packed[32:40], packed[40:48], packed[48:64],
                   Bindings.read(packed[64:]), flags, count)


def write_pointed(writer, packed):
    """An MInterfacePointer behind its pointer's referent."""
    return writer.u32(len(packed), len(packed)).raw(packed)


def read_pointed(reader):
    """The OBJREF behind a pointer that has been read."""
    most, length = reader.u32(), reader.u32()
    if most != length:
        raise BadStub('an MInterfacePointer of two lengths')
    return reader.raw(length)
