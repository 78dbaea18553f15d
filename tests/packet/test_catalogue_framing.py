# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The catalogue: where PDUs begin and end, and what they may be (R1 to R6, R11, R15, A3, A12, H1,
S1).

Each scene holds the trick and, beside it, the same without the trick, which passes unchanged.
RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""
import struct

from rpc import mapper, pdus, tokens
from rpc.pdus import Auth, changed
from rpc.scene import MAPPER_PORT, PORT, Scene, cut_for, rule, told

BIND = pdus.bind(pdus.SAMR)
CALL = pdus.request(5)
OBJECT = bytes(range(16))
SIGNED = Auth()


def u16(value):
    return struct.pack('<H', value)


def test_R1_lengths_that_no_pdu_of_its_type_has():
    scene = Scene()
    talks = {}
    for what, lie in {
            'shorter than a header': changed(CALL, 8, u16(15)),
            'nothing at all': changed(CALL, 8, u16(0)),
            'a request without opnum': changed(pdus.request(5, b''), 8, u16(23)),
            'a request without its object': changed(pdus.request(5, b'', obj=OBJECT), 8, u16(39)),
            'an alter_context without element': changed(pdus.alter(pdus.SAMR), 8, u16(71)),
            'an auth3 without trailer': changed(pdus.auth3(SIGNED), 10, u16(0)),
            'a token before the header ends': changed(pdus.request(5, auth=SIGNED), 10, u16(70)),
            'a token in the object': changed(pdus.request(5, b'', obj=OBJECT, auth=SIGNED), 10,
                                             u16(20)),
            'a token longer than the PDU': changed(pdus.request(5, auth=SIGNED), 10, u16(0xfff0)),
    }.items():
        talks[what] = scene.login(pdus.SAMR)
        talks[what].breaks(lie)
    talks['a bind without element'] = scene.connect()
    talks['a bind without element'].breaks(changed(BIND, 8, u16(71)))
    answered = scene.bound()
    answered.say(CALL, answer=b'')
    answered.breaks_back(changed(pdus.response(b''), 8, u16(23)))
    talks['a response without context'] = answered
    least = scene.login(pdus.SAMR)
    least.say(pdus.request(5, b''))
    least.say(pdus.request(5, b'', 3, obj=OBJECT))
    least.say(pdus.request(5, b'', 4, auth=SIGNED))
    least.say(pdus.request(5, b'', 5, obj=OBJECT, auth=SIGNED))
    scene.all_cut(talks, 'pdu-malformed')
    scene.clean(least)


def test_R2_pdus_longer_than_servers_take():
    scene = Scene()
    longest = bytes(pdus.FULL - 24)
    talks = {'a request': scene.bound(), 'an auth3': scene.login(pdus.SAMR),
             'a response': scene.bound()}
    talks['a request'].breaks(pdus.request(5, longest + bytes(8)))
    talks['an auth3'].breaks(pdus.auth3(Auth(token=bytes(4100))))
    talks['a response'].say(CALL, answer=b'')
    talks['a response'].breaks_back(pdus.response(longest + bytes(8)))
    full = scene.bound()
    full.say(pdus.request(5, longest), answer=pdus.response(longest))
    binds = []
    for size in (12000, 65000):  # tickets of users in hundreds of groups
        ticket = Auth(token=tokens.kerberos(size), kind=pdus.KERBEROS)
        binds.append(scene.connect())
        binds[-1].say(pdus.bind(pdus.SAMR, auth=ticket))
        binds[-1].say(pdus.request(5, auth=Auth(kind=pdus.KERBEROS)))
    scene.all_cut(talks, 'pdu-too-long')
    scene.clean(full, *binds)


def test_R3_bytes_that_are_no_rpc():
    scene = Scene()
    talks = {}
    others = {
        'SMB': b'\0\0\0\x54\xffSMB\x72' + bytes(40), 'SMB2': b'\0\0\0\x54\xfeSMB' + bytes(60),
        'HTTP': b'GET / HTTP/1.1\r\nHost: a\r\n\r\n', 'TLS': b'\x16\x03\x01\x02\0\x01' + bytes(60),
        'datagram RPC': b'\4' + BIND[1:], 'a later minor version': changed(BIND, 1, b'\1'),
    }
    for port in (PORT, MAPPER_PORT):
        for what, octets in others.items():
            talks[port, what] = scene.connect(port)
            talks[port, what].breaks(octets)
    for what, octets in others.items():
        talks['behind a bind', what] = scene.bound()
        talks['behind a bind', what].breaks(octets)
    server = scene.connect()
    server.say(BIND, answer=b'')
    server.breaks_back(others['HTTP'])
    talks['of the server'] = server
    good = scene.bound()
    good.say(CALL)
    mapped = scene.mapped()
    scene.all_cut(talks, 'not-rpc')
    scene.clean(good, mapped)


def test_R4_what_may_not_come_first_or_twice():
    scene = Scene()
    talks = {}
    for what, first in {'a request': CALL, 'an alter_context': pdus.alter(pdus.SAMR),
                        'an auth3': pdus.auth3(SIGNED), 'a cancel': pdus.pdu(pdus.CANCEL, b''),
                        'an orphaned': pdus.pdu(pdus.ORPHANED, b'')}.items():
        talks[what] = scene.connect()
        talks[what].breaks(first)
    talks['a second bind'] = scene.bound()
    talks['a second bind'].breaks(pdus.bind(pdus.SAMR, call=2))
    talks['a second bind at once'] = scene.connect()
    talks['a second bind at once'].say(BIND, answer=b'')
    talks['a second bind at once'].breaks(pdus.bind(pdus.DRSUAPI, call=2))
    talks['behind a refusal'] = scene.connect()
    talks['behind a refusal'].say(BIND, answer=pdus.nak())
    talks['behind a refusal'].breaks(pdus.bind(pdus.SAMR, call=2))
    talks['a server that begins'] = scene.connect()
    talks['a server that begins'].breaks_back(pdus.ack([pdus.NDR32]))
    good = scene.bound()
    good.say(pdus.alter(pdus.DRSUAPI, first=1))
    good.say(CALL, pdus.pdu(pdus.CANCEL, b'', 3), pdus.pdu(pdus.ORPHANED, b'', 3))
    scene.all_cut(talks, 'pdu-unexpected')
    scene.clean(good)


def test_R4_types_of_the_wrong_direction():
    scene = Scene()
    talks = {}
    for what, lie in {'response': pdus.response(b''), 'fault': pdus.fault(5), 'nak': pdus.nak(2),
                      'ack': pdus.ack([pdus.NDR32], 2), 'shutdown': pdus.pdu(pdus.SHUTDOWN, b''),
                      'answer': pdus.ack([pdus.NDR32], 2, kind=pdus.ALTER_RESPONSE)}.items():
        talks['of the client', what] = scene.bound()
        talks['of the client', what].breaks(lie)
    for what, lie in {'bind': BIND, 'alter': pdus.alter(pdus.SAMR), 'auth3': pdus.auth3(SIGNED),
                      'cancel': pdus.pdu(pdus.CANCEL, b''), 'another ack': pdus.ack([pdus.NDR32]),
                      'orphaned': pdus.pdu(pdus.ORPHANED, b'')}.items():
        talks['of the server', what] = scene.bound()
        talks['of the server', what].breaks_back(lie)
    good = scene.bound()
    good.say(CALL)
    good.reply(pdus.pdu(pdus.SHUTDOWN, b''))
    scene.all_cut(talks, 'pdu-unexpected')
    scene.clean(good)


def test_R4_types_of_datagrams_and_of_http():
    scene = Scene()
    talks = {}
    for kind in (1, 4, 5, 6, 7, 8, 9, 10, pdus.RTS, 21, 255):
        other = pdus.pdu(kind, bytes(64), 2)
        talks[kind, 'first'] = scene.connect()
        talks[kind, 'first'].breaks(other)
        talks[kind, 'later'] = scene.bound()
        talks[kind, 'later'].breaks(other)
        talks[kind, 'of the server'] = scene.bound()
        talks[kind, 'of the server'].breaks_back(other)
    good = scene.bound()
    good.say(CALL)
    scene.all_cut(talks, 'not-rpc')
    scene.clean(good)


def test_R5_representations_that_no_client_uses():
    scene = Scene()
    talks = {}
    for what, octets in {'EBCDIC': b'\x11\0\0\0', 'EBCDIC, big-endian': b'\1\0\0\0',
                         'VAX': b'\x10\1\0\0', 'Cray': b'\x10\2\0\0', 'IBM': b'\x10\3\0\0',
                         'an order that is none': b'\x20\0\0\0', 'an odd bit': b'\x14\0\0\0',
                         'a third octet': b'\x10\0\1\0', 'a fourth': b'\x10\0\0\1'}.items():
        talks[what, 'bind'] = scene.connect()
        talks[what, 'bind'].breaks(changed(BIND, 4, octets))
        talks[what, 'request'] = scene.bound()
        talks[what, 'request'].breaks(changed(CALL, 4, octets))
    good = scene.bound()
    good.say(CALL)
    scene.all_cut(talks, 'pdu-malformed')
    scene.clean(good)


def test_R5_an_order_that_changes_and_one_that_does_not():
    scene = Scene()
    talks = {'to big': scene.bound(), 'to little': scene.connect(), 'an answer': scene.bound()}
    talks['to big'].breaks(pdus.request(5, big=True))
    talks['to little'].say(pdus.bind(pdus.SAMR, big=True))
    talks['to little'].breaks(CALL)
    talks['an answer'].say(CALL, answer=b'')
    turned = struct.pack('>BBBB4sHHIIHH', 5, 0, pdus.RESPONSE, 3, bytes(4), 32, 0, 2, 8, 0, 0)
    talks['an answer'].breaks_back(turned + bytes(8))
    big = scene.connect()
    offered = pdus.bind(pdus.SAMR, pdus.WKSSVC, big=True)
    big.say(offered, becomes=pdus.poisoned_element(offered, 1))
    big.say(pdus.request(5, big=True))
    denied = pdus.request(34, call=3, big=True)
    big.say(denied, becomes=pdus.poisoned_opnum(denied))
    signed = scene.connect()
    signed.say(pdus.bind(pdus.LSARPC, auth=Auth(token=tokens.ntlm(1)), big=True))
    signed.say(pdus.auth3(Auth(token=tokens.ntlm(3)), big=True))
    signed.say(pdus.request(0, call=3, auth=SIGNED, big=True))
    low = pdus.request(0, call=4, auth=Auth(pdus.PACKET), big=True)
    signed.say(low, becomes=pdus.poisoned_level(low))
    alone = scene.connect()
    alone.say(pdus.bind(pdus.SAMR, big=True))
    alone.say(pdus.request(5, big=True))
    scene.all_cut(talks, 'byte-order-changed')
    assert scene.refusals(big) == [
        told('bind-refused', 'interface-not-granted', pdus.WKSSVC),
        told('request-refused', 'opnum-denied', pdus.SAMR, 34)]
    assert scene.refusals(signed) == [told('request-refused', 'auth-changed', pdus.LSARPC, 0)]
    scene.clean(alone)


def test_R6_elements_that_do_not_account_for_every_byte():
    scene = Scene()
    nine = pdus.bind((0, pdus.SAMR, *[pdus.NDR32] * 9))
    token = Auth(token=tokens.ntlm(1))
    talks = {}
    for what, lie in {
            'no element': changed(BIND, 24, b'\0'),
            'fewer than there are': changed(pdus.bind(pdus.SAMR, pdus.WKSSVC), 24, b'\1'),
            'more than there are': changed(BIND, 24, b'\2'),
            'seventeen elements': pdus.bind(*[pdus.SAMR] * 17),
            'no transfer syntax': changed(pdus.bind(pdus.SAMR, pdus.SAMR), 30, b'\0'),
            'nine transfer syntaxes': nine,
            'bytes behind the elements': pdus.bind(pdus.SAMR, tail=bytes(4)),
            'an element behind them': pdus.bind(pdus.SAMR, tail=pdus.element(1, pdus.WKSSVC)),
            'bytes before the trailer': pdus.bind(pdus.SAMR, tail=bytes(8), auth=token),
            'features twice': pdus.bind((0, pdus.SAMR, pdus.FEATURES), pdus.SAMR,
                                        (2, pdus.SAMR, pdus.FEATURES)),
    }.items():
        talks[what] = scene.connect()
        talks[what].breaks(lie)
    repeated = pdus.element(1, pdus.DRSUAPI)
    talks['an alter_context with more'] = scene.bound()
    talks['an alter_context with more'].breaks(pdus.alter(
        pdus.DRSUAPI, first=1, tail=pdus.element(1, pdus.WKSSVC)))
    most, padded, features = scene.connect(), scene.connect(), scene.connect()
    most.say(pdus.bind(*[(number, pdus.SAMR, *[pdus.NDR32] * 8) for number in range(16)]))
    padded.say(pdus.bind(pdus.SAMR, tail=bytes(8), auth=Auth(token=tokens.ntlm(1), pad=8)))
    features.say(pdus.bind(pdus.SAMR, (1, pdus.SAMR, pdus.FEATURES)))
    features.say(pdus.alter(pdus.DRSUAPI, first=1, tail=repeated))  # as one client stack does
    scene.all_cut(talks, 'pdu-malformed')
    scene.clean(most, padded, features)


def test_R11_trailers_that_lie():
    scene = Scene()
    talks = {}
    stub = bytes(range(60))
    for what, auth in {'a pad longer than the stub': Auth(pad=61), 'level 0': Auth(0),
                       'level 1': Auth(1), 'level 7': Auth(7), 'level 255': Auth(255),
                       'type 0': Auth(kind=0), 'an unknown type': Auth(kind=11),
                       'the type of a local caller': Auth(kind=200)}.items():
        talks[what, 'request'] = scene.login(pdus.SAMR)
        talks[what, 'request'].breaks(pdus.request(5, stub, auth=auth))
        talks[what, 'bind'] = scene.connect()
        talks[what, 'bind'].breaks(pdus.bind(pdus.SAMR, auth=auth))
    for odd in (1, 2, 3):
        talks['not aligned', odd] = scene.login(pdus.SAMR)
        unaligned = pdus.pdu(pdus.REQUEST, struct.pack('<IHH', 60 + odd, 0, 5) + bytes(60 + odd), 2,
                             auth=Auth(), align=1)
        talks['not aligned', odd].breaks(unaligned)
    good = scene.login(pdus.SAMR)
    good.say(pdus.request(5, stub, auth=Auth(pad=60)))
    good.say(pdus.request(5, bytes(61), 3, auth=Auth(reserved=0xff)))  # servers ignore that octet
    scene.all_cut(talks, 'pdu-malformed')
    scene.clean(good)


def test_R15_hints_of_any_size_say_nothing():
    scene = Scene()
    talk, denied, usual = scene.bound(), scene.bound(), scene.bound()
    hints = (0, 1, 0x7fffffff, 0xffffffff)
    for call, hint in enumerate(hints, 2):
        talk.say(pdus.request(5, call=call, hint=hint))
        bad = pdus.request(34, call=call, hint=hint)
        denied.say(bad, becomes=pdus.poisoned_opnum(bad))
    talk.say(*pdus.fragments(5, [bytes(60), bytes(60)], 9, hint=0xffffffff))
    usual.say(CALL)
    scene.play()
    scene.clean(talk, usual)
    assert scene.refusals(denied) == [told('request-refused', 'opnum-denied', pdus.SAMR, 34)] * 4


def test_A3_nothing_leaves_before_the_trailer_that_is_to_be_judged():
    scene = Scene()
    call = pdus.request(5, auth=SIGNED)
    trailer = len(call) - 24
    cut_there = []
    for part in range(8):
        talk = scene.login(pdus.LSARPC)
        talk.send(call[:trailer + part])
        talk.arrives += call[:trailer]
        cut_there.append(talk)
    whole = scene.login(pdus.LSARPC)
    whole.send(call[:trailer + 4])
    whole.send(call[trailer + 4:])
    whole.arrives += call
    whole.reply(whole.server.feed(call))
    behind, bare = scene.login(pdus.LSARPC), scene.login(pdus.LSARPC)
    behind.send(call + pdus.request(5, call=3)[:12])  # the next header is not whole: it waits
    behind.arrives += call
    bare.send(pdus.request(5)[:24])  # without trailer: refused while the opnum can be
    bare.arrives += pdus.poisoned_opnum(pdus.request(5)[:24])
    scene.play()
    scene.clean(whole, behind, *cut_there)
    assert scene.refusals(bare) == [told('request-refused', 'protection-too-low', pdus.LSARPC, 5)]


def test_A12_elements_are_judged_however_long_the_token_is():
    scene = Scene()
    talks = []
    for size in (2000, 20000, 60000):
        ticket = Auth(token=tokens.kerberos(size), kind=pdus.KERBEROS)
        offered = pdus.bind(pdus.SAMR, pdus.WKSSVC, pdus.DRSUAPI, auth=ticket)
        talks.append(scene.connect())
        talks[-1].say(offered, becomes=pdus.poisoned_element(offered, 1))
    good = scene.connect()
    good.say(pdus.bind(pdus.SAMR, pdus.DRSUAPI, auth=ticket))
    waits = scene.connect()  # a server acts on whole PDUs only: the last byte decides
    waits.send(pdus.bind(pdus.SAMR, auth=ticket)[:-1])
    waits.arrives += pdus.bind(pdus.SAMR, auth=ticket)[:-1]
    scene.play()
    scene.clean(good, waits)
    for talk in talks:
        assert scene.refusals(talk) == [told('bind-refused', 'interface-not-granted', pdus.WKSSVC)]


def test_H1_rpc_over_http_is_not_this_rule():
    scene = Scene()
    talks = {}
    for what, said in {'a virtual channel': pdus.pdu(pdus.RTS, bytes(60)),
                       'a proxy': b'RPC_IN_DATA /rpc/rpcproxy.dll?s:593 HTTP/1.1\r\n\r\n',
                       'another': b'RPC_OUT_DATA /rpc/rpcproxy.dll HTTP/1.1\r\n\r\n'}.items():
        talks[what] = scene.connect()
        talks[what].breaks(said)
    talks['a banner'] = scene.connect()
    talks['a banner'].breaks_back(b'ncacn_http/1.0' + pdus.ack([pdus.NDR32]))
    alone = scene.connect()
    alone.send_back(b'ncacn_http/1.0')  # nothing of it is heard
    doors = {port: scene.knock(port) for port in (593, 80, 443, PORT)}
    good = scene.bound()
    good.say(CALL)
    scene.all_cut(talks, 'not-rpc')
    scene.clean(good, alone)
    assert {port: scene.knocked(door) for port, door in doors.items()} == {
        593: 'silence', 80: 'silence', 443: 'silence', PORT: 'in'}


def test_S1_requests_of_the_server():
    granted = '[[publish.interface]]\nname = "samr"\ncallbacks = {}\n'
    call = pdus.request(0, call=9)
    for allowed in (False, True):
        scene = Scene(rule(granted=granted.format(str(allowed).lower())))
        talk, mapped, plain = scene.bound(), scene.mapped(), scene.bound()
        plain.say(CALL)
        mapped.breaks_back(call)  # never to the mapper's clients
        if allowed:
            talk.reply(call)
            talk.say(pdus.response(b'', call=9), answer=b'')
            talk.say(CALL)
        else:
            talk.breaks_back(call)
        scene.play()
        assert scene.refusals(talk) == ([] if allowed else cut_for('callback'))
        assert scene.refusals(mapped) == cut_for('callback')
        scene.clean(plain)


def test_S1_an_answer_to_no_callback():
    scene = Scene(rule(granted='[[publish.interface]]\nname = "samr"\ncallbacks = true\n'))
    talk, good = scene.bound(), scene.bound()
    talk.breaks(pdus.response(mapper.answer([]), call=9))
    good.reply(pdus.request(0, call=9))
    good.say(pdus.response(mapper.answer([]), call=9), answer=b'')
    scene.all_cut({'an answer': talk}, 'pdu-unexpected')
    scene.clean(good)
