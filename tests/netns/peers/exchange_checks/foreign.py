# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The stand-in against clients that are not ours: impacket's and both of Samba's."""

import os
import socket
import sys

from impacket.dcerpc.v5 import epm, nspi, oxabref, rpcrt, transport
from impacket.dcerpc.v5.rpcrt import DCERPCException
from impacket.uuid import string_to_bin

from exchange import ids, ndr
from mapi import calls
from .laboratory import CLIENT, PASSWORD, PEERS, PLAIN, STRICT, USER

LEVELS = (1, 2, 5, 6)  # what impacket can
NAME = 'exch1.corp.example'


class Impacket:
    """impacket's connection under the calls of ours: the stubs are ours, all else is impacket's."""

    def __init__(self, interface, level, host=PLAIN):
        binding = epm.hept_map(host, interface, protocol='ncacn_ip_tcp')
        link = transport.DCERPCTransportFactory(binding)
        link.set_credentials(USER, PASSWORD, 'CORP', '', '')
        self.rpc = link.get_dce_rpc()
        if level > 1:
            self.rpc.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT)
            self.rpc.set_auth_level(level)
        self.rpc.connect()
        self.rpc.bind(interface)

    def writer(self, _=None):
        return ndr.Writer()

    def call(self, opnum, stub, _=None):
        self.rpc.call(opnum, stub)
        return ndr.Reader(self.rpc.recv())


def check_impacket_nspi(laboratory):
    for level in LEVELS:
        rpc = Impacket(nspi.MSRPC_UUID_NSPI, level).rpc
        handle = nspi.hNspiBind(rpc)['contextHandle']
        stat = nspi.hNspiUpdateStat(rpc, handle, nspi.STAT())['pStat']
        assert stat['TotalRecs'] == 62
        tables = nspi.simplifyPropertyRowSet(nspi.hNspiGetSpecialTable(rpc, handle)['ppRows'])
        assert tables[0][0x3001001e] == 'Global Address List'
        rows = nspi.hNspiQueryRows(rpc, handle, Count=3, pStat=stat,
                                   pPropTags=[0x3001001f, 0x39fe001e, 0x0fff0102, 0x12340003])
        first = nspi.simplifyPropertyRowSet(rows['ppRows'])[0]
        assert first[0x3001001f] == 'Alice' and first[0x39fe001e] == 'alice@corp.example'
        numbers = nspi.hNspiDNToMId(rpc, handle, [calls.name_of('bob'), '/cn=nobody'])
        assert [number['Data'] if hasattr(number, 'fields') else number
                for number in numbers['ppOutMIds']['aulPropTag']] == [17, 0]
        found = nspi.hNspiResolveNames(rpc, handle, paStr=['alice', 'bob'],
                                       pPropTags=[0x3001001f])
        assert nspi.simplifyPropertyRowSet(found['ppRows'])[1][0x3001001f] == 'Bob'
        found = nspi.hNspiResolveNamesW(rpc, handle, paStr=['user07', 'nobody'])
        assert len(found['ppRows']['aRow']) == 1
        assert nspi.hNspiUnbind(rpc, handle)['ErrorCode'] == 1


def check_impacket_rfri(laboratory):
    for level in LEVELS:
        rpc = Impacket(oxabref.MSRPC_UUID_OXABREF, level).rpc
        assert oxabref.hRfrGetNewDSA(rpc, calls.name_of(USER))['ppszServer'] == NAME
        assert oxabref.hRfrGetFQDNFromServerDN(rpc, '/o=Corp/cn=EXCH1')['ppszServerFQDN'] == NAME


def check_impacket_emsmdb(laboratory):
    for level in LEVELS:
        store = Impacket(ids.EMSMDB, level)
        handle = calls.connect(store, USER, extended=True)
        large = os.urandom(30000)
        assert calls.rpc_ext2(store, handle, large) == large
        assert calls.rpc(store, handle, b'small') == b'small'
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            udp.bind((CLIENT, 0))
            udp.settimeout(5)
            calls.register(store, handle, CLIENT, udp.getsockname()[1], b'contexts')
            assert laboratory[PLAIN].command('mail', USER)['datagrams'] == 1
            payload, sender = udp.recvfrom(100)
            assert payload == b'contexts' and sender[0] == PLAIN
        assert calls.rpc_ext2(store, handle, b'POLL') == b'NEW 1'
        calls.disconnect(store, handle)


def check_impacket_lookup(laboratory):
    """As rpcdump does, and page by page."""
    everything = {(bytes(entry['tower']['Floors'][0]['InterfaceUUID']),
                   entry['annotation']) for entry in epm.hept_lookup(PLAIN)}
    assert (ids.EMSMDB[:16], b'Microsoft Information Store\0') in everything
    rpc = transport.DCERPCTransportFactory(f'ncacn_ip_tcp:{PLAIN}[135]').get_dce_rpc()
    rpc.connect()
    rpc.bind(epm.MSRPC_UUID_PORTMAP)
    for page in (1, 2, 7):
        assert lookup_pages(rpc, page) == everything, page
    one = epm.hept_lookup(PLAIN, inquiry_type=1, ifId=ids.NSPI, vers_option=1)
    assert len(one) == 1


def lookup_pages(rpc, page):
    found, handle = set(), epm.ept_lookup_handle_t()
    while True:
        request = epm.ept_lookup()
        request['inquiry_type'] = 0
        request['object'] = epm.NULL
        request['Ifid'] = epm.NULL
        request['vers_option'] = 1
        request['entry_handle'] = handle
        request['max_ents'] = page
        try:
            answer = rpc.request(request)
        except DCERPCException:  # the end, after a last page that was full
            return found
        for entry in list(answer['entries'])[:answer['num_ents']]:
            octets = epm.EPMTower(b''.join(entry['tower']['tower_octet_string']))
            found.add((bytes(octets['Floors'][0]['InterfaceUUID']), b''.join(entry['annotation'])))
        handle = answer['entry_handle']
        if handle.isNull():
            return found


def check_impacket_map(laboratory):
    """Two towers for what is at two ports; none for what is not there."""
    rpc = transport.DCERPCTransportFactory(f'ncacn_ip_tcp:{PLAIN}[135]').get_dce_rpc()
    rpc.connect()
    binding = epm.hept_map(PLAIN, ids.EMSMDB, protocol='ncacn_ip_tcp', dce=rpc)
    assert binding == f'ncacn_ip_tcp:{PLAIN}[{laboratory[PLAIN].ports["store"]}]'
    unknown = string_to_bin('12345778-1234-abcd-ef00-0123456789ac') + b'\1\0\0\0'
    try:
        epm.hept_map(PLAIN, unknown, protocol='ncacn_ip_tcp')
    except DCERPCException as refusal:
        assert '0x16c9a0d6' in str(refusal).lower() or 'not registered' in str(refusal).lower(), (
            str(refusal))
    else:
        raise AssertionError('an interface that nobody registered is mapped')


def rpcclient(laboratory, options, user, host=PLAIN, code=0):
    return laboratory.run('rpcclient', '-s', laboratory.settings,
                          f'ncacn_ip_tcp:{host}[{options}]', '-U', user, '-c', 'epmlookup',
                          code=code)


def check_rpcclient(laboratory):
    """All levels, NTLM and SPNEGO; an entry a call, with handles."""
    for kind in ('', ',spnego'):
        for level in ('connect', 'packet', 'sign', 'seal'):
            listed = rpcclient(laboratory, level + kind, f'CORP\\{USER}%{PASSWORD}')
            assert 'f5cc5a18-4264-101a-8c59-08002b2f8426' in listed, (level, kind, listed)
    assert 'f5cc5a18' in rpcclient(laboratory, '', '%')


def check_rpcclient_as_nobody(laboratory):
    """Anonymous NTLM, sealed with a key that is no secret; and where it is not wanted."""
    for options in ('connect', 'sign', 'seal', 'seal,spnego'):
        assert 'f5cc5a18' in rpcclient(laboratory, options, '%'), options
    assert 'f5cc5a18' not in rpcclient(laboratory, 'seal', '%', STRICT)


def check_rpcclient_with_another_password(laboratory):
    for options in ('seal', 'seal,spnego'):
        listed = rpcclient(laboratory, options, f'CORP\\{USER}%wrong', code=0 if options == 'seal'
                           else 1)
        assert 'f5cc5a18' not in listed


def check_samba_python(laboratory):
    for options in ('seal', 'sign', 'packet', 'connect', 'seal,ntlm', 'sign,ntlm', 'seal,spnego',
                    'anonymous'):
        counted = laboratory.run(sys.executable, PEERS / 'exchange_checks/samba_mgmt.py', PLAIN,
                                 laboratory[PLAIN].ports['store'], laboratory.settings, options)
        assert counted == '7\n', (options, counted)
