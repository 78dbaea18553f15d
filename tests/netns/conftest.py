# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What the end-to-end tests share: one laboratory for all, one gateway a test file."""

import json
import os
import pathlib
import shutil
import signal
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from lab.callers import Caller  # noqa: E402
from lab.clients import Clients  # noqa: E402
from lab.controller import Controller  # noqa: E402
from lab.exchange import Exchange, HeldOutlook  # noqa: E402
from lab.gateway import Gateway, program  # noqa: E402
from lab.outbound import FOREIGN, foreign_of  # noqa: E402
from lab.topology import (INNER, MORE_CLIENTS, OUTER, Topology,  # noqa: E402
                          is_mounted, unmount_when_empty)

USERS = 1000  # enough for an answer of over a thousand PDUs


def pytest_configure(config):
    # A run that is ended takes its namespaces and programs down, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    config.mounted_before = is_mounted('/run/netns')


def pytest_sessionfinish(session):
    # Of runs side by side (pytest -n) the last to end need not be the first that began.
    if not hasattr(session.config, 'workerinput') and not session.config.mounted_before:
        unmount_when_empty()


def pytest_collection_modifyitems(items):
    reason = None
    if os.geteuid() != 0:
        reason = 'needs root: it makes network namespaces'
    elif not program('rpcgated').exists():
        reason = f'{program("rpcgated")} is not built'
    if reason and not os.environ.get('RPCGATE_LAB_REQUIRED'):
        for item in items:
            item.add_marker(pytest.mark.skip(reason=reason))


class Lab:
    """The namespaces, the domain controller and the clients of this run."""

    def __init__(self, directory, topology=Topology):
        self.directory = pathlib.Path(directory)
        self.topology = topology()
        self.controller = Controller(self.topology.server, self.directory / 'dc', USERS, files=True)
        self.clients = None
        self.made = 0

    def up(self):
        self.topology.up()
        self.clients = Clients(self.topology.client, self.directory / 'client')
        self.controller.restore_or_provision()
        self.controller.start()

    def down(self):
        self.controller.stop()
        self.topology.down()

    def gateway(self, rules, **how):
        self.made += 1
        return Gateway(self.topology.gateway, self.directory / f'gw{self.made}', rules, **how)

    def left_behind(self):
        """What a stopped gateway still has in its namespace: it should be nothing."""
        namespace = self.topology.gateway
        left = [f'process {pid}' for pid in namespace.pids()]
        for link in json.loads(namespace.ip('-j', '-d', 'link', 'show').stdout):
            if 'xdp' in link:
                left.append(f'an XDP program on {link["ifname"]}')
            if link['ifname'] not in ('lo', OUTER, INNER):
                left.append(f'the link {link["ifname"]}')
        for interface in (OUTER, INNER):
            shown = namespace.run(['tc', 'qdisc', 'show', 'dev', interface]).stdout
            if 'clsact' in shown:
                left.append(f'a TC hook on {interface}: {shown.strip()}')
        sockets = namespace.run(['ss', '-Hlntu0']).stdout.strip()
        if sockets:
            left.append(f'sockets: {sockets}')
        return left


@pytest.fixture(scope='session')
def lab():
    directory = tempfile.mkdtemp(prefix='rpcgate-lab-')
    os.chmod(directory, 0o755)
    made = Lab(directory)
    try:
        made.up()
        yield made
    finally:
        made.down()
        if not os.environ.get('RPCGATE_LAB_KEEP'):
            shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope='session')
def clients(lab):
    return lab.clients


def finish(lab, gateway):
    """Ends a gateway as an operator would, and looks for what it left."""
    if gateway.process is None:
        return
    code = gateway.stop()
    log = gateway.log()
    gateway_pids = lab.topology.gateway.pids()
    for pid in gateway_pids:
        os.kill(pid, 9)
    assert code == 0, f'rpcgated ended with {code}\n{log}'
    assert lab.left_behind() == [], log
    assert not gateway.socket.exists()


@pytest.fixture(scope='module')
def gateway(lab, request):
    """The gateway of this file: its RULES, and PORTS and WORKERS where it says so."""
    module = request.module
    made = lab.gateway(module.RULES, ports_text=getattr(module, 'PORTS', None),
                       workers=getattr(module, 'WORKERS', 1),
                       limits=getattr(module, 'LIMITS', ''))
    try:
        yield made.start()
    finally:
        finish(lab, made)


@pytest.fixture(scope='module')
def exchange(lab):
    """A stand-in for Exchange; a call that waits for mail is parked for five seconds."""
    server = Exchange(lab.topology.server, lab.directory / 'exchange', '--park', '5')
    yield server.start()
    server.stop()


@pytest.fixture(scope='session')
def foreign(lab):
    """Servers on the outer side, and clients of theirs on the inner one."""
    with foreign_of(lab) as made:
        yield made


@pytest.fixture(scope='module')
def foreign_exchange(foreign):
    """The stand-in for Exchange on the outer side."""
    server = foreign.exchange()
    yield server.start()
    server.stop()


@pytest.fixture
def inner_outlook(foreign, tmp_path):
    """Makes Outlooks of inner clients that keep their connections to it."""
    made = []

    def hold(source, *options):
        directory = tmp_path / str(len(made))
        directory.mkdir()
        made.append(HeldOutlook(foreign.inner, directory, '--source', source, *options,
                                host=FOREIGN))
        return made[-1]
    yield hold
    for one in made:
        one.end()


@pytest.fixture
def callers(lab, clients):
    """Two clients that keep their connections from call to call, of addresses of their own."""
    made = [Caller(clients.namespace, lab.directory, source) for source in MORE_CLIENTS[:2]]
    yield made
    for caller in made:
        caller.end()


@pytest.fixture
def start_gateway(lab):
    """Starts gateways for one test; they are ended and looked after when it is over."""
    made = []

    def start(rules, **how):
        made.append(lab.gateway(rules, **how))
        return made[-1].start()
    yield start
    for gateway in made:
        finish(lab, gateway)


@pytest.fixture(autouse=True)
def everything_comes_back(request):
    """After every test no flow and no packet buffer is in use."""
    yield
    if 'gateway' in request.fixturenames:
        request.getfixturevalue('gateway').drain()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    """With a failure, what the gateway said last."""
    outcome = yield
    report = outcome.get_result()
    gateway = getattr(item, 'funcargs', {}).get('gateway')
    if report.failed and gateway is not None:
        report.sections.append(('rpcgated', gateway.log()))
        report.sections.append(('its last events', '\n'.join(
            json.dumps(event) for event in gateway.events()[-8:])))
