# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A wrong configuration is refused with all that is wrong in it; a right one is applied at work."""

import json
import subprocess

import pytest

from lab import shell
from lab.clients import PEERS
from lab.gateway import ports, program, publish
from lab.topology import CLIENT

RULES = publish('dc', interfaces=['samr'])

WRONG = f'''
[daemon]
workers = 0
colour = "blue"
{ports()}
[[publish]]
name = "first"
clients = ["nobody"]
outer = "198.51.100.1"
server = "10.10.0.10"
interfaces = ["samrr"]

[[publish]]
name = "second"
clients = ["any"]
outer = "198.51.100.1"
server = "10.10.0.300"
schedule = "office-hours"
'''


def test_all_errors_are_told_at_once_each_with_its_place(tmp_path):
    file = tmp_path / 'wrong.toml'
    file.write_text(WRONG)
    done = subprocess.run([program('rpcgate'), 'config', 'check', file], capture_output=True,
                          text=True, timeout=60)
    told = done.stdout + done.stderr
    assert done.returncode != 0
    lines = WRONG.splitlines()
    for written in ('workers = 0', 'colour', 'clients = ["nobody"]', 'interfaces = ["samrr"]',
                    'server = "10.10.0.300"', 'schedule ='):
        number = next(at for at, line in enumerate(lines, 1) if line.startswith(written))
        assert f':{number}:' in told or f'\t{number}\t' in told or f' {number} ' in told, \
            f'nothing about line {number}, {written}:\n{told}'


def test_the_daemon_does_not_start_on_a_wrong_configuration(lab, tmp_path):
    file = tmp_path / 'wrong.toml'
    file.write_text(WRONG)
    done = lab.topology.gateway.run([program('rpcgated'), '--config', file], check=False)
    assert done.returncode != 0
    assert 'colour' in done.stdout and 'nobody' in done.stdout and 'samrr' in done.stdout
    assert lab.left_behind() == []


@pytest.mark.parametrize('rules, words', [
    (publish('a', services=['rpc', {'protocol': 'tcp', 'port': 445}], interfaces=['samr']), '445'),
    (publish('a', interfaces=['samr'])
     + publish('b', server='10.10.0.11', interfaces=['samr']), 'server'),
    (publish('a', interfaces=['samr']) + '\n[[outbound]]\nname = "out"\n', 'outbound'),
], ids=['published 445', 'two servers for one key', 'outbound rules'])
def test_traps_are_named(tmp_path, rules, words):
    file = tmp_path / 'trap.toml'
    file.write_text(ports() + rules)
    done = subprocess.run([program('rpcgate'), 'config', 'check', file], capture_output=True,
                          text=True, timeout=60)
    assert words in done.stdout + done.stderr, done.stdout + done.stderr


def test_new_rules_come_into_force_while_a_connection_lives(gateway, clients, lab, tmp_path):
    output = lab.directory / 'held'
    held = clients.namespace.start(
        ['/bin/sh', '-c', f'while :; do echo; sleep 0.2; done | /usr/bin/python3 '
         f'{PEERS / "impacket_call.py"} {clients.dc} hold'], output=output)
    try:
        shell.wait_until(lambda: output.read_text().count('2 domains') > 2, 'calls are answered')
        assert clients.impacket('map', '--interface', 'wkssvc').returncode == 3
        gateway.write_config(publish('dc', interfaces=['samr', 'wkssvc']))
        mark = gateway.mark()
        gateway.command('config', 'apply', gateway.config)
        gateway.wait_event(mark, event='policy-committed')
        assert clients.impacket('map', '--interface', 'wkssvc').returncode == 0
        so_far = output.read_text().count('2 domains')
        shell.wait_until(lambda: output.read_text().count('2 domains') > so_far + 2,
                         'the old connection goes on')

        # What the new rules no longer grant ends, the connection that lives included.
        gateway.write_config(publish('dc', interfaces=['wkssvc']))
        mark = gateway.mark()
        gateway.command('config', 'apply', gateway.config)
        shell.wait_until(lambda: 'refused' in output.read_text()
                         or 'Traceback' in output.read_text(), 'the old connection ends')
        gateway.wait_event(mark, client=CLIENT, reason='policy-changed')
        assert clients.impacket('map').returncode == 3
    finally:
        shell.kill_group(held)
        gateway.write_config(RULES)
        gateway.command('config', 'apply', gateway.config)


def test_a_wrong_file_changes_nothing(gateway, clients, tmp_path):
    before = gateway.rows('status')[0]['generation']
    file = tmp_path / 'wrong.toml'
    file.write_text(WRONG)
    assert gateway.command('config', 'apply', file, check=False).returncode != 0
    assert gateway.rows('status')[0]['generation'] == before
    assert clients.impacket('samr').stdout == '2 domains\n'


def test_the_running_configuration_can_be_saved(gateway, tmp_path):
    file = tmp_path / 'saved.toml'
    gateway.command('config', 'save', file)
    assert 'name = "dc"' in file.read_text()
    assert gateway.command('config', 'check', file).returncode == 0


def test_config_test_tells_which_rule_decides(gateway):
    asked = ['config', 'test', '--client', CLIENT, '--to', '198.51.100.1', '--interface']
    granted = gateway.rows(*asked, 'samr')[0]
    assert granted['allowed'] is True and granted['rule'] == 'dc'
    refused = gateway.rows(*asked, 'netlogon', check=False)[0]
    assert refused['allowed'] is False and refused['reason'] == 'interface-not-granted'
    bare = gateway.rows(*asked, 'samr', '--opnum', '13', '--protection', 'none', check=False)[0]
    assert bare['allowed'] is False and bare['reason'] == 'protection-too-low'
    assert 'dc' in gateway.command(*asked, 'samr').stdout


def test_events_are_json_lines(gateway, clients):
    assert clients.impacket('samr').returncode == 0
    for line in gateway.events_file.read_text().splitlines():
        event = json.loads(line)
        assert event['time'].endswith('Z') and event['event']
