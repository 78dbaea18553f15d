# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Exchange under other rules: every level, mapped ports, notifications, clients that are gone."""

import json

import pytest

from lab import shell
from lab.exchange import ADDRESS, Exchange, HeldOutlook, outlook
from lab.gateway import publish
from lab.topology import CLIENT, MORE_CLIENTS, NEIGHBOUR, PUBLISHED, SERVER

SEALED = publish('mail', server=ADDRESS, packs=['exchange'])
OPEN = publish('mail', server=ADDRESS, packs=['exchange'], protection='none',
               notifications='registered')
LEGACY = publish('mail', server=ADDRESS, packs=['exchange-legacy'], protection='connect')
LIMITS = 'notification-grace = "1s"'


def refused(gateway, mark, reason, **fields):
    gateway.wait_event(mark, reason=reason, **fields)
    gateway.wait_number(reason, 1)


def test_an_outlook_of_64_bits_asks_the_mapper_in_ndr64(lab, start_gateway, clients, exchange):
    exchange.stop()
    wide = Exchange(lab.topology.server, lab.directory / 'exchange64', '--ndr64').start()
    try:
        start_gateway(SEALED)
        run = outlook(clients.namespace, '--ndr64', '--steps',
                      'map-emsmdb,connect,rpc,register,mail,wait-udp,disconnect')
        assert run.code == 0, run.text
        assert run['map-emsmdb']['ndr64'] and run['connect']['ndr64']
    finally:
        wide.stop()
        exchange.start()


@pytest.mark.parametrize('level', [1, 2, 4, 5, 6])
@pytest.mark.parametrize('mapped', [False, True], ids=['own port', 'mapped port'])
def test_every_level_works_where_the_rule_asks_for_none(lab, start_gateway, clients, exchange,
                                                        level, mapped):
    """Mapped: the store's own port is taken by something else, and the tower is rewritten."""
    store = exchange.ports['store']
    services = ['rpc'] + ([{'protocol': 'tcp', 'port': store}] if mapped else [])
    # A registration that is sealed cannot be read: it needs the window.
    gateway = start_gateway(OPEN.replace('registered', 'window' if level == 6 else 'registered')
                            + f'services = {json.dumps(services).replace(": ", " = ")}\n'
                            .replace('"protocol"', 'protocol').replace('"port"', 'port'))
    mark = gateway.mark()
    run = outlook(clients.namespace, '--level', level)
    assert run.code == 0 and not run.failed(), run.text
    assert set(run['map-emsmdb']['addresses']) == {PUBLISHED}
    assert (run['connect']['port'] != store) == mapped
    assert run['wait-udp']['fits'] and run['poll']['new'] >= 1
    gateway.wait_event(mark, event='notification-passed', client=CLIENT)


def test_a_legacy_exchange_refers_nobody(start_gateway, clients, exchange):
    gateway = start_gateway(LEGACY)
    mark = gateway.mark()
    run = outlook(clients.namespace, '--generation', 'xp', '--level', '2')
    assert run.code == 0 and not run.failed(), run.text
    assert run['map-rfri']['status'] == '0x16c9a0d6'
    gateway.wait_event(mark, event='map-refused', interface='rfri')
    gateway.write_config(LEGACY + 'referrals = "allow"\n')
    gateway.command('config', 'apply', gateway.config)
    run = outlook(clients.namespace, '--generation', 'xp', '--level', '2', '--steps',
                  'map-rfri,rfri')
    assert run['rfri']['server'] == 'exch1.corp.example', run.text


@pytest.fixture
def held(lab, clients, exchange):
    made = []

    def hold(*options):
        made.append(HeldOutlook(clients.namespace, lab.directory, *options))
        return made[-1]
    yield hold
    for one in made:
        one.end()


@pytest.mark.parametrize('how, level', [('registered', 1), ('registered', 5), ('window', 2),
                                        ('window', 6), ('session', 6), ('ports', 6)])
def test_what_was_registered_arrives_and_nothing_else(start_gateway, exchange, held, how, level):
    rule = publish('mail', server=ADDRESS, packs=['exchange'], protection='none',
                   notifications=how, **({'notification_ports': ['5000-5001']}
                                         if how == 'ports' else {}))
    gateway = start_gateway(rule, limits=LIMITS)
    client = held('--level', str(level), '--push-port', '5000', '--steps',
                  'map-emsmdb,connect,register')
    payload = client.wait_row('register')['payload']
    exchange.command('mail', 'alice')
    first = client.obey('wait-udp')
    assert first['ok'] and first['fits'] and first['count'] == 1, first

    def unexpected(*words):
        before = gateway.numbers().get('notification-unexpected', 0)
        exchange.command('datagram', *words)
        gateway.wait_number('notification-unexpected', before + 1)
    if how != 'session':  # there three more ports may still be pinned
        unexpected(CLIENT, 5002, payload)                        # another port
    if how not in ('session', 'ports'):
        unexpected(CLIENT, 5000, '00' * 8)                       # another payload
    unexpected(CLIENT, 5000, '00' * 65)                          # larger
    unexpected(CLIENT, 5000, payload, 1000)                      # from a low port
    stranger = gateway.dropped('no-rule')
    exchange.command('datagram', NEIGHBOUR, 5000, payload)       # to another client
    shell.wait_until(lambda: gateway.dropped('no-rule') > stranger, 'it is dropped')
    for _ in range(20):
        exchange.command('mail', 'alice')                        # a flood
    gateway.wait_number('notification-flood', 1)
    client.obey('disconnect')
    shell.wait_until(lambda: not gateway.rows('show', 'notifications'), 'the session ends')
    stranger = gateway.dropped('no-rule')
    exchange.command('datagram', CLIENT, 5000, payload)          # after its end
    shell.wait_until(lambda: gateway.dropped('no-rule') > stranger, 'it is dropped')


def test_a_registration_is_refused_where_the_rule_wants_none(start_gateway, clients, exchange):
    gateway = start_gateway(publish('mail', server=ADDRESS, packs=['exchange'], protection='none',
                                    notifications='off'))
    mark = gateway.mark()
    run = outlook(clients.namespace, '--level', '2', '--steps',
                  'map-emsmdb,connect,register,mail,poll')
    assert run['register']['status'] == '0x1c010002', run.text
    assert run['poll']['new'] >= 1, 'polling still brings the mail'
    refused(gateway, mark, 'notification-off', event='request-refused')


def test_no_client_aims_the_server_at_an_inner_host(start_gateway, clients, exchange):
    gateway = start_gateway(OPEN)
    mark = gateway.mark()
    run = outlook(clients.namespace, '--level', '1', '--push-address', SERVER, '--steps',
                  'map-emsmdb,connect,register,mail,poll')
    assert run['register']['status'] == '0x1c010002', run.text
    assert run['poll']['new'] >= 1
    refused(gateway, mark, 'notification-target', event='request-refused')
    assert exchange.command('registrations')['registrations'] == []


def test_a_client_that_lost_its_link_loses_its_connections(start_gateway, clients, exchange, held):
    """KB917936: a server admits 32 sessions of a user. Defaults: tests/packet/probe_test.cpp."""
    gateway = start_gateway(SEALED, limits='probe-after = "5s"\nprobe-interval = "1s"\nprobes = 3')
    store = exchange.ports['store']
    source = MORE_CLIENTS[3]
    client = held('--source', source, '--connections', '31', '--steps', 'map-emsmdb,connect,extra')
    shell.wait_until(lambda: exchange.connections(store) == 32, 'all are open')
    mark = gateway.mark()
    assert client.obey('calls', 3)['ok']
    sent = gateway.numbers()['probes-sent']
    gateway.wait_number('probes-sent', sent + 100)
    assert exchange.connections(store) == 32 and client.obey('calls', 3)['ok']
    clients.namespace.run(['nft', f'add table inet pulled; add chain inet pulled out '
                           '{ type filter hook output priority 0; }; '
                           f'add rule inet pulled out ip saddr {source} drop'], check=True)
    try:
        shell.wait_until(lambda: exchange.connections(store) == 0, 'all are closed', 180)
        gateway.wait_event(mark, event='connection-reset', reason='peer-gone', client=source)
    finally:
        clients.namespace.run(['nft', 'delete table inet pulled'], check=False)


def test_a_parked_call_outlives_the_probes(lab, start_gateway, exchange, held):
    """Nothing is said for longer than a client that is gone would be given."""
    exchange.stop()
    patient = Exchange(lab.topology.server, lab.directory / 'patient', '--park', '20').start()
    try:
        gateway = start_gateway(
            SEALED, limits='probe-after = "5s"\nprobe-interval = "1s"\nprobes = 3')
        client = held('--steps', 'map-emsmdb,connect,map-async,async')
        assert client.obey('park', 60)['answered']
        assert gateway.numbers()['probes-sent'] >= 3
        assert not [event for event in gateway.events() if event.get('reason') == 'peer-gone']
        assert client.obey('calls', 3)['ok']
    finally:
        patient.stop()
        exchange.start()


@pytest.fixture
def foreign_nat(lab):
    """Hosts behind a masquerading router of somebody else's, which is the clients' namespace."""
    inside = shell.Namespace(f'{lab.topology.prefix}-home')
    inside.create()
    router = lab.topology.client
    try:
        router.ip('link', 'add', 'home', 'type', 'veth', 'peer', 'name', 'eth-h',
                  'netns', inside.name)
        router.ip('addr', 'add', '192.168.7.1/24', 'dev', 'home')
        router.ip('link', 'set', 'home', 'up')
        inside.ip('addr', 'add', '192.168.7.2/24', 'dev', 'eth-h')
        inside.ip('link', 'set', 'eth-h', 'up')
        inside.ip('route', 'add', 'default', 'via', '192.168.7.1')
        router.sysctl(net__ipv4__ip_forward=1)
        router.run(['nft', 'add table ip home; add chain ip home post { type nat hook postrouting '
                    'priority 100; }; add rule ip home post oifname eth-c ip saddr 192.168.7.0/24 '
                    'masquerade'], check=True)
        yield inside
    finally:
        router.run(['nft', 'delete table ip home'], check=False)
        router.sysctl(net__ipv4__ip_forward=0)
        inside.delete()


def test_fifty_outlooks_behind_one_address(start_gateway, foreign_nat, exchange):
    gateway = start_gateway(SEALED)
    mark = gateway.mark()
    run = outlook(foreign_nat, '--many', '50', '--timeout', '120', '--steps',
                  'map-nspi,nspi,map-emsmdb,connect,rpc,second,register,mail,poll', timeout=600)
    assert run.code == 0 and run['many']['good'] == 50, run.text
    users = {event.get('user', '').rpartition('\\')[2].partition('@')[0].lower()
             for event in gateway.events(mark)
             if event['event'] == 'notification-armed' and event['client'] == CLIENT}
    assert {f'user{number:02}' for number in range(1, 51)} <= users, 'events tell them apart'
    # What they registered is private: the server's datagrams end at the gateway.
    assert gateway.numbers()['notifications-passed'] == 0
