# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The endpoint mapper: ept_lookup (2), ept_map (3), ept_lookup_handle_free (4)."""

from typing import NamedTuple

from . import ids, pdu, tower
from .service import Interface

ALL, BY_INTERFACE, BY_OBJECT, BY_BOTH = range(4)
VERSION_ALL, COMPATIBLE, EXACT, MAJOR_ONLY, UP_TO = range(1, 6)
MOST = 500
NULL = bytes(20)


class Entry(NamedTuple):
    interface: Interface
    port: int


class Rest:
    """What a client that was given an entry handle has not seen yet."""

    def __init__(self, entries):
        self.entries = entries


class Mapper:
    def __init__(self, options):
        self.options = options
        self.entries = []
        self.interface = Interface(ids.MAPPER, {2: self.lookup, 3: self.map, 4: self.free},
                                   'Endpoint Mapper')
        self.interface.bare_calls = True

    def register(self, process, port):
        self.entries += [Entry(interface, port) for interface in process.interfaces]

    def map(self, call):
        reader = call.reader()
        if reader.pointer():
            reader.raw(16, 4)
        wanted = None
        if reader.pointer():
            length = reader.count()
            reader.u32()
            wanted = tower.unpack(reader.raw(length))
        handle, most = reader.handle(), reader.u32()
        found = [entry for entry in self.entries if wanted and entry.interface.serves(wanted[0])]
        page, handle = self._page(call, handle, found, most)
        writer = call.writer().handle(handle).u32(len(page)).count(most, 0, len(page))
        for _ in page:
            writer.pointer()
        self._towers(call, writer, page)
        return writer.u32(0 if page else pdu.NOT_REGISTERED).data

    def lookup(self, call):
        reader = call.reader()
        inquiry = reader.u32()
        wanted_object = reader.raw(16, 4) if reader.pointer() else bytes(16)
        wanted = reader.raw(20, 4) if reader.pointer() else None
        version = reader.u32()
        handle, most = reader.handle(), reader.u32()
        found = self.entries
        if inquiry in (BY_OBJECT, BY_BOTH) and wanted_object.strip(b'\0'):
            found = []  # nothing is registered for an object
        if inquiry in (BY_INTERFACE, BY_BOTH):
            found = [entry for entry in found
                     if wanted and matches(entry.interface.syntax, wanted, version)]
        page, handle = self._page(call, handle, found, min(most, MOST))
        writer = call.writer().handle(handle).u32(len(page)).count(most, 0, len(page))
        for entry in page:
            annotation = entry.interface.annotation.encode()[:63] + b'\0'
            writer.align(8 if call.wide else 4).raw(bytes(16)).pointer()
            writer.count(0, len(annotation)).raw(annotation)
        self._towers(call, writer, page)
        return writer.u32(0 if page else pdu.NOT_REGISTERED).data

    def free(self, call):
        call.group.drop(call.reader().handle())
        return call.writer().handle(NULL).u32(0).data

    @staticmethod
    def _page(call, handle, found, most):
        """The next entries, and the handle by which the client asks for more."""
        if handle != NULL:
            found = call.group.get(handle, Rest).entries
            call.group.drop(handle)
        page, rest = found[:most], found[most:]
        # A full page may have been the last one: the client finds out by asking again.
        more = rest or (call.opnum == 2 and page and len(page) == most)
        return page, call.group.keep(Rest(rest)) if more else NULL

    def _towers(self, call, writer, page):
        address = self.options.tower_address or call.connection.link.getsockname()[0]
        if ':' in address and not self.options.tower_address:
            address = '0.0.0.0'
        for entry in page:
            packed = tower.pack(entry.interface.syntax, entry.port, address)
            writer.count(len(packed)).u32(len(packed)).raw(packed)


def matches(ours, wanted, version):
    if ours[:16] != wanted[:16]:
        return False
    (major, minor), (wanted_major, wanted_minor) = (
        (int.from_bytes(one[16:18], 'little'), int.from_bytes(one[18:20], 'little'))
        for one in (ours, wanted))
    return {VERSION_ALL: True,
            COMPATIBLE: major == wanted_major and minor >= wanted_minor,
            EXACT: (major, minor) == (wanted_major, wanted_minor),
            MAJOR_ONLY: major == wanted_major,
            UP_TO: (major, minor) <= (wanted_major, wanted_minor)}.get(version, False)
