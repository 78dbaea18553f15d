# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Registrations for notifications at a mailbox store (MS-OXCRPC 3.1.4.5), in NDR and NDR64."""

import ipaddress
import struct

from . import pdus
from .mapper import Stub

REGISTER, UNREGISTER = 4, 5
MESSAGE = b'newmail!'
UDP_PORT = 2000


def registration(address, port=UDP_PORT, context=MESSAGE, *, wide=False, family=2):
    stub = Stub(wide)
    stub.out += bytes(20)
    stub.u32(0)
    stub.count(len(context))
    stub.out += context + struct.pack('<H', len(context))
    stub.u32(0xffffffff)
    stub.count(16)
    stub.out += struct.pack('<H', family) + struct.pack('>H', port)
    stub.out += ipaddress.ip_address(address).packed + bytes(8) + struct.pack('<H', 16)
    return stub.out


def register(address, port=UDP_PORT, call=2, *, auth=None, flags=pdus.WHOLE, **how):
    return pdus.request(REGISTER, registration(address, port, **how), call, auth=auth, flags=flags)
