# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""DCOM through the gateway: classes, the ports that activation names, sealed calls, callbacks."""

import pytest

from lab import dcom
from lab.gateway import publish
from lab.topology import CLIENT, NEIGHBOUR, PUBLISHED

SINK_PORT = 5001
OBJECTS = 49800

WMI_CLASS = '8bc3f05e-d86b-11d0-a075-00c04fb68820'
MMC_CLASS = '49b2791a-b1ae-4c90-9b8e-e860ba07f889'


def rule(**keys):
    return publish('com', server=dcom.ADDRESS, **keys)


def readable(**keys):
    """Activation that may be read: everything of the stand-in but what is said otherwise."""
    values = {'interfaces': ['any'], 'classes': ['any'], 'protection': 'connect', **keys}
    return rule(**values)


@pytest.fixture(scope='module')
def server(lab):
    running = dcom.Dcom(lab.topology.server, lab.directory / 'dcom', '--port', str(OBJECTS)).start()
    yield running
    running.stop()


def pinholes(gateway):
    return [(row['client'], row['outer_port'], row['server']) for row in
            gateway.rows('show', 'pinholes')]


@pytest.mark.parametrize('op', ['create', 'getclass', 'activation'])
@pytest.mark.parametrize('level', [2, 5])
def test_activation_that_can_be_read_opens_the_port_that_it_names(start_gateway, clients, server,
                                                                  op, level):
    gateway = start_gateway(readable())
    mark = gateway.mark()
    run = dcom.client(clients.namespace, '--clsid', 'wmi', '--op', op, '--level', str(level))
    assert run.code == 0, run.text
    event = gateway.wait_event(mark, event='activation-allowed', client=CLIENT)
    assert event['clsid'] == WMI_CLASS
    opened = gateway.wait_event(mark, event='pinhole-opened', client=CLIENT)
    assert opened['outer_port'] == opened['server_port'] == OBJECTS
    gateway.wait_event(mark, event='pinhole-used', client=CLIENT)


def test_the_port_is_open_for_the_client_that_activated_and_nobody_else(start_gateway, clients,
                                                                        server):
    gateway = start_gateway(readable())
    run = dcom.client(clients.namespace, '--clsid', 'wmi', '--level', '5')
    assert run.code == 0, run.text
    mark = gateway.mark()
    run = dcom.client(clients.namespace, '--op', 'bind', '--port', str(OBJECTS), '--source',
                      NEIGHBOUR, '--level', '5', host=PUBLISHED)
    assert run.code != 0, run.text
    gateway.wait_event(mark, event='connection-refused', client=NEIGHBOUR,
                       reason='port-not-granted')


def test_classes_of_a_pack_are_activated_and_others_are_not(start_gateway, clients, server):
    gateway = start_gateway(rule(packs=['wmi']))
    run = dcom.client(clients.namespace, '--clsid', 'wmi', '--level', '5', '--object-level', '6')
    assert run['activate'].get('bindings'), run.text
    mark = gateway.mark()
    harm = len(server.events(name='harm'))
    run = dcom.client(clients.namespace, '--clsid', 'mmc20', '--level', '5')
    assert run.code != 0, run.text
    event = gateway.wait_event(mark, event='activation-refused', client=CLIENT)
    assert (event['reason'], event['clsid']) == ('class-not-granted', MMC_CLASS)
    assert len(server.events(name='harm')) == harm


def test_a_technique_is_refused_and_named(start_gateway, clients, server):
    gateway = start_gateway(readable(deny=['remote-execution']))
    mark = gateway.mark()
    run = dcom.client(clients.namespace, '--clsid', 'mmc20', '--level', '5')
    assert run.code != 0, run.text
    event = gateway.wait_event(mark, event='activation-refused', reason='class-denied')
    assert (event['technique'], event['clsid']) == ('T1021.003', MMC_CLASS)
    run = dcom.client(clients.namespace, '--clsid', 'wmi', '--level', '5')
    assert run['activate'].get('bindings'), run.text


def test_sealed_activation_is_refused_by_name(start_gateway, clients, server):
    gateway = start_gateway(readable())
    mark = gateway.mark()
    run = dcom.client(clients.namespace, '--clsid', 'wmi', '--level', '6')
    assert run.code != 0, run.text
    gateway.wait_event(mark, event='activation-refused', reason='activation-sealed')
    assert not pinholes(gateway)


def test_sealed_activation_works_with_fixed_ports_where_the_rule_says_so(start_gateway, clients,
                                                                         server):
    gateway = start_gateway(readable(sealed_activation=True, static_ports=[OBJECTS]))
    mark = gateway.mark()
    run = dcom.client(clients.namespace, '--clsid', 'wmi', '--level', '6')
    assert run.code == 0, run.text
    gateway.wait_event(mark, event='activation-allowed', reason='activation-sealed')
    assert not pinholes(gateway)


def test_an_exporter_that_is_resolved_is_reachable(start_gateway, clients, server):
    # Real clients ask the resolver bare.
    start_gateway(readable() + '\n'.join(['[[publish.interface]]', 'name = "iobjectexporter"',
                                          'protection = "none"', '']))
    run = dcom.client(clients.namespace, '--op', 'resolve', '--clsid', 'wmi', '--level', '5')
    assert run.code == 0, run.text


@pytest.mark.parametrize('fragment', ['40', '200'])
def test_activation_in_fragments_is_read_as_one(start_gateway, clients, server, fragment):
    gateway = start_gateway(readable())
    mark = gateway.mark()
    run = dcom.client(clients.namespace, '--clsid', 'wmi', '--level', '5', '--fragment', fragment)
    assert run.code == 0, run.text
    gateway.wait_event(mark, event='pinhole-opened', client=CLIENT)


# The server, an inner client now, calls the sink of the OPC client: a rule in the other direction.
BACK = f'''
[[outbound]]
name = "opc-callbacks"
clients = ["{dcom.ADDRESS}"]
to = ["{CLIENT}"]
services = ["rpc"]
interfaces = ["iobjectexporter", "iopcdatacallback"]
protection = "none"
source-nat = "none"
'''


@pytest.mark.parametrize('resolver', [False, True], ids=['fixed port', 'resolved at 135'])
def test_opc_calls_back_by_a_rule_in_the_other_direction(lab, start_gateway, clients, server,
                                                         resolver):
    """Fixed: the sink's port is listed. Else it is opened by what the client's resolver answers."""
    back = BACK + ('' if resolver else f'static-ports = [{SINK_PORT}]\n')
    gateway = start_gateway(readable() + back)
    sink = dcom.Sink(lab.topology.client, lab.directory / 'sink', f'{CLIENT}:{SINK_PORT}',
                     *(['--resolver'] if resolver else [])).start()
    try:
        marks = gateway.mark(), server.mark()
        run = dcom.client(clients.namespace, '--clsid', 'opc', '--level', '5', '--advise',
                          CLIENT if resolver else f'{CLIENT}[{SINK_PORT}]')
        assert run.code == 0, run.text
        assert server.wait_event('callback', marks[1])['ok'], server.events(marks[1])
        sink.wait_event('data-change')
        opened = [event for event in gateway.events(marks[0])
                  if event['event'] == 'pinhole-opened' and event['client'] == dcom.ADDRESS]
        assert len(opened) == (1 if resolver else 0)
    finally:
        sink.stop()


def test_opc_does_not_call_back_without_that_rule(lab, start_gateway, clients, server):
    start_gateway(readable())
    sink = dcom.Sink(lab.topology.client, lab.directory / 'sink', f'{CLIENT}:{SINK_PORT}').start()
    try:
        mark = server.mark()
        dcom.client(clients.namespace, '--clsid', 'opc', '--level', '5', '--advise',
                    f'{CLIENT}[{SINK_PORT}]')
        assert not server.wait_event('callback', mark, deadline=120)['ok']
        assert not sink.events(name='data-change')
    finally:
        sink.stop()
