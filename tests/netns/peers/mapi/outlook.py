# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""One Outlook: what it does from its start to its end, in steps that a test can choose from."""

import os
import re
import socket
import time

from exchange import ids, ndr, pdu, security
from . import calls
from .rpc import Connection, Credentials, Refused

STEPS = ['map-nspi', 'nspi-bare', 'nspi', 'map-rfri', 'rfri', 'map-emsmdb', 'connect', 'rpc',
         'second', 'extra', 'map-async', 'async', 'register', 'mail', 'wait-udp', 'woken', 'poll',
         'unregister', 'disconnect']
ONLY_2007 = {'map-async', 'async', 'woken'}
# What an Outlook lives without: it goes on when these fail.
TOLERATED = {'nspi-bare', 'map-rfri', 'rfri'}


def steps_of(options):
    """The steps that were asked for, or all that this Outlook takes."""
    if options.steps:
        return options.steps.split(',')
    return [step for step in STEPS
            if (options.generation == '2007' or step not in ONLY_2007)
            and (options.connections or step != 'extra')]


class Outlook:
    def __init__(self, options, user=None, password=None, source=''):
        self.options = options
        self.user = options.user if user is None else user
        self.password = options.password if password is None else password
        self.source = source
        kind = security.SPNEGO if options.auth == 'spnego' else security.NTLM
        self.credentials = Credentials('' if options.anonymous else self.user, self.password,
                                       kind, options.level)
        self.ports = dict(options.ports)
        self.open = {}           # connections by name
        self.handle = None       # the session's
        self.book = None         # the address book's
        self.waiting = None      # for EcDoAsyncWaitEx
        self.parked = None
        self.udp = None
        self.payload = b''
        self.registration = None

    def run(self, step, *words):
        """Takes a step; tells what happened as one row."""
        row = {'step': step, 'ok': True}
        began = time.monotonic()
        try:
            row.update(getattr(self, 'do_' + step.replace('-', '_'))(*words) or {})
        except Refused as refusal:
            row.update(ok=False, **refusal.row)
        except (ndr.BadStub, pdu.Malformed, OSError, ValueError) as reason:
            row.update(ok=False, refused='error', error=str(reason))
        if not row['ok'] and step in TOLERATED:
            row['tolerated'] = True
        row['ms'] = round((time.monotonic() - began) * 1000)
        return row

    def close(self):
        for connection in self.open.values():
            connection.close()
        if self.udp:
            self.udp.close()

    # -- finding ports

    def connection(self, port):
        options = self.options
        return Connection(options.host, port, source=self.source, timeout=options.timeout,
                          verifier=not options.bare_connect)

    def mapper(self):
        """A connection to the mapper, and the context to call it by."""
        connection = self.connection(self.options.mapper_port)
        level = self.options.mapper_level
        who = self.credentials._replace(level=level) if level > 1 else None
        return connection, connection.bind(ids.MAPPER, who, ndr64=self.options.ndr64)

    def map(self, name):
        if name in self.options.ports:
            return {'port': self.ports[name], 'asked': False}
        connection, context = self.mapper()
        try:
            towers = calls.ept_map(connection, ids.BY_NAME[name], context)
        finally:
            connection.close()
        self.ports[name] = towers[0][0]
        return {'port': towers[0][0], 'ports': [port for port, _ in towers],
                'addresses': [address for _, address in towers],
                'ndr64': connection.contexts[context]}

    def do_map_nspi(self):
        return self.map('nspi')

    def do_map_rfri(self):
        return self.map('rfri')

    def do_map_emsmdb(self):
        return self.map('emsmdb')

    def do_map_async(self):
        return self.map('async-emsmdb')

    def port(self, name):
        if name not in self.ports:
            raise Refused('not-mapped', interface=name)
        return self.ports[name]

    def bound(self, name, interface, credentials, **how):
        """A new connection, kept under this name once it is bound."""
        connection = self.connection(self.port(interface))
        try:
            connection.bind(ids.BY_NAME[interface], credentials,
                            ndr64=self.options.ndr64 and interface != 'nspi', **how)
        except BaseException:
            connection.close()
            raise
        self.open[name] = connection
        return connection

    # -- address book

    def do_nspi_bare(self):
        """The first try, without a log-on; it may be refused in any way."""
        connection = self.bound('nspi-bare', 'nspi', None)
        try:
            calls.nspi_bind(connection)
        finally:
            connection.close()
            del self.open['nspi-bare']
        return {'port': connection.port}

    def do_nspi(self):
        connection = self.bound('nspi', 'nspi', self.credentials)
        self.book = calls.nspi_bind(connection)
        return {'port': connection.port, 'users': calls.nspi_users(connection, self.book)}

    def do_rfri(self):
        connection = self.bound('rfri', 'rfri', self.credentials)
        return {'port': connection.port,
                'server': calls.rfr_new_directory(connection, self.user)}

    # -- the store

    def main(self):
        if 'emsmdb' not in self.open or self.handle is None:
            raise Refused('not-connected')
        return self.open['emsmdb']

    def do_connect(self):
        connection = self.bound('emsmdb', 'emsmdb', self.credentials)
        self.handle = calls.connect(connection, self.user, self.options.generation == '2007')
        return {'port': connection.port, 'local_port': connection.local[1],
                'group': connection.group, 'handle': self.handle.hex(),
                'ndr64': connection.contexts[connection.context]}

    def send(self, payload, connection=None):
        """By the call of this generation."""
        call = calls.rpc_ext2 if self.options.generation == '2007' else calls.rpc
        return call(connection or self.main(), self.handle, payload)

    def do_rpc(self):
        """An ordinary call, and one of many fragments."""
        small, large = b'logon', os.urandom(20000)
        answers = [(payload, self.send(payload)) for payload in (small, large)]
        if self.options.generation == '2003':
            answers.append((small, calls.rpc_ext(self.main(), self.handle, small)))
        if any(sent != answer for sent, answer in answers):
            raise Refused('another-answer')
        return {'calls': len(answers), 'bytes': sum(len(sent) for sent, _ in answers)}

    def join(self, name):
        """One more connection in the association group, using the first one's handle."""
        connection = self.bound(name, 'emsmdb', self.credentials, group=self.main().group)
        if self.send(b'second', connection) != b'second':
            raise Refused('another-answer')
        return connection

    def do_second(self):
        connection = self.join('second')
        return {'port': connection.port, 'group': connection.group}

    def do_extra(self, count=None):
        wanted = int(count or self.options.connections)
        for number in range(wanted):
            self.join(f'extra-{number}')
        return {'connections': wanted, 'open': len(self.open)}

    def do_calls(self, count='1'):
        """Many ordinary calls, one after the other."""
        for number in range(int(count)):
            payload = b'call %d' % number
            if self.send(payload) != payload:
                raise Refused('another-answer', call=number)
        return {'calls': int(count)}

    def do_call(self, opnum):
        """Any operation of EMSMDB, with an empty stub."""
        return {'bytes': len(self.main().call(int(opnum), b'').data)}

    # -- waiting in a parked call

    def do_async(self):
        self.waiting = calls.async_connect(self.main(), self.handle)
        self.ports.setdefault('async-emsmdb', self.port('emsmdb'))
        connection = self.bound('async', 'async-emsmdb', self.credentials, group=self.main().group)
        self.parked = calls.start_async_wait(connection, self.waiting)
        return {'port': connection.port, 'group': connection.group}

    def do_park(self, seconds='0'):
        """Parks a call unless one is, and waits so long for its answer."""
        if self.waiting is None:
            raise Refused('not-connected')
        if self.parked is None:
            self.parked = calls.start_async_wait(self.open['async'], self.waiting)
        try:
            flags = calls.finish_async_wait(self.open['async'], self.parked, float(seconds))
        except Refused as refusal:
            if refusal.row['refused'] == 'timeout':
                return {'answered': False}
            self.parked = None
            raise
        self.parked = None
        return {'answered': True, 'flags': flags}

    def do_woken(self, seconds=None):
        row = self.do_park(seconds or self.options.wait)
        if not row['answered'] or row['flags'] != 1:
            raise Refused('not-woken', **row)
        return row

    # -- being told by a datagram

    def do_register(self):
        main = self.main()
        address = self.options.push_address or main.local[0]
        if self.udp is None:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.bind((main.local[0], self.options.push_port))
        port = self.options.push_port or self.udp.getsockname()[1]
        self.payload = os.urandom(8)
        self.registration = calls.register(main, self.handle, address, port, self.payload)
        return {'address': address, 'udp_port': port, 'payload': self.payload.hex(),
                'number': self.registration}

    def do_wait_udp(self, seconds=None):
        """The first datagram that comes, and how many came by then."""
        if self.udp is None:
            raise Refused('not-registered')
        self.udp.settimeout(float(seconds or self.options.wait))
        try:
            payload, sender = self.udp.recvfrom(2048)
        except TimeoutError:
            raise Refused('no-datagram') from None
        count, fitting = 1, payload == self.payload
        self.udp.setblocking(False)
        try:
            while True:
                fitting = (self.udp.recvfrom(2048)[0] == self.payload) and fitting
                count += 1
        except BlockingIOError:
            pass
        return {'ok': fitting, 'from': sender[0], 'from_port': sender[1],
                'payload': payload.hex(), 'fits': fitting, 'count': count}

    def do_unregister(self):
        if self.registration is None:
            raise Refused('not-registered')
        calls.unregister(self.main(), self.handle, self.registration)
        self.registration = None

    # -- mail

    def do_mail(self, user=None):
        """A mail to oneself, or to another."""
        answer = self.send(f'MAIL {user or self.user}'.encode())
        return {'ok': answer == b'SENT'}

    def do_poll(self):
        found = re.fullmatch(rb'NEW (\d+)', self.send(b'POLL'))
        if not found:
            raise Refused('another-answer')
        return {'new': int(found[1])}

    # -- the end

    def do_idle(self):
        """Which connections are still there."""
        closed = [name for name, connection in self.open.items() if not connection.is_open()]
        return {'ok': not closed, 'open': len(self.open) - len(closed), 'closed': closed}

    def do_disconnect(self):
        if self.book and self.open['nspi'].is_open():
            calls.nspi_unbind(self.open['nspi'], self.book)
        calls.disconnect(self.main(), self.handle)
        self.handle = None
        count = len(self.open)
        self.close()
        self.open.clear()
        return {'connections': count}
