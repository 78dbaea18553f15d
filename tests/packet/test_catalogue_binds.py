# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The catalogue: interfaces, contexts, groups and callers (R7 to R10, R16, A1, A7, A9).

Each scene holds the trick and, beside it, the same without the trick, which passes unchanged.
RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""

from rpc import pdus, tokens
from rpc.pdus import Auth
from rpc.scene import Scene, cut_for, rule, told

SAMR_2 = pdus.Syntax(pdus.SAMR.uuid, 2)


def test_R7_decoy_elements_only_the_forbidden_are_poisoned():
    scene = Scene()
    decoys = [(pdus.SAMR, pdus.DRSUAPI)[number % 2] for number in range(16)]
    mixed = list(decoys)
    mixed[3], mixed[7], mixed[9], mixed[15] = pdus.WKSSVC, pdus.WINREG, SAMR_2, pdus.WKSSVC
    talk, control = scene.connect(), scene.bound(*decoys)
    offered = pdus.bind(*mixed)
    talk.say(offered, becomes=pdus.poisoned_element(offered, 3, 7, 9, 15))
    for context in (0, 2, 14):
        talk.say(pdus.request(5, call=9 + context, context=context))
        control.say(pdus.request(5, call=9 + context, context=context))
    smuggled = pdus.request(5, call=30, context=15)
    talk.say(smuggled, becomes=pdus.poisoned_opnum(smuggled))
    control.say(smuggled)
    scene.play()
    scene.clean(control)
    assert scene.refusals(talk) == [
        told('bind-refused', 'interface-not-granted', pdus.WKSSVC),
        told('bind-refused', 'interface-not-granted', pdus.WINREG),
        told('bind-refused', 'version-not-granted', SAMR_2),
        told('bind-refused', 'interface-not-granted', pdus.WKSSVC),
        told('request-refused', 'unknown-context', None, 5)]


def test_R8_an_alter_context_to_a_forbidden_interface():
    scene = Scene()
    leg = Auth(kind=pdus.SPNEGO, token=tokens.spnego_answer(tokens.ntlm(3)))
    first = Auth(kind=pdus.SPNEGO, token=tokens.spnego_init(tokens.ntlm(1)))
    for how in ('later', 'after a login', 'in a leg of it'):
        talks = {}
        for interface in (pdus.WKSSVC, pdus.DRSUAPI):
            talk = talks[interface] = scene.connect()
            if how == 'in a leg of it':
                talk.say(pdus.bind(pdus.SAMR, auth=first))
            elif how == 'later':
                talk.say(pdus.bind(pdus.SAMR))
                talk.say(pdus.request(5))
            else:
                talk.say(pdus.bind(pdus.SAMR, auth=Auth(token=tokens.ntlm(1))))
                talk.say(pdus.auth3(Auth(token=tokens.ntlm(3))))
            auth = leg if how == 'in a leg of it' else None
            offered = pdus.alter(interface, call=3, first=1, auth=auth)
            forbidden = interface == pdus.WKSSVC
            talk.say(offered, becomes=pdus.poisoned_element(offered, 0) if forbidden else None)
            call = pdus.request(0, call=4, context=1)
            talk.say(call, becomes=pdus.poisoned_opnum(call) if forbidden else None)
            talk.say(pdus.request(5, call=5))  # what was granted goes on
    scene.play()
    for number, talk in enumerate(scene.talks):
        assert scene.refusals(talk) == ([] if number % 2 else [
            told('bind-refused', 'interface-not-granted', pdus.WKSSVC),
            told('request-refused', 'unknown-context', None, 0)])


def test_R9_a_context_id_with_another_meaning():
    scene = Scene()
    talks = {}
    for what, lie in {
            'another interface': pdus.alter(pdus.DRSUAPI),
            'a forbidden one': pdus.alter(pdus.WKSSVC),
            'another version': pdus.alter(SAMR_2),
            'another transfer syntax': pdus.alter((0, pdus.SAMR, pdus.NDR64)),
    }.items():
        talks[what] = scene.bound()
        talks[what].breaks(lie)
        talks['awaited', what] = scene.connect()
        talks['awaited', what].say(pdus.bind(pdus.SAMR), answer=b'')
        talks['awaited', what].breaks(lie)
    refused = pdus.bind(pdus.SAMR, pdus.WKSSVC)
    waits = scene.connect()  # what was refused may be used again, but not before it is known
    waits.say(refused, becomes=pdus.poisoned_element(refused, 1), answer=b'')
    waits.breaks(pdus.alter(pdus.DRSUAPI, first=1))
    for other in (pdus.DRSUAPI, pdus.WKSSVC):
        talks['in one bind', other] = scene.connect()
        talks['in one bind', other].breaks(pdus.bind((0, pdus.SAMR, pdus.NDR32),
                                                     (0, other, pdus.NDR32)))
    same = scene.bound()
    same.say(pdus.alter(pdus.SAMR))
    same.say(pdus.request(5))
    another = scene.bound()
    another.say(pdus.alter(pdus.DRSUAPI, first=7))
    scene.all_cut(talks, 'context-changed')
    scene.clean(same, another)
    assert scene.refusals(waits) == [
        told('bind-refused', 'interface-not-granted', pdus.WKSSVC), *cut_for('context-changed')]


def test_R10_a_request_on_a_context_that_was_not_accepted():
    scene = Scene()
    rejected = scene.connect()
    offered = pdus.bind(pdus.SAMR, pdus.WKSSVC)
    rejected.say(offered, becomes=pdus.poisoned_element(offered, 1))
    unserved = scene.connect()  # granted, but the server refuses it
    unserved.say(pdus.bind(pdus.SAMR, pdus.DRSUAPI), answer=pdus.ack([pdus.NDR32, 1]))
    del unserved.server.contexts[1]
    unknown, control = scene.bound(), scene.bound(pdus.SAMR, pdus.DRSUAPI)
    for talk in (rejected, unserved, unknown):
        call = pdus.request(0, call=3, context=1)
        talk.say(call, becomes=pdus.poisoned_opnum(call))
        talk.say(pdus.request(5, call=4))
    control.say(pdus.request(0, call=3, context=1))
    scene.play()
    scene.clean(control)
    refused = told('request-refused', 'unknown-context', None, 0)
    assert scene.refusals(rejected) == [
        told('bind-refused', 'interface-not-granted', pdus.WKSSVC), refused]
    assert scene.refusals(unserved) == scene.refusals(unknown) == [refused]


def test_R10_repeated_requests_on_unknown_contexts_end_the_connection():
    scene = Scene()
    talk, control = scene.bound(), scene.bound()
    for call in range(2, 200):
        talk.send(pdus.request(0, call=call, context=1))
        control.say(pdus.request(5, call=call))
    scene.talks.remove(talk)  # when it ends is not the question, but that it does
    scene.play()
    scene.clean(control)
    assert scene.of(talk, 'connection-reset')


def test_R16_caps_of_presentation_contexts():
    scene = Scene()
    talk, control = scene.bound(*[pdus.SAMR] * 16), scene.bound(*[pdus.SAMR] * 16)
    for each in (talk, control):
        for number in (16, 32, 48):
            each.say(pdus.alter(*[pdus.SAMR] * 16, call=number, first=number))
    control.say(pdus.alter(pdus.SAMR, call=99, first=63))  # an old id is none more
    talk.breaks(pdus.alter(pdus.SAMR, call=99, first=64))
    scene.all_cut({'the 65th': talk}, 'too-many-contexts')
    scene.clean(control)


def test_R16_caps_of_security_contexts():
    scene = Scene()
    talk, control = scene.login(pdus.SAMR), scene.login(pdus.SAMR)
    for each in (talk, control):
        for number in range(2, 17):
            each.say(pdus.alter(pdus.SAMR, call=number,
                                auth=Auth(token=tokens.ntlm(1), context=number)))
    control.say(pdus.alter(pdus.SAMR, call=17, auth=Auth(token=tokens.ntlm(1), context=16)))
    talk.breaks(pdus.alter(pdus.SAMR, call=17, auth=Auth(token=tokens.ntlm(1), context=17)))
    scene.all_cut({'the 17th': talk}, 'too-many-contexts')
    scene.clean(control)


def test_R16_caps_of_outstanding_calls():
    scene = Scene()
    talk, control, answered = scene.bound(silent=True), scene.bound(silent=True), scene.bound()
    for number in range(256):
        for each in (talk, control, answered):
            each.say(pdus.request(5, bytes(4), 100 + number))
    answered.say(pdus.request(5, bytes(4), 999))
    control.say(pdus.request(5, bytes(4), 999, flags=pdus.WHOLE | pdus.MAYBE))  # none waits for it
    talk.breaks(pdus.request(5, bytes(4), 999))
    scene.all_cut({'the 257th': talk}, 'too-many-calls')
    scene.clean(control, answered)


NOBODY = {'by its flag': tokens.NOBODY, 'by its name': tokens.ntlm(3, '', '', '', answer=0),
          'though it has a name': tokens.ntlm(3, flags=tokens.USUAL | tokens.ANONYMOUS)}


def test_A1_a_protected_call_of_nobody():
    scene = Scene()
    talks, goods = {}, []
    for level in (pdus.INTEGRITY, pdus.PRIVACY):
        for what, token in NOBODY.items():
            talk = talks[what, level] = scene.connect()
            talk.say(pdus.bind(pdus.LSARPC, auth=Auth(level, tokens.ntlm(1))))
            third = pdus.auth3(Auth(level, token))
            talk.say(third, becomes=pdus.poisoned_token(third))
            wrapped = talks[what, level, 'in SPNEGO'] = scene.connect()
            wrapped.say(pdus.bind(pdus.LSARPC, auth=Auth(
                level, tokens.spnego_init(tokens.ntlm(1)), kind=pdus.SPNEGO)))
            leg = pdus.alter(pdus.LSARPC, auth=Auth(level, tokens.spnego_answer(token),
                                                    kind=pdus.SPNEGO))
            wrapped.say(leg, becomes=pdus.poisoned_token(leg))
            for each, kind in ((talk, pdus.NTLM), (wrapped, pdus.SPNEGO)):
                call = pdus.request(0, call=5, auth=Auth(level, kind=kind))
                each.say(call, becomes=pdus.poisoned_opnum(call))
        named, unasked = scene.login(pdus.LSARPC, level=level), scene.connect()
        named.say(pdus.request(0, auth=Auth(level)))
        unasked.say(pdus.bind(pdus.SAMR, auth=Auth(level, tokens.ntlm(1))))
        unasked.say(pdus.auth3(Auth(level, tokens.NOBODY)))  # samr demands nothing
        unasked.say(pdus.request(5, auth=Auth(level)))
        goods += [named, unasked]
    scene.play()
    scene.clean(*goods)
    for what, talk in talks.items():
        assert scene.refusals(talk) == [
            told('bind-refused', 'anonymous-caller', pdus.LSARPC)], what


def test_A1_a_caller_whom_nobody_can_read():
    """Who cannot be read is refused like nobody, though the server may know better."""
    scene = Scene()
    broken = tokens.ntlm(3)[:12] + b'\xff\xff' + tokens.ntlm(3)[14:]  # a field outside the message
    talks, good = [], scene.login(pdus.LSARPC)
    for token in (broken, b'\x42' * 64, tokens.ntlm(1), tokens.ntlm(2)):
        talk = scene.login(pdus.LSARPC, token=token)
        call = pdus.request(0, auth=Auth())
        talk.say(call, becomes=pdus.poisoned_opnum(call))
        talks.append(talk)
    launders = scene.connect()  # a ticket first, but then the server asks for NTLM
    launders.say(pdus.bind(pdus.LSARPC, auth=Auth(
        token=tokens.spnego_init(tokens.kerberos()), kind=pdus.SPNEGO)),
        answer=pdus.ack([pdus.NDR32], auth=Auth(token=tokens.spnego_answer(tokens.ntlm(2)),
                                                kind=pdus.SPNEGO)))
    call = pdus.request(0, auth=Auth(kind=pdus.SPNEGO))
    launders.say(call, becomes=pdus.poisoned_opnum(call))
    good.say(pdus.request(0, auth=Auth()))
    scene.play()
    scene.clean(good)
    for talk in (*talks, launders):
        assert scene.refusals(talk) == [
            told('request-refused', 'anonymous-caller', pdus.LSARPC, 0)]


def test_A1_nobody_in_a_token_that_is_read_on_its_way():
    scene = Scene()
    talks = {}
    for what, flags in {'nobody': tokens.ANONYMOUS, 'alice': 0}.items():
        talk = talks[what] = scene.connect()
        talk.say(pdus.bind(pdus.LSARPC, auth=Auth(token=tokens.spnego_init(tokens.ntlm(1)),
                                                  kind=pdus.SPNEGO)))
        token = tokens.ntlm(3, flags=tokens.USUAL | flags, answer=20000)
        leg = pdus.alter(pdus.LSARPC, auth=Auth(token=tokens.spnego_answer(token),
                                                kind=pdus.SPNEGO))
        talk.breaks(leg) if flags else talk.say(leg)
    talks['alice'].say(pdus.request(0, call=5, auth=Auth(kind=pdus.SPNEGO)))
    scene.play()
    scene.clean(talks['alice'])
    assert {each.reason for each in scene.refusals(talks['nobody'])} == {'anonymous-caller'}
    assert {each.action for each in scene.refusals(talks['nobody'])} == {'reset'}


def test_A1_nobody_where_the_rule_accepts_nobody():
    granted = '[[publish.interface]]\nname = "lsarpc"\nprotection = "privacy"\nanonymous = {}\n'
    for accepts in (True, False):
        scene = Scene(rule(granted=granted.format(str(accepts).lower())))
        talk = scene.connect()
        talk.say(pdus.bind(pdus.LSARPC, auth=Auth(pdus.PRIVACY, tokens.ntlm(1))))
        third = pdus.auth3(Auth(pdus.PRIVACY, tokens.NOBODY))
        call = pdus.request(0, auth=Auth(pdus.PRIVACY))
        if accepts:
            talk.say(third)
            talk.say(call)
        else:
            talk.say(third, becomes=pdus.poisoned_token(third))
            talk.say(call, becomes=pdus.poisoned_opnum(call))
        scene.play()
        assert scene.refusals(talk) == ([] if accepts else [
            told('bind-refused', 'anonymous-caller', pdus.LSARPC)])


def test_A1_a_second_context_does_not_name_the_first():
    scene = Scene()
    talk, control = scene.login(pdus.SAMR, pdus.LSARPC), scene.login(pdus.SAMR, pdus.LSARPC)
    for each, token in ((talk, tokens.NOBODY), (control, tokens.ntlm(3))):
        each.say(pdus.alter(pdus.SAMR, call=3, auth=Auth(token=tokens.ntlm(1), context=2)))
        third = pdus.auth3(Auth(token=token, context=2), call=3)
        each.say(third, becomes=pdus.poisoned_token(third) if each is talk else None)
    call = pdus.request(0, call=5, context=1, auth=Auth(context=2))
    control.say(call)
    # The first context would do, so the operation has left when the trailer names the second.
    talk.say(call, becomes=pdus.poisoned_level(call))
    scene.play()
    scene.clean(control)
    assert scene.refusals(talk) == [told('bind-refused', 'anonymous-caller', pdus.LSARPC)]


def test_A7_an_association_group_of_another_client():
    scene = Scene()
    owner = scene.bound(group=0x4242)
    scene.bound(group=0x4243)
    mate = scene.connect(client=owner.client, group=0x4242)
    mate.say(pdus.bind(pdus.SAMR, group=0x4242))
    mate.say(pdus.alter(pdus.DRSUAPI, first=1, group=0x4242))
    talks = []
    for group in (0x4242, 0x4243, 0x9999):
        thief = scene.connect()
        named = pdus.bind(pdus.SAMR, group=group)
        thief.say(named, becomes=pdus.poisoned_group(named))
        talks.append(thief)
    other = scene.connect(client=owner.client)  # nor does the owner of one own the other
    named = pdus.bind(pdus.SAMR, group=0x4243)
    other.say(named, becomes=pdus.poisoned_group(named))
    later = scene.bound()
    named = pdus.alter(pdus.DRSUAPI, first=1, group=0x4242)
    later.say(named, becomes=pdus.poisoned_group(named))
    scene.play()
    scene.clean(owner, mate)
    for talk in (*talks, other, later):
        assert scene.refusals(talk) == [told('bind-refused', 'association-group-foreign')]


def test_A9_ids_that_came_to_nothing_and_ids_that_live_on():
    scene = Scene()
    again = scene.connect()  # an id whose only use was rejected is free again
    offered = pdus.bind(pdus.SAMR, pdus.WKSSVC)
    again.say(offered, becomes=pdus.poisoned_element(offered, 1))
    again.say(pdus.alter(pdus.DRSUAPI, first=1))
    again.say(pdus.request(0, call=3, context=1))
    denied = pdus.request(34, call=4, context=0)
    again.say(denied, becomes=pdus.poisoned_opnum(denied))
    alive = scene.bound()  # a rejected repetition leaves the accepted context alive
    alive.say(pdus.alter(pdus.SAMR), answer=pdus.ack([1], 2, kind=pdus.ALTER_RESPONSE))
    alive.say(pdus.request(5, call=3))
    alive.say(denied, becomes=pdus.poisoned_opnum(denied))
    both = (0, pdus.SAMR, pdus.NDR32, pdus.NDR64)
    chosen = scene.bound(both)  # the server may not give an accepted id another syntax
    chosen.say(pdus.alter(both), answer=b'')
    chosen.breaks_back(pdus.ack([pdus.NDR64], 2, kind=pdus.ALTER_RESPONSE))
    twice = scene.bound((0, pdus.SAMR, pdus.NDR32), (0, pdus.SAMR, pdus.NDR32))
    twice.say(pdus.request(5))
    scene.play()
    scene.clean(twice)
    refused = told('request-refused', 'opnum-denied', pdus.SAMR, 34)
    assert scene.refusals(again)[1:] == [refused]
    assert scene.refusals(alive) == [refused]
    assert scene.refusals(chosen) == cut_for('context-changed')


def test_A9_what_the_server_accepts_was_asked_for():
    scene = Scene()
    talks = {}
    offered = pdus.bind(pdus.SAMR, pdus.WKSSVC)
    poisoned = pdus.poisoned_element(offered, 1)
    for what, results in {'what was poisoned': [pdus.NDR32, pdus.NDR32],
                          'another syntax': [pdus.NDR64, 1],
                          'features': [pdus.FEATURES, 1]}.items():
        talks[what] = scene.connect()
        talks[what].say(offered, becomes=poisoned, answer=b'')
        if what == 'features':  # accepted is nothing of it, and so is no request
            talks[what].reply(pdus.ack(results))
            call = pdus.request(5)
            talks[what].say(call, becomes=pdus.poisoned_opnum(call), answer=b'')
        else:
            talks[what].breaks_back(pdus.ack(results))
    good = scene.connect()
    good.say(offered, becomes=poisoned)
    good.say(pdus.request(5))
    scene.play()
    refused = [told('bind-refused', 'interface-not-granted', pdus.WKSSVC)]
    assert scene.refusals(good) == refused
    assert scene.refusals(talks.pop('features')) == refused + [
        told('request-refused', 'unknown-context', None, 5)]
    for what, talk in talks.items():
        assert scene.refusals(talk) == refused + cut_for('pdu-unexpected'), what


def test_A9_calls_without_answer_are_not_outstanding():
    scene = Scene()
    maybe, usual = scene.bound(), scene.bound()
    for call in range(300):
        maybe.say(pdus.request(5, bytes(4), call % 7, flags=pdus.WHOLE | pdus.MAYBE))
        usual.say(pdus.request(5, bytes(4), call % 7))
    denied = pdus.request(34, call=9, flags=pdus.WHOLE | pdus.MAYBE)
    maybe.say(denied, becomes=pdus.poisoned_opnum(denied))
    answered = scene.bound()
    answered.say(pdus.request(5, flags=pdus.WHOLE | pdus.MAYBE))
    answered.breaks_back(pdus.response(b''))
    scene.play()
    scene.clean(usual)
    assert scene.refusals(maybe) == [told('request-refused', 'opnum-denied', pdus.SAMR, 34)]
    assert scene.refusals(answered) == cut_for('pdu-unexpected')
