# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Techniques of attack are refused on connections that serve what members need, and are named."""

import pytest

from lab.callers import Caller
from lab.controller import HOST, REALM
from lab.gateway import publish
from lab.topology import CLIENT, MORE_CLIENTS

# The floor of netlogon is lowered, as for old devices: it is the pack that refuses then.
RULES = publish('dc', services=['rpc', 'kerberos'],
                packs=['active-directory', 'dhcp-dns-admin', 'event-log'],
                deny=['dcsync', 'zerologon', 'coercion', 'remote-execution'])
RULES += '[[publish.interface]]\nname = "netlogon"\nprotection = "none"\n'

MEMBER = ['name CN=Administrator,CN=Users,DC=corp,DC=example', 'controller DC1']
BY_TICKET = f'target_principal=host/{HOST}@{REALM}'  # all that this controller has registered


@pytest.fixture
def caller(lab, clients):
    made = Caller(clients.namespace, lab.directory, MORE_CLIENTS[0])
    yield made
    made.end()


def lines(done):
    return done.stdout.splitlines()


@pytest.mark.parametrize('options, fields', [
    ('seal', {'user': 'CORP\\administrator@MEMBER1'}),
    ('seal,ntlm', {'user': 'CORP\\administrator@MEMBER1'}),
    ('seal,krb5', {'service': f'host/{HOST}@{REALM}'}),
    ('seal,spnego', {'service': f'host/{HOST}@{REALM}'})])
def test_members_crack_names_and_do_not_replicate(gateway, clients, options, fields):
    mark = gateway.mark()
    kerberos = 'service' in fields
    if kerberos:
        assert clients.kinit().returncode == 0
    how = f'{options},{BY_TICKET}' if kerberos else options
    done = clients.drsuapi(how, 'crack,controllers,replicate', kerberos=kerberos)
    assert done.returncode == 3 and lines(done)[:2] == MEMBER, done.stdout
    assert lines(done)[2].startswith('refused: '), done.stdout
    opened = gateway.wait_event(mark, event='bind-allowed', interface='drsuapi')
    gateway.wait_event(mark, event='request-refused', reason='opnum-denied', interface='drsuapi',
                       technique='T1003.006', rule='dc', opnum=3, protection='privacy',
                       client=CLIENT, flow=opened['flow'], **fields)
    # Nobody is shut out for having tried.
    after = gateway.mark()
    done = clients.drsuapi(how, 'crack,controllers', kerberos=kerberos)
    assert done.returncode == 0 and lines(done) == MEMBER, done.stdout
    assert not [event for event in gateway.events(after) if event['event'] == 'request-refused']


def test_a_forged_netlogon_session_sets_no_password(gateway, caller):
    port = caller.done('map', interface='netlogon')['port']
    caller.done('bind', interface='netlogon', port=port)
    mark = gateway.mark()
    # The server itself complains of the arguments: the call of every member comes through.
    assert caller.refused('call', opnum=4)['status'] == '0x000006f7'
    assert caller.refused('call', opnum=30)['status'] == '0x1c010002'
    event = gateway.wait_event(mark, event='request-refused')
    assert (event['reason'], event['technique'], event['opnum']) == ('opnum-denied', 'T1210', 30)
    assert event['protection'] == 'none' and event['client'] == MORE_CLIENTS[0]
    assert caller.refused('call', opnum=4)['status'] == '0x000006f7', 'bare, it goes on'


@pytest.mark.parametrize('interface, allowed, denied, technique', [
    ('ieventservice', 5, 7, 'T1187'),  # a query; files of a log, by a path
    ('dnsserver', 1, 0, 'T1574')])     # a query; properties
def test_an_operation_is_refused_of_an_interface_that_is_granted(gateway, caller, interface,
                                                                 allowed, denied, technique):
    port = caller.done('map', interface=interface)['port']
    caller.done('bind', interface=interface, port=port, level=6)
    mark = gateway.mark()
    assert caller.refused('call', opnum=allowed)['status'] == '0x000006f7'
    caller.done('bind', interface=interface, port=port, level=6)
    assert caller.refused('call', opnum=denied)['status'] != '0x000006f7'
    event = gateway.wait_event(mark, event='request-refused')
    assert (event['opnum'], event['reason']) == (denied, 'opnum-denied')
    assert event['technique'] == technique and event['interface']['name'] == interface
    assert event['user'].startswith('CORP\\administrator')


@pytest.mark.parametrize('interface', ['efsrpc', 'efsrpc2'])
def test_an_interface_that_is_denied_whole_is_not_bound(gateway, caller, interface):
    port = caller.done('map', interface='drsuapi')['port']
    for step in ('bind', 'alter'):
        if step == 'alter':
            caller.done('bind', interface='drsuapi', port=port, level=6)
        mark = gateway.mark()
        more = {'port': port, 'level': 6} if step == 'bind' else {}
        row = caller.refused(step, interface=interface, **more)
        assert (row['refused'], row['result'], row['reason']) == ('bind-result', 2, 1)
        gateway.wait_event(mark, event='bind-refused', reason='interface-denied',
                           interface=interface, technique='T1187', action='rpc-error')


def test_what_is_denied_whole_is_not_mapped(gateway, caller):
    mark = gateway.mark()
    assert caller.refused('map', interface='efsrpc')['status'] == '0x16c9a0d6'
    gateway.wait_event(mark, event='map-refused', reason='interface-denied', interface='efsrpc',
                       technique='T1187')


def test_a_controller_replicates_where_nobody_denies_it(gateway, clients):
    gateway.write_config(RULES.replace('"dcsync", ', ''))
    gateway.command('config', 'apply', gateway.config)
    done = clients.drsuapi('seal', 'crack,replicate')
    assert lines(done) == [MEMBER[0], 'objects 10'], done.stdout
