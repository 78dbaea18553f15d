# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The catalogue: what an answer of the mapper opens, for whom and for how long (E6 to E9, E11, A15,
A16).

Each scene holds the trick and, beside it, the same without the trick, which passes unchanged.
RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""
import pytest

from rpc import mapper, pdus
from rpc.pdus import poisoned_opnum
from rpc.scene import (DYNAMIC, HEAD, MAPPER_PORT, OTHER_SERVER, PUBLISHED, RULE, SERVER, Scene,
                       cut_for, rule, told)

MINUTE, HOUR = 60, 3600
BIND = pdus.bind(pdus.SAMR)


def more_ports(scene, talk, ports, first_call=10):
    """The mapper is asked again and again, and names another port each time."""
    for call, port in enumerate(ports, first_call):
        talk.server.maps = {pdus.SAMR.uuid: [mapper.tower(pdus.SAMR, port, SERVER)]}
        talk.say(mapper.ask(pdus.SAMR, call), hears=pdus.response(
            mapper.answer([mapper.tower(pdus.SAMR, port, PUBLISHED)]), call))


def test_E6_a_server_that_dials():
    scene = Scene()
    talk = scene.mapped()
    seen = scene.bound(port=DYNAMIC, client=talk.client)
    for port, to in ((DYNAMIC, 20000), (DYNAMIC, seen.client_port + 500), (135, 445), (4444, 80)):
        scene.dial(talk.client, port, to)
    door = scene.knock(DYNAMIC, talk.client)
    scene.play()
    scene.clean(talk, seen)
    assert scene.knocked(door) == 'in'
    assert scene.dialled() == []


def test_E6_a_server_that_names_ports_without_end():
    scene = Scene(rule('limits = { pinholes-per-client = 8 }\n'))
    talk, good = scene.mapped(), scene.mapped()
    more_ports(scene, talk, range(DYNAMIC + 1, DYNAMIC + 8))
    more_ports(scene, good, [DYNAMIC] * 12)  # the same port again is none more
    talk.server.maps = {pdus.SAMR.uuid: [mapper.tower(pdus.SAMR, DYNAMIC + 8, SERVER)]}
    talk.say(mapper.ask(pdus.SAMR, 99), hears=pdus.response(mapper.answer(
        [mapper.tower(pdus.SAMR, 0, SERVER)], status=mapper.NOT_REGISTERED), 99))
    doors = [scene.knock(port, talk.client) for port in (DYNAMIC + 7, DYNAMIC + 8)]
    scene.play()
    scene.clean(good)
    assert scene.refusals(talk) == [told('map-refused', 'pinhole-limit', pdus.SAMR)]
    assert len(scene.pinholes(talk)) == 8 and len(scene.pinholes(good)) == 1
    assert [scene.knocked(door) for door in doors] == ['in', 'silence']


def test_E7_pinholes_of_others():
    scene = Scene()
    talk, other = scene.mapped(), scene.mapped(port=DYNAMIC + 1)
    doors = {'own': scene.knock(DYNAMIC, talk.client), 'stranger': scene.knock(DYNAMIC),
             'a client with another': scene.knock(DYNAMIC, other.client),
             'own other port': scene.knock(DYNAMIC + 1, talk.client)}
    scene.play()
    scene.clean(talk, other)
    assert {what: scene.knocked(door) for what, door in doors.items()} == {
        'own': 'in', 'stranger': 'silence', 'a client with another': 'silence',
        'own other port': 'silence'}
    assert [(event['reason'], event['action']) for event in scene.events
            if event['event'] == 'connection-refused'] == [('port-not-granted', 'dropped')] * 3


def test_E8_hosts_behind_one_address_are_judged_one_by_one():
    scene = Scene()
    talk = scene.mapped()
    first, second = (scene.connect(DYNAMIC, client=talk.client) for _ in range(2))
    first.say(BIND)
    first.say(pdus.request(5))
    offered = pdus.bind(pdus.WKSSVC)
    second.say(offered, becomes=pdus.poisoned_element(offered, 0))
    call = pdus.request(5)  # what the first has bound is not the second's
    second.say(call, becomes=poisoned_opnum(call))
    scene.play()
    scene.clean(talk, first)
    assert scene.refusals(second) == [
        told('bind-refused', 'interface-not-granted', pdus.WKSSVC),
        told('request-refused', 'unknown-context', None, 5)]


def test_E8_what_nobody_uses_is_soon_closed():
    scene = Scene()
    talk, used = scene.mapped(), scene.mapped()
    talk.close()
    used.close()
    scene.bound(port=DYNAMIC, client=used.client)
    scene.pause(2 * MINUTE + 5)
    doors = [scene.knock(DYNAMIC, each.client) for each in (talk, used)]
    scene.play()
    assert [scene.knocked(door) for door in doors] == ['reset', 'in']


def test_E9_a_pinhole_used_for_something_else():
    scene = Scene()
    talk = scene.mapped()
    others = {}
    for what, octets in {'TLS': b'\x16\x03\x01\x02\0\x01' + bytes(60),
                         'SMB': b'\0\0\0\x54\xffSMB' + bytes(60),
                         'HTTP': b'POST /wsman HTTP/1.1\r\n\r\n'}.items():
        others[what] = scene.connect(DYNAMIC, client=talk.client)
        others[what].breaks(octets)
    forbidden = {}
    for interface in (pdus.MGMT, pdus.WINREG, pdus.EPMAPPER):
        forbidden[interface] = scene.connect(DYNAMIC, client=talk.client)
        offered = pdus.bind(pdus.SAMR, interface)
        forbidden[interface].say(offered, becomes=pdus.poisoned_element(offered, 1))
    good, another = (scene.connect(DYNAMIC, client=talk.client) for _ in range(2))
    good.say(BIND)
    good.say(pdus.request(5))
    another.say(pdus.bind(pdus.DRSUAPI))  # granted as well, and at the same port
    scene.all_cut(others, 'not-rpc')
    scene.clean(talk, good, another)
    for interface, each in forbidden.items():
        assert scene.refusals(each) == [
            told('bind-refused', 'interface-not-granted', interface)], interface


def test_E11_half_a_bind():
    scene = Scene()
    slow, fast = scene.connect(MAPPER_PORT), scene.connect(MAPPER_PORT)
    part = pdus.bind(pdus.EPMAPPER)
    slow.send(part[:40])
    fast.say(part)
    scene.pause(30)
    slow.stalls()
    fast.say(mapper.ask(pdus.SAMR))
    scene.all_cut({'slow': slow}, 'stream-stalled')
    scene.clean(fast)


@pytest.mark.parametrize('stage, seconds', (
    ('no bind', 10), ('no request', 30), ('idle', 60)))
def test_E11_slow_clients_of_the_mapper(stage, seconds):
    scene = Scene()
    slow = scene.connect(MAPPER_PORT)
    if stage != 'no bind':
        slow.say(pdus.bind(pdus.EPMAPPER))
    if stage == 'idle':
        slow.say(mapper.ask(pdus.SAMR))
    fast = scene.bound(pdus.EPMAPPER, port=MAPPER_PORT)
    fast.say(mapper.ask(pdus.SAMR))
    scene.pause(seconds - 8)
    fast.say(mapper.ask(pdus.SAMR, 3))
    scene.pause(10)
    fast.say(mapper.ask(pdus.SAMR, 4))
    slow.stalls()
    scene.all_cut({stage: slow}, 'mapper-idle')
    scene.clean(fast)


def test_E11_a_client_of_DCOM_stays():
    """Its next ping is minutes away (MS-DCOM 3.2.6.1)."""
    scene = Scene(rule('', '[[publish.interface]]\nname = "iobjectexporter"\n'))
    talk = scene.bound(pdus.EXPORTER, port=MAPPER_PORT)
    scene.pause(300)
    talk.say(pdus.request(5))
    scene.play().clean(talk)


def test_E11_connections_of_one_client():
    scene = Scene(rule('limits = { flows-per-client = 16 }\n'))
    client, other = scene.client(), scene.client()
    talks = [scene.bound(pdus.EPMAPPER, port=MAPPER_PORT, client=client) for _ in range(16)]
    doors = [scene.knock(MAPPER_PORT, who) for who in (client, other)]
    talks[0].say(mapper.ask(pdus.SAMR))
    scene.play()
    scene.clean(*talks)
    assert [scene.knocked(door) for door in doors] == ['silence', 'in']
    assert [(event['event'], event['reason']) for event in scene.events
            if event.get('reason')] == [('limit-reached', 'connection-limit')]


def test_A15_the_life_of_a_pinhole():
    """An hour after its last connection; for a day after that its client is told to ask again."""
    scene = Scene()
    talk = scene.mapped()
    talk.close()
    used = scene.bound(port=DYNAMIC, client=talk.client)
    used.close()
    doors = {}
    scene.pause(50 * MINUTE)
    again = scene.bound(port=DYNAMIC, client=talk.client)  # without asking, as Windows dials
    again.close()
    scene.pause(50 * MINUTE)
    doors['after 50 minutes'] = scene.knock(DYNAMIC, talk.client)
    scene.pause(70 * MINUTE)
    doors['after 70 minutes'] = scene.knock(DYNAMIC, talk.client)
    doors['a stranger'] = scene.knock(DYNAMIC)
    doors['another port'] = scene.knock(DYNAMIC + 1, talk.client)
    scene.pause(22 * HOUR)
    doors['the same day'] = scene.knock(DYNAMIC, talk.client)
    scene.pause(3 * HOUR)
    doors['the next day'] = scene.knock(DYNAMIC, talk.client)
    scene.play()
    assert {what: scene.knocked(door) for what, door in doors.items()} == {
        'after 50 minutes': 'in', 'after 70 minutes': 'reset', 'a stranger': 'silence',
        'another port': 'silence', 'the same day': 'reset', 'the next day': 'silence'}
    assert scene.refusals(used) == scene.refusals(again) == []


def test_A15_a_port_never_leads_one_client_to_two_servers():
    """A freed port could only do so where two rules name two servers: such rules are refused."""
    second = HEAD.replace('"catalogue"', '"second"').replace(f'"{SERVER}"', f'"{OTHER_SERVER}"')
    second += 'mapper-port = 4135\ninterfaces = ["wkssvc"]\n'
    scene = Scene(RULE + second)
    scene.mapped()
    with pytest.raises(AssertionError, match='two servers for one client'):
        scene.play()
    apart = Scene(RULE + second.replace(PUBLISHED, '198.51.100.2'))
    talk = apart.mapped()
    apart.play()
    apart.clean(talk)


@pytest.mark.parametrize('how', ('rpc-error', 'reset', 'drop'))
def test_A16_the_gateway_edits_and_does_not_answer(how):
    """All that is heard is what the server said, in every way of refusing."""
    scene = Scene(rule(f'refuse = "{how}"\n'))
    denied, offered = pdus.request(34, call=9), pdus.bind(pdus.WKSSVC)
    asked = mapper.ask(pdus.WKSSVC)
    good = scene.bound()
    good.say(pdus.request(5))
    talks = [scene.bound(), scene.connect(), scene.bound(pdus.EPMAPPER, port=MAPPER_PORT)]
    said = (denied, offered, asked)
    become = (poisoned_opnum(denied), pdus.poisoned_element(offered, 0),
              mapper.poisoned(asked, pdus.WKSSVC))
    for talk, words, edited in zip(talks, said, become):
        if how == 'rpc-error':
            heard = talk.say(words, becomes=edited)
            assert heard in talk.heard and len(heard) >= 32
        elif how == 'reset':
            talk.breaks(words)
        else:
            talk.send(words)  # nothing leaves, and nobody is told
            talk.open_end = words
            talk.send(pdus.request(5, call=10))
    scene.play()
    scene.clean(good)
    action = {'drop': 'dropped'}.get(how, how)
    kinds = [('request-refused', 'opnum-denied'), ('bind-refused', 'interface-not-granted'),
             ('map-refused', 'interface-not-granted')]
    for talk, kind in zip(talks, kinds):
        told_of = [(each.event, each.reason, each.action) for each in scene.refusals(talk)]
        assert told_of[0] == (*kind, action)
        assert all(each[0] == 'connection-reset' for each in told_of[1:]), told_of


def test_A16_a_connection_that_was_cut_says_no_more():
    scene = Scene()
    talk, good = scene.bound(), scene.bound()
    talk.breaks(pdus.response(b''))
    talk.send(pdus.request(5, call=3))
    talk.send_back(pdus.response(b'', 3))
    good.say(pdus.request(5, call=3))
    scene.play()
    scene.clean(good)
    assert scene.refusals(talk) == cut_for('pdu-unexpected')
