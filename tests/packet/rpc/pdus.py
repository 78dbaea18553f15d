# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""PDUs of both directions and byte orders (C706 12.6.4, MS-RPCE 2.2.2), right or wrong."""

import dataclasses
import struct
import uuid

REQUEST, RESPONSE, FAULT = 0, 2, 3
BIND, ACK, NAK, ALTER, ALTER_RESPONSE, AUTH3 = 11, 12, 13, 14, 15, 16
SHUTDOWN, CANCEL, ORPHANED, RTS = 17, 18, 19, 20
FIRST, LAST, WHOLE, MAYBE, OBJECT = 1, 2, 3, 0x40, 0x80
KERBEROS, NTLM, SPNEGO, NETLOGON = 16, 10, 9, 68
CONNECT, PACKET, INTEGRITY, PRIVACY = 2, 4, 5, 6
NO_OPERATION = b'\xff\xff'
POISON = b'\xff' * 16
FULL = 5840  # the longest request that servers take


@dataclasses.dataclass(frozen=True)
class Syntax:
    uuid: str
    major: int
    minor: int = 0

    def octets(self, big=False):
        u = uuid.UUID(self.uuid)
        return ((u.bytes if big else u.bytes_le)
                + struct.pack('>I' if big else '<I', self.major | self.minor << 16))


NDR32 = Syntax('8a885d04-1ceb-11c9-9fe8-08002b104860', 2)
NDR64 = Syntax('71710533-beba-4937-8319-b5dbef9ccc36', 1)
FEATURES = Syntax('6cb71c2c-9812-4540-0300-000000000000', 1)
EPMAPPER = Syntax('e1af8308-5d1f-11c9-91a4-08002b14a0fa', 3)
MGMT = Syntax('afa8bd80-7d8a-11c9-bef4-08002b102989', 1)
SAMR = Syntax('12345778-1234-abcd-ef00-0123456789ac', 1)
LSARPC = Syntax('12345778-1234-abcd-ef00-0123456789ab', 0)
WKSSVC = Syntax('6bffd098-a112-3610-9833-46c3f87e345a', 1)
WINREG = Syntax('338cd001-2244-31f1-aaaa-900038001003', 1)
DRSUAPI = Syntax('e3514235-4b06-11d1-ab04-00c04fc2dcd2', 4)
NETLOGON_RPC = Syntax('12345678-1234-abcd-ef00-01234567cffb', 1)
EMSMDB = Syntax('a4f1db00-ca47-1067-b31f-00dd010662da', 0, 81)
EXPORTER = Syntax('99fcfec4-5260-101b-bbcb-00aa0021347a', 0)
ACTIVATOR = Syntax('000001a0-0000-0000-c000-000000000046', 0)


@dataclasses.dataclass
class Auth:
    """A security trailer and what follows it."""

    level: int = INTEGRITY
    token: bytes = bytes(range(16))
    context: int = 1
    kind: int = NTLM
    pad: int = None  # as the field says; None: as it is
    reserved: int = 0


def pdu(kind, body, call=1, *, flags=WHOLE, auth=None, big=False, align=4):
    order = '>' if big else '<'
    tail, size = b'', 0
    if auth:
        pad = -(16 + len(body)) % align
        body += bytes(pad)
        tail = struct.pack(order + 'BBBBI', auth.kind, auth.level,
                           pad if auth.pad is None else auth.pad, auth.reserved, auth.context)
        tail += auth.token
        size = len(auth.token)
    head = struct.pack(order + 'BBBB4sHHI', 5, 0, kind, flags, bytes(4) if big else b'\x10\0\0\0',
                       16 + len(body) + len(tail), size, call)
    return head + body + tail


def element(number, abstract, transfers=(NDR32,), big=False):
    return (struct.pack('>HBx' if big else '<HBx', number, len(transfers)) + abstract.octets(big)
            + b''.join(transfer.octets(big) for transfer in transfers))


def bind(*elements, call=1, kind=BIND, group=0, auth=None, big=False, flags=WHOLE, tail=b'',
         first=0):
    """elements: interfaces, numbered from `first` on, or (number, interface, *transfers)."""
    body = struct.pack('>HHIBxxx' if big else '<HHIBxxx', FULL, FULL, group, len(elements))
    for number, each in enumerate(elements, first):
        if isinstance(each, Syntax):
            each = (number, each, NDR32)
        body += element(each[0], each[1], each[2:], big)
    return pdu(kind, body + tail, call, auth=auth, big=big, flags=flags)


def alter(*elements, call=2, **how):
    return bind(*elements, call=call, kind=ALTER, **how)


def auth3(auth, call=1, big=False):
    return pdu(AUTH3, bytes(4), call, auth=auth, big=big)


def request(opnum, stub=bytes(range(60)), call=2, context=0, *, flags=WHOLE, obj=None, auth=None,
            big=False, hint=None):
    body = struct.pack('>IHH' if big else '<IHH', len(stub) if hint is None else hint, context,
                       opnum)
    if obj is not None:
        body += obj
        flags |= OBJECT
    return pdu(REQUEST, body + stub, call, flags=flags, auth=auth, big=big)


def fragments(opnum, parts, call=2, **how):
    """The PDUs of one call. parts: of the stub, in order."""
    last = len(parts) - 1
    return [request(opnum, part, call, flags=FIRST * (n == 0) | LAST * (n == last), **how)
            for n, part in enumerate(parts)]


def response(stub, call=2, context=0, *, flags=WHOLE, auth=None):
    return pdu(RESPONSE, struct.pack('<IHH', len(stub), context & 0xff, 0) + stub, call,
               flags=flags, auth=auth)


def fault(status, call=2, context=0):
    return pdu(FAULT, struct.pack('<IHBxII', 32, context & 0xff, 0, status, 0), call,
               flags=WHOLE | 0x20)


def ack(results, call=1, *, kind=ACK, group=0x3988, port='4100', auth=None):
    """results: the chosen transfer syntax, a reason, or FEATURES where those were asked for."""
    text = port.encode() + b'\0' if kind == ACK else b''
    body = struct.pack('<HHIH', FULL, FULL, group, len(text)) + text
    body += bytes(-len(body) % 4) + struct.pack('<Bxxx', len(results))
    for result in results:
        if result == FEATURES:
            body += struct.pack('<HH', 3, 3) + bytes(20)
        elif isinstance(result, Syntax):
            body += struct.pack('<HH', 0, 0) + result.octets()
        else:
            body += struct.pack('<HH', 2, result) + bytes(20)
    return pdu(kind, body, call, auth=auth)


def nak(call=1):
    return pdu(NAK, bytes.fromhex('0000010500000000'), call)


def changed(data, at, octets):
    """The same with other bytes at a place, as a refusal overwrites them or a lie says them."""
    return data[:at] + octets + data[at + len(octets):]


def poisoned_opnum(data):
    return changed(data, 22, NO_OPERATION)


def poisoned_level(data):
    size = struct.unpack_from('<H' if data[4] & 0x10 else '>H', data, 10)[0]
    return changed(data, len(data) - size - 7, b'\xff')


def poisoned_element(data, *numbers):
    """A bind whose elements at these places are refused."""
    at = 28
    for place in range(data[24]):
        if place in numbers:
            data = changed(data, at + 4, POISON)
        at += 24 + 20 * data[at + 2]
    return data


def poisoned_group(data):
    return changed(data, 20, b'\xff' * 4)


def poisoned_token(data):
    return data.replace(b'NTLMSSP\0', b'\xff' * 8)
