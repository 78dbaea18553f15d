# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What no rule grants fails, and the gateway says of each what it was: by event and by counter."""

import pytest

from lab.gateway import publish
from lab.topology import CLIENT, NEIGHBOUR

RULES = publish('dc', services=['rpc'], protection='privacy', interfaces=['samr', 'drsuapi'])


class Watch:
    """What the gateway tells about one refusal."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.mark = gateway.mark()
        self.before = gateway.numbers()

    def told(self, reason, counter=None, **fields):
        event = self.gateway.wait_event(self.mark, reason=reason, **fields)
        counter = counter or reason
        self.gateway.wait_number(counter, self.before.get(counter, 0) + 1)
        return event


@pytest.fixture
def watch(gateway, clients):
    # A refusal proves nothing when nothing passes at all.
    assert clients.impacket('samr').stdout == '2 domains\n'
    gateway.drain()
    return Watch(gateway)


def port_of_samr(gateway, clients):
    mark = gateway.mark()
    assert clients.impacket('samr').returncode == 0
    return gateway.wait_event(mark, event='bind-allowed', interface='samr')['outer_port']


def test_a_call_that_is_only_signed(gateway, clients, watch):
    done = clients.rpcclient('sign', 'enumdomusers')
    assert done.returncode != 0 and 'user:[' not in done.stdout, done.stdout[-400:]
    event = watch.told('protection-too-low', event='request-refused', interface='samr',
                       protection='integrity', client=CLIENT, action='rpc-error', rule='dc')
    assert isinstance(event['opnum'], int)


def test_a_bare_call(gateway, clients, watch):
    done = clients.rpcclient('', 'enumdomusers')
    assert done.returncode != 0 and 'user:[' not in done.stdout, done.stdout[-400:]
    watch.told('protection-too-low', event='request-refused', protection='none', client=CLIENT)


def test_a_sealed_call_of_an_anonymous_caller(gateway, clients, watch):
    done = clients.rpcclient('seal', 'enumdomusers', user='%')
    assert done.returncode != 0 and 'user:[' not in done.stdout, done.stdout[-400:]
    watch.told('anonymous-caller', client=CLIENT)


def test_an_anonymous_caller_inside_spnego(gateway, clients, watch):
    done = clients.rpcclient('seal,spnego', 'enumdomusers', user='%')
    assert done.returncode != 0 and 'user:[' not in done.stdout, done.stdout[-400:]
    watch.told('anonymous-caller', client=CLIENT)


def test_a_second_address_on_the_first_ones_port(gateway, clients, watch):
    port = port_of_samr(gateway, clients)
    assert clients.knock(port, source=CLIENT) == 'open'
    assert clients.knock(port, source=NEIGHBOUR) == 'silence'
    watch.gateway.wait_event(watch.mark, event='connection-refused', client=NEIGHBOUR,
                             outer_port=port, action='dropped')
    gateway.wait_number('no-pinhole', watch.before.get('no-pinhole', 0) + 1)


def test_an_interface_asked_of_the_mapper(gateway, clients, watch):
    answer = clients.impacket('map', '--interface', 'netlogon')
    assert answer.returncode == 3, answer.stdout
    watch.told('interface-not-granted', event='map-refused', interface='netlogon', client=CLIENT)


def test_an_interface_asked_of_the_mapper_in_nine_fragments(gateway, clients, watch):
    answer = clients.impacket('fragmented_map', '--interface', 'netlogon')
    assert answer.returncode == 3, answer.stdout
    watch.told('interface-not-granted', event='map-refused', interface='netlogon', client=CLIENT)


def test_an_interface_bound_on_a_port_that_is_open_for_another(gateway, clients, watch):
    answer = clients.impacket('workstation', '--mapped-for', 'samr')
    assert answer.returncode == 3, answer.stdout
    event = watch.gateway.wait_event(watch.mark, event='bind-refused', interface='wkssvc')
    assert event['client'] == CLIENT
    watch.told(event['reason'])
    assert event['reason'] in ('interface-not-granted', 'interface-not-on-pinhole')


def test_an_interface_added_by_alter_context(gateway, clients, watch):
    answer = clients.impacket('alter')
    assert answer.returncode == 3, answer.stdout
    event = watch.gateway.wait_event(watch.mark, event='bind-refused', interface='wkssvc')
    watch.told(event['reason'], event='bind-refused')
    assert event['reason'] in ('interface-not-granted', 'interface-not-on-pinhole')


def test_a_bare_request_after_a_sealed_bind(gateway, clients, watch):
    answer = clients.impacket('downgrade')
    assert answer.returncode == 3, answer.stdout
    watch.told('protection-too-low', event='request-refused', protection='none', client=CLIENT)


def test_a_port_that_no_rule_publishes(gateway, clients, watch):
    assert clients.knock(49153) == 'silence'
    assert clients.knock(445) == 'silence'
    gateway.wait_number('no-pinhole', watch.before.get('no-pinhole', 0) + 1)
    gateway.wait_event(watch.mark, event='connection-refused', outer_port=49153, client=CLIENT)
