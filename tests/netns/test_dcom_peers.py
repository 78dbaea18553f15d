# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The peers for COM are right: server and client meet without a gateway between them."""

import pytest

from lab import dcom, shell
from lab.clients import PEERS
from lab.controller import PYTHON
from lab.topology import CLIENT

SINK_PORT = 5001


def test_the_stand_in_serves_a_client_that_is_not_ours():
    done = shell.run([PYTHON, '-B', PEERS / 'check_dcom.py'], check=False, timeout=300)
    assert done.returncode == 0, done.stdout


@pytest.fixture
def kernel_forwards(lab):
    lab.topology.plain()  # an ended gateway leaves its interfaces closed
    lab.topology.forward_by_kernel(True)
    yield
    lab.topology.plain()


def test_the_laboratory_brings_them_together(lab, kernel_forwards):
    server = dcom.Dcom(lab.topology.server, lab.directory / 'dcom')
    sink = dcom.Sink(lab.topology.client, lab.directory / 'sink', f'{CLIENT}:{SINK_PORT}')
    try:
        server.start()
        sink.start()
        run = dcom.client(lab.topology.client, '--clsid', 'opc', '--advise',
                          f'{CLIENT}[{SINK_PORT}]', address=dcom.ADDRESS)
        assert run.code == 0 and run['call']['fits'], run.text
        port = server.ports['objects']
        assert run['activate']['bindings'] == [f'DCOM1[{port}]', f'{dcom.ADDRESS}[{port}]']
        assert server.wait_event('activate')['peer'] == CLIENT
        assert server.wait_event('callback')['ok']
        assert sink.wait_event('data-change')['peer'] == dcom.ADDRESS
    finally:
        server.stop()
        sink.stop()
