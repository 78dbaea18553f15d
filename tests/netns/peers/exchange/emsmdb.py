# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""EMSMDB and AsyncEMSMDB: the store, with a protocol of our own in place of MAPI's.

What EcDoRpc and its successors carry: `POLL` is answered by `NEW n`, the mails that came since;
`MAIL user` delivers one and is answered by `SENT`; all else comes back as it was.
"""

import re
import socket
import time

from . import ids, ndr
from .mailbox import Session
from .service import Fault, Interface
from .pdu import ACCESS_DENIED

LOGON_FAILED = 0x80040111
NULL = bytes(20)
POLLS_EVERY = 60000  # ms; what Exchange says
VERSION = (6, 7638, 0)
AF_INET = 2


class AsyncHandle:
    def __init__(self, session):
        self.session = session


class Store:
    def __init__(self, post, options):
        self.post = post
        self.options = options

    def interfaces(self):
        return [
            Interface(ids.EMSMDB, {
                0: self.connect, 1: self.disconnect, 2: self.rpc, 4: self.register,
                5: self.unregister, 6: self.dummy, 9: self.rpc_ext, 10: self.connect_ex,
                11: self.rpc_ext2, 14: self.async_connect_ex}, 'Microsoft Information Store'),
            Interface(ids.ASYNC, {0: self.async_wait_ex}, 'Microsoft Information Store')]

    # -- sessions

    def connect(self, call):
        return self._connect(call, extended=False)

    def connect_ex(self, call):
        return self._connect(call, extended=True)

    def _connect(self, call, extended):
        reader = call.reader()
        name = reader.string()
        reader.u32s(7)  # flags, connection modifiers, limit, code page, two locales, link
        for _ in range(4):
            reader.u16()  # whether code pages can be converted, the client's version
        reader.u32()
        if extended:
            reader.array()
            reader.u32s(2)
        user = self._user(call, name)
        handle = NULL
        if user is not None:
            session = self.post.open(user, call.connection.peer, call.level)
            handle = call.group.keep(session)
        writer = call.writer().handle(handle).u32(POLLS_EVERY, 6, 10000).u16(7)
        for text in ('/o=Corp/ou=First/cn=Recipients/cn=', user or ''):
            writer.pointer().string(text)
        writer.u16(*VERSION, *VERSION).u32(int(time.time()) & 0xffffffff)
        if extended:
            writer.varying(b'').u32(0)
        return writer.u32(0 if handle != NULL else LOGON_FAILED).data

    def _user(self, call, name):
        """Who logged on; for a call of nobody's, whom the distinguished name is of."""
        if call.user:
            return call.user
        named = re.search(r'/cn=(\w+)$', name)
        if self.options.strict_logon or not named:
            return None
        return named[1].lower()

    def disconnect(self, call):
        handle = call.reader().handle()
        call.group.get(handle, Session).run_down()
        call.group.drop(handle)
        return call.writer().handle(NULL).u32(0).data

    def dummy(self, call):
        return call.writer().u32(0).data

    # -- payloads

    def _answer(self, session, payload):
        if payload == b'POLL':
            return f'NEW {session.fetch()}'.encode()
        if payload.startswith(b'MAIL '):
            self.post.deliver(payload[5:].decode('ascii', 'replace').lower())
            return b'SENT'
        return payload

    def rpc(self, call):
        reader = call.reader()
        handle = reader.handle()
        session = call.group.get(handle, Session)
        out = self._answer(session, reader.varying())
        return call.writer().handle(handle).varying(out).u16(len(out)).u32(0).data

    def rpc_ext(self, call):
        reader = call.reader()
        handle, flags = reader.handle(), reader.u32()
        out = self._answer(call.group.get(handle, Session), reader.array())
        writer = call.writer().handle(handle).u32(flags).varying(out).u32(len(out))
        return writer.u32(0, 0).data

    def rpc_ext2(self, call):
        reader = call.reader()
        handle, flags = reader.handle(), reader.u32()
        out = self._answer(call.group.get(handle, Session), reader.array())
        writer = call.writer().handle(handle).u32(flags).varying(out).u32(len(out))
        return writer.varying(b'').u32(0, 0, 0).data

    # -- notifications

    def register(self, call):
        reader = call.reader()
        handle = reader.handle()
        reader.u32()
        payload = reader.array()
        if reader.u16() != len(payload):
            raise ndr.BadStub('cbContext')
        reader.u32()
        address = reader.array()
        if reader.u16() != len(address) or len(address) < 16:
            raise ndr.BadStub('cbCallbackAddress')
        session = call.group.get(handle, Session)
        if int.from_bytes(address[:2], 'little') != AF_INET:
            raise Fault(ACCESS_DENIED)
        port, host = int.from_bytes(address[2:4], 'big'), socket.inet_ntoa(address[4:8])
        number = self.post.register(session, host, port, payload)
        return call.writer().handle(handle).u32(number, 0).data

    def unregister(self, call):
        reader = call.reader()
        handle = reader.handle()
        reader.u32()
        session = call.group.get(handle, Session)
        gone = session.registrations.pop(reader.u32(), None)
        return call.writer().handle(handle).u32(0 if gone else 0x80040102).data

    def async_connect_ex(self, call):
        session = call.group.get(call.reader().handle(), Session)
        return call.writer().handle(call.group.keep(AsyncHandle(session))).u32(0).data

    def async_wait_ex(self, call):
        waiting = call.group.get(call.reader().handle(), AsyncHandle)
        self.post.park(waiting.session, call, self._finish_wait)

    @staticmethod
    def _finish_wait(call, flags):
        call.reply(call.writer().u32(flags, 0).data)
