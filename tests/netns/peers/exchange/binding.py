# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Binds and alter_contexts: which presentation contexts a server agrees to."""

from . import ids, pdu


class Refused(Exception):
    """The whole bind is refused by a bind_nak with this reason."""

    def __init__(self, reason):
        super().__init__(f'bind_nak, reason {reason}')
        self.reason = reason


class Contexts:
    """The presentation contexts of one connection: {id: (interface, wide)}."""

    def __init__(self, process, ndr64):
        self.process = process
        self.ndr64 = ndr64
        self.agreed = {}
        self.features = 0

    def get(self, number):
        return self.agreed.get(number)

    def judge(self, elements, may_negotiate):
        """The result of each element; raises ValueError where a known id changes its meaning."""
        featured = sum(self._is_features(element) for element in elements)
        if featured > 1 or any(not element.transfers for element in elements):
            raise Refused(pdu.NAK_UNSPECIFIED)
        # As Windows does: who offers NDR64 anywhere for an interface gets that, NDR32 is refused.
        wide = {element.interface for element in elements
                if self.ndr64 and ids.NDR64 in element.transfers}
        return [self._one(element, element.interface in wide, may_negotiate)
                for element in elements]

    @staticmethod
    def _is_features(element):
        return bool(element.transfers) and element.transfers[0].startswith(ids.FEATURES)

    def _one(self, element, wide, may_negotiate):
        nothing = bytes(20)
        if self._is_features(element):
            if not may_negotiate:
                return pdu.REJECTED, pdu.NO_TRANSFER, nothing
            self.features = element.transfers[0][8] & 3
            return pdu.NEGOTIATED, self.features, nothing
        interface = self.process.interface(element.interface)
        if interface is None:
            return pdu.REJECTED, pdu.NO_ABSTRACT, nothing
        wide = wide and interface.wide
        wanted = ids.NDR64 if wide else ids.NDR32
        known = self.agreed.get(element.id)
        if known is not None and known != (interface, wide):
            raise ValueError('a presentation context changes its meaning')
        if wanted not in element.transfers:
            return pdu.REJECTED, pdu.NO_TRANSFER, nothing
        self.agreed[element.id] = (interface, wide)
        return pdu.ACCEPTED, 0, wanted
