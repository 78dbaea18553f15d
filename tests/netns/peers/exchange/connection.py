# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""One TCP connection of a client: its PDUs, its security contexts, its calls."""

import socket
import struct
import threading

from . import binding, ndr, ntlm, pdu, security
from .service import Call, Fault

LARGEST_CALL = 4 << 20


class Disconnect(Exception):
    """The connection ends here, after this PDU where there is one."""

    def __init__(self, last=b''):
        super().__init__('disconnect')
        self.last = last


def end_by_fault(received, status):
    """What a server answers before it closes."""
    context = received.call()[0] if received.kind == pdu.REQUEST else 0
    return Disconnect(pdu.fault(received.call_id, context, status, pdu.WHOLE | pdu.NOT_EXECUTED))


class Connection:
    def __init__(self, server, process, link, peer):
        self.server = server
        self.process = process
        self.link = link
        self.peer = peer
        self.port = link.getsockname()[1]
        self.contexts = binding.Contexts(process, server.options.ndr64)
        self.group = None
        self.securities = {}
        self.default = None   # who makes bare calls, after a log-on at level connect
        self.fragment = pdu.MAX_FRAGMENT
        self.open = None      # the call whose last fragment has not come
        self.parked = {}      # calls that will be answered later
        self.sending = threading.RLock()

    def run(self):
        try:
            stream = pdu.Stream(self.link)
            while (received := stream.next()) is not None:
                self.take(received)
        except Disconnect as end:
            self.send(end.last)
            self._see_off()
        except (pdu.Malformed, struct.error):
            self.server.count('malformed')
        except OSError:
            pass
        finally:
            self.close()

    def _see_off(self):
        """Closing over unread bytes would be a reset, which could overtake the last answer."""
        try:
            self.link.shutdown(socket.SHUT_WR)
            self.link.settimeout(1)
            while self.link.recv(65536):
                pass
        except OSError:
            pass

    def close(self):
        for call in list(self.parked.values()):
            call.cancel()
        if self.group:
            self.process.leave(self.group)
        self.link.close()

    def send(self, data):
        try:
            with self.sending:
                self.link.sendall(data)
        except OSError:
            pass  # the reading side notices

    def take(self, received):
        if received.kind == pdu.BIND:
            self.bind(received)
        elif self.group is None:
            raise Disconnect(pdu.nak(received.call_id, pdu.NAK_UNSPECIFIED))
        elif received.kind == pdu.ALTER:
            self.alter(received)
        elif received.kind == pdu.AUTH3:
            self.auth3(received)
        elif received.kind == pdu.REQUEST:
            self.request(received)
        elif received.kind in (pdu.CANCEL, pdu.ORPHANED):
            self.cancelled(received.call_id)
        else:
            raise end_by_fault(received, pdu.PROTOCOL_ERROR)

    # -- binding

    def bind(self, received):
        try:
            size, number, elements = pdu.read_bind(received)
            if self.group is not None or not elements:
                raise binding.Refused(pdu.NAK_UNSPECIFIED)
            trailer = self._trailer_of_bind(received)
            results = self.contexts.judge(elements, may_negotiate=True)
            token = self._log_on(trailer, pdu.NAK_CREDENTIALS) if trailer else b''
            self.group = self.process.join(number)
            if self.group is None:
                raise binding.Refused(pdu.NAK_UNSPECIFIED)
        except (binding.Refused, ValueError) as reason:
            number = getattr(reason, 'reason', pdu.NAK_UNSPECIFIED)
            self.server.count('bind-nak', number)
            raise Disconnect(pdu.nak(received.call_id, number)) from None
        self.fragment = max(2048, min(size, pdu.MAX_FRAGMENT)) & ~7
        self.server.count('bind')
        self._acknowledge(pdu.BIND_ACK, received, self.port, results, trailer, token)

    @staticmethod
    def _trailer_of_bind(received):
        try:
            trailer = received.trailer()
        except pdu.Malformed:
            raise binding.Refused(pdu.NAK_UNSPECIFIED) from None
        if trailer and trailer.level not in security.LEVELS:
            raise binding.Refused(pdu.NAK_UNSPECIFIED)
        if trailer and trailer.type not in (security.NTLM, security.SPNEGO):
            raise binding.Refused(pdu.NAK_AUTH_TYPE)
        return trailer

    def alter(self, received):
        _, _, elements = pdu.read_bind(received)
        token = b''
        try:
            results = self.contexts.judge(elements, may_negotiate=False)
            trailer = self._trailer_of_bind(received)
            known = self.securities.get(trailer.context) if trailer else None
            if trailer and not (known and known.done and known.same(trailer)):
                token = self._log_on(trailer, pdu.SECURITY_PACKAGE)
            elif trailer:
                trailer = None  # Samba's Python repeats the last token of a log-on that is over
        except ValueError:
            raise end_by_fault(received, pdu.PROTOCOL_ERROR) from None
        except binding.Refused as refusal:
            told = refusal.reason in (pdu.ACCESS_DENIED, pdu.SECURITY_PACKAGE)
            status = refusal.reason if told else pdu.PROTOCOL_ERROR
            raise end_by_fault(received, status) from None
        self.server.count('alter')
        self._acknowledge(pdu.ALTER_RESPONSE, received, 0, results, trailer, token)

    def _log_on(self, trailer, reason):
        """The answer to a token; a context that changes its type or level is refused."""
        context = self.securities.get(trailer.context)
        if context is None:
            options = self.server.options
            context = security.Context(trailer, self.server.passwords, not options.no_anonymous)
            self.securities[trailer.context] = context
        if not context.same(trailer):
            raise binding.Refused(pdu.ACCESS_DENIED)
        try:
            answer = context.step(trailer.value)
        except ntlm.Failed:
            self.server.count('log-on-failed')
            raise binding.Refused(reason) from None
        if context.done:
            self.server.count('log-on', context.user or 'anonymous')
            if context.level == security.CONNECT:
                self.default = context
        return answer

    def _acknowledge(self, kind, received, port, results, trailer, token):
        body = pdu.ack_body(pdu.MAX_FRAGMENT, self.group.number, port, results)
        tail = trailer._replace(pad=0).head() if trailer and token else b''
        self.send(pdu.build(kind, received.call_id, body, trailer=tail, value=token,
                            flags=pdu.WHOLE | received.flags & (pdu.HEADER_SIGN | pdu.MULTIPLEX)))

    def auth3(self, received):
        trailer = received.trailer()
        if trailer is None:
            raise end_by_fault(received, pdu.PROTOCOL_ERROR)
        try:
            self._log_on(trailer, pdu.ACCESS_DENIED)
        except binding.Refused:
            pass  # nothing answers an auth3; the next request will be refused

    # -- requests

    def request(self, received):
        if len(received.raw) > pdu.MAX_FRAGMENT or len(received.raw) < received.body_at():
            raise end_by_fault(received, pdu.PROTOCOL_ERROR)
        context, body = self._verified(received)
        if received.flags & pdu.FIRST:
            if self.open:
                raise end_by_fault(received, pdu.PROTOCOL_ERROR)
            self.open = Call(self, received, self.contexts.get(received.call()[0]), context)
        call = self.open
        if call is None or call.id != received.call_id:
            raise end_by_fault(received, pdu.PROTOCOL_ERROR)
        call.stub += body
        if len(call.stub) > LARGEST_CALL:
            raise end_by_fault(received, pdu.ACCESS_DENIED)
        if received.flags & pdu.LAST:
            self.open = None
            self.execute(call)

    def _verified(self, received):
        """(security context, stub in clear); a bare request is a default user's or nobody's."""
        at = received.body_at()
        try:
            trailer = received.trailer()
        except pdu.Malformed:
            raise end_by_fault(received, pdu.PROTOCOL_ERROR) from None
        if any(one.failed for one in self.securities.values()):
            raise end_by_fault(received, pdu.PROTOCOL_ERROR)
        if trailer is None:
            return self.default, received.raw[at:]
        context = self.securities.get(trailer.context)
        if context is None or not context.same(trailer):
            raise end_by_fault(received, pdu.ACCESS_DENIED)
        if not context.done:
            raise end_by_fault(received, pdu.PROTOCOL_ERROR)
        body = received.raw[at:trailer.at]
        if context.level != security.CONNECT:
            try:
                body = context.mechanism.session.unwrap(
                    received.raw[:at], body, received.raw[trailer.at:trailer.at + 8],
                    trailer.value, context.level == security.PRIVACY)
            except ntlm.Failed:
                raise end_by_fault(received, pdu.SECURITY_PACKAGE) from None
        return context, body[:len(body) - trailer.pad]

    def execute(self, call):
        try:
            if call.context is None:
                raise Fault(pdu.UNKNOWN_INTERFACE)
            interface = call.context[0]
            needed = 1 if interface.bare_calls else self.server.options.min_level
            if call.level < needed:
                raise Fault(pdu.ACCESS_DENIED)
            operation = interface.operations.get(call.opnum)
            if operation is None:
                raise Fault(pdu.OPNUM_RANGE)
            self.server.count_call(call)
            stub = operation(call)
        except Fault as fault:
            self.fault(call, fault.status)
        except (ndr.BadStub, struct.error):
            self.fault(call, pdu.BAD_STUB)
        else:
            if stub is not None:
                self.answer(call, stub)

    def cancelled(self, number):
        call = self.parked.get(number)
        if call:
            call.cancel()
            self.fault(call, pdu.CANCELLED)

    # -- answers

    def fault(self, call, status):
        self.parked.pop(call.id, None)
        self.server.count('fault', f'{status:#x}')
        if call.flags & pdu.MAYBE:
            return
        refused = status in (pdu.ACCESS_DENIED, pdu.OPNUM_RANGE, pdu.UNKNOWN_INTERFACE)
        self.send(pdu.fault(call.id, call.context_id, status,
                            pdu.WHOLE | (pdu.NOT_EXECUTED if refused else 0)))

    def answer(self, call, stub):
        self.parked.pop(call.id, None)
        if call.flags & pdu.MAYBE:
            return
        context = call.security if call.verifier else None
        room = self.fragment - 24
        if context:
            room = (room - 8 - len(security.DUMMY)) & ~15
        at = 0
        with self.sending:
            while True:
                part = stub[at:at + room]
                flags = (pdu.FIRST if at == 0 else 0) | (
                    pdu.LAST if at + room >= len(stub) else 0)
                self.send(self._response(call, context, part, len(stub) - at, flags))
                at += room
                if at >= len(stub):
                    return

    def _response(self, call, context, part, left, flags):
        fields = struct.pack('<IHBB', left, call.context_id, 0, 0)
        if context is None:
            return pdu.build(pdu.RESPONSE, call.id, fields + part, flags=flags)
        padded = pdu.pad_to(part, 16)
        tail = pdu.trailer_head(context.type, context.level, len(padded) - len(part), context.id)
        if context.level == security.CONNECT:
            return pdu.build(pdu.RESPONSE, call.id, fields + padded, flags=flags, trailer=tail,
                             value=security.DUMMY)
        before = pdu.head(pdu.RESPONSE, flags, 24 + len(padded) + 24, 16, call.id) + fields
        body, signature = context.mechanism.session.wrap(
            before, padded, tail, context.level == security.PRIVACY)
        return before + body + tail + signature
