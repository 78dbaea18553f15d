# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What one client was given is of no use to another: port, association group, context handle."""

from lab.callers import Session, enumerate_domains
from lab.gateway import publish
from lab.topology import MORE_CLIENTS

RULES = publish('dc', services=['rpc'], protection='privacy', interfaces=['samr'])

ALICE, BOB = MORE_CLIENTS[:2]
CONTEXT_MISMATCH = '0x1c00001a'


def test_one_client_has_what_is_its_own_on_every_connection(gateway, callers):
    """The control of the others: the server itself lets a handle be used within the group."""
    session = Session(callers[0])
    assert session.bind(group=session.group, on='second') == session.group
    assert session.domains(on='second') == session.domains()


def test_another_clients_pinhole(gateway, clients, callers):
    session = Session(callers[0])
    mark = gateway.mark()
    assert clients.knock(session.port, source=BOB) == 'silence'
    event = gateway.wait_event(mark, event='connection-refused', client=BOB,
                               outer_port=session.port)
    assert (event['action'], event['reason']) == ('dropped', 'port-not-granted')
    assert session.domains()


def test_another_clients_association_group(gateway, callers):
    session = Session(callers[0])
    bob = callers[1]
    mark = gateway.mark()
    port = bob.done('map', interface='samr')['port']
    row = bob.refused('bind', interface='samr', port=port, level=6, group=session.group)
    assert row['refused'] == 'bind-nak', row
    gateway.wait_event(mark, event='bind-refused', reason='association-group-foreign', client=BOB,
                       action='rpc-error', rule='dc')
    gateway.wait_number('association-group-foreign', 1)
    # His own he may have, and join.
    group = bob.done('bind', interface='samr', port=port, level=6)['group']
    assert group != session.group
    bob.done('bind', interface='samr', port=port, level=6, group=group, on='second')
    assert session.bind(group=session.group, on='second') == session.group
    assert session.domains() == session.domains(on='second')


def test_another_clients_context_handle(gateway, callers):
    """It passes the gateway: a handle belongs to the association, and the server knows whose."""
    session = Session(callers[0])
    bob = Session(callers[1])
    mark = gateway.mark()
    row = enumerate_domains(bob.caller.refused, session.handle)
    assert (row['refused'], row['status']) == ('fault', CONTEXT_MISMATCH), row
    assert session.domains() == bob.domains()
    assert not [event for event in gateway.events(mark) if 'reason' in event]
