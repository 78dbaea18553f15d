# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""SPNEGO around NTLM (RFC 4178): the few DER structures of it."""

NTLM_OID = bytes.fromhex('060a2b06010401823702020a')
SPNEGO_OID = bytes.fromhex('06062b0601050502')
COMPLETED, INCOMPLETE, REJECTED = 0, 1, 2
MECHANISMS = bytes([0x30, len(NTLM_OID)]) + NTLM_OID  # what a mechListMIC of our client signs


class Malformed(Exception):
    pass


def der(tag, content):
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    size = (length.bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + length.to_bytes(size, 'big') + content


def parse(data):
    """(tag, content, what follows)."""
    if len(data) < 2:
        raise Malformed('cut off')
    tag, length, at = data[0], data[1], 2
    if length & 0x80:
        at = 2 + (length & 0x7f)
        length = int.from_bytes(data[2:at], 'big')
    if at + length > len(data):
        raise Malformed('longer than there is')
    return tag, data[at:at + length], data[at + length:]


def expect(tag, data):
    found, content, _ = parse(data)
    if found != tag:
        raise Malformed(f'tag {found:#x} in place of {tag:#x}')
    return content


def members(sequence):
    """The tagged members of a SEQUENCE: {number: content}."""
    found = {}
    while sequence:
        tag, content, sequence = parse(sequence)
        found[tag & 0x1f] = content
    return found


def token(wrapped):
    return expect(0x04, wrapped)


class Message:
    """What either side says: offered mechanisms, a state, a token of the mechanism, a MIC."""

    def __init__(self, data):
        tag, content, _ = parse(data)
        self.state = None
        self.mechanisms = None
        if tag == 0x60:
            _, _, content = parse(content)  # the identifier of SPNEGO itself
            found = members(expect(0x30, expect(0xa0, content)))
            self.mechanisms = found.get(0)
            self.token = token(found[2]) if 2 in found else None
        elif tag == 0xa1:
            found = members(expect(0x30, content))
            self.state = expect(0x0a, found[0])[0] if 0 in found else None
            self.token = token(found[2]) if 2 in found else None
        else:
            raise Malformed(f'tag {tag:#x}')
        self.mic = token(found[3]) if 3 in found else None


def offer(mechanism_token):
    """The client's first message."""
    inner = der(0xa0, MECHANISMS) + der(0xa2, der(0x04, mechanism_token))
    return der(0x60, SPNEGO_OID + der(0xa0, der(0x30, inner)))


def answer(state=None, mechanism_token=None, mic=None, chosen=False):
    inner = b''
    if state is not None:
        inner += der(0xa0, der(0x0a, bytes([state])))
    if chosen:
        inner += der(0xa1, NTLM_OID)
    if mechanism_token is not None:
        inner += der(0xa2, der(0x04, mechanism_token))
    if mic is not None:
        inner += der(0xa3, der(0x04, mic))
    return der(0xa1, der(0x30, inner))
