# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Interfaces and classes by name. An interface is 20 bytes as in a bind, always of version 0.0."""

import uuid

from exchange.ids import syntax


def com(first):
    """The interfaces of COM itself share their tail."""
    return syntax(f'{first}-0000-0000-c000-000000000046', '0.0')


def opc(first):
    return syntax(f'{first}-011e-11d0-9675-0020afd8adb3', '0.0')


def guid(text):
    return uuid.UUID(text).bytes_le


EXPORTER = syntax('99fcfec4-5260-101b-bbcb-00aa0021347a', '0.0')
ACTIVATOR = com('000001a0')
ACTIVATION = syntax('4d9f4ab8-7d1c-11cf-861e-0020af6e7c57', '0.0')
REM_UNKNOWN, REM_UNKNOWN2 = com('00000131'), com('00000143')
UNKNOWN, CLASS_FACTORY, DISPATCH = com('00000000'), com('00000001'), com('00020400')
WBEM_LOGIN = syntax('f309ad18-d86a-11d0-a075-00c04fb68820', '0.0')
WBEM_SERVICES = syntax('9556dc99-828c-11cf-a37e-00aa003240c7', '0.0')
OPC_LIST = syntax('13486d50-4821-11d2-a494-3cb306c10000', '0.0')
OPC_SERVER, OPC_CALLBACK = opc('39c13a4d'), opc('39c13a70')
CONNECTION_POINT = syntax('b196b286-bab4-101a-b69c-00aa00341d07', '0.0')

NAMES = {EXPORTER: 'iobjectexporter', ACTIVATOR: 'isystemactivator', ACTIVATION: 'iactivation',
         REM_UNKNOWN: 'iremunknown', REM_UNKNOWN2: 'iremunknown2', UNKNOWN: 'iunknown',
         CLASS_FACTORY: 'iclassfactory', DISPATCH: 'idispatch', WBEM_LOGIN: 'iwbemlevel1login',
         WBEM_SERVICES: 'iwbemservices', OPC_LIST: 'iopcserverlist', OPC_SERVER: 'iopcserver',
         OPC_CALLBACK: 'iopcdatacallback', CONNECTION_POINT: 'iconnectionpoint'}
BY_NAME = {name: interface for interface, name in NAMES.items()}

# Inside activation properties (MS-DCOM 1.9).
PROPERTIES_IN, PROPERTIES_OUT = com('000001a2')[:16], com('000001a3')[:16]
CLASS_IN, CLASS_OUT = com('00000338')[:16], com('00000339')[:16]
INSTANTIATION, SCM_REPLY, PROPS_OUT = com('000001ab')[:16], com('000001b6')[:16], CLASS_OUT

# What may be activated: the class, and the interfaces its objects have beside IUnknown.
CLASSES = {'wmi': ('8bc3f05e-d86b-11d0-a075-00c04fb68820', [WBEM_LOGIN]),
           'opc-list': ('13486d51-4821-11d2-a494-3cb306c10000', [OPC_LIST]),
           'opc': ('f8582cf2-88fb-11d0-b850-00c0f0104305', [OPC_SERVER, CONNECTION_POINT]),
           'mmc20': ('49b2791a-b1ae-4c90-9b8e-e860ba07f889', [DISPATCH]),
           'shellwindows': ('9ba05972-f6a8-11cf-a442-00a0c90a8f39', [DISPATCH])}


def class_name(identifier):
    """Of 16 bytes; the UUID where it has none."""
    text = str(uuid.UUID(bytes_le=identifier))
    return next((name for name, (known, _) in CLASSES.items() if known == text), text)


def name_of(identifier):
    """Of an interface's first 16 bytes."""
    return NAMES.get(identifier[:16] + bytes(4)) or str(uuid.UUID(bytes_le=identifier[:16]))
