# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The calls an Outlook makes, each a function of a connection that is bound for it."""

import socket

from exchange import tower
from .rpc import Refused

NULL = bytes(20)
MOST_TOWERS = 4
FULL_PAGE = 100
DUMMY_GUID = bytes(16)
CODE_PAGE, LOCALE = 1252, 1033


def status(reader):
    """The status that ends an answer; it must be 0."""
    value = reader.u32()
    if value:
        raise Refused('status', status=f'{value:#010x}')


# -- endpoint mapper

def ept_map(connection, interface, context=None):
    """The ports of an interface; Refused with the mapper's status where there is none."""
    packed = tower.pack(interface, 135)
    writer = connection.writer(context).pointer().raw(DUMMY_GUID, 4).pointer()
    writer.count(len(packed)).u32(len(packed)).raw(packed).handle(NULL).u32(MOST_TOWERS)
    reader = connection.call(3, writer.data, context)
    reader.handle()
    towers = read_towers(reader)
    status(reader)
    return [(port, address) for _, port, address in towers]


def read_towers(reader):
    count = reader.u32()
    for _ in range(2):
        reader.count()
    there = [reader.pointer() for _ in range(reader.count())][:count]
    return [read_tower(reader) for one in there if one]


def read_tower(reader):
    length = reader.count()
    reader.u32()
    return tower.unpack(reader.raw(length))


def ept_lookup(connection, interface=None, context=None, page=FULL_PAGE):
    """All (interface, port, annotation), or one interface's, page by page."""
    entries, handle = [], NULL
    while True:
        writer = connection.writer(context).u32(1 if interface else 0).pointer(False)
        writer.pointer(interface is not None)
        if interface:
            writer.raw(interface, 4)
        writer.u32(4).handle(handle).u32(page)
        reader = connection.call(2, writer.data, context)
        handle = reader.handle()
        reader.u32()
        for _ in range(2):
            reader.count()
        count = reader.count()
        annotations = []
        for _ in range(count):
            reader.align(8 if reader.wide else 4).raw(16)
            reader.pointer()
            reader.count()
            annotations.append(reader.array().rstrip(b'\0').decode())
        found = [read_tower(reader) for _ in range(count)]
        entries += [(one[0], one[1], annotation)
                    for one, annotation in zip(found, annotations) if one]
        if handle == NULL or not count:
            if not entries:
                status(reader)
            return entries


# -- address book

STAT = [0, 0, 0, 0, 0, 0, CODE_PAGE, LOCALE, LOCALE]


def nspi_bind(connection):
    writer = connection.writer().u32(0, *STAT).pointer().raw(DUMMY_GUID)
    reader = connection.call(0, writer.data)
    if reader.pointer():
        reader.raw(16)
    handle = reader.handle()
    status(reader)
    return handle


def nspi_users(connection, handle):
    """Names in the address book, by NspiUpdateStat."""
    writer = connection.writer().handle(handle).u32(0, *STAT).pointer(False)
    reader = connection.call(2, writer.data)
    total = reader.u32s(len(STAT))[5]
    reader.pointer()
    status(reader)
    return total


def nspi_unbind(connection, handle):
    connection.call(1, connection.writer().handle(handle).u32(0).data)


def rfr_new_directory(connection, user):
    writer = connection.writer().u32(0).string(name_of(user)).pointer(False).pointer(False)
    reader = connection.call(0, writer.data)
    reader.pointer()
    if not reader.pointer() or not reader.pointer():
        raise Refused('status', status='no name')
    return reader.string()


# -- the store

def name_of(user):
    return f'/o=Corp/ou=First/cn=Recipients/cn={user}'


def connect(connection, user, extended):
    """A session's handle, by EcDoConnectEx or EcDoConnect."""
    writer = connection.writer().string(name_of(user))
    writer.u32(0, 0, 0, CODE_PAGE, LOCALE, LOCALE, 0xffffffff).u16(1, 12, 6504, 5000).u32(0)
    if extended:
        writer.array(b'').u32(0, 0x1008)
    reader = connection.call(10 if extended else 0, writer.data)
    handle = reader.handle()
    reader.u32s(3)
    reader.u16()
    for _ in range(2):
        if reader.pointer():
            reader.string()
    for _ in range(6):
        reader.u16()
    reader.u32()
    if extended:
        reader.varying()
        reader.u32()
    status(reader)
    return handle


def disconnect(connection, handle):
    reader = connection.call(1, connection.writer().handle(handle).data)
    reader.handle()
    status(reader)


def rpc(connection, handle, payload):
    """EcDoRpc."""
    writer = connection.writer().handle(handle).varying(payload).u16(len(payload), 0x7fff)
    reader = connection.call(2, writer.data)
    reader.handle()
    answer = reader.varying()
    reader.u16()
    status(reader)
    return answer


def rpc_ext(connection, handle, payload):
    """EcDoRpcExt."""
    writer = connection.writer().handle(handle).u32(0).array(payload).u32(len(payload), 0x8000)
    reader = connection.call(9, writer.data)
    reader.handle()
    reader.u32()
    answer = reader.varying()
    reader.u32s(2)
    status(reader)
    return answer


def rpc_ext2(connection, handle, payload):
    """EcDoRpcExt2."""
    writer = connection.writer().handle(handle).u32(0).array(payload).u32(len(payload), 0x8000)
    writer.array(b'').u32(0, 0x1008)
    reader = connection.call(11, writer.data)
    reader.handle()
    reader.u32()
    answer = reader.varying()
    reader.u32()
    reader.varying()
    reader.u32s(2)
    status(reader)
    return answer


def register(connection, handle, address, port, payload):
    """EcRRegisterPushNotification; tells hNotification."""
    target = (2).to_bytes(2, 'little') + port.to_bytes(2, 'big') + socket.inet_aton(address)
    target += bytes(8)
    writer = connection.writer().handle(handle).u32(0).array(payload).u16(len(payload))
    writer.u32(0xffffffff).array(target).u16(len(target))
    reader = connection.call(4, writer.data)
    reader.handle()
    number = reader.u32()
    status(reader)
    return number


def unregister(connection, handle, number):
    reader = connection.call(5, connection.writer().handle(handle).u32(0, number).data)
    reader.handle()
    status(reader)


def async_connect(connection, handle):
    reader = connection.call(14, connection.writer().handle(handle).data)
    waiting = reader.handle()
    status(reader)
    return waiting


def start_async_wait(connection, waiting):
    return connection.start(0, connection.writer().handle(waiting).u32(0).data)


def finish_async_wait(connection, started, timeout):
    """The flags of the answer: 1 when mail came, 0 when the time was over."""
    reader = connection.finish(started, timeout)
    flags = reader.u32()
    status(reader)
    return flags
