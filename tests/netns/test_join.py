# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A machine joins the domain with the pack active-directory, its bootstrap calls being bare."""

from lab.clients import CREDENTIALS
from lab.controller import HOST
from lab.gateway import publish
from lab.topology import CLIENT

# Joining talks SMB, which is published as a plain service beside RPC.
RULES = publish('dc', services=['rpc', 'kerberos', 'ldap', {'protocol': 'tcp', 'port': 445}],
                packs=['active-directory'])


def test_net_ads_join_and_the_secure_channel_after_it(gateway, clients):
    name = CREDENTIALS.partition('\\')[2]
    joined = clients.net('ads', 'join', '-S', HOST, '-U', name, '--no-dns-updates')
    assert joined.returncode == 0 and "Joined 'MEMBER1'" in joined.stdout, joined.stdout
    assert 'is OK' in clients.net('rpc', 'testjoin', '-S', HOST).stdout

    # The secure channel by TCP: challenge and authentication are bare, what follows is sealed.
    mark = gateway.mark()
    answer = clients.samba('schannel,seal', 'netlogon', '--machine', host=HOST)
    assert answer.stdout == 'site Default-First-Site-Name\n', answer.stdout
    gateway.wait_event(mark, event='pinhole-opened', interface='netlogon', client=CLIENT)
    assert not [event for event in gateway.events(mark) if event['event'].endswith('-refused')]


def test_what_the_pack_protects_is_refused_bare(gateway, clients):
    mark = gateway.mark()
    assert 'user:[' not in clients.rpcclient('', 'enumdomusers').stdout
    gateway.wait_event(mark, event='request-refused', interface='samr', reason='protection-too-low')


def test_what_the_pack_does_not_list_is_refused(gateway, clients):
    mark = gateway.mark()
    assert clients.impacket('map', '--interface', 'wkssvc').returncode == 3
    gateway.wait_event(mark, event='map-refused', interface='wkssvc',
                       reason='interface-not-granted')
