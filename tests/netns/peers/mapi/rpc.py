# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""An RPC client on one TCP connection: binds, log-ons, calls; and what a refusal looked like."""

import socket
import struct
from typing import NamedTuple

from exchange import ids, ndr, ntlm, pdu, security, spnego

FIRST_CONTEXT = 79231  # ids of security contexts; any number will do


class Refused(Exception):
    """What came in place of an answer: `kind` says how, `details` the numbers that go with it."""

    def __init__(self, kind, **details):
        words = ' '.join(f'{name} {value}' for name, value in details.items())
        super().__init__(f'{kind} {words}'.strip())
        self.row = {'refused': kind, **details}


class Credentials(NamedTuple):
    user: str        # empty: anonymous
    password: str
    type: int        # security.NTLM or security.SPNEGO
    level: int


class LogOn:
    """One security context, the client's side."""

    def __init__(self, credentials, number):
        self.type, self.level, self.number = credentials.type, credentials.level, number
        self.client = ntlm.Client(credentials.user, credentials.password)
        self.mic = None

    def trailer(self, pad=0):
        return pdu.trailer_head(self.type, self.level, pad, self.number)

    def first(self):
        message = self.client.negotiate()
        return spnego.offer(message) if self.type == security.SPNEGO else message

    def third(self, token):
        if self.type != security.SPNEGO:
            return self.client.authenticate(token)
        message = self.client.authenticate(spnego.Message(token).token or b'')
        # As Windows and Samba do: a message with a MIC of its own brings one for the list, too.
        if self.client.has_mic:
            self.mic = self.client.session.sign(spnego.MECHANISMS)
        return spnego.answer(mechanism_token=message, mic=self.mic)

    def last(self, token):
        """The server's word that the log-on is complete."""
        message = spnego.Message(token)
        if message.state != spnego.COMPLETED:
            raise Refused('log-on', state=message.state)
        if self.mic is None:
            return
        if message.mic is None or not self.client.session.verify(spnego.MECHANISMS, message.mic):
            raise Refused('log-on', mic='does not fit')
        self.client.session.restart_ciphers()


class Connection:
    def __init__(self, host, port, *, source='', timeout=15, verifier=True):
        self.host, self.port, self.timeout = host, port, timeout
        self.verifier = verifier  # at level connect: a dummy one with each request, as Outlook
        try:
            self.link = socket.create_connection((host, port), timeout=timeout,
                                                 source_address=(source, 0) if source else None)
        except ConnectionRefusedError:
            raise Refused('connect-reset', port=port) from None
        except OSError as reason:
            kind = 'connect-timeout' if isinstance(reason, TimeoutError) else 'connect-error'
            raise Refused(kind, port=port, error=str(reason)) from None
        self.local = self.link.getsockname()
        self.stream = pdu.Stream(self.link)
        self.group = 0
        self.fragment = pdu.MAX_FRAGMENT
        self.call_id = 0
        self.contexts = {}   # id: wide
        self.context = 0     # the one that calls are made by unless they say another
        self.log_on = None
        self.answers = {}    # of calls that were overtaken by others

    def close(self):
        self.link.close()

    def is_open(self):
        """Whether the server has neither closed nor reset it (answers may be waiting)."""
        self.link.setblocking(False)
        try:
            return self.link.recv(1, socket.MSG_PEEK) != b''
        except BlockingIOError:
            return True
        except OSError:
            return False

    # -- PDUs

    def send(self, data):
        try:
            self.link.settimeout(self.timeout)
            self.link.sendall(data)
        except OSError:
            raise Refused('reset', port=self.port) from None

    def receive(self, timeout=None):
        self.link.settimeout(self.timeout if timeout is None else max(timeout, 0.001))
        try:
            received = self.stream.next()
        except TimeoutError:
            raise Refused('timeout', port=self.port) from None
        except OSError:
            raise Refused('reset', port=self.port) from None
        if received is None:
            raise Refused('closed', port=self.port)
        if received.kind == pdu.BIND_NAK:
            reason, = struct.unpack_from('<H', received.raw, 16)
            raise Refused('bind-nak', port=self.port, reason=reason)
        return received

    # -- binding

    def bind(self, interface, credentials=None, *, group=0, ndr64=False, features=False):
        """Binds, logs on, and tells the context id to call by."""
        elements = [pdu.Element(0, interface, [ids.NDR32])]
        if ndr64:
            elements.append(pdu.Element(1, interface, [ids.NDR64]))
        if features or ndr64:
            wanted = ids.FEATURES + b'\3' + bytes(7) + struct.pack('<I', 1)
            elements.append(pdu.Element(len(elements), interface, [wanted]))
        self.context = self._propose(pdu.BIND, elements, credentials, group)
        return self.context

    def alter(self, interface, credentials=None, *, ndr64=False):
        number = max(self.contexts, default=0) + 1
        syntaxes = [ids.NDR64] if ndr64 else [ids.NDR32]
        element = pdu.Element(number, interface, syntaxes)
        return self._propose(pdu.ALTER, [element], credentials, self.group)

    def _propose(self, kind, elements, credentials, group):
        log_on = None
        flags = pdu.WHOLE | pdu.MULTIPLEX
        if credentials and credentials.level > 1:
            log_on = LogOn(credentials, FIRST_CONTEXT + len(self.contexts))
            flags |= pdu.HEADER_SIGN if credentials.level >= security.INTEGRITY else 0
        token = log_on.first() if log_on else b''
        results, received = self._exchange(kind, flags, elements, group, log_on, token)
        accepted = None
        for element, (result, reason, transfer) in zip(elements, results):
            if result == pdu.ACCEPTED:
                accepted = element
                self.contexts[element.id] = transfer == ids.NDR64
        if accepted is None:
            result, reason, _ = results[0]
            raise Refused('bind-result', port=self.port, result=result, reason=reason)
        if log_on:
            self._complete(log_on, received, accepted, flags)
        return accepted.id

    def _exchange(self, kind, flags, elements, group, log_on, token):
        self.call_id += 1
        self.send(pdu.build(kind, self.call_id, pdu.bind_body(elements, group), flags=flags,
                            trailer=log_on.trailer() if log_on else b'', value=token))
        received = self.receive()
        if received.kind == pdu.FAULT:
            raise Refused('fault', port=self.port, status=status_of(received))
        if received.kind != kind + 1:
            raise Refused('unexpected', ptype=received.kind)
        size, self.group, results = pdu.read_ack(received)
        self.fragment = min(self.fragment, size)
        return results, received

    def _complete(self, log_on, received, element, flags):
        trailer = received.trailer()
        if trailer is None:
            raise Refused('log-on', challenge='missing')
        try:
            token = log_on.third(trailer.value)
            if log_on.type == security.SPNEGO:
                _, received = self._exchange(pdu.ALTER, flags & ~pdu.HEADER_SIGN, [element],
                                             self.group, log_on, token)
                trailer = received.trailer()
                log_on.last(trailer.value if trailer else b'')
            else:
                self.send(pdu.build(pdu.AUTH3, self.call_id, bytes(4), trailer=log_on.trailer(),
                                    value=token))
        except (ntlm.Failed, spnego.Malformed) as reason:
            raise Refused('log-on', why=str(reason)) from None
        self.log_on = log_on

    # -- calls

    def call(self, opnum, stub, context=None, timeout=None, target=b''):
        """The answer's stub, as a reader; target is the object's UUID, where there is one."""
        return self.finish(self.start(opnum, stub, context, target), timeout)

    def writer(self, context=None):
        return ndr.Writer(self.contexts[self.context if context is None else context])

    def start(self, opnum, stub, context=None, target=b''):
        """Sends a call; finish() takes what this returns."""
        context = self.context if context is None else context
        self.call_id += 1
        room = self.fragment - 24 - len(target)
        if self.log_on:
            room = (room - 24) & ~15
        for at in range(0, max(len(stub), 1), room):
            flags = (pdu.FIRST if at == 0 else 0) | (pdu.LAST if at + room >= len(stub) else 0)
            fields = struct.pack('<IHH', len(stub) - at, context, opnum) + target
            self.send(self._request(fields, stub[at:at + room],
                                    flags | (pdu.OBJECT if target else 0)))
        return self.call_id, context

    def _request(self, fields, part, flags):
        log_on = self.log_on
        if log_on is None or (log_on.level == security.CONNECT and not self.verifier):
            return pdu.build(pdu.REQUEST, self.call_id, fields + part, flags=flags)
        padded = pdu.pad_to(part, 16)
        tail = log_on.trailer(len(padded) - len(part))
        if log_on.level == security.CONNECT:
            return pdu.build(pdu.REQUEST, self.call_id, fields + padded, flags=flags,
                             trailer=tail, value=security.DUMMY)
        length = 16 + len(fields) + len(padded) + 24
        before = pdu.head(pdu.REQUEST, flags, length, 16, self.call_id) + fields
        body, signature = log_on.client.session.wrap(before, padded, tail,
                                                     log_on.level == security.PRIVACY)
        return before + body + tail + signature

    def finish(self, started, timeout=None):
        number, context = started
        while number not in self.answers:
            self._take(self.receive(timeout))
        answer = self.answers.pop(number)
        if isinstance(answer, Refused):
            raise answer
        return ndr.Reader(answer, self.contexts[context])

    def _take(self, received):
        """One fragment of an answer; it may be another call's."""
        if received.kind == pdu.FAULT:
            self.answers[received.call_id] = Refused('fault', port=self.port,
                                                     status=status_of(received))
            return
        if received.kind != pdu.RESPONSE:
            raise Refused('unexpected', ptype=received.kind)
        stub = b''
        while True:
            stub += self._opened(received)
            if received.flags & pdu.LAST:
                break
            received = self.receive()
        self.answers[received.call_id] = stub

    def _opened(self, received):
        trailer = received.trailer()
        protected = self.log_on is not None and self.log_on.level != security.CONNECT
        if trailer is None:
            if protected:
                raise Refused('unprotected', port=self.port)
            return received.raw[24:]
        body = received.raw[24:trailer.at]
        if protected:
            try:
                body = self.log_on.client.session.unwrap(
                    received.raw[:24], body, received.raw[trailer.at:trailer.at + 8],
                    trailer.value, self.log_on.level == security.PRIVACY)
            except ntlm.Failed as reason:
                raise Refused('signature', why=str(reason)) from None
        return body[:len(body) - trailer.pad]


def status_of(received):
    return f'{struct.unpack_from("<I", received.raw, 24)[0]:#010x}'
