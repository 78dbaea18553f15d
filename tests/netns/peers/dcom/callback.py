# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What a server of OPC does of its own accord: it dials a client's sink and calls OnDataChange.

As COM does, it looks at the bindings of the reference in their order. `NAME[PORT]` is dialled at
once; where only a name is given, the object resolver at that host's port 135 is asked first.
"""

import re
import threading

from exchange.security import NTLM
from mapi.rpc import Connection, Credentials, Refused

from . import activation, ids, orpc, references

TRANSACTION = 0x0bc
GROUP = 7
RESOLVER_PORT = 135
PATIENCE = 20  # seconds


class CallBack:
    def __init__(self, options, tell):
        self.options = options
        self.tell = tell

    def start(self, sink, peer):
        threading.Thread(target=self._run, args=(sink, peer), daemon=True).start()

    def _run(self, sink, peer):
        for text in sink.resolver.strings:
            row = {'peer': peer, 'binding': text}
            try:
                bindings = [text] if '[' in text else self._resolve(sink, text, row)
                for one in bindings:
                    self._call(sink, one, row)
            except (Refused, orpc.BadStub) as reason:
                self.tell('callback', None, ok=False, error=str(reason), **row)
            else:
                self.tell('callback', None, ok=True, **row)
                return
        self.tell('callback-end', None, reached=False, peer=peer)

    def _connection(self, host, port, interface):
        connection = Connection(host, port, source=self.options.listen, timeout=PATIENCE)
        credentials = None
        if self.options.callback_level > 1:
            credentials = Credentials(self.options.callback_user, self.options.callback_password,
                                      NTLM, self.options.callback_level)
        connection.bind(interface, credentials)
        return connection

    def _resolve(self, sink, host, row):
        row['step'] = 'resolve'
        connection = self._connection(host, RESOLVER_PORT, ids.EXPORTER)
        try:
            writer = connection.writer().raw(sink.oxid, 8).u16(1).count(1).u16(references.TCP)
            reader = connection.call(4, writer.data)
            if not reader.pointer():
                raise Refused('unknown-oxid')
            found = references.Bindings.read(reader.raw(4 + 2 * reader.count(), 2))
            # Any of the names will do: that of the host which has just answered is the nearest.
            return sorted(found.strings, key=lambda text: not text.startswith(host + '['))[:1]
        finally:
            connection.close()

    def _call(self, sink, text, row):
        host, port = re.fullmatch(r'(.*)\[(\d+)\]', text).groups()
        row.update(step='connect', dialled=text)
        connection = self._connection(host, int(port), ids.OPC_CALLBACK)
        try:
            row['step'] = 'call'
            writer = connection.writer()
            write_this(writer)
            writer.u32(TRANSACTION, GROUP, orpc.OK, orpc.OK, 0, 0, 0, 0, 0, 0)
            reader = connection.call(3, writer.data, target=sink.ipid)
            reader.u32s(2)
            row['status'] = f'{reader.u32():#x}'
        finally:
            connection.close()


def write_this(writer):
    """ORPCTHIS, without extensions."""
    return writer.u16(*activation.VERSION).u32(0, 0).raw(bytes(16)).pointer(False)
