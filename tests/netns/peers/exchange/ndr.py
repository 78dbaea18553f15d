# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""NDR as far as these interfaces need it, in both transfer syntaxes.

`wide` is NDR64: pointers and counts take eight bytes there and stand on a multiple of eight.
Alignment counts from the first byte of the stub.
"""

import struct


class BadStub(Exception):
    """The bytes of a call are not what its interface says."""


class Writer:
    def __init__(self, wide=False):
        self.wide = wide
        self.data = b''
        self.referents = 0

    def align(self, boundary):
        self.data += b'\0' * (-len(self.data) % boundary)
        return self

    def raw(self, data, boundary=1):
        self.align(boundary)
        self.data += data
        return self

    def u16(self, *values):
        return self.raw(struct.pack(f'<{len(values)}H', *values), 2)

    def u32(self, *values):
        return self.raw(struct.pack(f'<{len(values)}I', *values), 4)

    def count(self, *values):
        """Counts of an array, and referents."""
        if not self.wide:
            return self.u32(*values)
        return self.raw(struct.pack(f'<{len(values)}Q', *values), 8)

    def pointer(self, there=True):
        if there:
            self.referents += 1
        return self.count(0x20000 + 4 * (self.referents - 1) if there else 0)

    def array(self, data):
        """A conformant array of bytes."""
        return self.count(len(data)).raw(data)

    def varying(self, data, most=None):
        """A conformant and varying array of bytes."""
        return self.count(len(data) if most is None else most, 0, len(data)).raw(data)

    def string(self, text):
        return self.varying(text.encode() + b'\0')

    def wide_string(self, text):
        text += '\0'
        return self.count(len(text), 0, len(text)).raw(text.encode('utf-16le'))

    def handle(self, handle):
        return self.raw(handle, 4)


class Reader:
    def __init__(self, data, wide=False):
        self.data = data
        self.wide = wide
        self.at = 0

    def align(self, boundary):
        self.at += -self.at % boundary
        return self

    def raw(self, length, boundary=1):
        self.align(boundary)
        if length < 0 or self.at + length > len(self.data):
            raise BadStub(f'{length} bytes wanted at {self.at} of {len(self.data)}')
        self.at += length
        return self.data[self.at - length:self.at]

    def u16(self):
        return struct.unpack('<H', self.raw(2, 2))[0]

    def u32(self):
        return struct.unpack('<I', self.raw(4, 4))[0]

    def u32s(self, count):
        return struct.unpack(f'<{count}I', self.raw(4 * count, 4))

    def count(self):
        return struct.unpack('<Q', self.raw(8, 8))[0] if self.wide else self.u32()

    pointer = count

    def array(self):
        return self.raw(self.count())

    def varying(self, width=1):
        self.count()
        offset, length = self.count(), self.count()
        if offset:
            raise BadStub('an array that does not begin at its beginning')
        return self.raw(width * length)

    def string(self):
        return self.varying().rstrip(b'\0').decode('latin-1')

    def wide_string(self):
        return self.varying(2).decode('utf-16le', 'replace').rstrip('\0')

    def handle(self):
        return self.raw(20, 4)
