# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""NTLM, both sides: version 2 responses, and signing of both kinds.

The old kind of signing is what an anonymous log-on of Samba's uses.
"""

import hashlib
import hmac
import os
import struct
import time
import zlib

from Cryptodome.Cipher import ARC4
from Cryptodome.Hash import MD4

UNICODE, TARGET, SIGN, SEAL = 0x1, 0x4, 0x10, 0x20
NTLM, ANONYMOUS, ALWAYS_SIGN, SERVER = 0x200, 0x800, 0x8000, 0x20000
EXTENDED, TARGET_INFO, VERSION = 0x80000, 0x800000, 0x2000000
KEY_128, KEY_EXCHANGE, KEY_56 = 0x20000000, 0x40000000, 0x80000000
COMMON = UNICODE | SIGN | SEAL | NTLM | ALWAYS_SIGN | EXTENDED | KEY_128 | KEY_EXCHANGE | KEY_56

SIGNATURE = b'NTLMSSP\0'
COMPUTER, DOMAIN, DNS_COMPUTER, DNS_DOMAIN, AV_FLAGS, TIMESTAMP = 1, 2, 3, 4, 6, 7
HAS_MIC = 2
MIC_AT, MIC_END = 72, 88


class Failed(Exception):
    """These are not the credentials of anybody, or no NTLM at all."""


def hmac_md5(key, data):
    return hmac.new(key, data, hashlib.md5).digest()


def response_key(user, password, domain):
    secret = MD4.new(password.encode('utf-16le')).digest()
    return hmac_md5(secret, user.upper().encode('utf-16le') + domain.encode('utf-16le'))


def kind(message):
    """1, 2 or 3; 0 for what is no NTLM message."""
    if len(message) < 12 or not message.startswith(SIGNATURE):
        return 0
    return struct.unpack_from('<I', message, 8)[0]


def field(message, at):
    length, _, offset = struct.unpack_from('<HHI', message, at)
    return message[offset:offset + length]


def read_pairs(data):
    pairs = {}
    at = 0
    while at + 4 <= len(data):
        what, length = struct.unpack_from('<HH', data, at)
        if what == 0:
            break
        pairs[what] = data[at + 4:at + 4 + length]
        at += 4 + length
    return pairs


def write_pairs(pairs):
    return b''.join(struct.pack('<HH', what, len(value)) + value
                    for what, value in pairs.items()) + b'\0\0\0\0'


class Session:
    """Signing and sealing after a log-on. Calls have to come in the order of the PDUs."""

    def __init__(self, flags, key, client):
        self.ours = Direction(flags, key, client)
        self.theirs = Direction(flags, key, not client)

    def wrap(self, before, body, after, seal):
        """(body as it is sent, signature) of a PDU before + body + after."""
        return self.ours.protect(before, body, after, seal)

    def unwrap(self, before, body, after, signature, seal):
        if seal:
            body = self.theirs.cipher.decrypt(body)
        if self.theirs.signature(before + body + after) != signature:
            raise Failed('a signature that does not fit')
        return body

    def sign(self, data):
        return self.ours.signature(data)

    def verify(self, data, signature):
        return self.theirs.signature(data) == signature

    def restart_ciphers(self):
        """What SPNEGO asks for after its mechListMIC; the numbers go on."""
        self.ours.restart_cipher()
        self.theirs.restart_cipher()


class OldSession:
    """Without extended session security: one key, cipher and number for both directions."""

    def __init__(self, key):
        self.cipher = ARC4.new(key)
        self.number = 0

    def wrap(self, before, body, after, seal):
        sent = self.cipher.encrypt(body) if seal else body
        return sent, self.sign(body)

    def unwrap(self, before, body, after, signature, seal):
        if seal:
            body = self.cipher.decrypt(body)
        if not self.verify(body, signature):
            raise Failed('a signature that does not fit')
        return body

    def sign(self, data):
        check = struct.pack('<III', 0, zlib.crc32(data), self.number)
        self.number += 1
        return struct.pack('<I', 1) + self.cipher.encrypt(check)

    def verify(self, data, signature):
        return self.sign(data)[8:] == signature[8:]  # four bytes are random

    def restart_ciphers(self):
        pass


def session(flags, key, client):
    return Session(flags, key, client) if flags & EXTENDED else OldSession(key)


class Direction:
    def __init__(self, flags, key, from_client):
        way = b'client-to-server' if from_client else b'server-to-client'
        magic = b'session key to ' + way + b' %s key magic constant\0'
        self.flags = flags
        self.number = 0
        self.sign_key = hashlib.md5(key + magic % b'signing').digest()
        weak = key if flags & KEY_128 else key[:7] if flags & KEY_56 else key[:5]
        self.seal_key = hashlib.md5(weak + magic % b'sealing').digest()
        self.restart_cipher()

    def restart_cipher(self):
        self.cipher = ARC4.new(self.seal_key)

    def protect(self, before, body, after, seal):
        sent = self.cipher.encrypt(body) if seal else body
        return sent, self.signature(before + body + after)

    def signature(self, data):
        number = struct.pack('<I', self.number)
        self.number += 1
        check = hmac_md5(self.sign_key, number + data)[:8]
        if self.flags & KEY_EXCHANGE:
            check = self.cipher.encrypt(check)
        return struct.pack('<I', 1) + check + number


class Server:
    """Answers the messages of one log-on; `user` and `session` are there once it succeeded."""

    def __init__(self, passwords, domain='CORP', computer='EXCH1', anonymous=True):
        self.passwords = passwords
        self.domain = domain
        self.computer = computer
        self.anonymous = anonymous
        self.user = None
        self.session = None

    def challenge(self, message):
        self.messages = message
        asked, = struct.unpack_from('<I', message, 12)
        flags = asked & COMMON | UNICODE | TARGET | SERVER | TARGET_INFO
        now = 116444736000000000 + int(time.time() * 1e7)
        dns = f'{self.domain.lower()}.example'
        names = {DOMAIN: self.domain, COMPUTER: self.computer, DNS_DOMAIN: dns,
                 DNS_COMPUTER: f'{self.computer.lower()}.{dns}'}
        pairs = {what: name.encode('utf-16le') for what, name in names.items()}
        pairs[TIMESTAMP] = struct.pack('<Q', now)
        information = write_pairs(pairs)
        target = self.domain.encode('utf-16le')
        self.nonce = os.urandom(8)
        answer = SIGNATURE + struct.pack('<IHHII', 2, len(target), len(target), 48, flags)
        answer += self.nonce + bytes(8)
        answer += struct.pack('<HHI', len(information), len(information), 48 + len(target))
        answer += target + information
        self.messages += answer
        return answer

    def authenticate(self, message):
        if len(message) < 64 or not hasattr(self, 'nonce'):
            raise Failed('no message of type 3')
        response = field(message, 20)
        domain, user = (field(message, at).decode('utf-16le', 'replace') for at in (28, 36))
        flags, = struct.unpack_from('<I', message, 60)
        if not response and (flags & ANONYMOUS or not user):
            if not self.anonymous:
                raise Failed('nobody')
            self.user = ''
            key = bytes(16)
        else:
            key = self._check(user, domain, response)
            self.user = user.lower()
        if flags & KEY_EXCHANGE:
            key = ARC4.new(key).decrypt(field(message, 52))
        self._check_mic(message, response, key)
        self.session = session(flags, key, client=False)

    def _check(self, user, domain, response):
        password = self.passwords.get(user.lower())
        if password is None or len(response) < 44:
            raise Failed(f'no user {user}')
        key = response_key(user, password, domain)
        proof = hmac_md5(key, self.nonce + response[16:])
        if proof != response[:16]:
            raise Failed(f'another password for {user}')
        return hmac_md5(key, proof)

    def _check_mic(self, message, response, key):
        flags = read_pairs(response[44:]).get(AV_FLAGS, bytes(4))
        if not struct.unpack('<I', flags)[0] & HAS_MIC:
            return
        blank = message[:MIC_AT] + bytes(16) + message[MIC_END:]
        if hmac_md5(key, self.messages + blank) != message[MIC_AT:MIC_END]:
            raise Failed('the three messages do not belong together')


class Client:
    def __init__(self, user, password, domain='CORP'):
        self.user = user  # empty: anonymous
        self.password = password
        self.domain = domain if user else ''
        self.session = None
        self.has_mic = False

    def negotiate(self):
        flags = COMMON | TARGET | VERSION
        self.messages = SIGNATURE + struct.pack('<II', 1, flags) + bytes(16) + windows()
        return self.messages

    def authenticate(self, challenge):
        if kind(challenge) != 2:
            raise Failed('no challenge')
        flags, = struct.unpack_from('<I', challenge, 20)
        flags = flags & (COMMON | TARGET | TARGET_INFO) | VERSION
        if self.user:
            response, key = self._respond(challenge[24:32], read_pairs(field(challenge, 40)))
            lan_manager = bytes(24)
        else:
            flags |= ANONYMOUS
            response, key, lan_manager = b'', bytes(16), b'\0'
        exported = os.urandom(16) if flags & KEY_EXCHANGE else key
        encrypted = ARC4.new(key).encrypt(exported) if flags & KEY_EXCHANGE else b''
        names = [name.encode('utf-16le') for name in (self.domain, self.user, 'OUTLOOK')]
        message = SIGNATURE + struct.pack('<I', 3)
        at = MIC_END
        for part in (lan_manager, response, *names, encrypted):
            message += struct.pack('<HHI', len(part), len(part), at)
            at += len(part)
        message += struct.pack('<I', flags) + windows() + bytes(16)
        message += b''.join((lan_manager, response, *names, encrypted))
        if self.has_mic:
            mic = hmac_md5(exported, self.messages + challenge + message)
            message = message[:MIC_AT] + mic + message[MIC_END:]
        self.session = session(flags, exported, client=True)
        return message

    def _respond(self, nonce, pairs):
        when = pairs.get(TIMESTAMP)
        self.has_mic = when is not None
        if self.has_mic:
            pairs[AV_FLAGS] = struct.pack('<I', HAS_MIC)
        key = response_key(self.user, self.password, self.domain)
        rest = b'\1\1' + bytes(6) + (when or bytes(8)) + os.urandom(8) + bytes(4)
        rest += write_pairs(pairs) + bytes(4)
        proof = hmac_md5(key, nonce + rest)
        return proof + rest, hmac_md5(key, proof)


def windows():
    return struct.pack('<BBHxxxB', 10, 0, 19041, 15)
