# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What a client may do with references to objects, by a client of our own that may do worse."""

import itertools

from dcom import ids
from dcom.callback import write_this
from mapi.rpc import Connection, Refused

from .laboratory import CLIENT, HARD, PLAIN

DISCONNECTED = '0x80010108'
ACCESS_DENIED = '0x00000005'


def answer(server, host, interface, opnum, target):
    """The status that a call is answered by, however it is."""
    connection = Connection(host, server.ports['objects'], source=CLIENT)
    try:
        connection.bind(interface)
        stub = write_this(connection.writer()).data
        return connection.call(opnum, stub, target=target).data[-4:].hex()
    except Refused as refusal:
        return refusal.row['status']
    finally:
        connection.close()


def check_objects_nobody_was_given(laboratory):
    for interface, target in itertools.product(
            (ids.WBEM_LOGIN, ids.REM_UNKNOWN, ids.REM_UNKNOWN2, ids.CONNECTION_POINT),
            (bytes(16), b'no such object!!', b'')):
        got = answer(laboratory.plain, PLAIN, interface, 3 if interface != ids.CONNECTION_POINT
                     else 5, target)
        assert got == DISCONNECTED, (ids.NAMES[interface], target, got)


def check_an_object_is_gone_when_released(laboratory):
    steps = laboratory.client('--clsid', 'mmc20', '--keep')
    ipid = bytes.fromhex(steps['keep']['ipid'])
    assert answer(laboratory.plain, PLAIN, ids.DISPATCH, 3, ipid) == '00000000'
    # It is known by this interface only.
    assert answer(laboratory.plain, PLAIN, ids.WBEM_LOGIN, 3, ipid) == DISCONNECTED
    steps = laboratory.client('--clsid', 'mmc20')
    ipid = bytes.fromhex(steps['release']['ipid'])
    assert answer(laboratory.plain, PLAIN, ids.DISPATCH, 3, ipid) == DISCONNECTED


def check_bare_calls_of_a_hardened_server(laboratory):
    assert answer(laboratory.hard, HARD, ids.DISPATCH, 3, bytes(16)) == ACCESS_DENIED
