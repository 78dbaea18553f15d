# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What a server consists of: interfaces, processes that serve them, association groups, calls."""

import os
import random
import threading

from . import ids, ndr, pdu


class Fault(Exception):
    """A call is answered by this status."""

    def __init__(self, status):
        super().__init__(f'{status:#x}')
        self.status = status


class Interface:
    """An interface and its operations: {opnum: function of a call that tells the answer's stub}.

    A function returns None when it will answer later, by call.reply().
    """

    bare_calls = False  # served at every level, whatever the server demands of others

    def __init__(self, syntax, operations, annotation='', wide=True):
        self.syntax = syntax
        self.operations = operations
        self.annotation = annotation
        self.wide = wide  # NDR64 may be chosen
        self.name = ids.name_of(syntax)

    def serves(self, wanted):
        """A client may ask for an older minor version."""
        minor, ours = (int.from_bytes(one[18:20], 'little') for one in (wanted, self.syntax))
        return wanted[:18] == self.syntax[:18] and minor <= ours


class Group:
    """An association group: connections that share their context handles."""

    def __init__(self, number):
        self.number = number
        self.connections = 0
        self.handles = {}

    def keep(self, value):
        handle = bytes(4) + os.urandom(16)
        self.handles[handle] = value
        return handle

    def get(self, handle, kind):
        value = self.handles.get(handle)
        if not isinstance(value, kind):
            raise Fault(pdu.CONTEXT_MISMATCH)
        return value

    def drop(self, handle):
        self.handles.pop(handle, None)


class Process:
    """A process of the server: each of its ports serves its interfaces and its groups."""

    def __init__(self, name, interfaces):
        self.name = name
        self.interfaces = interfaces
        self.lock = threading.Lock()
        self.groups = {}
        self.next = random.randrange(0x1000, 0xf000)

    def interface(self, wanted):
        return next((one for one in self.interfaces if one.serves(wanted)), None)

    def join(self, number):
        """The group of this number, a new one for 0; None where there is no such group."""
        with self.lock:
            if number == 0:
                while self.next in self.groups or self.next in (0, 0xffff):
                    self.next = (self.next + 1) & 0xffff
                number = self.next
                self.groups[number] = Group(number)
                self.next = (self.next + 1) & 0xffff
            group = self.groups.get(number)
            if group:
                group.connections += 1
            return group

    def leave(self, group):
        """With its last connection a group runs down what its handles stand for."""
        with self.lock:
            group.connections -= 1
            if group.connections:
                return
            del self.groups[group.number]
        for value in list(group.handles.values()):
            if hasattr(value, 'run_down'):
                value.run_down()


class Call:
    """One call, whole: of an interface, with what is known of the caller."""

    def __init__(self, connection, first, context, security):
        self.connection = connection
        self.group = connection.group
        self.id = first.call_id
        self.flags = first.flags
        self.context_id, self.opnum = first.call()
        self.object = first.object()  # 16 bytes or none
        self.context = context        # (interface, wide), None where the client never agreed on it
        self.security = security      # None: nobody in particular
        self.verifier = bool(first.auth_length)
        self.stub = b''
        self.cancel = lambda: None    # set by who parks the call

    @property
    def wide(self):
        return self.context[1]

    @property
    def level(self):
        return self.security.level if self.security else 1

    @property
    def user(self):
        """None for a bare call, empty for an anonymous log-on."""
        return self.security.user if self.security else None

    def reader(self):
        return ndr.Reader(self.stub, self.wide)

    def writer(self):
        return ndr.Writer(self.wide)

    def reply(self, stub):
        self.connection.answer(self, stub)

    def fail(self, status):
        self.connection.fault(self, status)
