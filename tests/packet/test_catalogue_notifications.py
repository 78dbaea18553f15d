# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The catalogue: registrations for notifications, and the datagrams that follow (U1, U2, A11, A13).

Each scene holds the trick and, beside it, the same without the trick, which passes unchanged.
RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""
import itertools

import pytest

from rpc import pdus, store
from rpc.pdus import Auth, poisoned_opnum
from rpc.scene import PUBLISHED, Scene, rule, told
from rpc.store import MESSAGE, UDP_PORT, register

THIRD = '10.10.0.77'
STORE = '[[publish.interface]]\nname = "emsmdb"\nprotection = "{}"\n'


def store_rule(how, protection='none'):
    return rule(f'notifications = "{how}"\n', STORE.format(protection))


def registered(scene, **how):
    talk = scene.bound(pdus.EMSMDB)
    talk.say(register(talk.client, **how))
    return talk


def refused(reason):
    return [told('request-refused', reason, pdus.EMSMDB, store.REGISTER)]


def test_U1_datagrams_that_nobody_registered_for():
    scene = Scene(store_rule('registered'))
    talk, stranger = registered(scene), scene.client()
    scene.datagram(talk.client, UDP_PORT, MESSAGE)
    lies = {'larger': (UDP_PORT, MESSAGE + b'!', {}), 'smaller': (UDP_PORT, MESSAGE[:-1], {}),
            'another': (UDP_PORT, b'evilmail', {}), 'huge': (UDP_PORT, bytes(1400), {}),
            'empty': (UDP_PORT, b'', {}), 'another port': (UDP_PORT + 1, MESSAGE, {}),
            'name service': (137, MESSAGE, {}), 'another host': (UDP_PORT, MESSAGE,
                                                                 {'source': THIRD}),
            'a low port': (UDP_PORT, MESSAGE, {'source_port': 53})}
    for port, payload, how in lies.values():
        scene.datagram(talk.client, port, payload, **how)
    scene.datagram(stranger, UDP_PORT, MESSAGE)
    scene.pause(5)
    scene.datagram(talk.client, UDP_PORT, MESSAGE, source_port=4711)  # it draws one for each
    scene.play()
    scene.clean(talk)
    assert scene.datagrams == [(PUBLISHED, 2571, talk.client, UDP_PORT, MESSAGE),
                               (PUBLISHED, 4711, talk.client, UDP_PORT, MESSAGE)]


def test_U1_a_flood_and_what_goes_the_other_way():
    scene = Scene(store_rule('registered'))
    talk, slow = registered(scene), registered(scene)
    for _ in range(50):
        scene.datagram(talk.client, UDP_PORT, MESSAGE)
    for _ in range(5):
        scene.pause(2)
        scene.datagram(slow.client, UDP_PORT, MESSAGE)
    scene.datagram(PUBLISHED, 2571, MESSAGE, source=talk.client, source_port=UDP_PORT)
    scene.play()
    counted = [sum(each[2] == who.client for each in scene.datagrams) for who in (talk, slow)]
    assert counted == [5, 5]
    assert all(each[0] == PUBLISHED for each in scene.datagrams)
    assert 'notification-flood ' in scene.summary


def test_U1_datagrams_end_with_the_session():
    scene = Scene(store_rule('registered'))
    talk, faulted, stays = registered(scene), scene.bound(pdus.EMSMDB), registered(scene)
    call = register(faulted.client)
    faulted.say(call, answer=pdus.fault(5))  # the server wants none of it
    scene.datagram(faulted.client, UDP_PORT, MESSAGE)
    talk.close()
    scene.pause(200)
    for who in (talk, stays):
        scene.datagram(who.client, UDP_PORT, MESSAGE)
    scene.play()
    assert [each[2] for each in scene.datagrams] == [stays.client]


AIMED = {
    'an inner host': (THIRD, UDP_PORT), 'the published address': (PUBLISHED, UDP_PORT),
    'another client': ('203.0.113.250', UDP_PORT), 'everybody': ('255.255.255.255', UDP_PORT),
    'loopback': ('127.0.0.1', UDP_PORT), 'nowhere': ('0.0.0.0', UDP_PORT),
    'a low port': (None, 1023), 'no port': (None, 0), 'name service': (None, 137),
}


def test_U2_registrations_that_aim_at_others():
    scene = Scene(store_rule('registered'))
    talks, goods = {}, []
    for level, wide in itertools.product((None, pdus.INTEGRITY), (False, True)):
        auth = level and Auth(level)
        element = (0, pdus.EMSMDB, pdus.NDR64 if wide else pdus.NDR32)
        for what, (address, port) in AIMED.items():
            talk = talks[what, level, wide] = (scene.login if level else scene.bound)(element)
            call = register(address or talk.client, port, auth=auth, wide=wide)
            talk.say(call, becomes=poisoned_opnum(call))
            scene.datagram(talk.client, port, MESSAGE)
            if address:
                scene.datagram(address, port, MESSAGE)
        good = (scene.login if level else scene.bound)(element)
        good.say(register(good.client, auth=auth, wide=wide))
        scene.datagram(good.client, UDP_PORT, MESSAGE)
        goods.append(good)
    scene.play()
    scene.clean(*goods)
    for what, talk in talks.items():
        assert scene.refusals(talk) == refused('notification-target'), what
    assert [each[2] for each in scene.datagrams] == [good.client for good in goods]


def test_U2_registrations_that_read_two_ways():
    scene = Scene(store_rule('registered'))
    talks = {}
    for what, how in {'another family': {'family': 23}, 'a long context': {'context': bytes(80)}
                      }.items():
        talks[what] = scene.bound(pdus.EMSMDB)
        call = register(talks[what].client, **how)
        talks[what].say(call, becomes=poisoned_opnum(call))
    talks['in fragments'] = scene.bound(pdus.EMSMDB)
    stub = store.registration(talks['in fragments'].client)
    call = pdus.fragments(store.REGISTER, [stub[:40], stub[40:]])
    talks['in fragments'].say(*call, becomes=b''.join(map(poisoned_opnum, call)))
    talks['junk behind'] = scene.bound(pdus.EMSMDB)
    call = pdus.request(store.REGISTER, store.registration(talks['junk behind'].client) + bytes(8))
    talks['junk behind'].say(call, becomes=poisoned_opnum(call))
    good = registered(scene)
    scene.play()
    scene.clean(good)
    for what, talk in talks.items():
        assert scene.refusals(talk) == refused('notification-malformed'), what


def test_A11_what_a_rule_reads_is_read_whole_and_pinned():
    scene = Scene(store_rule('registered'))
    half, whole, again = (scene.bound(pdus.EMSMDB) for _ in range(3))
    call = register(half.client)
    half.send(call[:60])  # but for the common header nothing leaves
    half.arrives += call[:16]
    call = register(whole.client)
    for place in range(0, len(call), 9):
        whole.send(call[place:place + 9])
    whole.arrives += call
    whole.reply(whole.server.feed(call))
    call, lie = register(again.client), register(THIRD)
    again.send(call)
    again.said -= len(call)
    again.send(lie)  # once more, before the server has acknowledged it
    again.arrives += call
    again.reply(again.server.feed(call))
    bulk = scene.bound(pdus.EMSMDB)
    bulk.send(pdus.request(2, bytes(4000))[:2000])  # what no rule reads leaves as it comes
    bulk.arrives += pdus.request(2, bytes(4000))[:2000]
    for talk in (whole, again, half):
        scene.datagram(talk.client, UDP_PORT, MESSAGE)
    scene.datagram(THIRD, UDP_PORT, MESSAGE)
    scene.play()
    scene.clean(half, whole, again, bulk)
    assert [each[2] for each in scene.datagrams] == [whole.client, again.client]


@pytest.mark.parametrize('how, accepted', (('registered', False), ('window', True),
                                           ('session', True), ('off', False)))
def test_A13_sealed_registrations_where_the_rule_accepts_them(how, accepted):
    scene = Scene(store_rule(how))
    talk, plain = scene.login(pdus.EMSMDB, level=pdus.PRIVACY), scene.bound(pdus.EMSMDB)
    auth = Auth(pdus.PRIVACY)
    call = pdus.request(store.REGISTER, bytes(range(80)), auth=auth)
    talk.say(call, becomes=None if accepted else poisoned_opnum(call))
    open_call = register(plain.client)
    plain.say(open_call, becomes=poisoned_opnum(open_call) if how == 'off' else None)
    for who in (talk, plain):
        scene.datagram(who.client, UDP_PORT, MESSAGE)
    scene.play()
    reason = 'notification-off' if how == 'off' else 'notification-sealed'
    assert scene.refusals(talk) == ([] if accepted else refused(reason))
    assert bool(scene.of(talk, 'notification-armed')) == accepted
    assert scene.refusals(plain) == (refused(reason) if how == 'off' else [])
    assert [each[2] for each in scene.datagrams] == (
        [talk.client] * accepted + [plain.client] * (how != 'off'))


def test_A13_the_first_datagram_fixes_port_and_content():
    scene = Scene(store_rule('window'))
    talk, low = (scene.login(pdus.EMSMDB, level=pdus.PRIVACY) for _ in range(2))
    for each in (talk, low):
        each.say(pdus.request(store.REGISTER, bytes(range(80)), auth=Auth(pdus.PRIVACY)))
    expected = []
    for payload, port, source_port, passes in (
            (b'from a service', 3000, 1023, False), (b'from DNS', 3001, 53, False),
            (bytes(65), 3002, 2571, False), (b'to a service', 1023, 2571, False),
            (MESSAGE, 3003, 2571, True), (b'another!', 3003, 2571, False),
            (MESSAGE, 3004, 2571, False), (MESSAGE, 3003, 2999, True)):
        scene.pause(2)
        scene.datagram(talk.client, port, payload, source_port=source_port)
        if passes:
            expected.append((PUBLISHED, source_port, talk.client, port, payload))
    scene.play()
    scene.clean(talk, low)
    assert scene.datagrams == expected
