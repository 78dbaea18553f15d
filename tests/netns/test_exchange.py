# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Exchange published to Outlook, sealed: log-on, mail, and nothing but what the pack grants.

Exchange is a stand-in (peers/exchange_server.py), which check_exchange.py holds against clients of
others; Outlook is a script (peers/outlook.py).
"""

import pytest

from lab import shell
from lab.clients import PEERS
from lab.controller import PYTHON
from lab.exchange import ADDRESS, outlook, probe
from lab.gateway import publish
from lab.topology import CLIENT

RULES = publish('mail', server=ADDRESS, packs=['exchange'])
DECOYS = ['attendant', 'store-admin-1', 'store-admin-2', 'winreg', 'mgmt']


def refused(gateway, mark, reason, **fields):
    gateway.wait_event(mark, reason=reason, **fields)
    gateway.wait_number(reason, 1)


def test_the_stand_in_serves_clients_that_are_not_ours():
    done = shell.run([PYTHON, '-B', PEERS / 'check_exchange.py'], check=False, timeout=300)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize('generation, auth', [
    ('2007', 'ntlm'), ('2007', 'spnego'), ('2003', 'ntlm'), ('xp', 'spnego')])
def test_an_outlook_works_sealed(gateway, clients, exchange, generation, auth):
    mark = gateway.mark()
    run = outlook(clients.namespace, '--generation', generation, '--auth', auth)
    assert run.code == 0 and not run.failed(), run.text
    # The first address book bind is bare: let through, its request refused; Outlook goes on.
    assert run['nspi-bare'].get('tolerated')
    refused(gateway, mark, 'protection-too-low', event='request-refused', interface='nspi')
    assert run['wait-udp']['fits'], run.text
    assert run['poll']['new'] >= 1
    gateway.wait_event(mark, event='notification-armed', client=CLIENT, rule='mail')
    gateway.wait_event(mark, event='notification-passed', client=CLIENT, server=ADDRESS)


@pytest.mark.parametrize('level', [1, 2, 4, 5])
def test_an_outlook_that_does_not_seal_is_refused(gateway, clients, exchange, level):
    mark = gateway.mark()
    run = outlook(clients.namespace, '--level', level, '--steps', 'map-emsmdb,connect')
    assert run.code == 3 and not run['connect']['ok'], run.text
    refused(gateway, mark, 'protection-too-low', event='request-refused', interface='emsmdb')


def test_an_anonymous_outlook_is_refused_although_sealed(gateway, clients, exchange):
    mark = gateway.mark()
    run = outlook(clients.namespace, '--anonymous', '--steps', 'map-emsmdb,connect')
    assert run.code == 3, run.text
    refused(gateway, mark, 'anonymous-caller')


@pytest.mark.parametrize('decoy', DECOYS)
def test_an_interface_outside_the_pack_is_refused_four_ways(gateway, exchange, clients, decoy):
    mark = gateway.mark()
    reached = exchange.command('stats')['decoys_reached']
    run = probe(clients.namespace, decoy)
    assert run.code == 3, run.text
    assert not any(row['reached'] for row in run.rows.values()), run.text
    assert exchange.command('stats')['decoys_reached'] == reached
    gateway.wait_event(mark, event='map-refused', reason='interface-not-granted')
    gateway.wait_event(mark, event='request-refused', reason='mapper-operation')
    refusals = [event for event in gateway.events(mark) if event['event'] == 'bind-refused']
    assert len(refusals) >= 2, refusals
