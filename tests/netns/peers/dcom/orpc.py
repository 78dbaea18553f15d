# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Calls of objects: what every one begins and ends with, and the HRESULTs that answer them."""

from exchange.ndr import BadStub
from exchange.service import Fault, Interface

from . import ids

OK = 0
NO_INTERFACE = 0x80004002
INVALID_ARGUMENT = 0x80070057
CLASS_NOT_REGISTERED = 0x80040154
UNKNOWN_NAME = 0x80020006
INVALID_QUERY = 0x80041017
DISCONNECTED = 0x80010108
INVALID_OXID = 1910  # OR_INVALID_OXID, no HRESULT


def read_this(reader):
    """ORPCTHIS: nothing in it matters to us, but its extensions stand before what does."""
    if reader.u16() != 5:
        raise BadStub('another version of COM')
    reader.u16()
    reader.u32s(2)
    reader.raw(16, 4)
    if reader.pointer():
        skip_extensions(reader)


def skip_extensions(reader):
    """An ORPC_EXTENT_ARRAY; impacket's RemoteActivation has an empty one."""
    reader.u32s(2)
    if not reader.pointer():
        return
    there = [reader.pointer() for _ in range(reader.count())]
    for _ in filter(None, there):
        length = reader.count()
        reader.raw(16, 4)
        reader.u32()
        reader.raw(length)


def begun(call):
    """(reader behind ORPCTHIS, writer behind ORPCTHAT)."""
    reader = call.reader()
    read_this(reader)
    return reader, call.writer().u32(0, 0)


class Remote(Interface):
    """An interface without NDR64, known by its name in COM."""

    def __init__(self, syntax, operations):
        super().__init__(syntax, operations, wide=False)
        self.name = ids.NAMES[syntax]


class ObjectInterface(Remote):
    """Operations of objects: functions of (object, call, reader, writer) that tell an HRESULT.

    What they write is what an answer carries when all is well and when it is not.
    """

    def __init__(self, syntax, find, functions):
        super().__init__(syntax, {opnum: self._bound(function)
                                  for opnum, function in functions.items()})
        self.find = find

    def _bound(self, function):
        def operation(call):
            instance = self.find(call.object, self.syntax)
            if instance is None:
                raise Fault(DISCONNECTED)
            reader, writer = begun(call)
            return writer.u32(function(instance, call, reader, writer)).data
        return operation
