# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""An object exporter: objects in existence, and what IObjectExporter tells of where they are."""

import os
import threading

from exchange.ndr import BadStub

from . import activation, ids, orpc, references


class Instance:
    """An object of a class, or the class object itself."""

    def __init__(self, clsid, interfaces, oid):
        self.clsid = clsid
        self.name = ids.class_name(clsid)
        self.interfaces = interfaces
        self.oid = oid
        self.references = {}  # {interface: IPID}


class Exporter:
    """`where` tells (bindings, resolver's bindings) once it is known."""

    def __init__(self, where, hint=4):
        self.where = where
        self.hint = hint
        self.lock = threading.Lock()
        self.oxid, self.unknown = os.urandom(8), os.urandom(16)
        self.pointers = {}  # {IPID: (instance, interface)}

    def make(self, clsid, interfaces):
        return Instance(clsid, [ids.UNKNOWN, *interfaces], os.urandom(8))

    def refer(self, instance, iid):
        """A Reference by this interface; None where the object does not have it."""
        interface = iid + bytes(4)
        if interface not in instance.interfaces:
            return None
        with self.lock:
            ipid = instance.references.setdefault(interface, os.urandom(16))
            self.pointers[ipid] = (instance, interface)
        return references.Reference(iid, self.oxid, instance.oid, ipid, self.where()[1])

    def find(self, ipid, interface):
        """The object that a call names, where it is reached by the interface that it has."""
        instance, known = self.pointers.get(ipid, (None, None))
        return instance if known == interface else None

    def drop(self, ipid):
        with self.lock:
            self.pointers.pop(ipid, None)

    def made(self, instance, iids):
        """What an activation answers with."""
        found = [self.refer(instance, iid) for iid in iids]
        return activation.Made(
            [one and one.packed() for one in found],
            [orpc.OK if one else orpc.NO_INTERFACE for one in found],
            iids, self.oxid, self.where()[0], self.unknown, self.hint)


class Resolver:
    """IObjectExporter, at port 135; tell is given each call."""

    def __init__(self, exporter, tell):
        self.exporter = exporter
        self.tell = tell

    def interface(self):
        made = orpc.Remote(ids.EXPORTER, {
            0: self.resolve, 1: self.ping, 2: self.ping_set, 3: self.alive, 4: self.resolve,
            5: self.alive2})
        made.bare_calls = True
        return made

    def resolve(self, call):
        reader = call.reader()
        oxid, count = reader.raw(8, 8), reader.u16()
        if reader.count() != count:
            raise BadStub('two numbers of protocols')
        known = oxid == self.exporter.oxid
        self.tell('resolve', call, oxid=f'{int.from_bytes(oxid, "little"):016x}', known=known)
        writer = call.writer().pointer(known)
        if known:
            self.exporter.where()[0].write(writer)
        writer.raw(self.exporter.unknown if known else bytes(16), 4).u32(self.exporter.hint)
        if call.opnum == 4:
            writer.u16(*activation.VERSION)
        return writer.u32(orpc.OK if known else orpc.INVALID_OXID).data

    def ping(self, call):
        return call.writer().u32(orpc.OK).data

    def ping_set(self, call):
        return call.writer().raw(bytes(7) + b'\1').u16(0).u32(orpc.OK).data

    def alive(self, call):
        self.tell('alive', call)
        return call.writer().u32(orpc.OK).data

    def alive2(self, call):
        self.tell('alive', call)
        writer = call.writer().u16(*activation.VERSION).pointer()
        self.exporter.where()[1].write(writer)
        return writer.u32(0, orpc.OK).data


def remote_unknown(exporter):
    """IRemUnknown and IRemUnknown2, at the exporter's own port."""
    def query(_, call, reader, writer):
        ipid = reader.raw(16, 4)
        reader.u32()
        count = reader.u16()
        if reader.count() != count:
            raise BadStub('two numbers of interfaces')
        iids = [reader.raw(16, 4) for _ in range(count)]
        instance = exporter.pointers.get(ipid, (None, None))[0]
        if instance is None:
            writer.pointer(False)
            return orpc.INVALID_ARGUMENT
        writer.pointer().u32(count)
        found = [exporter.refer(instance, iid) for iid in iids]
        for one in found:
            writer.align(8).u32(orpc.OK if one else orpc.NO_INTERFACE)
            writer.raw(one.standard() if one else bytes(40), 8)
        return orpc.OK if all(found) else orpc.NO_INTERFACE

    def counts(reader):
        count = reader.u16()
        if reader.count() != count:
            raise BadStub('two numbers of references')
        return [(reader.raw(16, 4), *reader.u32s(2)) for _ in range(count)]

    def add(_, call, reader, writer):
        named = counts(reader)
        writer.u32(len(named), *(orpc.OK if ipid in exporter.pointers else orpc.INVALID_ARGUMENT
                                 for ipid, *_ in named))
        return orpc.OK

    def release(_, call, reader, writer):
        for ipid, *_ in counts(reader):
            exporter.drop(ipid)
        return orpc.OK

    def find(ipid, _):
        return exporter if ipid == exporter.unknown else None
    functions = {3: query, 4: add, 5: release}
    return [orpc.ObjectInterface(one, find, functions)
            for one in (ids.REM_UNKNOWN, ids.REM_UNKNOWN2)]
