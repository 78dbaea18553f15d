# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Interfaces and transfer syntaxes by name: 20 bytes each, as they stand in a bind."""

import struct
import uuid


def syntax(name, version):
    major, _, minor = version.partition('.')
    return uuid.UUID(name).bytes_le + struct.pack('<HH', int(major), int(minor or 0))


def spelled(interface):
    """`UUID vMAJOR.MINOR`."""
    major, minor = struct.unpack('<HH', interface[16:20])
    return f'{uuid.UUID(bytes_le=interface[:16])} v{major}.{minor}'


NDR32 = syntax('8a885d04-1ceb-11c9-9fe8-08002b104860', '2.0')
NDR64 = syntax('71710533-beba-4937-8319-b5dbef9ccc36', '1.0')
FEATURES = uuid.UUID('6cb71c2c-9812-4540-0000-000000000000').bytes_le[:8]  # bind-time negotiation

MAPPER = syntax('e1af8308-5d1f-11c9-91a4-08002b14a0fa', '3.0')
MGMT = syntax('afa8bd80-7d8a-11c9-bef4-08002b102989', '1.0')
EMSMDB = syntax('a4f1db00-ca47-1067-b31f-00dd010662da', '0.81')
ASYNC = syntax('5261574a-4572-206e-b268-6b199213b4e4', '0.1')
NSPI = syntax('f5cc5a18-4264-101a-8c59-08002b2f8426', '56.0')
RFRI = syntax('1544f5e0-613c-11d1-93df-00c04fd7bd09', '1.0')

# What an Exchange server has registered beside what its clients need: nobody outside may reach it.
ATTENDANT = syntax('469d6ec0-0d87-11ce-b13f-00aa003bac6c', '16.0')
ADMIN1 = syntax('a4f1db00-ca47-1067-b31e-00dd010662da', '1.0')
ADMIN2 = syntax('89742ace-a9ed-11cf-9c0c-08002be7ae86', '2.0')
WINREG = syntax('338cd001-2244-31f1-aaaa-900038001003', '1.0')

NAMES = {MAPPER: 'epmapper', MGMT: 'mgmt', EMSMDB: 'emsmdb', ASYNC: 'async-emsmdb', NSPI: 'nspi',
         RFRI: 'rfri', ATTENDANT: 'attendant', ADMIN1: 'store-admin-1', ADMIN2: 'store-admin-2',
         WINREG: 'winreg'}
BY_NAME = {name: interface for interface, name in NAMES.items()}


def name_of(interface):
    return NAMES.get(interface) or spelled(interface)
