# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What nobody outside may reach, at the same ports as what clients need.

Each call of one is counted and told, so that a test sees what came through.
"""

import sys

from . import ids
from .pdu import ACCESS_DENIED
from .service import Fault, Interface

ANSWER = b'DECOY REACHED\0\0\0' + bytes(4)
ANNOTATIONS = {ids.ATTENDANT: 'Microsoft Exchange System Attendant Public Interface',
               ids.ADMIN1: 'Exchange Server STORE ADMIN Interface',
               ids.ADMIN2: 'Exchange Server STORE ADMIN Interface',
               ids.WINREG: 'Remote Registry'}


class AnyOperation(dict):
    """Every opnum is there."""

    def __init__(self, operation):
        super().__init__()
        self.get = lambda opnum, default=None: operation


class Decoys:
    def __init__(self):
        self.reached = []

    def interfaces(self):
        decoys = [Interface(syntax, AnyOperation(self.answer), annotation)
                  for syntax, annotation in ANNOTATIONS.items()]
        return decoys + [self.management()]

    def management(self):
        return Interface(ids.MGMT, {0: self.interfaces_here, 1: self.statistics, 2: self.listens,
                                    3: self.stop, 4: self.principal}, '', wide=False)

    def tell(self, call):
        row = {'interface': call.context[0].name, 'opnum': call.opnum, 'level': call.level,
               'peer': call.connection.peer[0], 'port': call.connection.port}
        self.reached.append(row)
        print('DECOY REACHED', row, file=sys.stderr, flush=True)

    def answer(self, call):
        self.tell(call)
        return ANSWER

    # mgmt is at every port of every server and answers in earnest.

    def interfaces_here(self, call):
        self.tell(call)
        known = [interface.syntax for interface in call.connection.process.interfaces]
        writer = call.writer().pointer().u32(len(known), len(known))
        for _ in known:
            writer.pointer()
        for interface in known:
            writer.raw(interface, 4)
        return writer.u32(0).data

    def statistics(self, call):
        self.tell(call)
        return call.writer().u32(4, 4, 0, 0, 0, 0, 0).data

    def listens(self, call):
        self.tell(call)
        return call.writer().u32(0, 1).data

    def stop(self, call):
        self.tell(call)
        raise Fault(ACCESS_DENIED)

    def principal(self, call):
        self.tell(call)
        return call.writer().string('exchangeMDB/exch1.corp.example').u32(0).data
