# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The catalogue: requests, their fragments, and how they are protected (R12 to R14, R17, R18, A2,
A4 to A6, A14).

Each scene holds the trick and, beside it, the same without the trick, which passes unchanged.
RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""
import pytest

from rpc import mapper, pdus, server, tokens
from rpc.pdus import Auth, poisoned_level, poisoned_opnum
from rpc.scene import DYNAMIC, HEAD, MAPPER_PORT, PORT, Scene, cut_for, rule, told

PARTS = [bytes(range(60))] * 3
CONNECT = Auth(pdus.CONNECT)
OBJECT, OTHER = bytes(range(16)), bytes(range(1, 17))
TOO_LOW = told('request-refused', 'protection-too-low', pdus.LSARPC, 0)


def test_R12_a_request_below_its_level():
    scene = Scene()
    never = scene.bound(pdus.LSARPC)
    bare = scene.login(pdus.LSARPC)
    call = pdus.request(0)
    for talk in (never, bare):
        talk.say(call, becomes=poisoned_opnum(call))
    only = scene.login(pdus.LSARPC, level=pdus.CONNECT)
    trailed = pdus.request(0, auth=CONNECT)
    only.say(trailed, becomes=poisoned_opnum(trailed))
    lower = scene.login(pdus.LSARPC)  # another context, of a lower level, of the same caller
    lower.say(pdus.alter(pdus.LSARPC, call=2,
                         auth=Auth(pdus.CONNECT, tokens.ntlm(1), context=2)))
    lower.say(pdus.auth3(Auth(pdus.CONNECT, tokens.ntlm(3), context=2), call=2))
    trailed = pdus.request(0, call=3, auth=Auth(pdus.CONNECT, context=2))
    lower.say(trailed, becomes=poisoned_level(trailed))
    good, better = scene.login(pdus.LSARPC), scene.login(pdus.LSARPC, level=pdus.PRIVACY)
    good.say(pdus.request(0, auth=Auth()))
    better.say(pdus.request(0, auth=Auth(pdus.PRIVACY)))
    scene.play()
    scene.clean(good, better)
    for talk in (never, bare, only, lower):
        assert scene.refusals(talk) == [TOO_LOW]
    assert [scene.of(talk, 'request-refused')[0]['protection'] for talk in (bare, only, lower)] == [
        'none', 'connect', 'connect']


def test_R12_a_trailer_that_names_what_was_never_agreed_on():
    scene = Scene()
    talks = {}
    for what, auth in {'a lower level': Auth(pdus.PACKET), 'a higher level': Auth(pdus.PRIVACY),
                       'another context': Auth(context=9), 'another type': Auth(kind=pdus.SPNEGO),
                       'connect': CONNECT}.items():
        talks[what] = scene.login(pdus.LSARPC)
        call = pdus.request(0, auth=auth)
        talks[what].say(call, becomes=poisoned_level(call))
    good = scene.login(pdus.LSARPC)
    good.say(pdus.request(0, auth=Auth()))
    scene.play()
    scene.clean(good)
    for what, talk in talks.items():
        assert scene.refusals(talk) == [
            told('request-refused', 'auth-changed', pdus.LSARPC, 0)], what


def test_R12_a_leg_that_changes_level_or_type():
    scene = Scene()
    talks = {}
    for what, auth in {'level': Auth(pdus.PACKET, tokens.ntlm(3)),
                       'type': Auth(token=tokens.ntlm(3), kind=pdus.SPNEGO),
                       'context': Auth(token=tokens.ntlm(3), context=9)}.items():
        talks[what] = scene.connect()
        talks[what].say(pdus.bind(pdus.LSARPC, auth=Auth(token=tokens.ntlm(1))))
        talks[what].breaks(pdus.auth3(auth))
    for what, auth in {'a level': Auth(pdus.PACKET, tokens.ntlm(1)),
                       'a type': Auth(token=tokens.ntlm(1), kind=pdus.SPNEGO)}.items():
        talks['by an alter_context', what] = scene.login(pdus.LSARPC)
        talks['by an alter_context', what].breaks(pdus.alter(pdus.LSARPC, auth=auth))
    talks['the server'] = scene.connect()
    talks['the server'].say(pdus.bind(pdus.LSARPC, auth=Auth(token=tokens.ntlm(1))), answer=b'')
    talks['the server'].breaks_back(pdus.ack([pdus.NDR32], auth=Auth(2, tokens.ntlm(2))))
    good = scene.login(pdus.LSARPC)
    good.say(pdus.request(0, auth=Auth()))
    scene.all_cut(talks, 'auth-changed')
    scene.clean(good)


def test_R12_a_bare_answer_to_a_protected_call():
    scene = Scene()
    talk, good, faulted = (scene.login(pdus.LSARPC) for _ in range(3))
    call = pdus.request(0, auth=Auth())
    talk.say(call, answer=b'')
    talk.breaks_back(pdus.response(bytes(28)))
    good.say(call)
    faulted.say(call, answer=pdus.fault(server.DENIED))
    scene.all_cut({'bare': talk}, 'protection-too-low')
    scene.clean(good, faulted)


def test_R13_a_claim_that_only_the_server_can_check():
    """Sealed in name: the server refuses it, and its refusal is heard."""
    scene = Scene()
    talks = []
    for status in (server.DENIED, 0x721):
        talk = scene.login(pdus.LSARPC, level=pdus.PRIVACY)
        talk.say(pdus.request(0, b'plain text, not sealed at all. ' * 2,
                              auth=Auth(pdus.PRIVACY, b'\0' * 16)), answer=pdus.fault(status))
        talks.append(talk)
    good, low = (scene.login(pdus.LSARPC, level=pdus.PRIVACY) for _ in range(2))
    good.say(pdus.request(0, auth=Auth(pdus.PRIVACY)))
    call = pdus.request(0, auth=Auth(pdus.CONNECT, b'\0' * 16))
    low.say(call, becomes=poisoned_level(call))  # an honest claim of less is refused here
    scene.play()
    scene.clean(good, *talks)
    assert scene.refusals(low) == [told('request-refused', 'auth-changed', pdus.LSARPC, 0)]


def differing():
    """Calls of three fragments of which the second says something else."""
    whole = pdus.fragments(5, PARTS)
    marked = pdus.fragments(5, PARTS, obj=OBJECT)
    signed = pdus.fragments(5, PARTS, auth=Auth())
    sealed = pdus.fragments(5, PARTS, auth=Auth(pdus.PRIVACY))
    foreign = pdus.fragments(5, PARTS, auth=Auth(context=2))
    yield 'the operation', whole, pdus.fragments(6, PARTS)
    yield 'to a forbidden one', whole, pdus.fragments(34, PARTS)
    yield 'the context', whole, pdus.fragments(5, PARTS, context=1)
    yield 'the flag of an object', whole, marked
    yield 'no object any more', marked, whole
    yield 'the object', marked, pdus.fragments(5, PARTS, obj=OTHER)
    yield 'the trailer', whole, signed
    yield 'no trailer any more', signed, whole
    yield 'the level', signed, sealed
    yield 'the security context', signed, foreign


def test_R14_fragments_of_one_call_that_differ():
    scene = Scene()
    talks, goods = {}, []
    for what, first, second in differing():
        for place in (1, 2):
            talk = talks[what, place] = scene.login(pdus.SAMR, pdus.DRSUAPI)
            for each in first[:place]:
                talk.say(each)
            talk.breaks(second[place])
        goods.append(scene.login(pdus.SAMR, pdus.DRSUAPI))
        for each in first:
            goods[-1].say(each)
    scene.all_cut(talks, 'fragments-disagree')
    scene.clean(*goods)


def test_R14_fragments_whose_flags_differ():
    scene = Scene()
    first, middle, last = pdus.fragments(5, PARTS)
    talks, good = {}, scene.bound()
    for flag in (pdus.MAYBE, 0x20):
        for place in (1, 2):
            talk = talks[flag, place] = scene.bound()
            for each in (first, middle)[:place]:
                talk.say(each)
            odd = (middle, last)[place - 1]
            talk.breaks(pdus.changed(odd, 3, bytes([odd[3] | flag])))
    good.say(first, middle, last)
    maybe = scene.bound()
    maybe.say(*(pdus.changed(each, 3, bytes([each[3] | pdus.MAYBE]))
                for each in (first, middle, last)))
    scene.all_cut(talks, 'fragments-disagree')
    scene.clean(good, maybe)


def test_R14_fragments_out_of_turn():
    first, middle, last = pdus.fragments(5, PARTS)
    other = pdus.fragments(5, PARTS, call=3)
    scene = Scene()
    talks = {}
    for what, before, lie in (
            ('a second beginning', [first], first), ('a beginning in between', [first], other[0]),
            ('a whole call in between', [first], pdus.request(5, call=3)),
            ('the end of another', [first], other[2]), ('no beginning', [], middle),
            ('an end alone', [], last), ('behind the end', [first, last], last)):
        talks[what] = scene.bound()
        for each in before:
            talks[what].say(each)
        talks[what].breaks(lie)
    good = scene.bound()
    good.say(first, middle, last)
    good.say(*other)
    scene.all_cut(talks, 'pdu-unexpected')
    scene.clean(good)


def test_R14_fragments_without_a_byte():
    scene = Scene()
    talks = {'first': scene.bound(), 'middle': scene.bound()}
    talks['first'].breaks(pdus.request(5, b'', flags=pdus.FIRST))
    talks['middle'].say(pdus.request(5, flags=pdus.FIRST))
    talks['middle'].breaks(pdus.request(5, b'', flags=0))
    good = scene.bound()
    good.say(*pdus.fragments(5, [bytes(60), b'']))  # only the last may have none
    good.say(pdus.request(5, b'', 3))
    scene.all_cut(talks, 'pdu-malformed')
    scene.clean(good)


def test_R14_calls_that_never_end():
    scene = Scene('[limits]\ncall-bytes = "64KiB"\n' + rule())
    many, long = scene.bound(), scene.bound()
    just_many, just_long = scene.bound(), scene.bound()
    begin, middle, end = (pdus.request(5, bytes(8), flags=flags) for flags in (1, 0, 2))
    for talk in (many, just_many):
        talk.say(begin + middle * 1022)
    just_many.say(end)
    many.say(middle)
    many.breaks(middle)
    begin, middle, end = (pdus.request(5, bytes(4096), flags=flags) for flags in (1, 0, 2))
    for talk in (long, just_long):
        talk.say(begin + middle * 14)
    just_long.say(end)
    long.say(middle)
    long.breaks(pdus.request(5, bytes(1), flags=2))
    scene.all_cut({'fragments': many, 'bytes': long}, 'call-too-long')
    scene.clean(just_many, just_long)


def test_R14_thirty_seconds_between_fragments():
    scene = Scene()
    slow, fast, none = scene.bound(), scene.bound(), scene.bound()
    slow.say(pdus.request(5, flags=pdus.FIRST))
    fast.say(*pdus.fragments(5, PARTS))
    scene.pause(25)
    slow.say(pdus.request(5, flags=0))
    scene.pause(40)
    none.say(pdus.request(5))  # an idle connection without an open call is another matter
    slow.stalls()
    scene.play()
    scene.clean(fast, none)
    assert [each.event for each in scene.refusals(slow)] == ['connection-reset']


def test_R14_a_fragment_that_comes_slowly():
    """What is waited for is the client's next byte: a fragment may take what it takes."""
    scene = Scene()
    talk = scene.bound()
    said = b''.join(pdus.fragments(5, [bytes(900), bytes(8)]))
    for at in range(0, len(said), 300):
        talk.say(said[at:at + 300])
        scene.pause(25)
    scene.play().clean(talk)


def test_R14_a_server_that_takes_nothing_for_minutes(monkeypatch):
    """Its window is shut, and its client cannot send the next fragment."""
    bind, begin = pdus.bind(pdus.SAMR), pdus.request(5, flags=pdus.FIRST)
    monkeypatch.setattr('rpc.talk.FIRST_WINDOW', len(bind) + len(begin))
    monkeypatch.setattr('rpc.talk.WINDOW', 0)
    scene = Scene()
    talk = scene.connect()
    talk.say(bind)
    talk.say(begin)
    for _ in range(3):
        scene.pause(50)
        talk.reply()  # to a probe of the window
    scene.pause(50)
    monkeypatch.setattr('rpc.talk.WINDOW', 2000)
    talk.reply()
    scene.pause(20)
    talk.say(pdus.request(5, flags=pdus.LAST))
    scene.play().clean(talk)


def test_R14_a_question_that_never_ends():
    """What is held for the mapper's rules is held for ten seconds."""
    scene = Scene()
    stub = mapper.question(pdus.SAMR)
    slow, fast = scene.bound(pdus.EPMAPPER, port=MAPPER_PORT), scene.bound(
        pdus.EPMAPPER, port=MAPPER_PORT)
    slow.send(pdus.request(mapper.MAP, stub[:40], flags=pdus.FIRST))
    fast.say(*pdus.fragments(mapper.MAP, [stub[:40], stub[40:]]))
    slow.stalls()
    scene.pause(30)
    fast.say(mapper.ask(pdus.SAMR, 3))
    scene.all_cut({'slow': slow}, 'stream-stalled')
    scene.clean(fast)


def test_R17_a_call_id_used_again_while_outstanding():
    scene = Scene()
    talks = {'data': scene.bound(silent=True),
             'mapper': scene.bound(pdus.EPMAPPER, port=MAPPER_PORT, silent=True)}
    talks['data'].say(pdus.request(5))
    talks['data'].breaks(pdus.request(6))
    talks['mapper'].say(mapper.ask(pdus.SAMR))
    talks['mapper'].breaks(mapper.ask(pdus.DRSUAPI))
    good = scene.bound()
    good.say(pdus.request(5))
    good.say(pdus.request(6))
    scene.all_cut(talks, 'call-id-reused')
    scene.clean(good)


def test_R17_answers_without_a_call():
    scene = Scene()
    talks = {'to nothing': scene.bound(), 'a second time': scene.bound(),
             'to what was poisoned': scene.bound(), 'a fault to nothing': scene.bound(),
             'without beginning': scene.bound()}
    talks['to nothing'].breaks_back(pdus.response(b''))
    talks['a second time'].say(pdus.request(5))
    talks['a second time'].breaks_back(pdus.response(b''))
    denied = pdus.request(34)
    talks['to what was poisoned'].say(denied, becomes=poisoned_opnum(denied), answer=b'')
    talks['to what was poisoned'].breaks_back(pdus.response(b''))
    talks['a fault to nothing'].breaks_back(pdus.fault(5, 99))
    talks['without beginning'].say(pdus.request(5), answer=b'')
    talks['without beginning'].breaks_back(pdus.response(b'', flags=pdus.LAST))
    good = scene.bound()
    good.say(pdus.request(5), answer=pdus.response(bytes(9), flags=pdus.FIRST)
             + pdus.response(bytes(9), flags=0) + pdus.response(bytes(9), flags=pdus.LAST))
    scene.play()
    scene.clean(good)
    refused = [told('request-refused', 'opnum-denied', pdus.SAMR, 34)]
    for what, talk in talks.items():
        before = refused if 'poisoned' in what else []
        assert scene.refusals(talk) == before + cut_for('pdu-unexpected'), what


def test_R17_a_mapper_answer_that_nobody_asked_for_opens_nothing():
    scene = Scene()
    towers = mapper.answer([mapper.tower(pdus.SAMR, DYNAMIC, '10.10.0.10')])
    talks = {'none': scene.bound(pdus.EPMAPPER, port=MAPPER_PORT),
             'another id': scene.bound(pdus.EPMAPPER, port=MAPPER_PORT),
             'twice': scene.mapped(port=DYNAMIC + 1)}
    talks['another id'].say(mapper.ask(pdus.SAMR), answer=b'')
    for talk in talks.values():
        talk.breaks_back(pdus.response(towers, 7 if talk is talks['another id'] else 2))
    good = scene.mapped()
    doors = {what: scene.knock(DYNAMIC, talk.client) for what, talk in talks.items()}
    doors['asked'] = scene.knock(DYNAMIC, good.client)
    scene.all_cut(talks, 'answer-without-question')
    scene.clean(good)
    assert {what: scene.knocked(door) for what, door in doors.items()} == {
        'none': 'silence', 'another id': 'silence', 'twice': 'silence', 'asked': 'in'}


def test_R18_an_object_that_shifts_the_stub():
    scene = Scene()
    talk, good = scene.bound(), scene.bound()
    good.say(pdus.request(5, obj=OBJECT))
    good.say(pdus.request(5, call=3))
    # With the flag 16 bytes of what looks like stub are none, without it they are.
    for call, obj in ((2, OBJECT), (3, pdus.request(5)[:16])):
        denied = pdus.request(34, call=call, obj=obj)
        talk.say(denied, becomes=poisoned_opnum(denied))
    asked, plain = (scene.bound(pdus.EPMAPPER, port=MAPPER_PORT) for _ in range(2))
    stub = mapper.question(pdus.SAMR)
    for call, obj in ((2, OBJECT), (3, bytes(16)), (4, stub[:16])):
        bad = pdus.request(mapper.MAP, stub, call, obj=obj)
        asked.say(bad, becomes=poisoned_opnum(bad))
    shifted = pdus.request(mapper.MAP, stub[16:], 5, obj=stub[:16])
    asked.say(shifted, becomes=poisoned_opnum(shifted))
    plain.say(pdus.request(mapper.MAP, stub))
    scene.play()
    scene.clean(good, plain)
    assert scene.refusals(talk) == [told('request-refused', 'opnum-denied', pdus.SAMR, 34)] * 2
    assert scene.refusals(asked) == [told('map-refused', 'mapper-malformed', None, 3)] * 4


def test_A2_a_poisoned_call_is_poisoned_in_every_fragment():
    scene = Scene()
    talks = {'bare': (scene.bound(), None), 'signed': (scene.login(pdus.SAMR), Auth()),
             'sealed': (scene.login(pdus.SAMR, level=pdus.PRIVACY), Auth(pdus.PRIVACY))}
    for talk, auth in talks.values():
        talk.say(*pdus.fragments(5, PARTS, auth=auth))
        denied = pdus.fragments(34, PARTS, 3, auth=auth)
        talk.say(*denied, becomes=b''.join(map(poisoned_opnum, denied)))
    # The operation has left when the trailer shows what the call is.
    late, good = scene.login(pdus.LSARPC), scene.login(pdus.LSARPC)
    first, *others = pdus.fragments(0, PARTS, auth=Auth(pdus.PACKET))
    late.say(first, *others, becomes=poisoned_level(first) + b''.join(map(poisoned_opnum, others)))
    good.say(*pdus.fragments(0, PARTS, auth=Auth()))
    scene.play()
    scene.clean(good)
    for what, (talk, _) in talks.items():
        assert scene.refusals(talk) == [
            told('request-refused', 'opnum-denied', pdus.SAMR, 34)], what
    assert scene.refusals(late) == [told('request-refused', 'auth-changed', pdus.LSARPC, 0)]


def test_A2_what_a_technique_needs_is_refused_by_its_name():
    scene = Scene()
    talk, good = scene.bound(pdus.DRSUAPI), scene.bound(pdus.DRSUAPI)
    replicated = pdus.fragments(3, PARTS)
    talk.say(*replicated, becomes=b''.join(map(poisoned_opnum, replicated)))
    good.say(*pdus.fragments(12, PARTS))
    scene.play()
    scene.clean(good)
    assert scene.refusals(talk) == [told('request-refused', 'opnum-denied', pdus.DRSUAPI, 3)]
    assert [event['technique'] for event in scene.of(talk, 'request-refused')] == ['T1003.006']


def test_A4_bare_requests_of_a_connect_session():
    granted = '[[publish.interface]]\nname = "samr"\nprotection = "connect"\n'
    scene = Scene(rule(granted=granted))
    usual, trailed = (scene.login(pdus.SAMR, level=pdus.CONNECT) for _ in range(2))
    usual.say(pdus.request(5))
    usual.say(pdus.request(5, call=3))
    trailed.say(pdus.request(5, auth=CONNECT))
    bare = pdus.request(5, call=3)  # this client shows trailers: without one it is nobody's
    trailed.say(bare, becomes=poisoned_opnum(bare))
    never, nobody = scene.bound(), scene.connect()
    never.say(pdus.request(5), becomes=poisoned_opnum(pdus.request(5)))
    nobody.say(pdus.bind(pdus.SAMR, auth=Auth(pdus.CONNECT, tokens.ntlm(1))))
    third = pdus.auth3(Auth(pdus.CONNECT, tokens.NOBODY))
    nobody.say(third, becomes=pdus.poisoned_token(third))
    nobody.say(bare, becomes=poisoned_opnum(bare))
    scene.play()
    scene.clean(usual)
    refused = told('request-refused', 'protection-too-low', pdus.SAMR, 5)
    assert scene.refusals(trailed) == scene.refusals(never) == [refused]
    assert scene.refusals(nobody) == [told('bind-refused', 'anonymous-caller', pdus.SAMR)]


def test_A5_what_was_negotiated_relaxes_nothing():
    scene = Scene()
    for features in (False, True):
        talk = scene.connect()
        offered = [pdus.SAMR, pdus.LSARPC] + [(2, pdus.SAMR, pdus.FEATURES)] * features
        talk.say(pdus.bind(*offered, auth=Auth(pdus.PRIVACY, tokens.ntlm(1))))
        talk.say(pdus.auth3(Auth(pdus.PRIVACY, tokens.ntlm(3))))
        talk.say(pdus.alter(pdus.DRSUAPI, call=3, first=4))  # bare, as real clients send it
        talk.say(pdus.request(0, call=4, context=1, auth=Auth(pdus.PRIVACY)))
        talk.say(pdus.request(5, call=5))
        bare = pdus.request(0, call=6, context=1)
        talk.say(bare, becomes=poisoned_opnum(bare))
    scene.play()
    for talk in scene.talks:
        assert scene.refusals(talk) == [TOO_LOW]


def test_A6_what_comes_between_fragments_changes_nothing():
    scene = Scene()
    talks, goods = {}, []
    for what, between in {'orphaned': pdus.pdu(pdus.ORPHANED, b'', 2),
                          'cancel': pdus.pdu(pdus.CANCEL, b'', 2),
                          'alter_context': pdus.alter(pdus.DRSUAPI, call=3, first=1)}.items():
        for opnum in (5, 34):
            first, middle, last = pdus.fragments(opnum, PARTS)
            talk = scene.bound()
            edit = poisoned_opnum if opnum == 34 else bytes
            talk.say(first, becomes=edit(first))
            talk.say(between)
            talk.say(middle, becomes=edit(middle))
            talk.say(between if what != 'alter_context' else between[:12] + b'\4' + between[13:])
            talk.say(last, becomes=edit(last))
            if opnum == 34:
                talks[what] = talk
            else:
                goods.append(talk)
    ended = scene.bound()  # the orphaned call is open still, and no other may begin
    ended.say(pdus.fragments(5, PARTS)[0], pdus.pdu(pdus.ORPHANED, b'', 2))
    ended.breaks(pdus.request(5, call=3))
    scene.play()
    scene.clean(*goods)
    for what, talk in talks.items():
        assert scene.refusals(talk) == [
            told('request-refused', 'opnum-denied', pdus.SAMR, 34)], what
    assert scene.refusals(ended) == cut_for('pdu-unexpected')


def test_A14_floors_are_of_interface_and_operation_never_of_a_port():
    granted = '''
[[publish.interface]]
name = "isystemactivator"
protection = "integrity"
'''
    scene = Scene(HEAD + f'packs = ["active-directory"]\nstatic-ports = [{PORT}]\n' + granted)
    netlogon = scene.bound(pdus.NETLOGON_RPC)
    for call, opnum in enumerate((4, 15, 26), 2):  # what makes the key comes before it
        netlogon.say(pdus.request(opnum, call=call))
    bare = pdus.request(30, call=9)
    netlogon.say(bare, becomes=poisoned_opnum(bare))
    sealed = scene.login(pdus.NETLOGON_RPC, level=pdus.PRIVACY)
    sealed.say(pdus.request(30, auth=Auth(pdus.PRIVACY)))
    mapped = scene.mapped()  # though everything of the rule is to be sealed
    activated = scene.bound(pdus.EPMAPPER, pdus.ACTIVATOR, port=MAPPER_PORT)
    activated.say(pdus.request(4, call=9, context=1),
                  becomes=poisoned_opnum(pdus.request(4, call=9, context=1)))
    managed = scene.connect(MAPPER_PORT)
    offered = pdus.bind(pdus.EPMAPPER, pdus.MGMT)
    managed.say(offered, becomes=pdus.poisoned_element(offered, 1))
    scene.play()
    scene.clean(sealed, mapped)
    assert scene.refusals(netlogon) == [
        told('request-refused', 'protection-too-low', pdus.NETLOGON_RPC, 30)]
    assert scene.refusals(activated) == [
        told('request-refused', 'protection-too-low', pdus.ACTIVATOR, 4)]
    assert scene.refusals(managed) == [told('bind-refused', 'interface-not-granted', pdus.MGMT)]
