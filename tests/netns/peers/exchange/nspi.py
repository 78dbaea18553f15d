# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""NSPI, the address book: the calls of it that find and show users."""

import itertools
import struct
import uuid

from . import ids
from .emsmdb import LOGON_FAILED, NULL
from .service import Interface

UNBOUND = 1
SIZE_OF_STAT = 9
NOT_FOUND = 0x8004010f
FIRST_ID = 0x10
UNRESOLVED, AMBIGUOUS, RESOLVED = 0, 1, 2
ANONYMOUS = 0x20
UNICODE, STRING8, LONG, BINARY, ERROR = 0x1f, 0x1e, 0x03, 0x102, 0x0a
DEFAULT_TAGS = (0x3001001e, 0x3003001e, 0x3a00001e, 0x39000003)


def distinguished_name(user):
    return f'/o=Corp/ou=First/cn=Recipients/cn={user}'


class Book:
    """What a handle of this interface stands for."""


class Entry:
    def __init__(self, number, user):
        self.number = number
        self.user = user
        name = distinguished_name(user)
        self.properties = {
            0x3001: user.capitalize(), 0x3003: name, 0x3a00: user, 0x3002: 'EX',
            0x39fe: f'{user}@corp.example', 0x3900: 0, 0x0ffe: 6,
            0x0fff: bytes(4) + uuid.UUID(int=0xda).bytes_le + struct.pack('<II', 1, 0)
            + name.encode() + b'\0'}

    def matches(self, text):
        text = text.lower().removeprefix('=')
        return text in (self.user, self.properties[0x3003].lower(), self.properties[0x39fe])

    def value(self, tag):
        """(tag, value) as this entry has it; the type of the tag says how it is wanted."""
        value = self.properties.get(tag >> 16)
        fits = {str: (UNICODE, STRING8), int: (LONG,), bytes: (BINARY,)}.get(type(value), ())
        if tag & 0xffff not in fits:
            return tag & 0xffff0000 | ERROR, NOT_FOUND
        return tag, value


class Directory:
    def __init__(self, users, options):
        self.entries = [Entry(number, user) for number, user in enumerate(users, FIRST_ID)]
        self.options = options
        self.versions = itertools.count(1)

    def interface(self):
        # The union of property values makes NDR64 of this one a work of its own: NDR32 alone.
        return Interface(ids.NSPI, {
            0: self.bind, 1: self.unbind, 2: self.update_stat, 3: self.query_rows,
            7: self.names_to_ids, 12: self.special_table, 16: self.query_columns,
            19: self.resolve_names, 20: self.resolve_names_wide,
        }, 'MS Exchange Directory NSP Interface', wide=False)

    def bind(self, call):
        call.reader().u32s(1 + SIZE_OF_STAT)
        if self.options.strict_logon and not call.user:
            return call.writer().u32(0).handle(NULL).u32(LOGON_FAILED).data
        writer = call.writer().pointer().raw(uuid.UUID(int=0xda).bytes_le)
        return writer.handle(call.group.keep(Book())).u32(0).data

    def unbind(self, call):
        handle = call.reader().handle()
        call.group.get(handle, Book)
        call.group.drop(handle)
        return call.writer().handle(NULL).u32(UNBOUND).data

    def _begin(self, call):
        reader = call.reader()
        call.group.get(reader.handle(), Book)
        reader.u32()  # flags
        return reader

    def update_stat(self, call):
        reader = self._begin(call)
        stat = list(reader.u32s(SIZE_OF_STAT))
        delta = reader.pointer()
        stat[2] = self.entries[0].number
        stat[3], stat[4], stat[5] = 0, 0, len(self.entries)
        writer = call.writer().u32(*stat).pointer(bool(delta))
        if delta:
            writer.u32(0)
        return writer.u32(0).data

    def query_rows(self, call):
        reader = self._begin(call)
        stat = list(reader.u32s(SIZE_OF_STAT))
        reader.u32()
        wanted = reader.u32s(reader.count()) if reader.pointer() else None
        most = reader.u32()
        tags = self._tags(reader)
        if wanted is None:
            rest = [entry for entry in self.entries if entry.number >= stat[2]]
            page = rest[:most]
            stat[2] = rest[most].number if rest[most:] else UNRESOLVED + 2  # the end of the table
        else:
            page = [entry for entry in self.entries if entry.number in wanted]
        stat[4] = min(stat[4] + len(page), len(self.entries))
        stat[5] = len(self.entries)
        writer = call.writer().u32(*stat)
        self._rows(writer, page, tags)
        return writer.u32(0).data

    def names_to_ids(self, call):
        reader = self._begin(call)
        found = [self._resolve(name) for name in self._strings(reader, reader.string)]
        writer = call.writer()
        self._write_tags(writer, [number if number > AMBIGUOUS + 1 else 0 for number in found])
        return writer.u32(0).data

    def special_table(self, call):
        reader = call.reader()
        call.group.get(reader.handle(), Book)
        writer = call.writer().u32(next(self.versions)).pointer()
        # One container: the global address list.
        row = [(0x3001001e, 'Global Address List'), (0x30050003, 0), (0x36000003, 9)]
        self._row_set(writer, [row])
        return writer.u32(0).data

    def query_columns(self, call):
        self._begin(call)
        writer = call.writer()
        self._write_tags(writer, DEFAULT_TAGS)
        return writer.u32(0).data

    def resolve_names(self, call):
        return self._resolve_all(call, wide=False)

    def resolve_names_wide(self, call):
        return self._resolve_all(call, wide=True)

    def _resolve_all(self, call, wide):
        reader = self._begin(call)
        reader.u32s(SIZE_OF_STAT)
        tags = self._tags(reader)
        names = self._strings(reader, reader.wide_string if wide else reader.string)
        numbers = [self._resolve(name) for name in names]
        writer = call.writer()
        self._write_tags(writer, [min(number, RESOLVED) for number in numbers])
        self._rows(writer, [entry for number in numbers for entry in self.entries
                            if entry.number == number], tags)
        return writer.u32(0).data

    def _resolve(self, name):
        return next((entry.number for entry in self.entries if entry.matches(name)), UNRESOLVED)

    # -- structures

    @staticmethod
    def _strings(reader, read):
        count = reader.count()
        reader.u32()
        there = [reader.pointer() for _ in range(count)]
        return [read() for one in there if one]

    @staticmethod
    def _tags(reader):
        if not reader.pointer():
            return DEFAULT_TAGS
        reader.count()
        reader.u32s(2)
        return reader.u32s(reader.count())

    @staticmethod
    def _write_tags(writer, values):
        writer.pointer().u32(len(values) + 1, len(values), 0, len(values)).u32(*values)

    def _rows(self, writer, entries, tags):
        writer.pointer()
        self._row_set(writer, [[entry.value(tag) for tag in tags] for entry in entries])

    @staticmethod
    def _row_set(writer, rows):
        """Rows, then what they point to, in order."""
        writer.u32(len(rows), len(rows))
        for row in rows:
            writer.u32(0, len(row)).pointer()
        for row in rows:
            writer.u32(len(row))
            for tag, value in row:
                writer.u32(tag, 0, tag & 0xffff)
                if isinstance(value, bytes):
                    writer.u32(len(value))
                if isinstance(value, int):
                    writer.u32(value)
                else:
                    writer.pointer()
            for tag, value in row:
                if isinstance(value, bytes):
                    writer.array(value)
                elif isinstance(value, str) and tag & 0xffff == UNICODE:
                    writer.wide_string(value)
                elif isinstance(value, str):
                    writer.string(value)
