# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What a rule grants works with every client there is, through one published address."""

import pytest

from conftest import USERS
from lab import shell
from lab.gateway import publish
from lab.topology import CLIENT, MORE_CLIENTS, PUBLISHED, SERVER

RULES = publish('dc', services=['rpc', 'kerberos', 'ldap'], protection='privacy',
                interfaces=['samr', 'drsuapi', 'wkssvc', 'netlogon', 'dssetup', 'lsarpc'])


def lists_all_users(done):
    assert done.returncode == 0, done.stdout[-400:]
    assert f'user:[user{USERS - 1:05d}]' in done.stdout


@pytest.mark.parametrize('options', ['seal', 'seal,spnego'])
def test_rpcclient_lists_users_sealed(gateway, clients, options):
    mark = gateway.mark()
    lists_all_users(clients.rpcclient(options, 'enumdomusers'))
    opened = gateway.wait_event(mark, event='pinhole-opened', client=CLIENT, rule='dc')
    assert opened['server'] == SERVER
    assert opened['interface']['name'] == 'samr'
    used = gateway.wait_event(mark, event='pinhole-used', pinhole=opened['pinhole'])
    assert used['outer_port'] == opened['outer_port']
    gateway.wait_event(mark, event='map-allowed', interface='samr', action='passed')
    gateway.wait_event(mark, event='bind-allowed', interface='samr', client=CLIENT)


@pytest.mark.parametrize('options', ['seal,krb5', 'seal,spnego'])
def test_rpcclient_lists_users_with_a_ticket_fetched_through_the_gateway(gateway, clients, options):
    ticket = clients.kinit()
    assert ticket.returncode == 0, ticket.stdout
    lists_all_users(clients.rpcclient(options, 'enumdomusers', kerberos=True))


def test_ldap_is_served_beside_rpc(gateway, clients):
    found = clients.net('ads', 'info', '-S', PUBLISHED)
    assert 'Realm: CORP.EXAMPLE' in found.stdout, found.stdout


@pytest.mark.parametrize('options', ['seal', 'seal,ntlm', 'seal,bigendian'])
def test_sambas_other_client_stack_lists_users(gateway, clients, options):
    answer = clients.samba(options, 'samr').stdout
    assert answer.endswith(' users\n') and int(answer.split()[0]) > USERS, answer


def test_an_alter_context_without_trailer_may_add_a_granted_interface(gateway, clients):
    answer = clients.samba('seal', 'samr_and_wkssvc').stdout
    assert 'workstation DC1' in answer, answer


def test_impacket_calls_sealed(gateway, clients):
    assert clients.impacket('samr').stdout == '2 domains\n'


def test_impacket_adds_an_interface_with_a_security_context_of_its_own(gateway, clients):
    assert clients.impacket('alter').stdout == 'workstation DC1\n'


def test_a_whole_replication_of_over_a_thousand_answer_pdus(gateway, clients):
    before = gateway.numbers()['pdus-judged']
    done = clients.rpcclient('seal', 'dsgetncchanges DC=corp,DC=example', timeout=600)
    assert done.returncode == 0, done.stdout[-400:]
    assert gateway.numbers()['pdus-judged'] - before > 1000


def test_a_request_of_two_hundred_fragments(gateway, clients):
    answer = clients.impacket('big_request', '--fragment', 200, timeout=600).stdout
    assert answer == '1000 names in 201 fragments\n'


def test_a_map_request_in_nine_fragments(gateway, clients):
    mark = gateway.mark()
    assert clients.impacket('fragmented_map').stdout.startswith('9 fragments, port ')
    gateway.wait_event(mark, event='pinhole-opened', interface='samr')


def test_ten_clients_at_once(gateway, clients, lab):
    logs = [lab.directory / f'ten-{number}' for number in range(10)]
    running = [clients.start_impacket('samr', '--source', MORE_CLIENTS[number], output=log)
               for number, log in enumerate(logs)]
    shell.wait_until(lambda: all(one.poll() is not None for one in running), 'all ten end', 300)
    assert [log.read_text() for log in logs] == ['2 domains\n'] * 10


def test_a_pinhole_serves_a_second_connection_of_its_client(gateway, clients):
    mark = gateway.mark()
    assert clients.impacket('samr').returncode == 0
    opened = gateway.wait_event(mark, event='pinhole-opened', interface='samr')
    again = clients.impacket('samr', '--port', opened['outer_port'])
    assert again.stdout == '2 domains\n'
