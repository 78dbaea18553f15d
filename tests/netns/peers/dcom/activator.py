# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Activation at port 135: ISystemActivator, and IActivation of old."""

import uuid

from exchange.ndr import BadStub

from . import activation, ids, orpc, references


class Activator:
    def __init__(self, exporter, tell):
        self.exporter = exporter
        self.tell = tell
        self.classes = {uuid.UUID(text).bytes_le: interfaces
                        for text, interfaces in ids.CLASSES.values()}

    def interfaces(self):
        return [orpc.Remote(ids.ACTIVATOR, {3: self.class_object, 4: self.instance}),
                orpc.Remote(ids.ACTIVATION, {0: self.activate})]

    def _make(self, call, wanted, is_class):
        """(what was made or None, HRESULT)."""
        made, status = None, orpc.CLASS_NOT_REGISTERED
        if wanted.clsid in self.classes and wanted.iids:
            offered = [ids.CLASS_FACTORY] if is_class else self.classes[wanted.clsid]
            instance = self.exporter.make(wanted.clsid, offered)
            made = self.exporter.made(instance, wanted.iids)
            failed = [result for result in made.results if result]
            status = failed[0] if len(failed) == len(made.results) else orpc.OK
        self.tell('activate', call, clsid=ids.class_name(wanted.clsid),
                  iids=[ids.name_of(iid) for iid in wanted.iids], status=f'{status:#x}')
        return made if status == orpc.OK else None, status

    def class_object(self, call):
        reader, writer = orpc.begun(call)
        return self._properties(call, reader, writer, is_class=True)

    def instance(self, call):
        reader, writer = orpc.begun(call)
        if reader.pointer():
            raise BadStub('an outer object')
        return self._properties(call, reader, writer, is_class=False)

    def _properties(self, call, reader, writer, is_class):
        if not reader.pointer():
            raise BadStub('no activation properties')
        wanted = activation.read(references.read_pointed(reader))
        made, status = self._make(call, wanted, is_class)
        writer.pointer(made is not None)
        if made:
            references.write_pointed(writer, activation.write(made))
        return writer.u32(status).data

    def activate(self, call):
        """RemoteActivation: its answer has in the open what the others have in properties."""
        reader, writer = orpc.begun(call)
        clsid = reader.raw(16, 4)
        if reader.pointer():
            reader.wide_string()
        if reader.pointer():
            references.read_pointed(reader.align(4))
        *_, count = reader.align(4).u32s(3)
        if not reader.pointer() or reader.count() != count:
            raise BadStub('two numbers of interfaces')
        wanted = activation.Wanted(clsid, [reader.raw(16, 4) for _ in range(count)])
        made, status = self._make(call, wanted, is_class=False)
        writer.raw(made.oxid if made else bytes(8), 8).pointer(made is not None)
        if made:
            made.bindings.write(writer)
        writer.raw(made.ipid if made else bytes(16), 4).u32(made.hint if made else 0)
        writer.u16(*activation.VERSION).u32(status)
        activation.write_references(writer, made.references if made else [None] * count)
        results = made.results if made else [status] * count
        return writer.u32(count, *results, orpc.OK).data
