# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The catalogue: what the endpoint mapper is asked and what it answers (E1 to E5, E10, A8, A10).

Each scene holds the trick and, beside it, the same without the trick, which passes unchanged.
RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""
import struct

import pytest

from rpc import mapper, pdus
from rpc.pdus import Auth, poisoned_opnum
from rpc.scene import (DYNAMIC, MAPPER_PORT, OTHER_SERVER, PORT, PUBLISHED, SERVER, Scene, cut_for,
                       rule, rule_until_soon, told)

THIRD = '10.10.0.77'  # an inner host that no rule names
OTHER_PORT = 4135  # of a mapper
MALFORMED = told('map-refused', 'mapper-malformed', None, mapper.MAP)
GARBAGE = pdus.Syntax('01020304-0506-0708-090a-0b0c0d0e0f10', 2)
SAMR_2 = pdus.Syntax(pdus.SAMR.uuid, 2)
FLOORS = mapper.floors(pdus.SAMR)
TOWER = mapper.tower(pdus.SAMR)
FORMS = {'NDR': {}, 'NDR64': {'wide': True}, 'big-endian': {'big': True},
         'NDR64, big-endian': {'wide': True, 'big': True}}


def asking(scene, wide=False, big=False, **how):
    """A connection to the mapper; `wide`: its context is one of NDR64."""
    talk = scene.connect(MAPPER_PORT, wide=wide, **how)
    offered = (0, pdus.EPMAPPER, pdus.NDR32, pdus.NDR64) if wide else pdus.EPMAPPER
    talk.say(pdus.bind(offered, big=big))
    return talk


def test_E1_a_question_for_a_forbidden_interface():
    scene = Scene()
    talks, goods = [], []
    for form in FORMS.values():
        talk, good = asking(scene, **form), asking(scene, **form)
        bad = mapper.ask(pdus.WKSSVC, **form)
        talk.say(bad, becomes=mapper.poisoned(bad, pdus.WKSSVC))
        good.say(mapper.ask(pdus.SAMR, **form))
        stub = mapper.question(pdus.WKSSVC, **form)
        bad = pdus.fragments(mapper.MAP, [stub[:50], stub[50:]], 3, big=form.get('big', False))
        whole = mapper.poisoned(stub, pdus.WKSSVC)
        edited = pdus.fragments(mapper.MAP, [whole[:50], whole[50:]], 3,
                                big=form.get('big', False))
        talk.say(*bad, becomes=b''.join(edited))  # the UUID lies in both
        talks.append(talk)
        goods.append(good)
    scene.play()
    scene.clean(*goods)
    refused = told('map-refused', 'interface-not-granted', pdus.WKSSVC, mapper.MAP)
    for talk in talks:
        assert scene.refusals(talk) == [refused] * 2
        assert not scene.pinholes(talk)


def odd_towers():
    swapped = FLOORS[:3] + [FLOORS[4], FLOORS[3]]
    yield 'port and host swapped', mapper.joined(swapped)
    yield 'two interfaces', mapper.joined([FLOORS[0], *FLOORS])
    yield 'a hidden interface', mapper.joined([FLOORS[0], mapper.syntax_floor(pdus.WKSSVC),
                                               *FLOORS[1:]])
    for count in (0, 2, 4, 6, 255):
        yield f'{count} floors', mapper.joined(FLOORS, count)
    for place, what in ((2, 'interface'), (27, 'syntax'), (52, 'protocol'), (59, 'port')):
        for length in (0, 200, 0xffff):
            yield f'{what} of {length}', pdus.changed(TOWER, place, struct.pack('<H', length))
    yield 'more than a tower', TOWER + b'\0'
    yield 'less than a tower', TOWER[:-1]
    yield 'an unknown protocol', pdus.changed(TOWER, 54, b'\x0e')
    yield 'an unknown transport', pdus.changed(TOWER, 61, b'\x0e')
    yield 'no tower', b''


def test_E1_towers_of_no_known_shape():
    scene = Scene()
    talks = {}
    for what, octets in odd_towers():
        talks[what] = asking(scene)
        odd = mapper.ask(octets)
        talks[what].say(odd, becomes=poisoned_opnum(odd))
    good = asking(scene)
    good.say(mapper.ask(TOWER))
    scene.play()
    scene.clean(good)
    for what, talk in talks.items():
        assert scene.refusals(talk) == [MALFORMED], what


def test_E1_floors_in_another_order_ask_for_something_else():
    scene = Scene()
    talk, good = asking(scene), asking(scene)
    odd = mapper.ask(mapper.joined([FLOORS[1], FLOORS[0], *FLOORS[2:]]))
    talk.say(odd, becomes=mapper.poisoned(odd, pdus.NDR32))
    good.say(mapper.ask(TOWER))
    scene.play()
    scene.clean(good)
    assert scene.refusals(talk) == [
        told('map-refused', 'interface-not-granted', pdus.NDR32, mapper.MAP)]


def test_E1_lengths_that_disagree_and_bytes_behind():
    scene = Scene()
    talks, goods = {}, []
    for name, form in FORMS.items():
        for what, how in {'a larger count': {'count': 76}, 'a larger length': {'length': 76},
                          'both': {'count': 4096, 'length': 4096},
                          'a huge count': {'count': 0xffffffff}, 'junk': {'tail': b'junk'},
                          'much junk': {'tail': bytes(64)}}.items():
            talks[name, what] = asking(scene, **form)
            odd = mapper.ask(TOWER, **form, **how)
            talks[name, what].say(odd, becomes=poisoned_opnum(odd))
        null = bytearray(mapper.ask(TOWER, **form))
        at = 24 + (24 if form.get('wide') else 20)  # the pointer to the tower
        null[at:at + (8 if form.get('wide') else 4)] = bytes(8 if form.get('wide') else 4)
        talks[name, 'no pointer'] = asking(scene, **form)
        talks[name, 'no pointer'].say(bytes(null), becomes=poisoned_opnum(bytes(null)))
        good = asking(scene, **form)
        good.say(mapper.ask(TOWER, **form))
        good.say(mapper.ask(TOWER, 3, obj=False, **form))
        goods.append(good)
    broken = mapper.verification()[:-4]
    talks['a trailer cut short'] = asking(scene)
    odd = mapper.ask(TOWER, tail=broken)
    talks['a trailer cut short'].say(odd, becomes=poisoned_opnum(odd))
    talks['no answer is wanted'] = asking(scene)  # it would open nothing
    odd = mapper.ask(TOWER, flags=pdus.WHOLE | pdus.MAYBE)
    talks['no answer is wanted'].say(odd, becomes=poisoned_opnum(odd))
    verified = asking(scene)  # Windows says so which interface it means
    verified.say(mapper.ask(TOWER, tail=mapper.verification()))
    scene.play()
    scene.clean(verified, *goods)
    for what, talk in talks.items():
        assert scene.refusals(talk) == [MALFORMED], what


def test_E1_other_protocols_than_tcp():
    scene = Scene()
    talks = {}
    for over in (mapper.UDP, mapper.HTTP, mapper.PIPE):
        talks[over] = asking(scene)
        bad = mapper.ask(mapper.tower(pdus.SAMR, over=over))
        talks[over].say(bad, becomes=mapper.poisoned(bad, pdus.SAMR))
    good = asking(scene)
    good.say(mapper.ask(TOWER))
    scene.play()
    scene.clean(good)
    for over, talk in talks.items():
        assert scene.refusals(talk) == [
            told('map-refused', 'tower-not-acceptable', pdus.SAMR, mapper.MAP)], over


def test_E2_version_games():
    granted = '''
[[publish.interface]]
name = "samr"
[[publish.interface]]
uuid = "a4f1db00-ca47-1067-b31f-00dd010662da"
name = "emsmdb"
versions = "0.0-0.81"
'''
    scene = Scene(rule(granted=granted))
    talks, goods = {}, []
    for interface, fine in ((SAMR_2, False), (pdus.Syntax(pdus.SAMR.uuid, 0), False),
                            (pdus.Syntax(pdus.SAMR.uuid, 0xffff), False),
                            (pdus.Syntax(pdus.SAMR.uuid, 1, 0xffff), True), (pdus.SAMR, True),
                            (pdus.EMSMDB, True), (pdus.Syntax(pdus.EMSMDB.uuid, 0), True),
                            (pdus.Syntax(pdus.EMSMDB.uuid, 0, 82), False),
                            (pdus.Syntax(pdus.EMSMDB.uuid, 0, 0xffff), False),
                            (pdus.Syntax(pdus.EMSMDB.uuid, 81), False)):
        asked, bound = asking(scene), scene.connect()
        question, offered = mapper.ask(interface), pdus.bind(interface)
        asked.say(question, becomes=None if fine else mapper.poisoned(question, interface))
        bound.say(offered, becomes=None if fine else pdus.poisoned_element(offered, 0))
        if fine:
            goods += [asked, bound]
        else:
            talks[interface] = asked, bound
    mappers = {}  # of the mapper itself there is one version
    for other in (pdus.Syntax(pdus.EPMAPPER.uuid, major) for major in (0, 2, 4)):
        mappers[other] = scene.connect(MAPPER_PORT)
        offered = pdus.bind(pdus.EPMAPPER, other)
        mappers[other].say(offered, becomes=pdus.poisoned_element(offered, 1))
    scene.play()
    scene.clean(*goods)
    for interface, (asked, bound) in talks.items():
        assert scene.refusals(asked) == [
            told('map-refused', 'version-not-granted', interface, mapper.MAP)], interface
        assert scene.refusals(bound) == [
            told('bind-refused', 'version-not-granted', interface)], interface
    for other, talk in mappers.items():
        assert [each.event for each in scene.refusals(talk)] == ['bind-refused'], other


def test_E3_a_transfer_syntax_that_is_none():
    scene = Scene()
    good = asking(scene)
    good.say(mapper.ask(mapper.tower(pdus.SAMR, transfer=pdus.NDR32)))
    good.say(mapper.ask(mapper.tower(pdus.SAMR, transfer=pdus.NDR64), 3))
    talks = []
    for transfer in (GARBAGE, pdus.WKSSVC, pdus.FEATURES, pdus.Syntax(pdus.NDR32.uuid, 9)):
        talks.append(asking(scene))
        talks[-1].send(mapper.ask(mapper.tower(pdus.SAMR, transfer=transfer)))
        scene.talks.remove(talks[-1])  # how it is refused may be either way
    scene.play()
    scene.clean(good)
    for talk in talks:
        assert [each.event for each in scene.refusals(talk)] == ['map-refused']


def test_E3_a_context_in_a_transfer_syntax_that_is_none():
    scene = Scene()
    unknown, chosen, good = scene.connect(MAPPER_PORT), scene.connect(MAPPER_PORT), asking(scene)
    unknown.say(pdus.bind((0, pdus.EPMAPPER, GARBAGE)))  # the server refuses it
    call = mapper.ask(pdus.WKSSVC)
    unknown.say(call, becomes=poisoned_opnum(call))
    chosen.say(pdus.bind((0, pdus.EPMAPPER, GARBAGE)), answer=b'')
    chosen.breaks_back(pdus.ack([GARBAGE]))  # nobody could read the calls
    good.say(mapper.ask(pdus.SAMR))
    scene.play()
    scene.clean(good)
    assert scene.refusals(chosen) == cut_for('pdu-unexpected')
    assert scene.refusals(unknown) == [
        told('request-refused', 'unknown-context', None, mapper.MAP)]


def test_E4_more_towers_than_anybody_uses_and_handles_of_others():
    scene = Scene()
    handle = bytes(4) + bytes(range(16))
    signed, goods = scene.login(pdus.EPMAPPER, port=MAPPER_PORT), []
    for form in FORMS.values():
        talk = asking(scene, **form)
        for call, most in enumerate((9, 1000, 0xffffffff), 2):
            talk.say(mapper.ask(TOWER, call, most=most, **form),
                     becomes=mapper.ask(TOWER, call, most=8, **form))
        for call, most in enumerate((0, 1, 4, 8), 10):  # a server's own handles go through
            talk.say(mapper.ask(TOWER, call, most=most, handle=handle, **form))
        freed = pdus.request(mapper.FREE, handle, 20, big=form.get('big', False))
        talk.say(freed)
        goods.append(talk)
    signed.say(mapper.ask(TOWER, most=1000, auth=Auth()))  # what is signed is not edited
    scene.play()
    scene.clean(signed, *goods)
    assert [len(scene.of(talk, 'map-allowed')) for talk in goods] == [7] * 4  # each one is told


BAD_TOWERS = {
    'another interface': (pdus.WKSSVC, DYNAMIC, SERVER), 'another version': (SAMR_2, DYNAMIC,
                                                                              SERVER),
    'a third host': (pdus.SAMR, DYNAMIC, THIRD), 'a host outside': (pdus.SAMR, DYNAMIC, '8.8.8.8'),
    'loopback': (pdus.SAMR, DYNAMIC, '127.0.0.1'), 'everybody': (pdus.SAMR, DYNAMIC,
                                                                  '255.255.255.255'),
    'the gateway itself': (pdus.SAMR, DYNAMIC, PUBLISHED),
    **{f'port {port}': (pdus.SAMR, port, SERVER)
       for port in (0, 1, 135, 137, 138, 139, 445, 593, 1023, 3389, 5985)},
}


@pytest.mark.parametrize('form', ('NDR', 'NDR64'))
def test_E5_towers_that_lead_elsewhere(form):
    wide = form == 'NDR64'
    scene = Scene()
    talks, doors = {}, {}
    right = mapper.tower(pdus.SAMR, DYNAMIC + 1, SERVER)
    shown = mapper.tower(pdus.SAMR, DYNAMIC + 1, PUBLISHED)
    for what, (interface, port, address) in BAD_TOWERS.items():
        bad = mapper.tower(interface, port, address)
        replaced = mapper.tower(interface, DYNAMIC + 1, PUBLISHED)
        for place, (said, hears) in {
                'first': ([bad, right], [replaced, shown]),
                'last': ([right, bad, bad], [shown, replaced, replaced])}.items():
            talk = asking(scene, wide, maps={pdus.SAMR.uuid: said})
            talk.say(mapper.ask(pdus.SAMR, wide=wide),
                     hears=pdus.response(mapper.answer(hears, wide=wide)))
            talks[what, place] = talk
        alone = asking(scene, wide, maps={pdus.SAMR.uuid: [bad]})
        nothing = mapper.answer([mapper.tower(interface, 0, address)], wide=wide,
                                status=mapper.NOT_REGISTERED)
        alone.say(mapper.ask(pdus.SAMR, wide=wide), hears=pdus.response(nothing))
        talks[what, 'alone'] = alone
        doors[what] = scene.knock(port or 1, alone.client)
    scene.play()
    for (what, place), talk in talks.items():
        if place == 'alone':
            assert scene.refusals(talk) == [
                told('map-refused', 'tower-not-acceptable', pdus.SAMR)], what
            assert scene.pinholes(talk) == [], what
        else:
            assert scene.pinholes(talk) == [(DYNAMIC + 1, DYNAMIC + 1)], (what, place)
            scene.clean(talk)
    for what, door in doors.items():
        if what != 'port 135':  # which the rule publishes
            assert scene.knocked(door) == 'silence', what


def test_E5_towers_that_are_fine():
    scene = Scene()
    goods = {}
    for address in (SERVER, '0.0.0.0'):
        for ports in ((DYNAMIC,), (DYNAMIC, DYNAMIC + 7), (1024,), (65535, PORT)):
            said = [mapper.tower(pdus.SAMR, port, address) for port in ports]
            talk = asking(scene, maps={pdus.SAMR.uuid: said})
            talk.say(mapper.ask(pdus.SAMR), hears=pdus.response(mapper.answer(
                [mapper.tower(pdus.SAMR, port, PUBLISHED) for port in ports])))
            goods[talk] = ports
    scene.play()
    for talk, ports in goods.items():
        scene.clean(talk)
        assert scene.pinholes(talk) == [(port, port) for port in ports if port != PORT]


def mapped_from(scene, port, said, hears, status=0):
    """The mapper at this port tells of these ports and addresses, and the client hears of those."""
    towers = [[mapper.tower(pdus.SAMR, *place) for place in places] for places in (said, hears)]
    talk = scene.connect(port, maps={pdus.SAMR.uuid: towers[0]})
    talk.say(pdus.bind(pdus.EPMAPPER))
    talk.say(mapper.ask(pdus.SAMR), hears=pdus.response(mapper.answer(towers[1], status=status)))
    return talk


@pytest.mark.parametrize('also', (True, False))
def test_E5_towers_that_name_a_member_of_the_group(also):
    """Only where the rule lists it: clients are led to it, under the published address."""
    scene = Scene(rule(f'also = ["{OTHER_SERVER}"]\n' if also else ''))
    own, member, third = ((DYNAMIC + n, address) for n, address in enumerate(
        (SERVER, OTHER_SERVER, THIRD)))
    granted = [own, member] if also else [own]
    talks = {}
    for place in own, member, third:
        if place in granted:
            talks[place] = mapped_from(scene, MAPPER_PORT, [place], [(place[0], PUBLISHED)])
        else:
            talks[place] = mapped_from(scene, MAPPER_PORT, [place], [(0, place[1])],
                                       mapper.NOT_REGISTERED)
    all_three = [third, own, member]
    mixed = mapped_from(scene, MAPPER_PORT, all_three, [
        (place[0] if place in granted else DYNAMIC, PUBLISHED) for place in all_three])
    doors = {place: scene.knock(place[0], talk.client) for place, talk in talks.items()}
    scene.play()
    scene.clean(mixed)
    assert sorted(scene.pinholes(mixed)) == [(port, port) for port, _ in granted]
    for place, talk in talks.items():
        if place in granted:
            scene.clean(talk)
            assert scene.pinholes(talk) == [(place[0], place[0])]
        else:
            assert scene.refusals(talk) == [told('map-refused', 'tower-not-acceptable', pdus.SAMR)]
            assert scene.pinholes(talk) == []
        assert scene.knocked(doors[place], place[1]) == (
            'in' if place in granted else 'silence'), place


@pytest.mark.parametrize('published', (True, False))
def test_E5_a_routed_member_is_dialled_at_its_own_address(published, monkeypatch):
    """Whether a rule of its own publishes it or not; what was asked for is let through, no more."""
    def routed(server, also, name):
        return rule(f'also = ["{also}"]\nmode = "routed"\n').replace(
            f'server = "{SERVER}"\n', '').replace(PUBLISHED, server).replace('catalogue', name)
    scene = Scene(rule_until_soon() + routed(SERVER, OTHER_SERVER, 'one')
                  + (routed(OTHER_SERVER, SERVER, 'two') if published else ''))
    monkeypatch.setattr('rpc.scene.PUBLISHED', SERVER)
    talk = scene.connect(MAPPER_PORT, maps={
        pdus.SAMR.uuid: [mapper.tower(pdus.SAMR, DYNAMIC, OTHER_SERVER)]})
    talk.say(pdus.bind(pdus.EPMAPPER))
    talk.say(mapper.ask(pdus.SAMR))
    at_first = scene.knock(DYNAMIC, talk.client)
    scene.pause(50)  # the rules are others now, and what is open is judged anew
    monkeypatch.setattr('rpc.scene.PUBLISHED', OTHER_SERVER)
    member = scene.connect(DYNAMIC, client=talk.client, server=OTHER_SERVER)
    member.say(pdus.bind(pdus.SAMR))
    member.say(pdus.request(5))
    other = pdus.bind(pdus.WKSSVC)
    stranger = scene.connect(DYNAMIC, client=talk.client, server=OTHER_SERVER)
    stranger.say(other, becomes=pdus.poisoned_element(other, 0))
    scene.play()
    scene.clean(talk, member)
    assert scene.pinholes(talk) == [(DYNAMIC, DYNAMIC)]
    assert scene.refusals(stranger) == [told('bind-refused', 'interface-not-granted', pdus.WKSSVC)]
    assert scene.knocked(at_first) == 'silence'


@pytest.mark.parametrize('port', (MAPPER_PORT, OTHER_PORT))
def test_E5_a_mapper_at_another_port(port):
    """It is the rule's mapper, and at the usual port there is none then; no tower leads to it."""
    other = OTHER_PORT if port == MAPPER_PORT else MAPPER_PORT
    scene = Scene(rule(f'mapper-port = {port}\n'))
    talk = mapped_from(scene, port, [(DYNAMIC, SERVER)], [(DYNAMIC, PUBLISHED)])
    itself = mapped_from(scene, port, [(port, SERVER)], [(0, SERVER)], mapper.NOT_REGISTERED)
    forbidden = scene.connect(port)
    forbidden.say(pdus.bind(pdus.EPMAPPER))
    bad = mapper.ask(pdus.WKSSVC)
    forbidden.say(bad, becomes=mapper.poisoned(bad, pdus.WKSSVC))
    astray = scene.connect()  # beside the mapper nobody may ask
    offered = pdus.bind(pdus.EPMAPPER)
    astray.say(offered, becomes=pdus.poisoned_element(offered, 0))
    used = scene.bound(port=DYNAMIC, client=talk.client)
    used.say(pdus.request(5))
    doors = [scene.knock(each) for each in (port, other)]
    scene.play()
    scene.clean(talk, used)
    assert scene.pinholes(talk) == [(DYNAMIC, DYNAMIC)] and scene.pinholes(itself) == []
    assert scene.refusals(itself) == [told('map-refused', 'tower-not-acceptable', pdus.SAMR)]
    assert scene.refusals(forbidden) == [
        told('map-refused', 'interface-not-granted', pdus.WKSSVC, mapper.MAP)]
    assert scene.refusals(astray) == [told('bind-refused', 'interface-not-granted', pdus.EPMAPPER)]
    assert [scene.knocked(door) for door in doors] == ['in', 'silence']


def test_E5_towers_of_another_protocol_beside_a_good_one():
    scene = Scene()
    good = mapper.tower(pdus.SAMR, DYNAMIC, SERVER)
    for over in (mapper.UDP, mapper.HTTP):
        talk = asking(scene, maps={pdus.SAMR.uuid: [mapper.tower(pdus.SAMR, 593, THIRD, over=over),
                                                    good]})
        talk.say(mapper.ask(pdus.SAMR), hears=pdus.response(mapper.answer(
            [mapper.tower(pdus.SAMR, DYNAMIC, PUBLISHED, over=over),
             mapper.tower(pdus.SAMR, DYNAMIC, PUBLISHED)])))
    control = asking(scene, maps={pdus.SAMR.uuid: [good, good]})
    control.say(mapper.ask(pdus.SAMR), hears=pdus.response(mapper.answer(
        [mapper.tower(pdus.SAMR, DYNAMIC, PUBLISHED)] * 2)))
    scene.play()
    scene.clean(control)


def blanked(over):
    """What is left of a tower: no port and no address, of a pipe nothing."""
    if over is mapper.PIPE:
        return bytes([0xff]) * len(mapper.tower(pdus.SAMR, DYNAMIC, SERVER, over=over))
    return mapper.tower(pdus.SAMR, 0, '0.0.0.0', over=over)


def test_E5_towers_of_another_protocol_open_nothing():
    scene = Scene()
    talks = []
    for over in (mapper.UDP, mapper.HTTP, mapper.PIPE):
        other = mapper.tower(pdus.SAMR, DYNAMIC, SERVER, over=over)
        talk = asking(scene, maps={pdus.SAMR.uuid: [other]})
        talk.say(mapper.ask(pdus.SAMR), hears=pdus.response(mapper.answer(
            [blanked(over)], status=mapper.NOT_REGISTERED)))
        talks.append((talk, scene.knock(DYNAMIC, talk.client)))
    control = scene.mapped()
    door = scene.knock(DYNAMIC, control.client)
    scene.play()
    scene.clean(control)
    assert scene.knocked(door) == 'in'
    for talk, door in talks:
        assert scene.refusals(talk) == [told('map-refused', 'tower-not-acceptable', pdus.SAMR)]
        assert scene.pinholes(talk) == [] and scene.knocked(door) == 'silence'


def test_E5_a_signed_answer_that_leads_elsewhere():
    """It cannot be edited, so it is not heard at all."""
    scene = Scene()
    talk, good = (scene.login(pdus.EPMAPPER, port=MAPPER_PORT) for _ in range(2))
    question = mapper.ask(pdus.SAMR, auth=Auth())
    talk.say(question, answer=b'')
    good.say(question, answer=pdus.response(mapper.answer(
        [mapper.tower(pdus.SAMR, DYNAMIC, SERVER)]), auth=Auth()))
    talk.breaks_back(pdus.response(mapper.answer([mapper.tower(pdus.SAMR, DYNAMIC, THIRD)]),
                                   auth=Auth()))
    scene.play()
    scene.clean(good)
    assert scene.pinholes(good) == [(DYNAMIC, DYNAMIC)]
    assert scene.pinholes(talk) == []
    assert [(each.reason, each.action) for each in scene.refusals(talk)] == [
        ('tower-not-acceptable', 'reset')] * 2


def test_E10_what_lists_or_changes_the_map():
    scene = Scene()
    talks, good = {}, asking(scene)
    for opnum in (0, 1, 2, 5, 6, 7, 8, 9):
        talks[opnum] = asking(scene)
        stub = mapper.lookup_question(pdus.SAMR) if opnum == 2 else bytes(64)
        call = pdus.request(opnum, stub)
        talks[opnum].say(call, becomes=poisoned_opnum(call))
    good.say(mapper.ask(pdus.SAMR))
    good.say(pdus.request(mapper.FREE, bytes(20), 3))
    scene.play()
    scene.clean(good)
    for opnum, talk in talks.items():
        (refused,) = scene.refusals(talk)
        assert refused[1::2] == ('mapper-operation', opnum)
        assert refused.event == 'request-refused' or opnum == mapper.LOOKUP, opnum


def test_E10_what_takes_stock_beside_the_mapper():
    scene = Scene()
    talks = []
    for port in (MAPPER_PORT, PORT):
        for interface in (pdus.MGMT, pdus.EXPORTER, pdus.ACTIVATOR):
            talk = scene.connect(port)
            offered = pdus.bind(interface)
            talk.say(offered, becomes=pdus.poisoned_element(offered, 0))
            call = pdus.request(5 if interface == pdus.EXPORTER else 0)
            talk.say(call, becomes=poisoned_opnum(call))
            talks.append((interface, talk))
    asked = asking(scene)
    bad = mapper.ask(pdus.MGMT)
    asked.say(bad, becomes=mapper.poisoned(bad, pdus.MGMT))
    good = scene.bound()
    scene.play()
    scene.clean(good)
    for interface, talk in talks:
        assert [each[:3] for each in scene.refusals(talk)] == [
            told('bind-refused', 'interface-not-granted', interface)[:3],
            ('request-refused', 'unknown-context', None)]


@pytest.mark.parametrize('form', ('NDR', 'NDR64'))
def test_A8_not_registered_in_the_same_length(form):
    """Towers stay, ports become 0, and the status says what clients take at its word."""
    wide = form == 'NDR64'
    scene = Scene()
    bad = [mapper.tower(pdus.SAMR, 445, SERVER), mapper.tower(pdus.SAMR, DYNAMIC, THIRD)]
    talk = asking(scene, wide, maps={pdus.SAMR.uuid: bad})
    nothing = mapper.answer([mapper.tower(pdus.SAMR, 0, SERVER), mapper.tower(pdus.SAMR, 0, THIRD)],
                            wide=wide, status=mapper.NOT_REGISTERED)
    said = talk.say(mapper.ask(pdus.SAMR, wide=wide), hears=pdus.response(nothing))
    assert len(said) == len(pdus.response(nothing))
    pieces = asking(scene, wide, maps={pdus.SAMR.uuid: bad})  # an answer in fragments
    stub, hears = mapper.answer(bad, wide=wide), []
    for text in (stub, nothing):
        hears.append(pdus.response(text[:99], flags=pdus.FIRST)
                     + pdus.response(text[99:], flags=pdus.LAST))
    pieces.say(mapper.ask(pdus.SAMR, wide=wide), answer=hears[0], hears=hears[1])
    unknown = asking(scene, wide)  # the server knows of nothing itself
    unknown.say(mapper.ask(pdus.SAMR, wide=wide))
    good = scene.mapped()
    scene.play()
    scene.clean(unknown, good)
    for each in (talk, pieces):
        assert scene.refusals(each) == [told('map-refused', 'tower-not-acceptable', pdus.SAMR)]
        assert scene.pinholes(each) == []


@pytest.mark.parametrize('chosen', ('NDR', 'NDR64'))
def test_A10_questions_before_their_context_is_answered(chosen):
    """While both syntaxes are offered a question is read in either."""
    wide = chosen == 'NDR64'
    scene = Scene()
    talks, goods = [], []
    for encoded in (False, True):
        for interface in (pdus.WKSSVC, pdus.SAMR):
            talk = scene.connect(MAPPER_PORT, wide=wide, maps={
                pdus.SAMR.uuid: [mapper.tower(pdus.SAMR, DYNAMIC, SERVER)]})
            both = pdus.bind((0, pdus.EPMAPPER, pdus.NDR32, pdus.NDR64))
            question = mapper.ask(interface, wide=encoded)
            edited = question if interface == pdus.SAMR else mapper.poisoned(question, interface)
            talk.send(both + question)  # nobody waits
            talk.arrives += both + edited
            hears = pdus.response(mapper.answer([mapper.tower(pdus.SAMR, DYNAMIC, PUBLISHED)],
                                                wide=wide))
            answers = [talk.server.feed(both), talk.server.feed(edited)]
            fine = interface == pdus.SAMR and encoded == wide
            talk.reply(answers[0])
            talk.reply(answers[1], hears if fine else None)
            (goods if interface == pdus.SAMR else talks).append((talk, fine))
    scene.play()
    for talk, fine in goods:
        scene.clean(talk)
        assert scene.pinholes(talk) == ([(DYNAMIC, DYNAMIC)] if fine else [])
    for talk, _ in talks:
        assert scene.refusals(talk) == [
            told('map-refused', 'interface-not-granted', pdus.WKSSVC, mapper.MAP)]


def test_A10_contexts_of_both_syntaxes_in_one_connection():
    scene = Scene()
    towers = {pdus.SAMR.uuid: [mapper.tower(pdus.SAMR, DYNAMIC, SERVER)]}
    talk = scene.connect(MAPPER_PORT, maps=towers)
    talk.say(pdus.bind((0, pdus.EPMAPPER, pdus.NDR32), (1, pdus.EPMAPPER, pdus.NDR64)))
    for call, (context, wide) in enumerate(((0, False), (1, True), (0, False)), 3):
        hears = mapper.answer([mapper.tower(pdus.SAMR, DYNAMIC, PUBLISHED)], wide=wide)
        talk.say(mapper.ask(pdus.SAMR, call, context=context, wide=wide),
                 hears=pdus.response(hears, call, context))
        bad = mapper.ask(pdus.WKSSVC, call + 10, context=context, wide=wide)
        talk.say(bad, becomes=mapper.poisoned(bad, pdus.WKSSVC))
        crossed = mapper.ask(pdus.SAMR, call + 20, context=context, wide=not wide)
        talk.say(crossed, becomes=poisoned_opnum(crossed))
    windows = scene.connect(MAPPER_PORT, wide=True)  # as it binds: three elements, one accepted
    windows.say(pdus.bind(pdus.EPMAPPER, (1, pdus.EPMAPPER, pdus.NDR64),
                          (2, pdus.EPMAPPER, pdus.FEATURES)),
                answer=pdus.ack([2, pdus.NDR64, pdus.FEATURES], port='135'))
    windows.server.contexts[1] = (windows.server.contexts[1][0], pdus.NDR64)
    windows.say(mapper.ask(pdus.SAMR, context=1, wide=True))
    scene.play()
    scene.clean(windows)
    assert scene.refusals(talk) == [
        told('map-refused', 'interface-not-granted', pdus.WKSSVC, mapper.MAP), MALFORMED] * 3
