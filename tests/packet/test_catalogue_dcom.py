# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The catalogue: what is found without the mapper's map: activation of objects (A17, E10), and
look-ups (E10).

Each scene holds the trick and, beside it, the same without the trick, which passes unchanged.
RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""
import pytest

from rpc import dcom, mapper, pdus, tokens
from rpc.pdus import Auth, poisoned_opnum
from rpc.scene import DYNAMIC, MAPPER_PORT, PUBLISHED, SERVER, Scene, rule, told

GRANTED = '''
[[publish.interface]]
name = "isystemactivator"
protection = "connect"
[[publish.interface]]
name = "iactivation"
protection = "connect"
'''
CLASSES = f'classes = ["{dcom.OUR_CLASS}"]\n'


def activator(scene, interface=pdus.ACTIVATOR, level=pdus.INTEGRITY):
    return scene.login(interface, level=level, port=MAPPER_PORT)


@pytest.mark.parametrize('level', (pdus.CONNECT, pdus.PACKET, pdus.INTEGRITY))
def test_A17_classes_that_the_rule_does_not_name(level):
    scene = Scene(rule(CLASSES, GRANTED))
    talks = {}
    for operation, opnum in dcom.OPNUMS.items():
        talk, good = (activator(scene, dcom.INTERFACES[operation], level) for _ in range(2))
        call = dcom.activate(operation, dcom.MMC, auth=Auth(level))
        talk.say(call, becomes=poisoned_opnum(call))
        good.say(dcom.activate(operation, auth=Auth(level)), answer=b'')
        talks[operation] = talk, good, opnum
    scene.play()
    for talk, good, opnum in talks.values():
        scene.clean(good)
        assert [each.event for each in scene.refusals(talk)] == []
        (refused,) = scene.of(talk, 'activation-refused')
        assert (refused['reason'], refused['opnum'], refused['clsid']) == (
            'class-not-granted', opnum, dcom.MMC)
        assert [event['clsid'] for event in scene.of(good, 'activation-allowed')] == [
            dcom.OUR_CLASS]


def test_A17_activations_that_cannot_be_read():
    for accepted in (False, True):
        scene = Scene(rule(CLASSES + f'sealed-activation = {str(accepted).lower()}\n', GRANTED))
        talk, good = activator(scene, level=pdus.PRIVACY), activator(scene)
        call = pdus.request(4, bytes(range(200)), auth=Auth(pdus.PRIVACY))
        talk.say(call, becomes=None if accepted else poisoned_opnum(call))
        good.say(dcom.activate(auth=Auth()), answer=b'')
        scene.play()
        scene.clean(good)
        (event,) = scene.of(talk, 'activation-allowed' if accepted else 'activation-refused')
        assert event['reason'] == 'activation-sealed'  # said in either case


def test_A17_an_activation_opens_the_port_that_it_is_told():
    scene = Scene(rule(CLASSES, GRANTED))
    doors = {}
    for what, port, host in (('its port', DYNAMIC, SERVER), ('a low port', 445, SERVER),
                             ('a name', DYNAMIC, 'SERVER1')):
        talk = activator(scene)
        talk.say(dcom.activate(auth=Auth()),
                 answer=dcom.activated(host, port, auth=Auth()))
        doors[what] = scene.knock(port, talk.client)
    unasked = activator(scene)
    doors['not asked'] = scene.knock(DYNAMIC, unasked.client)
    scene.play()
    assert {what: scene.knocked(door) for what, door in doors.items()} == {
        'its port': 'in', 'a low port': 'silence', 'a name': 'in', 'not asked': 'silence'}


def test_A17_no_activation_below_its_floor():
    scene = Scene(rule(CLASSES, GRANTED))
    bare, good = scene.bound(pdus.ACTIVATOR, port=MAPPER_PORT), activator(scene)
    call = dcom.activate()
    bare.say(call, becomes=poisoned_opnum(call))
    nobody = scene.connect(MAPPER_PORT)
    nobody.say(pdus.bind(pdus.ACTIVATOR, auth=Auth(token=tokens.ntlm(1))))
    third = pdus.auth3(Auth(token=tokens.NOBODY))
    nobody.say(third, becomes=pdus.poisoned_token(third))
    good.say(dcom.activate(auth=Auth()), answer=b'')
    scene.play()
    scene.clean(good)
    assert scene.refusals(bare) == [
        told('request-refused', 'protection-too-low', pdus.ACTIVATOR, 4)]
    assert scene.refusals(nobody) == [told('bind-refused', 'anonymous-caller', pdus.ACTIVATOR)]


def test_E10_a_look_up_where_the_rule_lets_clients_have_it():
    scene = Scene(rule('mapper-lookup = "by-interface"\n'))
    talks = {}
    for what, interface, inquiry in (('granted', pdus.SAMR, 1), ('forbidden', pdus.WKSSVC, 1),
                                     ('everything', pdus.SAMR, 0)):
        talk = talks[what] = scene.bound(pdus.EPMAPPER, port=MAPPER_PORT)
        call = pdus.request(mapper.LOOKUP, mapper.lookup_question(interface, inquiry))
        if what != 'granted':
            talk.say(call, becomes=poisoned_opnum(call))
            continue
        other = mapper.tower(pdus.WKSSVC, DYNAMIC + 1, SERVER)
        said = [(b'accounts\0', mapper.tower(pdus.SAMR, DYNAMIC, SERVER)),
                (b'stations\0', other)]
        hears = [(b'accounts\0', mapper.tower(pdus.SAMR, DYNAMIC, PUBLISHED)),
                 (bytes(9), mapper.poisoned(mapper.tower(pdus.WKSSVC, 0, '0.0.0.0'),
                                            pdus.WKSSVC))]
        talk.say(call, answer=pdus.response(mapper.lookup_answer(said)),
                 hears=pdus.response(mapper.lookup_answer(hears)))
    scene.play()
    scene.clean(talks['granted'])
    assert scene.pinholes(talks['granted']) == [(DYNAMIC, DYNAMIC)]
    assert [(scene.refusals(talks[what])[0].event, scene.refusals(talks[what])[0].reason)
            for what in ('forbidden', 'everything')] == [
        ('map-refused', 'interface-not-granted'), ('map-refused', 'mapper-operation')]
