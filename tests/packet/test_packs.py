# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Every pack of the product does what its file says, and nothing more.

All conversations about a pack are one scene. Beside each one that is refused stands the same within
what the file grants (or leaves alone), which passes.
RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""
import pytest

from rpc import dcom, mapper, packs, pdus, server, tokens
from rpc.pdus import Auth, poisoned_opnum
from rpc.scene import DYNAMIC, HEAD, MAPPER_PORT, PORT, REFUSALS, Scene

STRANGER = pdus.WINREG  # in no pack that grants
OTHER_CLASS = '000209ff-0000-0000-c000-000000000046'  # Word's, in no pack
OPERATIONS = {(interface.uuid, dcom.OPNUMS[operation]): operation
              for operation, interface in dcom.INTERFACES.items()}
RESOLVES = {(pdus.EXPORTER.uuid, opnum) for opnum in (0, 4)}
FIRST_CALL = 10
ASKED_AT_LOGON = 64  # the operations that a logon is weighed for; others when they are called


def named(pack):
    return pack.name


def publishing(*lines, name='catalogue'):
    """A rule without a word about protection, unless `lines` have one."""
    return HEAD.replace('"catalogue"', f'"{name}"') + f'static-ports = [{PORT}]\n' + ''.join(
        f'{line}\n' for line in lines)


class Claims:
    """A scene, and what must be told of its conversations."""

    def __init__(self, rules):
        self.scene = Scene(rules)
        self.expected = []  # (talk, what it is about, refusals)

    def expect(self, talk, what, refusals=()):
        self.expected.append((talk, what, list(refusals)))
        return talk

    def hold(self):
        self.scene.play()
        for talk, what, refusals in self.expected:
            assert [self._told(event) for event in self.scene.of(talk)
                    if event['event'].endswith('-refused') or event['event'] in REFUSALS
                    ] == refusals, what

    @staticmethod
    def _told(event):
        told = [event['event'], event['reason']]
        if 'clsid' in event:
            told.append(event['clsid'])
        elif 'interface' in event:
            told.append(event['interface']['uuid'])
        told += [event[key] for key in ('opnum', 'technique') if event.get(key) is not None]
        return tuple(told)

    # -- what clients do

    def place_of(self, syntax):
        """(port, client): where a client that asked the mapper dials."""
        if syntax.uuid in packs.ON_MAPPER:
            return MAPPER_PORT, self.scene.client()
        asked = self.expect(self.scene.mapped(syntax), f'where {syntax} is')
        return DYNAMIC, asked.client

    def log_on(self, syntax, level, place, **how):
        port, client = place
        if level == packs.LEAST:
            return self.scene.bound(syntax, port=port, client=client)
        return self.scene.login(syntax, level=level, port=port, client=client, **how)

    def turned_away(self, syntax, port, reason, *technique):
        """Neither the mapper tells of it nor can it be bound."""
        asked = self.scene.bound(pdus.EPMAPPER, port=MAPPER_PORT)
        question = mapper.ask(syntax)
        asked.say(question, becomes=mapper.poisoned(question, syntax))
        # Activation is served beside the mapper alone, so that of any version nothing is told.
        why = 'interface-not-granted' if syntax.uuid in packs.ACTIVATORS else reason
        self.expect(asked, f'asking for {syntax}', [
            ('map-refused', why, syntax.uuid, mapper.MAP, *technique)])
        bound = self.scene.connect(port)
        offered = pdus.bind(syntax)
        bound.say(offered, becomes=pdus.poisoned_element(offered, 0))
        self.expect(bound, f'binding {syntax}', [
            ('bind-refused', reason, syntax.uuid, *technique)])


def request_of(syntax, opnum, call, auth, clsid):
    """(the request, how it is answered where not as usual)."""
    operation = OPERATIONS.get((syntax.uuid, opnum))
    if operation is not None:
        return dcom.activate(operation, clsid, call=call, auth=auth), b''
    answer = b'' if (syntax.uuid, opnum) in RESOLVES else None
    return pdus.request(opnum, call=call, auth=auth), answer


def says(talk, syntax, opnums, level, reason_of, clsid=dcom.OUR_CLASS):
    """Each operation once. reason_of(opnum): why it is refused, None where it passes."""
    refusals = []
    auth = Auth(level) if level else None
    for call, opnum in enumerate(opnums, FIRST_CALL):
        request, answer = request_of(syntax, opnum, call, auth, clsid)
        reason = reason_of(opnum)
        if reason is None:
            talk.say(request, answer=answer)
        else:
            talk.say(request, becomes=poisoned_opnum(request), answer=pdus.fault(
                server.NO_SUCH_OPERATION, call))
            refusals.append(('request-refused', reason[0], syntax.uuid, opnum, *reason[1:]))
    return refusals


# -- what grants


def bare(entry):
    """Without any protection all is refused that is not listed, and most that is."""
    def reason_of(opnum):
        if not entry.lists(opnum):
            return ('opnum-denied',)
        return None if entry.floor_of(opnum) == packs.LEAST else ('protection-too-low',)
    return reason_of


def show_operations(claims, entry, clsid):
    """At its floor each one passes, a level below none; sealed nothing passes beside the list."""
    place, syntax = claims.place_of(entry.syntax), entry.syntax

    def say(level, opnums, reason_of):
        talk = claims.log_on(syntax, level, place)
        refusals = says(talk, syntax, opnums, level, reason_of, clsid)
        claims.expect(talk, (entry.name, level, opnums), refusals)

    say(packs.LEAST, entry.tried, bare(entry))
    for floor in entry.least - {packs.LEAST}:
        say(floor, entry.at_floor(floor), lambda opnum: None)
        if packs.below(floor) != packs.LEAST:
            say(packs.below(floor), entry.at_floor(floor), lambda opnum: ('protection-too-low',))
    if entry.others:
        say(packs.MOST, entry.others, lambda opnum: ('opnum-denied',))


def show_nobody(claims, entry):
    """Who does not say a name is refused, unless nothing of it is protected."""
    place, syntax = claims.place_of(entry.syntax), entry.syntax
    demanding = [opnum for opnum in entry.listed if entry.floor_of(opnum) > packs.LEAST]
    if not demanding or demanding[0] >= ASKED_AT_LOGON:
        talk = claims.log_on(syntax, packs.MOST, place, token=tokens.NOBODY)
        refusals = says(talk, syntax, entry.listed, packs.MOST,
                        lambda opnum: ('anonymous-caller',) if opnum in demanding else None)
        claims.expect(talk, (entry.name, 'anonymous'), refusals[:1])  # told once of a logon
        return
    port, client = place
    talk = claims.scene.connect(port, client=client)
    talk.say(pdus.bind(syntax, auth=Auth(packs.MOST, tokens.ntlm(1))))
    third = pdus.auth3(Auth(packs.MOST, tokens.NOBODY))
    talk.say(third, becomes=pdus.poisoned_token(third))
    claims.expect(talk, (entry.name, 'anonymous'), [
        ('bind-refused', 'anonymous-caller', syntax.uuid)])


def show_versions(claims, entry):
    """Another version is another interface."""
    major = entry.syntax.major
    other = pdus.Syntax(entry.syntax.uuid, major + 1)
    claims.turned_away(other, MAPPER_PORT if other.uuid in packs.ON_MAPPER else PORT,
                       'version-not-granted')


def show_classes(claims, pack, entry):
    """Its classes can be made by each operation, another one by none; sealed nobody knows which."""
    for opnum in entry.listed:
        level = entry.floor_of(opnum)
        operation = OPERATIONS[entry.syntax.uuid, opnum]
        for clsid in pack.classes:
            talk = claims.log_on(entry.syntax, level, claims.place_of(entry.syntax))
            talk.say(dcom.activate(operation, clsid, auth=Auth(level)), answer=b'')
            claims.expect(talk, (entry.name, opnum, clsid))
        for at, reason, told in ((level, 'class-not-granted', OTHER_CLASS),
                                 (packs.MOST, 'activation-sealed', entry.syntax.uuid)):
            talk = claims.log_on(entry.syntax, at, claims.place_of(entry.syntax))
            call = dcom.activate(operation, OTHER_CLASS, auth=Auth(at))
            talk.say(call, becomes=poisoned_opnum(call))
            claims.expect(talk, (entry.name, opnum, reason), [
                ('activation-refused', reason, told, opnum)])


def ways_to_grant():
    """Packs alone; those that speak of referrals also with either word of the rule's."""
    for pack in packs.GRANTING:
        yield pytest.param(pack, None, id=pack.name)
        if any(entry.syntax.uuid == packs.RFRI for entry in pack.interfaces):
            for word in ('allow', 'refuse'):
                yield pytest.param(pack, word, id=f'{pack.name}, referrals {word}')


@pytest.mark.parametrize('pack, referrals', ways_to_grant())
def test_a_pack_grants_what_it_lists(pack, referrals):
    claims = Claims(publishing(f'packs = ["{pack.name}"]',
                               *([f'referrals = "{referrals}"'] if referrals else [])))
    refers = (referrals or pack.referrals) == 'allow'
    clsid = next(iter(pack.classes), OTHER_CLASS)
    for entry in pack.interfaces:
        if entry.syntax.uuid == packs.RFRI and not refers:
            claims.turned_away(entry.syntax, PORT, 'interface-not-granted')
            continue
        show_operations(claims, entry, clsid)
        show_nobody(claims, entry)
        show_versions(claims, entry)
        if entry.syntax.uuid in packs.ACTIVATORS:
            show_classes(claims, pack, entry)
    claims.turned_away(STRANGER, PORT, 'interface-not-granted')
    claims.hold()


@pytest.mark.parametrize('pack', [pack for pack in packs.GRANTING
                                  if any(entry.refused for entry in pack.interfaces)], ids=named)
def test_a_pack_leaves_to_later_rules_what_it_does_not_refuse(pack):
    entries = [entry for entry in pack.interfaces if entry.refused]
    later = ', '.join(f'"{entry.syntax.uuid}/{entry.syntax.major}"' for entry in entries)
    claims = Claims(publishing(f'packs = ["{pack.name}"]') + publishing(
        f'interfaces = [{later}]', 'protection = "none"', name='later'))
    for entry in entries:
        def reason_of(opnum, entry=entry):
            if opnum in entry.refused:
                return ('opnum-denied',)
            return ('protection-too-low',) if entry.lists(opnum) else None
        talk = claims.scene.bound(entry.syntax)
        claims.expect(talk, entry.name, says(talk, entry.syntax, entry.tried, packs.LEAST,
                                             reason_of))
    claims.hold()


# -- what denies


def own_tables(pack):
    return [f'[[publish.interface]]\nname = "{entry.name}"\nuuid = "{entry.syntax.uuid}"\n'
            f'version = {entry.syntax.major}\nopnums = ["0-65535"]' for entry in pack.interfaces]


def show_denied(claims, entry):
    if entry.opnums is None:
        claims.turned_away(entry.syntax, PORT, 'interface-denied', entry.technique)
        return
    talk = claims.log_on(entry.syntax, packs.LEAST, claims.place_of(entry.syntax))
    claims.expect(talk, entry.name, says(
        talk, entry.syntax, entry.tried, packs.LEAST,
        lambda opnum: ('opnum-denied', entry.technique) if entry.lists(opnum) else None))


def show_denied_classes(claims, pack):
    for operation, syntax in dcom.INTERFACES.items():
        opnum = dcom.OPNUMS[operation]
        for clsid, technique in {**pack.classes, OTHER_CLASS: None}.items():
            talk = claims.scene.login(syntax, port=MAPPER_PORT)
            call = dcom.activate(operation, clsid, auth=Auth())
            if clsid == OTHER_CLASS:
                talk.say(call, answer=b'')
                claims.expect(talk, (opnum, clsid))
                continue
            talk.say(call, becomes=poisoned_opnum(call))
            claims.expect(talk, (opnum, clsid), [
                ('activation-refused', 'class-denied', clsid, opnum, technique)])


@pytest.mark.parametrize('granted', ('any', 'tables of the rule'))
@pytest.mark.parametrize('pack', packs.DENYING, ids=named)
def test_a_pack_denies_what_it_lists(pack, granted):
    """However it is granted; other operations of the same interfaces pass."""
    claims = Claims(publishing('interfaces = ["any"]', 'protection = "none"',
                               f'deny = ["{pack.name}"]',
                               *(own_tables(pack) if granted != 'any' else [])))
    for entry in pack.interfaces:
        show_denied(claims, entry)
    show_denied_classes(claims, pack)
    claims.hold()


@pytest.mark.parametrize('pack', packs.DENYING, ids=named)
def test_a_pack_denies_what_other_packs_grant(pack):
    granting = [other.name for other in packs.GRANTING]
    claims = Claims(publishing(f'packs = {granting}', 'protection = "none"',
                               f'deny = ["{pack.name}"]'))
    shown = 0
    for entry in pack.interfaces:
        grants = [other for each in packs.GRANTING for other in each.interfaces
                  if other.syntax == entry.syntax]
        if not grants:
            continue

        def reason_of(opnum, entry=entry, grants=grants):
            if entry.lists(opnum):
                return ('opnum-denied', entry.technique)
            return None if any(each.lists(opnum) for each in grants) else ('opnum-denied',)
        tried = sorted(set(entry.tried).union(*(each.tried for each in grants)))
        talk = claims.log_on(entry.syntax, packs.LEAST, claims.place_of(entry.syntax))
        claims.expect(talk, entry.name, says(talk, entry.syntax, tried, packs.LEAST, reason_of))
        shown += 1
    assert shown
    claims.hold()
