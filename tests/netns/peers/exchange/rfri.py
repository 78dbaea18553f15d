# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""RFRI: which server to ask for the address book, and by what name a mailbox server is known."""

from . import ids
from .service import Interface


class Referral:
    def __init__(self, options):
        self.name = options.name

    def interface(self):
        return Interface(ids.RFRI, {0: self.new_directory, 1: self.name_of_server},
                         'MS Exchange Directory RFR Interface')

    def new_directory(self, call):
        reader = call.reader()
        reader.u32()
        reader.string()
        writer = call.writer().pointer(False)
        return writer.pointer().pointer().string(self.name).u32(0).data

    def name_of_server(self, call):
        reader = call.reader()
        reader.u32s(2)
        reader.string()
        return call.writer().pointer().string(self.name).u32(0).data
