# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Outbound rules that change, end or are full; and the kernel, which never takes their place."""

import datetime

import pytest

from lab import shell
from lab.gateway import ports, section
from lab.outbound import (ECHO, FOREIGN, NATTED, NATTED_SET, ROUTED, ROUTED_SET, SOURCE_NAT,
                          UNNAMED, HeldClient, outbound)

GRANTS = {'services': ['rpc', *({'protocol': protocol, 'port': ECHO} for protocol in
                                ('tcp', 'udp'))],
          'packs': ['exchange'], 'refuse': 'reset'}
MINUTE = datetime.timedelta(minutes=1)
HOUR = 60 * MINUTE


def rules(**more):
    return (outbound('natted', NATTED_SET, FOREIGN, source_nat=SOURCE_NAT, **GRANTS, **more)
            + outbound('routed', ROUTED_SET, FOREIGN, source_nat='none', **GRANTS, **more))


def hours(begin, end):
    return section('schedule', name='hours', **{'from': f'{begin:%H:%M}', 'to': f'{end:%H:%M}'})


def now():
    return datetime.datetime.now(datetime.timezone.utc)


def apply(gateway, text):
    gateway.write_config(text)
    gateway.command('config', 'apply', gateway.config)


def refused_now(foreign, client):
    rows = foreign.rows(client, FOREIGN, f'tcp:{ECHO}', f'udp:{ECHO}')
    assert [row.get('refused') for row in rows.values()] == ['reset', 'silence'], rows


class Connected:
    """Connections of every kind, through both rules."""

    def __init__(self, foreign, inner_outlook):
        self.outlooks = [inner_outlook(client, '--steps', 'map-emsmdb,connect')
                         for client in (NATTED[0], ROUTED[0])]
        self.plain = [HeldClient(foreign, client, FOREIGN) for client in (NATTED[0], ROUTED[0])]

    def __enter__(self):
        for client in self.plain:
            client.__enter__()
        for client in self.plain:
            assert len(client.seen()) == 1
        self.work()
        return self

    def __exit__(self, *_):
        for client in self.plain:
            client.__exit__()

    def work(self):
        for outlook in self.outlooks:
            assert outlook.obey('calls', 2)['ok'], outlook.rows()

    def are_cut(self, gateway, mark, reason):
        for client in self.plain:
            assert client.ends(deadline=180) == ['reset']
        for outlook in self.outlooks:
            shell.wait_until(lambda one=outlook: one.obey('idle')['closed'] == ['emsmdb'],
                             'the store is gone')
        for client in (NATTED[0], ROUTED[0]):
            for port in {event['outer_port'] for event in gateway.events(mark)
                         if event['event'] == 'pinhole-opened'} | {ECHO}:
                gateway.wait_event(mark, event='connection-reset', reason=reason, client=client,
                                   outer=FOREIGN, outer_port=port)


@pytest.fixture
def connected(foreign, foreign_exchange, inner_outlook):
    return lambda: Connected(foreign, inner_outlook)


def test_a_rule_that_goes_takes_its_connections_along(start_gateway, foreign, connected):
    gateway = start_gateway(rules())
    mark = gateway.mark()
    with connected() as there:
        apply(gateway, rules() + outbound('more', NATTED_SET, UNNAMED, source_nat=SOURCE_NAT,
                                          services=['smtp']))
        there.work()
        assert foreign.rows(NATTED[0], UNNAMED, 'smtp')['smtp']['ok']
        apply(gateway, '')
        there.are_cut(gateway, mark, 'policy-changed')
    said = shell.at_once({client: lambda client=client: foreign.knock_from(client, FOREIGN, ECHO)
                          for client in (NATTED[0], ROUTED[0])})
    assert set(said.values()) == {'silence'}, said
    gateway.drain()


def test_a_rule_outside_its_schedule_refuses(start_gateway, foreign, foreign_exchange):
    later = now() + 2 * HOUR
    gateway = start_gateway(hours(later, later + HOUR) + rules(schedule='hours'))
    for client, rule in ((NATTED[1], 'natted'), (ROUTED[1], 'routed')):
        mark = gateway.mark()
        refused_now(foreign, client)
        run = foreign.outlook(client, '--steps', 'map-emsmdb')
        assert run['map-emsmdb']['refused'] == 'connect-reset', run.text
        for port in (ECHO, 135):
            gateway.wait_event(mark, event='connection-refused', reason='outside-schedule',
                               rule=rule, client=client, outer_port=port)


def test_the_end_of_a_schedule_ends_connections(start_gateway, foreign, connected):
    gateway = start_gateway(rules())
    mark = gateway.mark()
    with connected() as there:
        end = (now() + datetime.timedelta(seconds=72)).replace(second=0, microsecond=0)
        apply(gateway, hours(end - 2 * HOUR, end) + rules(schedule='hours'))
        there.work()
        assert foreign.rows(NATTED[0], FOREIGN, f'udp:{ECHO}')[f'udp:{ECHO}']['ok']
        there.are_cut(gateway, mark, 'outside-schedule')
    cut = [event for event in gateway.events(mark) if event['event'] == 'connection-reset']
    assert all(datetime.datetime.fromisoformat(event['time'].replace('Z', '+00:00')) >= end
               for event in cut), cut
    refused_now(foreign, NATTED[0])
    gateway.drain()


def test_a_block_that_is_full_says_so(start_gateway, foreign):
    """So many clients that each has 64 ports, to each server."""
    gateway = start_gateway(outbound('many', '10.10.0.0/16', [FOREIGN, UNNAMED], **GRANTS,
                                     source_nat=SOURCE_NAT))
    mark = gateway.mark()
    rank = int(NATTED[2].rpartition('.')[2])
    block = range(1024 + 64 * rank, 1024 + 64 * rank + 64)
    with HeldClient(foreign, NATTED[2], FOREIGN, 65) as held:
        assert held.failed() == 1
        assert sorted(port for _, port in held.seen()) == list(block)
        gateway.wait_event(mark, event='limit-reached', reason='no-source-port', client=NATTED[2])
        assert foreign.seen(NATTED[2], UNNAMED, f'tcp:{ECHO}')[1] in block
        assert foreign.seen(NATTED[3], FOREIGN, f'tcp:{ECHO}')[1] not in block
    gateway.drain()


@pytest.fixture
def open_kernel(lab, foreign):
    """The kernel forwards, and has a service at each of its addresses."""
    lab.topology.reopen()
    programs = []
    try:
        programs.append(foreign.serve('0.0.0.0', namespace=lab.topology.gateway))
        programs.append(foreign.serve(ROUTED[4], namespace=foreign.inner))
        for host in (SOURCE_NAT, ROUTED[4]):
            assert foreign.knock(host, ECHO) == 'open'
        for client, server in ((ROUTED[3], UNNAMED), (NATTED[3], FOREIGN)):
            assert foreign.knock_from(client, server, ECHO) == 'open'
        yield
    finally:
        for program in programs:
            shell.stop(program)
        lab.topology.forward_by_kernel(False)


@pytest.mark.parametrize('kind', ['af_xdp', 'af_packet'])
def test_the_kernel_never_takes_the_gateways_place(lab, start_gateway, foreign, open_kernel, kind):
    gateway = start_gateway(rules(), ports_text=ports(kind))
    others = {'the address': lambda: foreign.knock(SOURCE_NAT, ECHO),
              'inwards': lambda: foreign.knock(ROUTED[4], ECHO),
              'not granted': lambda: foreign.knock_from(ROUTED[3], UNNAMED, ECHO)}
    outward = {client: lambda client=client: foreign.knock_from(client, FOREIGN, ECHO)
               for client in (NATTED[3], ROUTED[3])}
    silence = 'silence'
    assert shell.at_once(others) == dict.fromkeys(others, silence)
    assert shell.at_once(outward) == dict.fromkeys(outward, 'open')
    gateway.kill()
    assert shell.at_once({**others, **outward}) == dict.fromkeys({**others, **outward}, silence)
    gateway.start()
    assert shell.at_once(outward) == dict.fromkeys(outward, 'open')
    assert gateway.stop() == 0
    del others['the address']  # what the kernel serves at an address of its own is its own again
    assert shell.at_once({**others, **outward}) == dict.fromkeys({**others, **outward}, silence)
