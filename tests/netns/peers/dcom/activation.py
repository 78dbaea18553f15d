# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Activation properties (MS-DCOM 2.2.22): what is wanted, and what became of it."""

import struct
from typing import NamedTuple

from exchange.ndr import BadStub, Reader, Writer

from . import ids, references

SERIAL = b'\1\x10\x08\0\xcc\xcc\xcc\xcc'  # type serialization version 1 (MS-RPCE 2.2.6)
VERSION = (5, 7)


class Wanted(NamedTuple):
    """Of which class an object is asked for, and by which interfaces."""
    clsid: bytes
    iids: list


class Made(NamedTuple):
    """What an activation answers with."""
    references: list   # an OBJREF for each interface, packed; None where there is none
    results: list      # and an HRESULT for each
    iids: list
    oxid: bytes
    bindings: references.Bindings
    ipid: bytes        # of the exporter's IRemUnknown
    hint: int


def serial(body):
    """A property: headers, and a multiple of eight bytes."""
    body = body + b'\0' * (-len(body) % 8)
    return SERIAL + struct.pack('<II', len(body), 0) + body


def deserialized(data):
    if data[:4] != SERIAL[:4] or len(data) < 16:
        raise BadStub('no serialized type')
    return Reader(data[16:])


def read(objref):
    """Wanted, out of a custom OBJREF with IActivationPropertiesIn."""
    if objref[:8] != references.SIGNATURE + struct.pack('<I', references.CUSTOM):
        raise BadStub('no custom OBJREF')
    if objref[8:24] != ids.PROPERTIES_IN or objref[24:40] != ids.CLASS_IN:
        raise BadStub('no activation properties')
    properties = split(objref[48:])
    if ids.INSTANTIATION not in properties:
        raise BadStub('it does not say which class is wanted')
    reader = deserialized(properties[ids.INSTANTIATION])
    clsid = reader.raw(16, 4)
    *_, count, _ = reader.u32s(5)
    reader.pointer()
    reader.u32()
    reader.u16(), reader.u16()
    if reader.count() != count:
        raise BadStub('two numbers of interfaces')
    return Wanted(clsid, [reader.raw(16, 4) for _ in range(count)])


def split(blob):
    """{class: property} of an ACTIVATION_BLOB."""
    size, _ = struct.unpack_from('<II', blob)
    header = deserialized(blob[8:8 + size])
    total, length, _, _, count = header.u32s(5)
    header.raw(16)
    header.u32s(3)
    if total != size or total > len(blob) - 8 or length > total:
        raise BadStub('properties longer than what holds them')
    classes = [header.raw(16, 4) for _ in range(header.count())]
    sizes = header.u32s(header.count())
    if not count == len(classes) == len(sizes):
        raise BadStub('three numbers of properties')
    properties, at = {}, 8 + length
    for clsid, size in zip(classes, sizes):
        properties[clsid] = blob[at:at + size]
        at += size
    return properties


def write(made):
    """A custom OBJREF with IActivationPropertiesOut."""
    properties = [(ids.PROPS_OUT, serial(props_out(made))),
                  (ids.SCM_REPLY, serial(scm_reply(made)))]
    inside = Writer()
    lengths = [len(data) for _, data in properties]
    inside.u32(0, 0, 0, 2, len(properties)).raw(bytes(16)).pointer()
    inside.pointer().u32(0).u32(len(properties))
    inside.raw(b''.join(clsid for clsid, _ in properties)).u32(len(properties), *lengths)
    header = serial(inside.data)
    total = len(header) + sum(lengths)
    header = header[:16] + struct.pack('<II', total, len(header)) + header[24:]
    blob = struct.pack('<II', total, 0) + header + b''.join(data for _, data in properties)
    return (references.SIGNATURE + struct.pack('<I', references.CUSTOM) + ids.PROPERTIES_OUT
            + ids.CLASS_OUT + struct.pack('<II', 0, len(blob) + 8) + blob)


def props_out(made):
    writer = Writer()
    count = len(made.iids)
    writer.u32(count).pointer().pointer().pointer()
    writer.u32(count).raw(b''.join(made.iids)).u32(count, *made.results)
    write_references(writer, made.references)
    return writer.data


def write_references(writer, packed):
    """An array of MInterfacePointers."""
    writer.u32(len(packed))
    for one in packed:
        writer.pointer(one is not None)
    for one in packed:
        if one is not None:
            references.write_pointed(writer.align(4), one)


def scm_reply(made):
    writer = Writer()
    writer.u32(0).pointer().raw(made.oxid, 8).pointer().raw(made.ipid)
    writer.u32(made.hint).u16(*VERSION)
    made.bindings.write(writer)
    return writer.data
