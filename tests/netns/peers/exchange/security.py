# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Security contexts of a connection, the server's side."""

from . import ntlm, spnego

NTLM, SPNEGO = 10, 9
CONNECT, PACKET, INTEGRITY, PRIVACY = 2, 4, 5, 6
LEVELS = (CONNECT, PACKET, INTEGRITY, PRIVACY)
DUMMY = b'\1' + bytes(15)  # the verifier at level connect: nobody looks at it


class Context:
    """One log-on: of a type, at a level, by an id that every PDU of it names."""

    def __init__(self, trailer, passwords, anonymous):
        self.type, self.level, self.id = trailer.type, trailer.level, trailer.context
        self.mechanism = ntlm.Server(passwords, anonymous=anonymous)
        self.failed = False
        self.offered = None  # the list of mechanisms that a mechListMIC signs

    @property
    def done(self):
        return self.mechanism.session is not None and not self.failed

    @property
    def user(self):
        return self.mechanism.user

    def same(self, trailer):
        return (self.type, self.level, self.id) == (trailer.type, trailer.level, trailer.context)

    def step(self, token):
        """What is answered to a token; empty when it was the last. Raises ntlm.Failed."""
        try:
            return self._spnego(token) if self.type == SPNEGO else self._ntlm(token)
        except (ntlm.Failed, spnego.Malformed) as reason:
            self.failed = True
            raise ntlm.Failed(str(reason)) from None

    def _ntlm(self, token):
        kind = ntlm.kind(token)
        if kind == 1:
            return self.mechanism.challenge(token)
        if kind == 3:
            self.mechanism.authenticate(token)
            return b''
        raise ntlm.Failed('no message of NTLM')

    def _spnego(self, token):
        message = spnego.Message(token)
        if message.mechanisms is not None:
            self.offered = message.mechanisms
            if spnego.NTLM_OID not in self.offered:
                raise ntlm.Failed('NTLM is not offered')
        if message.token is None or ntlm.kind(message.token) == 0:
            if message.mechanisms is None:
                raise ntlm.Failed('no message of NTLM')
            # The first choice was another one (Kerberos): its token is left alone.
            return spnego.answer(spnego.INCOMPLETE, chosen=True)
        inner = self._ntlm(message.token)
        if inner:
            return spnego.answer(spnego.INCOMPLETE, inner, chosen=True)
        return spnego.answer(spnego.COMPLETED, mic=self._mic(message.mic))

    def _mic(self, theirs):
        """Ours, where the client sent one that fits."""
        if theirs is None:
            return None
        session = self.mechanism.session
        if not session.verify(self.offered, theirs):
            raise ntlm.Failed('a mechListMIC that does not fit')
        ours = session.sign(self.offered)
        session.restart_ciphers()
        return ours
