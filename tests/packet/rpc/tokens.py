# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Security tokens: NTLM (MS-NLMP 2.2.1), SPNEGO (RFC 4178), Kerberos as far as it is recognised."""

import struct

ANONYMOUS = 0x800
USUAL = 0xe2888235


def ntlm(kind, user='alice', domain='CORP', host='PC1', flags=USUAL, answer=24):
    """1 NEGOTIATE, 2 CHALLENGE, 3 AUTHENTICATE. answer: length of what proves the name."""
    head = b'NTLMSSP\0' + struct.pack('<I', kind)
    if kind == 1:
        return head + struct.pack('<I', flags) + bytes(24)
    if kind == 2:
        return head + bytes(8) + struct.pack('<I', flags) + bytes(32)
    fields = [bytes(24 if answer else 0), bytes(answer)]
    fields += [text.encode('utf-16-le') for text in (domain, user, host)] + [bytes(16)]
    at, table = 72, b''
    for field in fields:
        table += struct.pack('<HHI', len(field), len(field), at)
        at += len(field)
    made = head + table + struct.pack('<I', flags) + bytes(8) + b''.join(fields)
    return made + bytes(-len(made) % 4)


NOBODY = ntlm(3, '', '', '', USUAL | ANONYMOUS, 0)


def der(tag, content):
    size = len(content)
    if size < 128:
        length = bytes([size])
    elif size < 256:
        length = b'\x81' + bytes([size])
    else:
        length = b'\x82' + struct.pack('>H', size)
    return bytes([tag]) + length + content


def spnego_init(token):
    types = der(0xa0, der(0x30, bytes.fromhex('060a2b06010401823702020a')))
    body = types + der(0xa2, der(4, token))
    return der(0x60, bytes.fromhex('06062b0601050502') + der(0xa0, der(0x30, body)))


def spnego_answer(token):
    return der(0xa1, der(0x30, der(0xa0, b'\x0a\1\1') + der(0xa2, der(4, token))))


def kerberos(size=200):
    return der(0x6e, der(0x30, b'\x42' * size))
