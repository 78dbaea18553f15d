#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The tricks of tests/evasion through `rpcgate-replay --strict`.

All that are harmless in one capture, and a capture of lies for each row of the catalogue.
RPCGATE_BUILD  build directory with app/rpcgate-replay/rpcgate-replay
"""
import functools
import os
import pathlib
import re
import subprocess
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from evasion import cases, readings, segments, verdict  # noqa: E402
from evasion.cases_all import CASES, ROWS, parameters  # noqa: E402
from evasion.reassembler import Reassembler  # noqa: E402
from evasion.recorder import Recorder, Tape  # noqa: E402
from evasion.segments import ACK, RST, SYN  # noqa: E402

BUILD = os.environ.get('RPCGATE_BUILD')
if not BUILD:
    pytest.skip('RPCGATE_BUILD names no build directory', allow_module_level=True)

REPLAY = pathlib.Path(BUILD) / 'app' / 'rpcgate-replay' / 'rpcgate-replay'
PUBLISHED, SERVER = '198.51.100.1', '10.10.0.10'
HALF_OPEN = 16
LIMITED = '198.51.100.99'  # a client that may have few connections half open
CONFIG = ('''
[[port]]
name = "outer0"
zone = "outer"
networks = ["198.51.100.0/24"]
[[port]]
name = "inner0"
zone = "inner"
networks = ["10.10.0.0/24"]
''' + readings.rule(SERVER, PUBLISHED, 'limited', f'["{LIMITED}/32"]',
                    f'limits = {{half-open-per-client = {HALF_OPEN}}}')
          + readings.rule(SERVER, PUBLISHED))


def port_of(case):
    return readings.MAPPER_PORT if case.mapper else readings.PORT


class Played:
    """One capture of some cases: what came of each, and what the gateway told of all."""

    def __init__(self, played, words):
        tape = Tape()
        self.outcomes = {}
        self.clients = {}
        for number, case in enumerate(played):
            client = LIMITED if case.half_open else f'198.51.100.{100 + number}'
            self.clients[case.name] = client
            player = Recorder(tape, client, PUBLISHED, 20000, port_of(case), inner=SERVER)
            self.outcomes[case.name] = case.play(player, words)
        self._run(tape)

    def _run(self, tape):
        with tempfile.TemporaryDirectory(prefix='rpcgate-evasion-') as name:
            place = pathlib.Path(name)
            (place / 'rpcgate.toml').write_text(CONFIG)
            segments.write_capture(place / 'in.pcap', tape.frames)
            done = subprocess.run(
                [REPLAY, '--config', place / 'rpcgate.toml', '--read', place / 'in.pcap',
                 '--write', place / 'out.pcap', '--strict'],
                capture_output=True, text=True, timeout=120, check=False)
            assert done.returncode == 0, f'exit {done.returncode}\n{done.stdout}\n{done.stderr}'
            self.told = {found[1]: int(found[2])
                         for found in re.finditer(r'^  ([\w-]+) +(\d+)$', done.stdout, re.M)}
            self.left = [segments.parse(data) for data in segments.read_capture(place / 'out.pcap')]

    def traffic(self, case):
        """What left towards the server of one case."""
        taken = Reassembler()
        for segment in self.left:
            if segment.source == self.clients[case.name]:
                assert segment.destination == SERVER
                taken.take(segment)
        return taken

    def to_client(self, case, flags):
        """How many segments with just these of SYN, RST and ACK left towards the client."""
        return sum(1 for segment in self.left if segment.destination == self.clients[case.name]
                   and segment.flags & (SYN | RST | ACK) in flags)

    def found(self, case):
        traffic = self.traffic(case)
        client = self.clients[case.name]
        streams = traffic.streams((client, 20000, SERVER, port_of(case)))
        opened = ['a SYN left towards the client'] if self.to_client(case, (SYN,)) else []
        return (opened + verdict.of_traffic(traffic, case.mapper)
                + verdict.of_half_open(case, traffic, client)
                + verdict.of_outcome(self.outcomes[case.name], streams,
                                     self.to_client(case, (RST, RST | ACK))))


@functools.lru_cache(maxsize=None)
def lies(row):
    return Played([case for case in CASES if case.row == row], cases.LIES)


@functools.lru_cache(maxsize=None)
def truths():
    return Played(CASES, cases.TRUTH)


@pytest.mark.parametrize('case', parameters(True))
def test_a_lie_is_read_by_nobody(case):
    played = lies(case.row)
    assert played.found(case) == []
    assert not case.tells[0] or any(played.told.get(name) for name in case.tells[0]), played.told


@pytest.mark.parametrize('case', parameters(False))
def test_the_same_without_a_lie_arrives(case):
    played = truths()
    assert played.found(case) == []
    assert not case.tells[1] or any(played.told.get(name) for name in case.tells[1]), played.told


def loses_what_ends_a_bind(p, _):
    p.open()
    p.send(0, cases.BIND[:40])
    p.send(40, cases.BIND[40:], ttl=1)
    p.pause(2)
    p.send(40, cases.BIND[40:])
    return cases.Arrives(cases.BIND)


def test_what_the_gateway_acknowledged_it_repeats_soon():
    case = cases.Case('T6', loses_what_ends_a_bind, ((), ()), '', False, False, 0, {})
    played = Played([case], cases.TRUTH)
    assert played.found(case) == []
    assert played.told.get('bytes-resent'), played.told


@pytest.mark.parametrize('row', ROWS)
def test_every_row_of_the_catalogue_is_tried(row):
    assert any(case.row == row for case in CASES)
