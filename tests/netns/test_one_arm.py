# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Both ports on one NIC, which the networks tell apart: a gateway beside the servers it guards."""

import pytest

from lab.clients import PEERS
from lab.controller import PYTHON
from lab.exchange import Exchange, outlook, probe
from lab.gateway import Gateway, publish
from lab.onearm import ARM, CLIENT, NEIGHBOUR, SERVER, OneArm, ports


@pytest.fixture(scope='module')
def one_arm(lab):
    made = OneArm(lab.topology)
    try:
        yield made.up()
    finally:
        made.down()


@pytest.fixture(scope='module')
def mail(lab, one_arm):
    server = Exchange(lab.topology.server, lab.directory / 'exchange-one-arm', '--listen', SERVER)
    yield server.start()
    server.stop()


@pytest.fixture
def start_gateway(lab, one_arm):
    made = []

    def start(rules, **how):
        lab.made += 1
        made.append(Gateway(one_arm.arm, lab.directory / f'gw{lab.made}', rules,
                            ports_text=ports(**how)))
        return made[-1].start()
    yield start
    for gateway in made:
        gateway.drain()
        code, log = gateway.stop(), gateway.log()
        assert code == 0, log
        assert one_arm.left_behind() == [], log


def knock(one_arm, source, host, port):
    return one_arm.client.run([PYTHON, PEERS / 'knock.py', source, host, port],
                              check=True).stdout.strip()


@pytest.mark.parametrize('mode, kind, order', [
    ('nat', 'af_xdp', ('outer', 'inner')), ('nat', 'af_packet', ('inner', 'outer')),
    ('routed', 'af_xdp', ('inner', 'outer')), ('routed', 'af_packet', ('outer', 'inner'))])
def test_an_outlook_is_served_by_a_gateway_of_one_arm(start_gateway, one_arm, mail, mode, kind,
                                                      order):
    dialled = ARM if mode == 'nat' else SERVER
    if mode == 'routed':
        one_arm.lead_to_server_by_arm()
    gateway = start_gateway(publish('mail', outer=dialled, server=SERVER, packs=['exchange'],
                                    mode=mode), kind=kind, order=order)
    mark = gateway.mark()
    run = outlook(one_arm.client, '--source', CLIENT, host=dialled)
    assert run.code == 0 and not run.failed(), run.text
    assert set(run['map-emsmdb']['addresses']) == {dialled}
    gateway.wait_event(mark, event='pinhole-opened', client=CLIENT, server=SERVER)
    gateway.wait_event(mark, event='notification-passed', client=CLIENT)
    # What nobody granted is refused, and one client's pinhole is no other's.
    refused = probe(one_arm.client, 'winreg', '--source', CLIENT, '--ways', 'map,bind',
                    host=dialled)
    assert refused.code == 3, refused.text
    gateway.wait_event(mark, event='bind-refused', interface='winreg', client=CLIENT)
    port = run['connect']['port']
    assert knock(one_arm, CLIENT, dialled, port) == 'open'
    assert knock(one_arm, NEIGHBOUR, dialled, port) == 'silence'
    gateway.wait_event(mark, event='connection-refused', client=NEIGHBOUR, outer_port=port)
    assert gateway.dropped('same-zone') == 0
