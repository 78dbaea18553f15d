# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""impacket against the server: every way to an object, at every level it has."""

import itertools

from dcom import ids

from .laboratory import HARD, HARD_ADDRESSES, HARD_NAME, PLAIN, SINK, SINK_PORT

NONE, CONNECT, INTEGRITY, PRIVACY = 1, 2, 5, 6
LEVELS = (NONE, CONNECT, INTEGRITY, PRIVACY)
OPNUMS = {'create': ('isystemactivator', 4), 'getclass': ('isystemactivator', 3),
          'activation': ('iactivation', 0)}


def activates(laboratory, operation, clsid, level, *options):
    mark = laboratory.plain.mark()
    steps = laboratory.client('--op', operation, '--clsid', clsid, '--level', level, *options)
    port = laboratory.plain.ports['objects']
    assert steps['activate']['bindings'] == [f'DCOM1[{port}]', f'{PLAIN}[{port}]'], steps
    assert {'call', 'query-interface', 'add-reference', 'release'} <= set(steps), steps
    activated, = laboratory.plain.events(mark, 'activate')
    assert (activated['interface'], activated['opnum']) == OPNUMS[operation], activated
    assert activated['clsid'] == clsid and activated['status'] == '0x0', activated
    calls = laboratory.plain.events(mark, 'call')
    assert calls, laboratory.plain.events(mark)
    user = None if level == NONE else 'alice'
    for row in (activated, *calls):
        assert (row['level'], row['user']) == (level, user), row


def check_every_operation_at_every_level(laboratory):
    for operation, level in itertools.product(OPNUMS, LEVELS):
        activates(laboratory, operation, 'wmi', level)


def check_every_class(laboratory):
    for clsid, level in zip(ids.CLASSES, itertools.cycle((PRIVACY, CONNECT, INTEGRITY))):
        activates(laboratory, 'create', clsid, level)


def check_every_way_to_automation_and_opc(laboratory):
    for operation, clsid in itertools.product(OPNUMS, ('mmc20', 'opc')):
        activates(laboratory, operation, clsid, PRIVACY)


def check_requests_in_many_fragments(laboratory):
    for operation, level in zip(OPNUMS, (CONNECT, INTEGRITY, PRIVACY)):
        activates(laboratory, operation, 'wmi', level, '--fragment', 40)


def check_answers_in_fragments(laboratory):
    """Their bindings alone are longer than the largest PDU."""
    for operation, level in itertools.product(OPNUMS, (INTEGRITY, PRIVACY)):
        steps = laboratory.client('--op', operation, '--level', level, host=HARD_NAME)
        assert len(steps['activate']['bindings']) == 1 + len(HARD_ADDRESSES), steps


def check_the_resolver_at_every_level(laboratory):
    for level in LEVELS:
        mark = laboratory.plain.mark()
        steps = laboratory.client('--op', 'resolve', '--resolver-level', level)
        port = laboratory.plain.ports['objects']
        assert steps['ServerAlive2']['bindings'] == ['DCOM1', PLAIN], steps
        for name in ('ResolveOxid', 'ResolveOxid2'):
            assert steps[name]['bindings'] == [f'DCOM1[{port}]', f'{PLAIN}[{port}]'], steps
        events = [row for row in laboratory.plain.events(mark)
                  if row['interface'] == 'iobjectexporter']
        assert [row['opnum'] for row in events] == [3, 5, 0, 4], events
        assert {row['level'] for row in events} == {level}, events
        assert {row.get('oxid') for row in events[2:]} == {steps['activate']['oxid']}, events


def check_an_object_at_another_level_than_its_activation(laboratory):
    mark = laboratory.plain.mark()
    laboratory.client('--level', INTEGRITY, '--object-level', PRIVACY)
    assert laboratory.plain.events(mark, 'activate')[0]['level'] == INTEGRITY
    assert {row['level'] for row in laboratory.plain.events(mark, 'call')} == {PRIVACY}


# -- refusals of the server's own

def fails(laboratory, step, *argv, **how):
    steps = laboratory.client(*argv, code=3, **how)
    row = list(steps.values())[-1]
    assert row['step'] == step and not row['ok'], steps
    return row.get('code') or row['error']


def check_unknown_classes_interfaces_and_exporters(laboratory):
    nobody = '00000000-0000-0000-0000-000000000001'
    for operation in OPNUMS:
        assert fails(laboratory, 'activate', '--op', operation,
                     '--clsid', nobody) == '0x80040154', operation
    assert fails(laboratory, 'activate', '--iid', 'iopcserver') == '0x80004002'
    assert fails(laboratory, 'ResolveOxid2', '--op', 'resolve', '--oxid', '1234') == '0x776'


def check_another_password(laboratory):
    assert fails(laboratory, 'activate', '--password', 'x') == 'nca_s_proto_error'


def check_a_hardened_server(laboratory):
    for operation, level in itertools.product(OPNUMS, (NONE, CONNECT)):
        assert fails(laboratory, 'activate', '--op', operation, '--level', level,
                     host=HARD) == 'rpc_s_access_denied'
    # Who activates at integrity cannot call at less, either.
    assert fails(laboratory, 'call', '--level', INTEGRITY, '--object-level', CONNECT,
                 host=HARD_NAME) == 'rpc_s_access_denied'
    # The resolver answers anybody.
    steps = laboratory.client('--op', 'resolve', '--oxid', '1', host=HARD, code=3)
    assert steps['ServerAlive2']['bindings'] == ['DCOM2', *HARD_ADDRESSES], steps


def check_what_must_not_be_reached_is_told(laboratory):
    mark = laboratory.plain.mark()
    assert fails(laboratory, 'call', '--clsid', 'mmc20', '--opnum', 6) == '0x80020006'
    assert laboratory.plain.events(mark, 'harm')[0]['interface'] == 'idispatch'
    assert fails(laboratory, 'call', '--clsid', 'mmc20', '--opnum', 44) == 'nca_s_op_rng_error'


def check_each_port_has_its_interfaces(laboratory):
    port = laboratory.plain.ports['objects']
    for at, known, unknown in ((135, 'isystemactivator', 'iwbemservices'),
                               (port, 'iwbemservices', 'isystemactivator')):
        laboratory.client('--op', 'bind', '--port', at, '--iid', known)
        assert 'abstract_syntax_not_supported' in fails(
            laboratory, 'bind', '--op', 'bind', '--port', at, '--iid', unknown)


# -- which binding a client follows

def check_a_name_that_the_first_binding_begins_with(laboratory):
    """Dialled by the name, at the binding's port, wherever the other bindings point to."""
    steps = laboratory.client('--level', INTEGRITY, host=HARD_NAME)
    port = laboratory.hard.ports['objects']
    assert steps['activate']['bindings'] == [
        f'{host}[{port}]' for host in ('DCOM2', *HARD_ADDRESSES)], steps
    assert steps['call']['ok'], steps


def check_a_target_that_no_binding_fits(laboratory):
    why = fails(laboratory, 'call', host=HARD)
    assert why == "Can't find a valid stringBinding to connect", why


# -- callbacks

def subscribed(server, laboratory, bindings, host, *argv):
    mark, calls = server.mark(), laboratory.sink.mark()
    laboratory.client('--clsid', 'opc', '--advise', bindings, *argv, host=host)
    return mark, calls


def check_a_sink_is_called(laboratory):
    for level in LEVELS:
        mark, calls = subscribed(laboratory.plain, laboratory, f'{SINK}[{SINK_PORT}]', PLAIN,
                                 '--level', level)
        assert laboratory.plain.wait_event(mark, 'callback')['ok']
        row, = laboratory.sink.events(calls)
        assert (row['event'], row['peer'], row['level']) == ('data-change', PLAIN, NONE), row


def check_a_sink_is_resolved_first(laboratory):
    mark, calls = subscribed(laboratory.plain, laboratory, SINK, PLAIN)
    row = laboratory.plain.wait_event(mark, 'callback')
    assert row['ok'] and row['dialled'] == f'{SINK}[{SINK_PORT}]', row
    assert [row['event'] for row in laboratory.sink.events(calls)] == ['resolve', 'data-change']


def check_the_next_binding_is_tried(laboratory):
    mark, calls = subscribed(laboratory.plain, laboratory,
                             f'{SINK}[9],{SINK}[{SINK_PORT}]', PLAIN)
    laboratory.sink.wait_event(calls, 'data-change')
    failed = laboratory.plain.wait_event(mark, 'callback')
    assert not failed['ok'] and failed['error'] == 'connect-reset port 9', failed


def check_a_sink_that_is_not_there(laboratory):
    mark, _ = subscribed(laboratory.plain, laboratory, f'{SINK}[9]', PLAIN)
    assert not laboratory.plain.wait_event(mark, 'callback-end')['reached']


def check_a_sink_is_called_sealed(laboratory):
    mark, calls = subscribed(laboratory.hard, laboratory, SINK, HARD_NAME,
                             '--level', PRIVACY)
    assert laboratory.hard.wait_event(mark, 'callback')['ok']
    assert {row['level'] for row in laboratory.sink.events(calls)} == {PRIVACY}
