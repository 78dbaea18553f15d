# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Rules that were learned: what they were learned from passes under them, and no grant of theirs
is one too many."""

import json
import pathlib
import subprocess
import tomllib

import pytest

from rpc import dcom, learning, pdus, tokens
from rpc.pdus import Auth
from rpc.scene import (DYNAMIC, MAPPER_PORT, PORT, PORTS, PUBLISHED, REFUSALS, REPLAY, SERVER,
                       Scene, segments)

LEARN = f'''
# What these clients need of it.
[[publish]]
name = "server"
action = "learn"
clients = ["any"]  # for now
outer = "{PUBLISHED}"
server = "{SERVER}"
also = [
  "10.10.0.11",
]
services = ["rpc", "kerberos", "ldap"]
static-ports = [{PORT}]
refuse = "rpc-error"
[publish.limits]
pinhole-idle = "2m"
# Not for anybody.
[[publish]]
name = "others"
action = "deny"
clients = ["any"]
outer = "{PUBLISHED}"
'''


def replay(place, frames, rules, *options):
    segments.write_capture(place / 'in.pcap', frames)
    return replay_file(place, place / 'in.pcap', rules, *options)


def replay_file(place, capture, config, *options):
    """The events, and what was learned."""
    (place / 'rpcgate.toml').write_text(config)
    done = subprocess.run([REPLAY, '--config', place / 'rpcgate.toml', '--read', capture,
                           '--events', place / 'events', *options],
                          capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, f'exit {done.returncode}\n{done.stdout}\n{done.stderr}\n{config}'
    return [json.loads(line) for line in (place / 'events').read_text().splitlines()]


def refused(events):
    return [event for event in events
            if event['event'] in REFUSALS or event['event'].endswith('-refused')]


def learned(place, capture, config, *options):
    events = replay_file(place, capture, config, '--learn', place / 'learned.toml', *options)
    return events, (place / 'learned.toml').read_text()


def plays(scene):
    """Three clients of one kind, two of others."""
    for client in ('203.0.113.1', '203.0.113.2'):
        scene.mapped(pdus.SAMR, client=client)
        talk = scene.bound(pdus.SAMR, pdus.WINREG, port=DYNAMIC,
                           client=client)
        talk.say(pdus.request(5, call=2))
        talk.say(pdus.request(34, call=3))
        talk.say(pdus.request(7, call=4, context=1))
    signed = scene.login(pdus.LSARPC, client='203.0.113.3')
    signed.say(pdus.request(44, auth=Auth(pdus.INTEGRITY)))
    sealed = scene.login(pdus.LSARPC, client='203.0.113.3', level=pdus.PRIVACY)
    sealed.say(pdus.request(45, auth=Auth(pdus.PRIVACY)))
    nobody = scene.login(pdus.NETLOGON_RPC, client='203.0.113.4',
                         token=tokens.NOBODY)
    nobody.say(pdus.request(4, auth=Auth(pdus.INTEGRITY)))
    scene.mapped(pdus.DRSUAPI, client='203.0.113.5')
    activator = scene.login(pdus.ACTIVATOR, client='203.0.113.5',
                            port=MAPPER_PORT)
    activator.say(dcom.activate(auth=Auth(pdus.INTEGRITY)), answer=b'')
    for client, port in (('203.0.113.1', 88), ('203.0.113.5', 389)):
        scene.knock(port, client)
    scene.knock(9999, '203.0.113.5')  # refused, and so it stays


@pytest.fixture(name='scene', scope='module')
def scene_fixture():
    scene = Scene(LEARN)
    plays(scene)
    return scene


@pytest.fixture(name='lesson', scope='module')
def lesson_fixture(scene, tmp_path_factory):
    """What was learned of it, as text."""
    place = tmp_path_factory.mktemp('lesson')
    segments.write_capture(place / 'in.pcap', scene.tape.frames)
    events, text = learned(place, place / 'in.pcap', PORTS + LEARN)
    assert [event['outer_port'] for event in refused(events)] == [9999]
    return text


def rule_of(config, client):
    (rule,) = [rule for rule in config['publish'] if client in rule['clients']]
    return rule


def entry_of(rule, name):
    (found,) = [entry for entry in rule['interface']
                if name in (entry.get('name'), entry.get('uuid'))]
    return found


def test_rules_grant_what_was_used(lesson):
    config = tomllib.loads(lesson)
    assert [rule['name'] for rule in config['publish']] == [
        'server-1', 'server-2', 'server-3', 'server-4', 'server-5', 'others']
    mapped = rule_of(config, '203.0.113.1')
    assert mapped['services'] == ['rpc', {'protocol': 'tcp', 'port': 88}]
    assert rule_of(config, '203.0.113.2')['services'] == ['rpc']
    assert entry_of(mapped, 'samr') == {'name': 'samr', 'opnums': [5, 34], 'protection': 'none'}
    assert entry_of(mapped, 'winreg')['opnums'] == [7]
    signed = entry_of(rule_of(config, '203.0.113.3'), 'lsarpc')
    assert signed == {'name': 'lsarpc', 'opnums': [44, 45], 'protection': 'integrity',
                      'floor': [{'opnums': [45], 'protection': 'privacy'}]}
    assert entry_of(rule_of(config, '203.0.113.4'), 'netlogon')['anonymous'] is True
    last = rule_of(config, '203.0.113.5')
    assert entry_of(last, 'drsuapi') == {'name': 'drsuapi', 'deny-opnums': ['0-65535']}
    assert last['classes'] == [dcom.OUR_CLASS]
    assert entry_of(last, 'isystemactivator')['opnums'] == [4]


def test_what_else_a_rule_says_stays(lesson):
    config = tomllib.loads(lesson)
    for rule in config['publish'][:-1]:
        assert rule['action'] == 'allow'
        assert rule['also'] == ['10.10.0.11']
        assert rule['limits'] == {'pinhole-idle': '2m'}
    assert '# What these clients need of it.\n[[publish]]' in lesson
    assert lesson.endswith(LEARN[LEARN.index('# Not for anybody.'):])
    assert lesson.startswith(PORTS)


def test_nothing_else_is_refused_under_them(scene, lesson, tmp_path):
    (other,) = refused(replay(tmp_path, scene.tape.frames, lesson))
    assert other['outer_port'] == 9999
    # One rule for all of them lets the same pass.
    _, merged = learned(tmp_path, tmp_path / 'in.pcap', PORTS + LEARN, '--merge')
    config = tomllib.loads(merged)
    assert [(rule['name'], rule['clients']) for rule in config['publish']] == [
        ('server', ['any']), ('others', ['any'])]
    assert 'clients = ["any"]  # for now\n' in merged
    assert len(refused(replay(tmp_path, scene.tape.frames, merged))) == 1


def test_no_grant_is_one_too_many(scene, lesson, tmp_path):
    config = tomllib.loads(lesson)
    count = 0
    for what, text in learning.one_less(config):
        count += 1
        assert len(refused(replay(tmp_path, scene.tape.frames, text))) > 1, what
    assert count == 28


def test_a_rule_under_which_nothing_was_done_goes(tmp_path):
    _, text = learned(tmp_path, scene_file(tmp_path, Scene(LEARN)), PORTS + LEARN)
    assert [rule['name'] for rule in tomllib.loads(text)['publish']] == ['others']
    assert '# Nothing was done under the rule "server"' in text


def scene_file(place, scene):
    scene.knock(1, '203.0.113.9')
    segments.write_capture(place / 'in.pcap', scene.tape.frames)
    return place / 'in.pcap'


def test_what_cannot_be_learned_is_said(tmp_path):
    capture = scene_file(tmp_path, Scene(LEARN))
    (tmp_path / 'rpcgate.toml').write_text(PORTS + LEARN.replace('"learn"', '"allow"').replace(
        'static-ports', 'interfaces = ["any"]\nstatic-ports'))
    done = subprocess.run([REPLAY, '--config', tmp_path / 'rpcgate.toml', '--read', capture,
                           '--learn', '-'], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert done.stderr.endswith('rpcgate-replay: no rule has action = "learn"\n')


def test_a_use_is_told_once(scene, tmp_path):
    frames = list(scene.tape.frames)
    events = replay(tmp_path, frames, PORTS + LEARN)
    calls = [(event['client'], event['interface']['name'], event['opnum'], event['protection'])
             for event in events if event['event'] == 'request-allowed']
    assert len(calls) == len(set(calls)) == 10
