# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Toy objects: each answers one or two calls by something that a client knows again.

What would do harm on a real server (methods run, processes started) is answered too, and told as
`harm`: a test sees that it came through.
"""

import uuid

from . import ids, orpc, references

LOCALE = 0x52504347        # what EstablishPosition answers
TYPES = 90                 # and GetTypeInfoCount
COOKIE = 0xc00c1e


def program_class(name):
    """The class of a program's name: CLSIDFromProgID knows every one."""
    return uuid.uuid5(uuid.NAMESPACE_DNS, name).bytes_le


class Toys:
    def __init__(self, exporter, activator, call_back, tell):
        self.exporter = exporter
        self.activator = activator
        self.call_back = call_back  # is given a Reference to a client's sink, and the client
        self.tell = tell

    def interfaces(self):
        table = {ids.CLASS_FACTORY: {3: self.create},
                 ids.WBEM_LOGIN: {3: self.position, 6: self.log_in},
                 ids.WBEM_SERVICES: {20: self.query, 24: self.harm},
                 ids.DISPATCH: {3: self.type_count, 5: self.harm, 6: self.harm},
                 ids.OPC_LIST: {5: self.program},
                 ids.OPC_SERVER: {4: self.error_text},
                 ids.CONNECTION_POINT: {5: self.advise}}
        return [orpc.ObjectInterface(syntax, self.exporter.find, functions)
                for syntax, functions in table.items()]

    def _told(self, event, instance, call, **fields):
        self.tell(event, call, clsid=instance.name, **fields)

    def _write(self, writer, reference):
        writer.pointer(reference is not None)
        if reference:
            references.write_pointed(writer, reference.packed())
            writer.align(4)
        return orpc.OK if reference else orpc.NO_INTERFACE

    def create(self, instance, call, reader, writer):
        """IClassFactory::RemoteCreateInstance."""
        made = self.exporter.make(instance.clsid, self.activator.classes[instance.clsid])
        self._told('call', instance, call)
        return self._write(writer, self.exporter.refer(made, reader.raw(16, 4)))

    def position(self, instance, call, reader, writer):
        self._told('call', instance, call)
        writer.u32(LOCALE)
        return orpc.OK

    def log_in(self, instance, call, reader, writer):
        """IWbemLevel1Login::NTLMLogin: an object with another interface comes back."""
        namespace = reader.wide_string() if reader.pointer() else ''
        self._told('call', instance, call, namespace=namespace)
        services = self.exporter.make(instance.clsid, [ids.WBEM_SERVICES])
        return self._write(writer, self.exporter.refer(services, ids.WBEM_SERVICES[:16]))

    def query(self, instance, call, reader, writer):
        self._told('call', instance, call)
        writer.pointer(False)
        return orpc.INVALID_QUERY

    def type_count(self, instance, call, reader, writer):
        self._told('call', instance, call)
        writer.u32(TYPES)
        return orpc.OK

    def harm(self, instance, call, reader, writer):
        self._told('harm', instance, call)
        return orpc.UNKNOWN_NAME

    def program(self, instance, call, reader, writer):
        name = reader.wide_string()
        self._told('call', instance, call, program=name)
        writer.raw(program_class(name), 4)
        return orpc.OK

    def error_text(self, instance, call, reader, writer):
        error, _ = reader.u32s(2)
        self._told('call', instance, call)
        writer.pointer().wide_string(f'error {error:#x}').align(4)
        return orpc.OK

    def advise(self, instance, call, reader, writer):
        """IConnectionPoint::Advise: the client's sink will be called, after this answer."""
        if not reader.pointer():
            writer.u32(0)
            return orpc.INVALID_ARGUMENT
        sink = references.Reference.read(references.read_pointed(reader))
        self._told('advise', instance, call, sink=ids.name_of(sink.iid),
                   bindings=sink.resolver.strings)
        self.call_back(sink, call.connection.peer[0])
        writer.u32(COOKIE)
        return orpc.OK
