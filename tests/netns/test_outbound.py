# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Inner clients use plain services of the outer side, and nothing comes in by that way."""

import pytest

from lab import shell
from lab.outbound import (ECHO, FOREIGN, FOREIGN6, NATTED, NATTED_SET, QUIET, ROUTED, ROUTED6,
                          ROUTED6_SET, ROUTED_SET, SOURCE_NAT, UNNAMED, HeldClient, block_of,
                          outbound)
from lab.topology import CLIENT, OUTER, SERVER, SERVER6

FAR, FAR_NETWORK, FAR_MTU = '203.0.113.10', '203.0.113.0/24', 1300
DEAF = 7779  # granted, but nobody is there
SERVICES = ['dns', 'smtp', *({'protocol': protocol, 'port': port}
                             for protocol in ('tcp', 'udp') for port in (ECHO, DEAF))]
RULES = (outbound('out', NATTED_SET, [FOREIGN, FAR], source_nat=SOURCE_NAT, services=SERVICES,
                  refuse='reset')
         + outbound('quiet', NATTED_SET, QUIET, source_nat=SOURCE_NAT, services=['smtp'],
                    refuse='drop')
         + outbound('routed', ROUTED_SET, [FOREIGN, FAR], source_nat='none', services=SERVICES,
                    refuse='reset')
         + outbound('routed6', ROUTED6_SET, FOREIGN6, source_nat='none', services=SERVICES,
                    refuse='reset'))
USED = ['dns-udp', 'dns-tcp', 'smtp', f'tcp:{ECHO}', f'udp:{ECHO}']
TCP_DEAF, UDP_DEAF, UNLISTED = f'tcp:{DEAF}', f'udp:{DEAF}', 7780


@pytest.fixture(autouse=True, scope='module')
def everything_comes_back(gateway):
    """Once for all: what one test leaves is in no other's way."""
    yield
    gateway.drain()


def test_services_are_used(gateway, foreign):
    for client, server, seen_as in ((NATTED[1], FOREIGN, SOURCE_NAT), (ROUTED[1], FOREIGN, None),
                                    (ROUTED6[0], FOREIGN6, None)):
        rows = foreign.rows(client, server, *USED)
        assert list(rows) == USED
        for row in rows.values():
            assert row['ok'] and row['seen'][0] == (seen_as or client), (client, row)
            if seen_as:
                assert row['seen'][1] in block_of(client, NATTED), row


def test_each_client_has_ports_of_its_own(gateway, foreign):
    for client in NATTED:
        for row in foreign.rows(client, FOREIGN, f'tcp:{ECHO}', f'udp:{ECHO}').values():
            address, port = row['seen']
            assert address == SOURCE_NAT and port in block_of(client, NATTED), (client, port)


def test_a_port_stays_as_it_is_where_it_can(gateway, foreign):
    kept = next(client for client in NATTED if 40000 in block_of(client, NATTED))
    assert foreign.seen(f'{kept},40000', FOREIGN, f'tcp:{ECHO}') == [SOURCE_NAT, 40000]
    assert foreign.seen(f'{ROUTED[0]},40000', FOREIGN, f'tcp:{ECHO}') == [ROUTED[0], 40000]


def test_clients_with_the_same_port_are_told_apart(gateway, foreign):
    seen = []
    with HeldClient(foreign, f'{NATTED[0]},40001', FOREIGN) as one, \
            HeldClient(foreign, f'{NATTED[1]},40001', FOREIGN) as other:
        for client, held in ((NATTED[0], one), (NATTED[1], other)):
            seen += held.seen()
            assert seen[-1][0] == SOURCE_NAT and seen[-1][1] in block_of(client, NATTED), seen
        assert {row['client'] for row in gateway.rows('show', 'flows')
                if row['client_port'] == 40001} == {NATTED[0], NATTED[1]}
    assert seen[0] != seen[1]


def test_a_hundred_connections_of_one_client(gateway, foreign):
    with HeldClient(foreign, NATTED[2], FOREIGN, 100) as held:
        seen = held.seen()
    assert len({port for _, port in seen}) == 100
    assert {address for address, _ in seen} == {SOURCE_NAT}
    assert all(port in block_of(NATTED[2], NATTED) for _, port in seen)


def test_a_server_that_is_not_there_says_so(gateway, foreign):
    """A reset, and an ICMP error, which comes back to the port that asked."""
    for client, server in ((NATTED[3], FOREIGN), (ROUTED[3], FOREIGN), (ROUTED6[1], FOREIGN6)):
        rows = foreign.rows(client, server, TCP_DEAF, UDP_DEAF)
        assert {row.get('refused') for row in rows.values()} == {'reset'}, (client, rows)


@pytest.fixture
def far(lab, foreign):
    """A server behind a router of somebody else's, whose link carries less."""
    router, gateway = lab.topology.client, lab.topology.gateway
    server = shell.Namespace(f'{lab.topology.prefix}-far')
    server.create()
    try:
        lab.topology.pair(router, 'far', server, 'eth-f')
        for namespace, name, address in ((router, 'far', '203.0.113.1'), (server, 'eth-f', FAR)):
            namespace.ip('addr', 'add', f'{address}/24', 'dev', name)
            namespace.ip('link', 'set', name, 'mtu', FAR_MTU)
        server.ip('route', 'add', 'default', 'via', '203.0.113.1')
        router.sysctl(net__ipv4__ip_forward=1)
        gateway.ip('route', 'add', FAR_NETWORK, 'via', CLIENT, 'dev', OUTER)
        foreign.serve(FAR, namespace=server)
        yield
    finally:
        gateway.ip('route', 'del', FAR_NETWORK, check=False)
        router.sysctl(net__ipv4__ip_forward=0)
        server.delete()


def test_what_a_path_cannot_carry_is_told_to_the_client(gateway, foreign, far):
    """A router's ICMP error names the packet as it left the gateway."""
    for client in (NATTED[4], ROUTED[4]):
        foreign.inner.ip('route', 'flush', 'cache')
        assert foreign.seen(client, FAR, f'udp:{ECHO}')
        row = foreign.rows(client, FAR, f'big:{ECHO}')[f'big:{ECHO}']
        assert row.get('mtu') == FAR_MTU, (client, row)


# -- what no rule grants

def steered_away(gateway):
    """Frames that the steering program of the inner port dropped."""
    inner = next(row for row in gateway.rows('show', 'ports') if row['port'] == 'inner0')
    return inner['steering']['drop-not-ours']


@pytest.fixture(scope='module')
def unlisted(foreign):
    """They serve where no rule lets anybody go."""
    programs = [foreign.serve(server, port=UNLISTED) for server in (FOREIGN, FOREIGN6)]
    yield UNLISTED
    for program in programs:
        shell.stop(program)


def test_a_port_that_is_not_listed_is_refused(gateway, foreign, unlisted):
    """As the rule says, and that for QUIET lists mail alone. UDP is never answered."""
    cases = {'out': (NATTED[0], FOREIGN, unlisted, 'reset'),
             'quiet': (NATTED[0], QUIET, ECHO, 'silence'),
             'routed': (ROUTED[0], FOREIGN, unlisted, 'reset'),
             'routed6': (ROUTED6[0], FOREIGN6, unlisted, 'reset')}
    mark = gateway.mark()
    said = shell.at_once({rule: lambda case=case: foreign.rows(
        *case[:2], 'smtp', f'tcp:{case[2]}', f'udp:{case[2]}') for rule, case in cases.items()})
    for rule, (client, server, port, answer) in cases.items():
        mail, tcp, udp = said[rule].values()
        assert mail['ok'] and (tcp.get('refused'), udp.get('refused')) == (answer, 'silence'), said
        gateway.wait_event(mark, event='connection-refused', reason='port-not-granted', rule=rule,
                           client=client, outer=server, outer_port=port)


def test_a_server_that_no_rule_names_is_not_reached(gateway, foreign):
    before = gateway.dropped('no-rule')
    rows = foreign.rows(NATTED[0], UNNAMED, f'tcp:{ECHO}', f'udp:{ECHO}')
    assert {row.get('refused') for row in rows.values()} == {'silence'}, rows
    shell.wait_until(lambda: gateway.dropped('no-rule') >= before + 2, 'they are dropped')


def test_a_client_that_no_rule_names_reaches_nobody(gateway, foreign):
    """Its frames do not even reach a worker."""
    before = steered_away(gateway)
    said = shell.at_once({client: lambda client=client, server=server: foreign.rows(
        client, server, f'tcp:{ECHO}', f'udp:{ECHO}')
        for client, server in ((SERVER, FOREIGN), (SERVER6, FOREIGN6))})
    for rows in said.values():
        assert {row.get('refused') for row in rows.values()} == {'silence'}, said
    shell.wait_until(lambda: steered_away(gateway) >= before + 4, 'they are dropped')


def test_the_server_opens_nothing_inwards(gateway, foreign):
    inside = foreign.serve(ROUTED[5], namespace=foreign.inner)
    try:
        assert foreign.knock_from(SERVER, ROUTED[5], ECHO) == 'open'  # from beside it
        with HeldClient(foreign, NATTED[5], FOREIGN) as natted, \
                HeldClient(foreign, ROUTED[5], FOREIGN) as routed:
            (_, port), = natted.seen()
            (_, own), = routed.seen()
            before = gateway.dropped('no-rule')
            said = shell.at_once({
                (host, dialled): lambda host=host, dialled=dialled: foreign.knock(host, dialled)
                for host, dialled in ((SOURCE_NAT, port), (SOURCE_NAT, ECHO), (ROUTED[5], own),
                                      (ROUTED[5], ECHO))})
            assert set(said.values()) == {'silence'}, said
            shell.wait_until(lambda: gateway.dropped('no-rule') >= before + 4, 'they are dropped')
    finally:
        shell.stop(inside)


def test_another_server_does_not_use_a_clients_port(gateway, foreign):
    """What one server may answer is not open to another, by UDP either."""
    address, port = foreign.seen(f'{NATTED[6]},5000', FOREIGN, f'udp:{ECHO}')
    assert [row for row in gateway.rows('show', 'flows') if row['client'] == NATTED[6]]
    before = gateway.dropped('no-rule')
    for source in (FOREIGN, UNNAMED):
        foreign.send(source, address, port)
    shell.wait_until(lambda: gateway.dropped('no-rule') >= before + 2, 'they are dropped')
