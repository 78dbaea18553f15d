# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Real kernels at both ends, and wires that lose, delay, reorder and repeat between them.

A laboratory of its own: its wires have forwarders in them. What passed is captured beyond the wires
and compared: the same bytes, whatever became of single segments.
"""

import contextlib
import os
import shutil

import pytest

from conftest import USERS, Lab
from lab import shell
from lab.clients import PEERS
from lab.controller import PYTHON
from lab.gateway import publish
from lab.impairment import BadWires, Program
from lab.streams import captured, differences
from lab.topology import MORE_CLIENTS, PUBLISHED, SERVER

SINK = 7000
SLOW = 14  # seconds in which a slow reader takes one byte each
RULES = publish('dc', services=['rpc'], protection='privacy', interfaces=['samr', 'drsuapi'])
RULES += publish('sink', static_ports=[SINK], protection='none', anonymous=True,
                 interfaces=['6e1d5a0c-3f57-4b8e-9d21-70c4a5e8b316/1'])
# On a machine that has much else to do, kernels that back off on such wires may send a lost segment
# again later than the default allows a gap.
LIMITS = 'stream-stall = "60s"'


@pytest.fixture(scope='module')
def lab(tmp_path_factory):
    directory = tmp_path_factory.mktemp('bad-wires')
    os.chmod(directory, 0o755)
    made = Lab(directory, lambda: BadWires(directory))
    try:
        made.up()
        yield made
    finally:
        made.down()
        if not os.environ.get('RPCGATE_LAB_KEEP'):
            shutil.rmtree(directory, ignore_errors=True)


@pytest.fixture(scope='module')
def clients(lab):
    return lab.clients


def really_impaired(lines, done):
    """Where the kernel impairs, it does not tell what it did."""
    for told in [told for line, told in zip(lines, done) if not line.netem]:
        ways = [way for name, way in told.items() if name != 'seed']
        assert all(way['overrun'] == 0 for way in ways), told
        for what in ('lost', 'reordered', 'duplicated'):
            assert sum(way[what] for way in ways) > 0, told


@contextlib.contextmanager
def compared(gateway, lab, **how):
    """What happens in it is captured on both sides, with bad wires unless told otherwise."""
    mark = gateway.mark()
    made = lab.directory / f'capture-{len(list(lab.directory.glob("capture-*")))}'
    with captured(lab.topology, made) as capture, lab.topology.impaired(**how) as done:
        yield capture
        # Every connection has ended by itself, and no repetition of a segment is on its way.
        shell.wait_until(lambda: 'flows' not in gateway.held(),
                         lambda: gateway.command('show', 'flows').stdout, 120)
    assert differences(capture) == [], (resets(gateway, mark), done)  # with the wires' seeds
    assert resets(gateway, mark) == []
    assert capture.outer
    if not how:
        really_impaired(lab.topology.lines, done)


def resets(gateway, mark):
    return [event for event in gateway.events(mark) if event['event'] == 'connection-reset']


REPLICATE = 'timeout 300000;dsgetncchanges DC=corp,DC=example;enumdomusers'


def test_a_whole_replication(gateway, clients, lab):
    plain = clients.rpcclient('seal', REPLICATE, timeout=600)
    assert plain.returncode == 0 and 'user:[' in plain.stdout, plain.stdout[-400:]
    before = gateway.numbers()['pdus-judged']
    with compared(gateway, lab):
        bad = clients.rpcclient('seal', REPLICATE, timeout=600)
    assert bad.returncode == 0, bad.stdout[-400:]
    assert bad.stdout == plain.stdout
    assert gateway.numbers()['pdus-judged'] - before > 1000


def test_twenty_conversations_with_the_mapper(gateway, clients, lab):
    logs = [lab.directory / f'twenty-{number}' for number in range(20)]
    with compared(gateway, lab) as capture:
        running = [clients.start_impacket('samr', '--source', MORE_CLIENTS[number], output=log)
                   for number, log in enumerate(logs)]
        shell.wait_until(lambda: all(one.poll() is not None for one in running), 'all end', 300)
    assert [log.read_text() for log in logs] == ['2 domains\n'] * 20
    assert sum(one.port == 135 for one in capture.outer.values()) == 20


def test_requests_in_many_fragments(gateway, clients, lab):
    with compared(gateway, lab):
        answer = clients.impacket('fragmented_map').stdout
        assert answer.startswith('9 fragments, port '), answer
        answer = clients.impacket('big_request', '--fragment', 200, timeout=600).stdout
        assert answer == '1000 names in 201 fragments\n'


def test_a_writer_of_one_byte_a_segment(gateway, clients, lab):
    """The mapper, a bind with log-on, sealed calls: each byte leaves before the next is written."""
    with compared(gateway, lab, loss=0) as capture:
        assert clients.impacket('samr', '--one-byte', timeout=600).stdout == '2 domains\n'
    for connection in capture.outer.values():
        sent = connection.halves['client']
        assert set(filter(None, sent.sizes)) == {1}, sent.sizes


def test_readers_with_shut_windows(gateway, clients, lab):
    """A client slow to read a long sealed answer, and a server slow to read a long request."""
    with compared(gateway, lab, loss=0) as capture:
        sink = Program(lab.topology.server, [PEERS / 'sink.py', 'serve', SERVER, SINK, SLOW],
                       lab.directory / 'sink')
        log = lab.directory / 'slow'
        slow = clients.start_impacket('users', '--slow', SLOW, output=log)
        told = clients.run([PYTHON, '-B', PEERS / 'sink.py', 'call', PUBLISHED, SINK, 500000],
                           timeout=600)
        shell.wait_until(lambda: slow.poll() is not None, 'the slow client ends', 300)
        shell.wait_until(lambda: sink.process.poll() is not None, 'the sink ends', 60)
    assert told.stdout == 'all came\n'
    assert log.read_text().endswith(f' users, the last user{USERS - 1:05d}\n'), log.read_text()
    shut = [(side, connection.port) for connection in capture.outer.values()
            for side, half in connection.halves.items() if half.shut > 3]
    assert ('server', SINK) in shut and ('client', SINK) not in shut, shut
    assert [side for side, port in shut if port not in (SINK, 135)] == ['client'], shut
