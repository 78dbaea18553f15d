# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""`rpcgate explain` and `show refusals`: a client's story, told to people and to programs."""

import json

import pytest

from lab import shell
from lab.gateway import publish
from lab.topology import CLIENT, NEIGHBOUR, PUBLISHED, SERVER

RULES = publish('dc', clients=f'{CLIENT}/32', interfaces=['samr'])


def told(gateway, client):
    """The answer as one line of words, however it was broken."""
    return ' '.join(gateway.command('explain', client).stdout.split())


def story(gateway, client):
    row, = gateway.rows('explain', client)
    return row


def wait_told(gateway, words, client=CLIENT):
    shell.wait_until(lambda: words in told(gateway, client),
                     lambda: f'{words!r} is told:\n{gateway.command("explain", client).stdout}')


@pytest.fixture
def used(gateway, clients):
    mark = gateway.mark()
    assert clients.impacket('samr').stdout == '2 domains\n'
    return gateway.wait_event(mark, event='bind-allowed', interface='samr')


def test_what_was_granted_is_told_with_its_rule_and_port(gateway, used):
    port = used['outer_port']
    wait_told(gateway, f'Server {SERVER}, dialled as {PUBLISHED}')
    wait_told(gateway, 'samr 1.0: granted')
    wait_told(gateway, 'asked the mapper for it')
    wait_told(gateway, f"was told port {port} for it: opened by rule 'dc'")
    wait_told(gateway, f'connected to port {port}')
    wait_told(gateway, '1 interface granted by 1 rule')


def test_a_pinhole_that_is_open_is_told_with_its_life(gateway, used):
    wait_told(gateway, 'Open now pinhole')
    pinhole, = story(gateway, CLIENT)['pinholes']
    assert pinhole['outer_port'] == used['outer_port'] and pinhole['rule'] == 'dc'
    assert pinhole['interfaces'][0]['name'] == 'samr'
    assert f'port {pinhole["outer_port"]} of {PUBLISHED} to {SERVER}' in told(gateway, CLIENT)
    assert 'Verdict: ' in told(gateway, CLIENT) and '1 pinhole open' in told(gateway, CLIENT)


def test_a_refused_interface_is_told_with_what_to_do(gateway, clients, used):
    for _ in range(2):
        assert clients.impacket('map', '--interface', 'netlogon').returncode == 3
    wait_told(gateway, 'netlogon 1.0: refused')
    wait_told(gateway, "why: rule 'dc' does not grant netlogon 1.0 to this client")
    wait_told(gateway, 'do: if it should: `interfaces` of the rule')
    wait_told(gateway, '1 interface granted by 1 rule, 1 refused; ')
    asked, = [part for server in story(gateway, CLIENT)['servers'] for part in server['interfaces']
              if part.get('interface', {}).get('name') == 'netlogon']
    assert asked['refused'] and not asked['granted']
    assert asked['facts'][0]['times'] >= 2 and asked['facts'][0]['by'] == "rule 'dc'"


def test_a_call_that_is_only_signed_is_told_with_what_it_lacks(gateway, clients, used):
    assert clients.rpcclient('sign', 'enumdomusers').returncode != 0
    wait_told(gateway, "the call carried protection integrity; rule 'dc' demands privacy for opnum")


def test_refusals_are_counted_by_rule_interface_and_reason(gateway, clients, used):
    def count():
        return sum(row['count'] for row in gateway.rows('show', 'refusals', '--rule', 'dc')
                   if row.get('interface', {}).get('name') == 'netlogon'
                   and row['reason'] == 'interface-not-granted')
    before = count()
    for _ in range(3):
        assert clients.impacket('map', '--interface', 'netlogon').returncode == 3
    shell.wait_until(lambda: count() == before + 3, lambda: f'3 more than {before}: {count()}')
    assert 'netlogon' in gateway.command('show', 'refusals').stdout


def test_a_client_that_no_rule_names_is_told_so(gateway, clients):
    assert clients.knock(135, source=NEIGHBOUR) == 'silence'
    text = told(gateway, NEIGHBOUR)
    assert 'no event tells of it' in text
    assert 'No rule names this client.' in text and 'no-rule' in text
    assert story(gateway, NEIGHBOUR)['servers'] == story(gateway, NEIGHBOUR)['rules'] == []


@pytest.mark.parametrize('client', ['', 'dc1', '198.51.100.10/24', '198.51.100.999', "'; --",
                                    '\x1b[2J', 'a' * 5000])
def test_what_is_no_address_is_refused(gateway, client):
    done = gateway.command('explain', '--', client, check=False)
    assert done.returncode == 1 and 'Verdict' not in done.stdout
    end = json.loads(gateway.command('--json', 'explain', '--', client,
                                     check=False).stdout.splitlines()[-1])
    assert end['ok'] is False and end['code'] == 'invalid'


def test_without_a_client_it_is_wrong_usage(gateway):
    assert gateway.command('explain', check=False).returncode == 2
