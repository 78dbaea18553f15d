# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A copy of what passes elsewhere is judged and told, nothing is sent; and rules are learned of it.
"""

import json
import re
import tomllib

import pytest

from lab.gateway import Gateway, publish, toml
from lab.monitored import Monitored, ports
from lab.topology import CLIENT, SERVER

USES = ['samr', 'lsarpc']


@pytest.fixture(scope='module')
def monitored(lab):
    made = Monitored(lab.topology, lab.directory / 'monitored')
    try:
        yield made.up()
    finally:
        made.down()


@pytest.fixture
def start_monitor(lab, monitored):
    made = []

    def start(rules, kind='af_packet'):
        lab.made += 1
        made.append(Gateway(lab.topology.gateway, lab.directory / f'gw{lab.made}', rules,
                            ports_text=ports(kind), daemon='monitor = true'))
        return made[-1].start()
    yield start
    for gateway in made:
        gateway.drain()
        sent = monitored.sent()
        code, log = gateway.stop(), gateway.log()
        assert code == 0, log
        assert sent == 0, log


def rule(**keys):
    return publish('watched', outer=SERVER, server=SERVER, mode='routed', **keys)


def enumerates(clients):
    done = clients.rpcclient('seal', 'enumdomusers', host=SERVER)
    assert done.returncode == 0 and 'user:[' in done.stdout, done.stdout[-400:]


@pytest.mark.parametrize('kind', ['af_packet', 'af_xdp'])
def test_a_copy_is_judged_and_nothing_is_sent(start_monitor, clients, kind):
    gateway = start_monitor(rule(interfaces=['samr'], protection='privacy'), kind)
    mark = gateway.mark()
    enumerates(clients)
    opened = gateway.wait_event(mark, event='pinhole-opened', client=CLIENT, server=SERVER)
    assert opened['interface']['name'] == 'samr'
    gateway.wait_event(mark, event='pinhole-used', pinhole=opened['pinhole'])
    gateway.wait_event(mark, event='bind-allowed', interface='samr', client=CLIENT)
    # What a gateway would have refused is told, and had all the same.
    done = clients.samba('seal', 'samr_and_wkssvc', host=SERVER)
    assert 'workstation DC1' in done.stdout, done.stdout
    gateway.wait_event(mark, event='bind-refused', interface='wkssvc', client=CLIENT,
                       reason='interface-not-granted')
    low = clients.rpcclient('', 'enumdomusers', host=SERVER)
    gateway.wait_event(mark, event='request-refused', interface='samr', client=CLIENT,
                       reason='protection-too-low')
    assert low.stdout
    assert gateway.rows('status')[0]['monitor'] is True
    numbers = gateway.numbers()
    assert numbers['tx-packets'] == 0
    assert numbers['monitored'] > 0


def test_rules_are_learned_of_a_copy(start_monitor, clients, tmp_path):
    gateway = start_monitor(rule(action='learn', services=['rpc', 'kerberos', 'ldap']))
    enumerates(clients)
    gateway.wait_event(event='request-allowed', interface='samr', client=CLIENT,
                       protection='privacy')
    report = gateway.command('report').stdout
    assert "rule 'watched', which learns: 1 client" in report
    assert re.search(r'a packet filter would hold 16389 open; \d+ (was|were) opened here', report)
    assert re.search(r'  needed:\n(    .*\n)*    samr, opnums ', report), report
    (row,) = gateway.rows('report')
    assert row['rules'][0]['interfaces_needed'] >= 1
    told = gateway.command('learn').stdout
    learned = tomllib.loads(told)
    (learnt,) = learned['publish']
    assert learnt['clients'] == [CLIENT] and learnt['action'] == 'allow'
    levels = {entry['name']: entry['protection'] for entry in learnt['interface']}
    assert levels['samr'] == 'privacy'
    # The same of the file of events, without the daemon.
    offline = gateway.command('learn', '--events', gateway.events_file, '--config', gateway.config)
    assert offline.stdout == told
    assert gateway.command('report', '--events', gateway.events_file, '--config',
                           gateway.config).stdout == report
    # Under the learned rules the same is allowed, and nothing else.
    (tmp_path / 'learned.toml').write_text(told)
    gateway.command('config', 'apply', tmp_path / 'learned.toml')
    mark = gateway.mark()
    enumerates(clients)
    gateway.wait_event(mark, event='bind-allowed', interface='samr', client=CLIENT)
    gateway.drain()
    refused = [event for event in gateway.events(mark) if event['event'].endswith('-refused')]
    assert not refused, json.dumps(refused[:4])
    clients.samba('seal', 'samr_and_wkssvc', host=SERVER)
    gateway.wait_event(mark, event='bind-refused', interface='wkssvc', client=CLIENT)


def test_learning_needs_a_rule_that_learns(start_monitor):
    gateway = start_monitor(rule(interfaces=USES))
    answer = gateway.command('learn', check=False)
    assert answer.returncode == 1
    assert 'no rule has action = "learn"' in answer.stdout
    nothing = gateway.command('report', '--rule', 'nobody', check=False)
    assert "nothing is known of a rule 'nobody'" in nothing.stdout
    lonely = gateway.command('learn', '--events', gateway.events_file, check=False)
    assert '--config FILE is needed' in lonely.stdout


def test_monitoring_translates_nothing(lab, start_monitor):
    gateway = start_monitor(rule(interfaces=USES))
    gateway.write_config(publish('dc', interfaces=USES))
    answer = gateway.command('config', 'check', gateway.config, check=False)
    assert answer.returncode == 1
    assert 'mode = "routed" is needed' in answer.stdout, toml(answer.stdout)
