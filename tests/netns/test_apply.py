# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""New rules reach the steering of frames, below the workers, too."""

import pytest

from lab import shell
from lab.gateway import ports, program, publish
from lab.topology import CLIENT, OUTER, PUBLISHED

SECOND = '198.51.100.2'
LDAP = 389
FIRST_RULE = publish('first', services=['rpc', 'ldap'], interfaces=['samr'])
SECOND_RULE = publish('second', outer=SECOND, services=['rpc', 'ldap'], interfaces=['samr'])


@pytest.fixture
def second_address(lab):
    lab.topology.gateway.ip('addr', 'add', f'{SECOND}/32', 'dev', OUTER)
    yield
    lab.topology.gateway.ip('addr', 'del', f'{SECOND}/32', 'dev', OUTER)


def apply(gateway, rules):
    gateway.write_config(rules)
    gateway.command('config', 'apply', gateway.config)


@pytest.mark.parametrize('kind', ['af_xdp', 'af_packet'])
def test_an_address_is_published_and_withdrawn_at_work(lab, clients, start_gateway, second_address,
                                                       kind):
    gateway = start_gateway(FIRST_RULE, ports_text=ports(kind))
    assert clients.knock(LDAP, source=CLIENT) == 'open'
    # The box's own address, no service of which is listed: silence, not the kernel's reset.
    assert clients.knock(LDAP, source=CLIENT, host=SECOND) == 'silence'

    apply(gateway, FIRST_RULE + SECOND_RULE)
    assert clients.knock(LDAP, source=CLIENT, host=SECOND) == 'open'

    apply(gateway, SECOND_RULE)
    assert clients.knock(LDAP, source=CLIENT, host=SECOND) == 'open'
    assert clients.knock(LDAP, source=CLIENT, host=PUBLISHED) == 'silence'


def test_what_needs_a_restart_is_said_and_left_alone(one_gateway, tmp_path):
    gateway = one_gateway
    file = tmp_path / 'more.toml'
    file.write_text(gateway.config.read_text().replace('workers = 1', 'workers = 2'))
    done = gateway.command('config', 'apply', file)
    assert 'daemon.workers' in done.stdout and 'starts again' in done.stdout
    assert gateway.rows('status')[0]['workers'] == 1


def test_events_go_on_in_a_new_file_after_rotation(one_gateway, clients):
    gateway = one_gateway
    old = gateway.events_file.with_suffix('.old')
    gateway.events_file.rename(old)
    gateway.process.send_signal(1)  # SIGHUP
    shell.wait_until(gateway.events_file.exists, 'a new file of events')
    assert clients.impacket('map').returncode == 0
    gateway.wait_event(event='map-allowed', client=CLIENT)


@pytest.fixture
def one_gateway(start_gateway):
    return start_gateway(FIRST_RULE)


def test_a_second_daemon_on_the_same_socket_is_refused(lab, one_gateway):
    done = lab.topology.gateway.run([program('rpcgated'), '--config', one_gateway.config],
                                    check=False)
    assert done.returncode == 1 and 'another rpcgated' in done.stdout
    assert one_gateway.rows('status')[0]['workers'] == 1
