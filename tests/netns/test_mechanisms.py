# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Who may call by which log-on, in which version of an interface, and how the mapper is asked."""

import pytest

from lab.callers import Caller
from lab.controller import HOST, REALM
from lab.gateway import publish
from lab.topology import CLIENT, MORE_CLIENTS

DRSUAPI = 'e3514235-4b06-11d1-ab04-00c04fc2dcd2'  # the server has version 4.0
NOT_REGISTERED = '0x16c9a0d6'
TICKET, ADMINISTRATOR = f'host/{HOST}@{REALM}', 'CORP\\administrator@MEMBER1'


def rule(**keys):
    return publish('dc', services=['rpc', 'kerberos'], **keys)


RULES = rule(interfaces=['samr'])


def judge_by(gateway, rules):
    gateway.write_config(rules)
    gateway.command('config', 'apply', gateway.config)
    return gateway.mark()


@pytest.fixture
def caller(lab, clients):
    made = Caller(clients.namespace, lab.directory, MORE_CLIENTS[0])
    yield made
    made.end()


# -- authentication

WAYS = {'krb5': ('seal,krb5', True), 'spnego with a ticket': ('seal,spnego', True),
        'ntlm': ('seal', False), 'spnego with a password': ('seal,spnego', False)}


@pytest.mark.parametrize('allowed', ['kerberos', 'ntlm'])
def test_callers_log_on_as_the_rule_allows(gateway, clients, allowed):
    judge_by(gateway, rule(interfaces=['samr'], authentication=[allowed]))
    assert clients.kinit().returncode == 0
    for way, (options, kerberos) in WAYS.items():
        mark = gateway.mark()
        done = clients.rpcclient(options, 'enumdomains', kerberos=kerberos)
        if kerberos == (allowed == 'kerberos'):
            assert done.returncode == 0 and 'name:[CORP]' in done.stdout, (way, done.stdout)
            assert not [event for event in gateway.events(mark) if 'reason' in event], way
            continue
        assert done.returncode != 0 and 'name:[' not in done.stdout, (way, done.stdout)
        who = {'service': TICKET} if kerberos else {'user': ADMINISTRATOR}
        gateway.wait_event(mark, event='request-refused', reason='authentication-not-allowed',
                           interface='samr', client=CLIENT, protection='privacy', **who)


def test_the_secure_channel_is_a_mechanism_of_its_own(gateway, clients):
    """It proves a machine by its password: neither a ticket nor NTLM."""
    services = ['rpc', 'kerberos', 'ldap', {'protocol': 'tcp', 'port': 445}]
    pack = {'services': services, 'packs': ['active-directory']}
    judge_by(gateway, publish('dc', **pack))
    joined = clients.net('ads', 'join', '-S', HOST, '-U', 'administrator%Passw0rd!e2e',
                         '--no-dns-updates')
    assert joined.returncode == 0, joined.stdout
    for allowed in (['kerberos', 'netlogon'], ['kerberos', 'ntlm']):
        mark = judge_by(gateway, publish('dc', authentication=allowed, **pack))
        answer = clients.samba('schannel,seal', 'netlogon', '--machine', host=HOST).stdout
        if 'netlogon' in allowed:
            assert answer == 'site Default-First-Site-Name\n', answer
            assert not [event for event in gateway.events(mark) if 'reason' in event]
        else:
            assert 'refused: ' in answer and 'site' not in answer, answer
            gateway.wait_event(mark, event='request-refused', interface='netlogon',
                               reason='authentication-not-allowed', protection='privacy')


# -- versions

VERSIONS = {'4': True, '3-4': True, '4.0-4.9': True, '3.5-5.0': True,
            '3': False, '5': False, '1-3': False, '3.0-3.9': False, '4.1-5.0': False}


@pytest.mark.parametrize('how', ['interfaces', 'publish.interface'])
def test_a_version_is_granted_within_its_range(gateway, caller, how):
    for versions, granted in VERSIONS.items():
        if how == 'interfaces':
            rules = rule(interfaces=['dssetup', f'{DRSUAPI}/{versions}'])
        else:
            rules = rule(interfaces=['dssetup'])
            rules += f'[[publish.interface]]\nname = "drsuapi"\nversions = "{versions}"\n'
        mark = judge_by(gateway, rules)
        port = caller.done('map', interface='dssetup')['port']  # served at the same port
        for word, more in (('map', {}), ('bind', {'port': port, 'level': 6})):
            row = caller.step(word, interface='drsuapi', **more)
            assert row['ok'] == granted, (versions, row)
            if not granted:
                gateway.wait_event(mark, event=f'{word}-refused', reason='version-not-granted',
                                   interface='drsuapi')


# -- the mapper

@pytest.mark.parametrize('level', [4, 5])
@pytest.mark.parametrize('how', ['read', 'refuse'])
def test_a_signed_question_to_the_mapper(gateway, caller, how, level):
    mark = judge_by(gateway, rule(interfaces=['samr'], mapper_authentication=how))
    bare = caller.done('map', interface='samr')
    assert bare['port'] == 49154
    if how == 'read':
        # The answer's signature holds: it was read and not changed.
        row = caller.done('map', interface='samr', level=level)
        assert (row['port'], row['address']) == (bare['port'], '0.0.0.0'), row
        caller.done('bind', interface='samr', port=row['port'], level=6)
        gateway.wait_event(mark, event='map-allowed', interface='samr',
                           protection={4: 'packet', 5: 'integrity'}[level])
        return
    row = caller.refused('map', interface='samr', level=level)
    assert (row['refused'], row['result'], row['reason']) == ('bind-result', 2, 1), row
    gateway.wait_event(mark, event='bind-refused', reason='mapper-authenticated',
                       interface='epmapper', client=MORE_CLIENTS[0])


@pytest.mark.parametrize('how, kind', [('read', 'map-refused'), ('refuse', 'bind-refused')])
def test_a_sealed_question_to_the_mapper_is_never_answered(gateway, caller, how, kind):
    mark = judge_by(gateway, rule(interfaces=['samr'], mapper_authentication=how))
    caller.refused('map', interface='samr', level=6)
    gateway.wait_event(mark, event=kind, reason='mapper-authenticated')
