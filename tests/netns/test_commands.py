# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What the commands show of live traffic, and what they close."""

import json
import stat

import pytest

from lab import shell
from lab.clients import PEERS
from lab.gateway import publish
from lab.topology import CLIENT, NEIGHBOUR, PUBLISHED, SERVER

RULES = publish('dc', interfaces=['samr'])
SHOWN = ['status', 'show ports', 'show pinholes', 'show flows', 'show rules', 'show rpc-interfaces',
         'show counters', 'show drops', 'show events']
HALF = 30  # bytes of half_bind.py


class Held:
    """A client that keeps a connection through a pinhole and goes on calling."""

    def __init__(self, lab, clients, source):
        self.output = lab.directory / f'held-{source}'
        self.output.unlink(missing_ok=True)
        self.process = clients.namespace.start(
            ['/bin/sh', '-c', f'while :; do echo; sleep 0.1; done | /usr/bin/python3 '
             f'{PEERS / "impacket_call.py"} {clients.dc} hold --source {source}'],
            output=self.output)
        shell.wait_until(lambda: self.calls() > 1, 'its calls are answered')

    def calls(self):
        return self.output.read_text().count('2 domains')

    def ended(self):
        text = self.output.read_text()
        return 'refused' in text or 'Traceback' in text

    def goes_on(self):
        so_far = self.calls()
        shell.wait_until(lambda: self.calls() > so_far + 1, 'it goes on')


@pytest.fixture
def held(lab, clients, gateway):
    made = [Held(lab, clients, source) for source in (CLIENT, NEIGHBOUR)]
    yield made
    for one in made:
        shell.kill_group(one.process)


def pinhole_of(gateway, client):
    return next(row for row in gateway.rows('show', 'pinholes') if row['client'] == client)


def data_flow_of(gateway, client):
    port = pinhole_of(gateway, client)['outer_port']
    return next(row for row in gateway.rows('show', 'flows')
                if row['client'] == client and row['outer_port'] == port)


@pytest.mark.parametrize('command', SHOWN)
def test_every_command_tells_people_and_programs(gateway, clients, command):
    assert clients.impacket('samr').returncode == 0
    assert gateway.command(*command.split()).stdout.strip()
    answer = gateway.command('--json', *command.split()).stdout
    assert all(isinstance(json.loads(line), dict) for line in answer.splitlines())


def test_a_live_pinhole_and_its_connection_are_shown(gateway, held):
    pinhole = pinhole_of(gateway, CLIENT)
    assert pinhole['server'] == SERVER and pinhole['rule'] == 'dc'
    assert pinhole['outer'] == PUBLISHED
    flow = data_flow_of(gateway, CLIENT)
    assert flow['server'] == SERVER and flow['server_port'] == pinhole['server_port']
    assert CLIENT in gateway.command('show', 'pinholes').stdout


def test_what_is_kept_of_a_stream_is_shown_with_its_cause(gateway, lab, clients):
    assert gateway.rows('show', 'streams') == []
    half = clients.namespace.start(
        ['/bin/sh', '-c', f'sleep 1000 | /usr/bin/python3 {PEERS / "half_bind.py"} {clients.dc}'],
        output=lab.directory / 'half-bind')
    try:
        shell.wait_until(lambda: gateway.rows('show', 'streams'), 'its bytes are kept')
        kept, = gateway.rows('show', 'streams', '--client', CLIENT)
        assert kept['sent_by'] == 'client' and kept['server'] == SERVER and kept['rule'] == 'dc'
        assert kept['held'] == kept['in_custody'] == HALF
        assert kept['pinned_memory'] > 0 and kept['out_of_order_memory'] == 0
        assert 'not judged yet' in kept['why']
        assert gateway.rows('show', 'streams', '--client', NEIGHBOUR) == []
    finally:
        shell.kill_group(half)
    shell.wait_until(lambda: not gateway.rows('show', 'streams'), 'nothing is kept')


def test_rules_and_interfaces_are_tallied(gateway, clients):
    assert clients.impacket('samr').returncode == 0
    assert clients.impacket('map', '--interface', 'netlogon').returncode == 3
    rule = gateway.rows('show', 'rules')[0]
    assert rule['rule'] == 'dc' and rule['pinholes'] >= 1 and rule['maps_refused'] >= 1
    asked = {row['name']: row for row in gateway.rows('show', 'rpc-interfaces')}
    assert asked['samr']['binds'] >= 1
    assert asked['netlogon']['maps_refused'] >= 1


def test_closing_a_client_ends_its_connections_and_no_others(gateway, held):
    mine, other = held
    gateway.command('close', 'client', CLIENT)
    shell.wait_until(mine.ended, 'its connection ends')
    gateway.wait_event(client=CLIENT, event='connection-reset', reason='closed-by-operator')
    other.goes_on()
    assert [row['client'] for row in gateway.rows('show', 'pinholes')
            if row['client'] == CLIENT and row.get('state') != 'closed'] == []


def test_closing_a_pinhole_ends_what_runs_through_it(gateway, held):
    mine, other = held
    gateway.command('close', 'pinhole', pinhole_of(gateway, CLIENT)['pinhole'])
    shell.wait_until(mine.ended, 'its connection ends')
    gateway.wait_event(client=CLIENT, event='pinhole-closed')
    other.goes_on()


def test_closing_a_flow_ends_that_connection_alone(gateway, clients, held):
    mine, other = held
    port = pinhole_of(gateway, CLIENT)['outer_port']
    gateway.command('close', 'flow', data_flow_of(gateway, CLIENT)['flow'])
    shell.wait_until(mine.ended, 'its connection ends')
    other.goes_on()
    assert clients.impacket('samr', '--port', port).stdout == '2 domains\n'


def test_closing_what_is_not_there_says_so(gateway):
    assert gateway.command('close', 'pinhole', '999999999', check=False).returncode != 0


def test_the_socket_is_for_root_and_one_group(gateway):
    mode = stat.S_IMODE(gateway.socket.stat().st_mode)
    assert mode & 0o007 == 0
    assert gateway.socket.stat().st_uid == 0


def test_an_unknown_command_is_refused_with_help(gateway):
    done = gateway.command('show', 'pinhole', check=False)
    assert done.returncode != 0 and 'pinholes' in done.stdout
