# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What the gateway does to PDUs that it refuses: the stand-in has to answer as real servers do."""

import struct

from exchange import ids, pdu, security
from mapi import calls
from mapi.rpc import Connection, Credentials, Refused
from .laboratory import PASSWORD, PLAIN, USER

SEALED = Credentials(USER, PASSWORD, security.NTLM, security.PRIVACY)


class Poisoned(Connection):
    """Sends what `poison` makes of each PDU."""

    poison = staticmethod(lambda data: data)

    def send(self, data):
        super().send(self.poison(data))


def store(laboratory, kind=Poisoned):
    return kind(PLAIN, laboratory[PLAIN].ports['store'])


def bound(laboratory, credentials=SEALED):
    connection = store(laboratory)
    connection.bind(ids.EMSMDB, credentials)
    return connection


def overwrite(at, data, kind=pdu.REQUEST):
    """Writes into PDUs of this kind; `at` is counted from the trailer where it is None."""
    def poison(pdus):
        if pdus[2] != kind:
            return pdus
        begin = len(pdus) - struct.unpack_from('<H', pdus, 10)[0] - 8 + 1 if at is None else at
        return pdus[:begin] + data + pdus[begin + len(data):]
    return poison


def refused(action, **told):
    try:
        action()
    except Refused as refusal:
        assert refusal.row == refusal.row | told, (refusal.row, told)
    else:
        raise AssertionError(f'not refused: {told}')


def closed(connection):
    refused(connection.receive, refused='closed')


def dummy(connection):
    return connection.call(6, b'').data


def check_interface_overwritten(laboratory):
    connection = store(laboratory)
    connection.poison = overwrite(32, b'\xff' * 16, pdu.BIND)
    refused(lambda: connection.bind(ids.EMSMDB, SEALED), refused='bind-result', result=2, reason=1)
    connection = bound(laboratory)
    connection.poison = overwrite(32, b'\xff' * 16, pdu.ALTER)
    refused(lambda: connection.alter(ids.WINREG), refused='bind-result', result=2, reason=1)
    assert dummy(connection) == bytes(4)


def check_mapped_interface_overwritten(laboratory):
    connection = Poisoned(PLAIN, 135)
    connection.bind(ids.MAPPER)
    connection.poison = lambda data: data.replace(ids.EMSMDB[:16], b'\xff' * 16)
    refused(lambda: calls.ept_map(connection, ids.EMSMDB), refused='status', status='0x16c9a0d6')


def check_opnum_overwritten(laboratory):
    connection = bound(laboratory, None)
    connection.poison = overwrite(22, b'\xff\xff')
    number = connection.start(6, b'')
    received = connection.receive()
    assert (received.kind, received.flags) == (pdu.FAULT, 0x23)
    assert received.raw[24:28] == struct.pack('<I', pdu.OPNUM_RANGE) and number
    connection.poison = lambda data: data
    assert dummy(connection) == bytes(4)
    connection = bound(laboratory)
    connection.poison = overwrite(22, b'\xff\xff')
    refused(lambda: dummy(connection), refused='fault', status='0x00000721')
    closed(connection)


def check_opnum_overwritten_in_each_fragment(laboratory):
    connection = bound(laboratory, None)
    connection.poison = overwrite(22, b'\xff\xff')
    refused(lambda: connection.call(11, bytes(20000)), refused='fault', status='0x1c010002')
    connection.poison = lambda data: data
    assert dummy(connection) == bytes(4)


def check_level_overwritten(laboratory):
    for level in security.LEVELS:
        connection = bound(laboratory, SEALED._replace(level=level))
        connection.poison = overwrite(None, b'\xff')
        refused(lambda: dummy(connection), refused='fault', status='0x00000005')
        closed(connection)
    connection = store(laboratory)
    connection.poison = overwrite(None, b'\xff', pdu.BIND)
    refused(lambda: connection.bind(ids.EMSMDB, SEALED), refused='bind-nak', reason=0)


def check_signature_broken(laboratory):
    for level in (security.PACKET, security.INTEGRITY, security.PRIVACY):
        connection = bound(laboratory, SEALED._replace(level=level))
        connection.poison = lambda data: data[:-12] + bytes(4) + data[-8:]
        refused(lambda: dummy(connection), refused='fault', status='0x00000721')
        closed(connection)


def check_group_overwritten(laboratory):
    connection = store(laboratory)
    connection.poison = overwrite(20, b'\xff' * 4, pdu.BIND)
    refused(lambda: connection.bind(ids.EMSMDB, SEALED, group=0x1234), refused='bind-nak',
            reason=0)
    closed(connection)


def check_log_on_overwritten(laboratory):
    def poison(data):
        return data.replace(b'NTLMSSP\0\3', b'\xff' * 8 + b'\3')
    connection = store(laboratory)
    connection.poison = poison
    connection.bind(ids.EMSMDB, SEALED)
    refused(lambda: dummy(connection), refused='fault', status='0x1c01000b')
    closed(connection)
    connection = store(laboratory)
    connection.poison = poison
    refused(lambda: connection.bind(ids.EMSMDB, SEALED._replace(type=security.SPNEGO)),
            refused='fault', status='0x00000721')
    closed(connection)


def check_second_bind(laboratory):
    connection = bound(laboratory)
    refused(lambda: connection.bind(ids.EMSMDB), refused='bind-nak', reason=0)
    closed(connection)


def check_unknown_context(laboratory):
    connection = bound(laboratory, None)
    connection.contexts[7] = False
    refused(lambda: connection.call(6, b'', 7), refused='fault', status='0x1c010003')
    assert dummy(connection) == bytes(4)


def check_context_that_changes_its_meaning(laboratory):
    connection = bound(laboratory)
    connection.contexts = {-1: False}  # the next alter will propose id 0 again
    refused(lambda: connection.alter(ids.WINREG), refused='fault', status='0x1c01000b')
    closed(connection)


def check_bare_request_after_a_sealed_bind(laboratory):
    """Served, to nobody: as Samba does. No second chance for who claims a level afterwards."""
    connection = bound(laboratory)
    assert dummy(connection) == bytes(4)
    log_on, connection.log_on = connection.log_on, None
    before = laboratory[PLAIN].command('stats')['counters'].get('call emsmdb 6 level 1', 0)
    assert dummy(connection) == bytes(4)
    after = laboratory[PLAIN].command('stats')['counters']['call emsmdb 6 level 1']
    assert after == before + 1
    connection.log_on = log_on
    assert dummy(connection) == bytes(4)


def check_second_security_context(laboratory):
    connection = bound(laboratory, SEALED._replace(level=security.CONNECT))
    number = connection.alter(ids.ASYNC, SEALED)
    assert number == 1 and connection.log_on.level == security.PRIVACY
    assert dummy(connection) == bytes(4)


def check_handle_of_another_group(laboratory):
    connection, other = bound(laboratory), bound(laboratory)
    handle = calls.connect(connection, USER, extended=True)
    refused(lambda: calls.rpc_ext2(other, handle, b'POLL'), refused='fault', status='0x1c00001a')
    joined = store(laboratory)
    joined.bind(ids.EMSMDB, SEALED, group=connection.group)
    assert calls.rpc_ext2(joined, handle, b'POLL') == b'NEW 0'
    connection.close()  # the handle lives on with the group's other connection
    assert calls.rpc_ext2(joined, handle, b'POLL') == b'NEW 0'


def check_orphaned_between_fragments(laboratory):
    """An orphaned or co_cancel leaves an open request as it is."""
    connection = bound(laboratory, None)
    handle = calls.connect(connection, USER, extended=True)
    payload = bytes(12000)
    send = connection.send

    def with_more(data):
        send(data)
        if data[2] == pdu.REQUEST:
            send(pdu.build(pdu.ORPHANED, connection.call_id, b''))
    connection.send = with_more
    assert calls.rpc_ext2(connection, handle, payload) == payload


def check_bad_stub(laboratory):
    connection = bound(laboratory)
    refused(lambda: connection.call(10, b'\xff' * 5), refused='fault', status='0x000006f7')
    assert dummy(connection) == bytes(4)
