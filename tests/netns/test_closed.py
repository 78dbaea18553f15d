# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The kernel is never a way round, whatever ip_forward says and however the daemon ended."""

import concurrent.futures

import pytest

from conftest import USERS
from lab import shell
from lab.gateway import ports, publish
from lab.topology import SERVER, SERVER6

RULES = (publish('v4', outer=SERVER, mode='routed', interfaces=['samr'])
         + publish('v6', outer=SERVER6, server=SERVER6, mode='routed', interfaces=['samr']))
UNGRANTED = 49153
CLIENTS = {SERVER: '198.51.100.10', SERVER6: '2001:db8:1::10'}


@pytest.fixture
def forwarding(lab):
    """The kernel forwards, and would carry everything: this is the machine before the gateway."""
    lab.topology.reopen()
    for server, client in CLIENTS.items():
        assert lab.clients.knock(UNGRANTED, source=client, host=server) == 'open'
    yield
    lab.topology.forward_by_kernel(False)


def answers(lab):
    """What the ungranted port of each server says."""
    with concurrent.futures.ThreadPoolExecutor() as at_once:
        return list(at_once.map(lambda pair: lab.clients.knock(UNGRANTED, source=pair[1],
                                                               host=pair[0]), CLIENTS.items()))


UNREACHABLE = ['silence'] * len(CLIENTS)


def serves(lab, host):
    done = lab.clients.rpcclient('seal', 'enumdomusers', host=host)
    return f'user:[user{USERS - 1:05d}]' in done.stdout


@pytest.mark.parametrize('kind', ['af_xdp', 'af_packet'])
def test_an_ungranted_port_is_unreachable_however_the_daemon_is(lab, start_gateway, forwarding,
                                                                kind):
    gateway = start_gateway(RULES, ports_text=ports(kind))
    assert serves(lab, SERVER)
    assert answers(lab) == UNREACHABLE
    lab.topology.gateway.sysctl(net__ipv4__ip_forward=0)
    lab.topology.gateway.sysctl(net__ipv4__ip_forward=1)  # an operator's hand, while it runs
    shell.wait_until(lambda: forwarding_of(lab) == '0', 'the daemon closes what was opened')
    assert answers(lab) == UNREACHABLE

    assert gateway.stop() == 0
    assert answers(lab) == UNREACHABLE

    gateway.start()
    gateway.kill()
    assert answers(lab) == UNREACHABLE

    gateway.start()  # over what the killed one left attached
    assert serves(lab, SERVER)
    assert answers(lab) == UNREACHABLE


def forwarding_of(lab):
    return lab.topology.gateway.run(
        ['cat', '/proc/sys/net/ipv4/conf/gw-outer/forwarding']).stdout.strip()


@pytest.mark.parametrize('kind', ['af_xdp', 'af_packet'])
def test_sigterm_leaves_nothing_attached_and_no_process(lab, start_gateway, kind):
    gateway = start_gateway(RULES, ports_text=ports(kind))
    assert serves(lab, SERVER)
    assert gateway.stop() == 0
    assert lab.left_behind() == []
    assert not gateway.socket.exists()


def test_ipv6_is_published_routed(lab, start_gateway):
    gateway = start_gateway(RULES)
    mark = gateway.mark()
    assert serves(lab, SERVER6)
    gateway.wait_event(mark, event='pinhole-opened', rule='v6', client='2001:db8:1::10',
                       server=SERVER6)
    assert lab.clients.knock(UNGRANTED, source='2001:db8:1::10', host=SERVER6) == 'silence'
    gateway.wait_number('no-pinhole', 1)
    bare = lab.clients.rpcclient('', 'enumdomusers', host=SERVER6)
    assert 'user:[' not in bare.stdout
    gateway.wait_event(mark, event='request-refused', rule='v6', reason='protection-too-low')
    gateway.drain()
