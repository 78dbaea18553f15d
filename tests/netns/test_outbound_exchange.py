# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""An inner Outlook uses an Exchange of somebody else's, on the outer side, at every level."""

import pytest

from lab import shell
from lab.outbound import (FOREIGN, FOREIGN6, NATTED, NATTED_SET, ROUTED, ROUTED6, ROUTED6_SET,
                          ROUTED_SET, SOURCE_NAT, block_of, outbound)

MAIL = {'packs': ['exchange'], 'protection': 'none', 'services': ['rpc', 'dns']}
RULES = (outbound('natted', NATTED_SET, FOREIGN, source_nat=SOURCE_NAT, **MAIL)
         + outbound('routed', ROUTED_SET, FOREIGN, source_nat='none', **MAIL)
         + outbound('routed6', ROUTED6_SET, FOREIGN6, source_nat='none', **MAIL))
LIMITS = 'notification-grace = "1s"'
SEALED_BEHIND_NAT = 'notification-sealed-behind-nat'
# All that an Outlook does, but for what behind source NAT is refused where a call is protected.
POLLING = ('map-nspi,nspi-bare,nspi,map-rfri,rfri,map-emsmdb,connect,rpc,second,map-async,async,'
           'mail,woken,poll,disconnect')

# The server closes the connection whose signed request was changed; Outlook opens another.
REGISTERING = 'map-emsmdb,connect,register,connect,mail,poll,disconnect'
READABLE = {1: 'none', 2: 'connect'}
PROTECTED = {4: 'packet', 5: 'integrity', 6: 'privacy'}
LEVELS = {**READABLE, **PROTECTED}


def at_levels(foreign, clients, *options):
    """An Outlook for each of the levels at once, each of a client and a user of its own."""
    return shell.at_once({level: lambda level=level, client=client: foreign.outlook(
        client, '--level', level, '--user', f'user{level:02}', '--password', f'Us3r-{level:02}-pw',
        '--timeout', '60', *options) for level, client in clients.items()})


def were_told(gateway, mark, clients, runs, rule):
    for level, client in clients.items():
        run = runs[level]
        assert run.code == 0 and not run.failed(), (level, run.text)
        assert set(run['map-emsmdb']['addresses']) == {FOREIGN}
        assert run['wait-udp']['fits'] and run['wait-udp']['from'] == FOREIGN
        assert run['poll']['new'] >= 1, (level, run.text)
        for told in ('notification-armed', 'notification-passed'):
            gateway.wait_event(mark, event=told, client=client, rule=rule, outer=FOREIGN)


def test_an_outlook_works_routed(gateway, foreign, foreign_exchange):
    mark = gateway.mark()
    clients = dict(zip(LEVELS, ROUTED))
    were_told(gateway, mark, clients, at_levels(foreign, clients), 'routed')
    for client in clients.values():
        gateway.wait_event(mark, event='pinhole-opened', rule='routed', client=client,
                           server=FOREIGN, interface='emsmdb',
                           server_port=foreign_exchange.ports['store'])


def test_an_outlook_works_behind_source_nat(gateway, foreign, foreign_exchange):
    mark = gateway.mark()
    clients = dict(zip(READABLE, NATTED))
    were_told(gateway, mark, clients, at_levels(foreign, clients), 'natted')


def test_a_protected_outlook_polls_behind_source_nat(gateway, foreign, foreign_exchange):
    mark = gateway.mark()
    clients = dict(zip(PROTECTED, NATTED))
    for level, run in at_levels(foreign, clients, '--steps', POLLING).items():
        assert run.code == 0 and not run.failed(), (level, run.text)
        assert run['poll']['new'] >= 1
    assert SEALED_BEHIND_NAT not in {event.get('reason') for event in gateway.events(mark)}
    sent = foreign_exchange.command('stats')['datagrams']
    for level, run in at_levels(foreign, clients, '--steps', REGISTERING).items():
        assert set(run.failed()) == {'register'}, (level, run.text)
        assert run['poll']['new'] >= 1
        gateway.wait_event(mark, event='request-refused', reason=SEALED_BEHIND_NAT, opnum=4,
                           client=clients[level], interface='emsmdb', rule='natted',
                           outer=FOREIGN, protection=PROTECTED[level])
    gateway.wait_number(SEALED_BEHIND_NAT, len(PROTECTED))
    assert foreign_exchange.command('registrations')['registrations'] == []
    assert foreign_exchange.command('stats')['datagrams'] == sent


def test_the_server_is_told_what_it_sees(gateway, foreign, foreign_exchange, inner_outlook):
    """Two clients, who name the same port: each hears of its own mail alone."""
    ports = {}
    steps = ('--push-port', '5000', '--steps', 'map-emsmdb,connect,register')
    clients = {'alice': inner_outlook(NATTED[2], '--level', '1', *steps),
               'bob': inner_outlook(NATTED[3], '--level', '2', '--user', 'bob', '--password',
                                    'Secret123', *steps)}
    for client in clients.values():
        assert client.wait_row('register')['ok'], client.rows()
    for row in foreign_exchange.command('registrations')['registrations']:
        assert row['address'] == SOURCE_NAT
        ports[row['user']] = row['port']
    assert set(ports) == set(clients) and ports['alice'] != ports['bob'], ports
    for user, client in clients.items():
        foreign_exchange.command('mail', user)
        row = client.obey('wait-udp')
        assert row['ok'] and row['fits'] and row['count'] == 1 and row['from'] == FOREIGN, row
    payload = clients['alice'].wait_row('register')['payload']
    for words in ((5999, payload), (ports['alice'], '00' * 8), (ports['bob'], payload)):
        before = gateway.numbers().get('notification-unexpected', 0)
        foreign_exchange.command('datagram', SOURCE_NAT, *words)
        gateway.wait_number('notification-unexpected', before + 1)
    for client in clients.values():
        client.obey('disconnect')
    shell.wait_until(lambda: not gateway.rows('show', 'notifications'), 'the sessions end')
    before = gateway.dropped('no-rule')
    foreign_exchange.command('datagram', SOURCE_NAT, ports['alice'], payload)
    shell.wait_until(lambda: gateway.dropped('no-rule') > before, 'it is dropped')


def test_many_outlooks_share_the_address(gateway, foreign, foreign_exchange):
    run = foreign.outlook(','.join(NATTED), '--level', '2', '--many', '24', '--timeout', '60',
                          '--steps', 'map-nspi,nspi,map-emsmdb,connect,rpc,second,register,mail,'
                          'wait-udp,poll', timeout=300)
    assert run.code == 0 and run['many']['good'] == 24, run.text


def test_a_pinhole_is_one_clients_own(gateway, foreign, foreign_exchange, inner_outlook):
    port = foreign_exchange.ports['store']
    holders, others = (NATTED[4], ROUTED[4]), (NATTED[5], ROUTED[5])

    def refused(clients):
        mark = gateway.mark()
        said = shell.at_once({client: lambda client=client: foreign.knock_from(
            client, FOREIGN, port) for client in clients})
        assert set(said.values()) == {'silence'}, said
        for client in clients:
            gateway.wait_event(mark, event='connection-refused', client=client, outer=FOREIGN,
                               outer_port=port)
    refused(holders)
    held = [inner_outlook(client, '--steps', 'map-emsmdb,connect') for client in holders]
    for client, outlook in zip(holders, held):
        assert outlook.obey('calls', 2)['ok'], outlook.rows()
        assert foreign.knock_from(client, FOREIGN, port) == 'open'
    refused(others)


def test_connections_to_a_pinhole_come_from_the_clients_ports(gateway, foreign, foreign_exchange,
                                                              inner_outlook):
    clients = (NATTED[6], ROUTED[6])
    for number, client in enumerate(clients, 31):
        inner_outlook(client, '--steps', 'map-emsmdb,connect', '--user', f'user{number}',
                      '--password', f'Us3r-{number}-pw')
    rows = {row['user']: row for row in foreign_exchange.command('sessions')['sessions']}
    assert rows['user31']['peer'] == SOURCE_NAT, rows
    assert rows['user31']['peer_port'] in block_of(NATTED[6], NATTED), rows
    assert rows['user32']['peer'] == ROUTED[6], rows


@pytest.mark.parametrize('client, rule', [(NATTED[7], 'natted'), (ROUTED[7], 'routed')])
def test_an_interface_that_is_not_listed_is_refused(gateway, foreign, foreign_exchange, client,
                                                    rule):
    mark = gateway.mark()
    reached = foreign_exchange.command('stats')['decoys_reached']
    run = foreign.probe(client, 'store-admin-1')
    assert run.code == 3 and not any(row['reached'] for row in run.rows.values()), run.text
    gateway.wait_event(mark, event='map-refused', reason='interface-not-granted', rule=rule,
                       client=client, action='rpc-error')
    assert foreign_exchange.command('stats')['decoys_reached'] == reached


def test_an_outlook_works_over_ipv6(gateway, foreign):
    """The mapper's towers have no room for its address: the port alone is read."""
    server = foreign.exchange(address=FOREIGN6)
    server.start()
    try:
        mark = gateway.mark()
        client = ROUTED6[0]
        run = foreign.outlook(client, '--level', 6, '--steps', POLLING, host=FOREIGN6)
        assert run.code == 0 and not run.failed(), run.text
        assert set(run['map-emsmdb']['addresses']) == {'0.0.0.0'}
        gateway.wait_event(mark, event='pinhole-opened', rule='routed6', client=client,
                           server=FOREIGN6)
        store = f'tcp:{server.ports["store"]}'
        assert foreign.refused(ROUTED6[1], FOREIGN6, store) == 'silence'
    finally:
        server.stop()
    assert foreign.rows(client, FOREIGN6, 'dns-udp')['dns-udp']['seen'][0] == client
