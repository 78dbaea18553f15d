# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A scanner at an open port: of all interfaces there are it gets what its rule grants."""

import json
import random
import uuid

import pytest

from lab.callers import Caller, Session, interfaces
from lab.clients import PEERS
from lab.controller import PYTHON
from lab.gateway import publish
from lab.topology import MORE_CLIENTS

# The first three are served at one port, together with five others that nobody grants.
SERVED = ['drsuapi', 'backupkey', 'dssetup']
RULES = publish('dc', services=['rpc'], protection='privacy', interfaces=[*SERVED, 'samr'])

SCANNER, OTHER = MORE_CLIENTS[:2]
MANY = 350
MOST_OF_A_BIND = 16  # docs/protocols/dcerpc.md
ACCEPTED, UNKNOWN = (0, 0), (2, 1)


def all_interfaces():
    """All that have a name, in one version each, and more that nobody knows."""
    chance = random.Random('scanner')
    found = {one.partition('.')[0]: one for one in interfaces().values()}
    wanted = sorted(found.values())
    while len(wanted) < MANY:
        wanted.append(f'{uuid.UUID(int=chance.getrandbits(128))}/{chance.randrange(5)}.0')
    chance.shuffle(wanted)
    return wanted


def scan(clients, port, wanted, *options):
    done = clients.run([PYTHON, '-B', PEERS / 'scan_interfaces.py', clients.dc, port, '--source',
                        SCANNER, *options], stdin='\n'.join(wanted), check=True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    return {row['interface']: row.get('refused') or (row['result'], row['reason']) for row in rows}


@pytest.fixture
def callers(lab, clients):
    made = [Caller(clients.namespace, lab.directory, source) for source in (SCANNER, OTHER)]
    yield made
    for caller in made:
        caller.end()


def tallies(gateway):
    return {f'{row["uuid"]}/{row["version"]}': row
            for row in gateway.rows('show', 'rpc-interfaces')}


def test_a_scanner_gets_what_is_granted(gateway, clients, callers):
    names, wanted = interfaces(), all_interfaces()
    granted = {names[name] for name in SERVED}
    assert len(wanted) == MANY and granted < set(wanted)
    session = Session(callers[1])
    domains = session.domains()
    port = callers[0].done('map', interface='drsuapi')['port']
    expected = {one: ACCEPTED if one in granted else UNKNOWN for one in wanted}
    mark, before = gateway.mark(), tallies(gateway)
    ways = [[], ['--together', MOST_OF_A_BIND],
            ['--together', MOST_OF_A_BIND - 1, '--after', names['drsuapi']]]
    for options in ways:
        assert scan(clients, port, wanted, *options) == expected
        assert session.domains() == domains

    # What the rule grants and the server has not at this port it refuses itself.
    refused = [one for one in wanted if one not in granted and one != names['samr']]
    gateway.wait_number('interface-not-granted', len(ways) * len(refused))
    told = [event for event in gateway.events(mark) if event['event'] == 'bind-refused']
    assert len(told) == len(ways) * len(refused) == gateway.numbers()['interface-not-granted']
    assert {(event['client'], event['reason'], event['action']) for event in told} == {
        (SCANNER, 'interface-not-granted', 'rpc-error')}
    after = tallies(gateway)
    for one in wanted:
        key = one.partition('.')[0]
        old = before.get(key, {'binds': 0, 'binds_refused': 0})
        new = after.get(key, old)
        times = len(ways) if one in refused else 0
        assert new['binds_refused'] - old['binds_refused'] == times, one
        if one in granted:
            assert new['binds'] - old['binds'] >= len(ways), one
    assert not [event for event in gateway.events(mark)
                if event.get('client') == OTHER and 'reason' in event]


def test_a_bind_of_more_elements_than_any_client_sends_is_cut(gateway, clients, callers):
    port = callers[0].done('map', interface='drsuapi')['port']
    wanted = all_interfaces()[:MOST_OF_A_BIND + 1]
    mark = gateway.mark()
    told = scan(clients, port, wanted, '--together', len(wanted))
    assert set(told.values()) == {f'reset port {port}'}
    gateway.wait_event(mark, event='connection-reset', reason='pdu-malformed', client=SCANNER)
