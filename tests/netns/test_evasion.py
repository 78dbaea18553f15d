# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The tricks of tests/evasion against a kernel's TCP, with the gateway between."""

import json

import pytest

from conftest import finish
from lab import raw
from lab.topology import PUBLISHED, SERVER

from evasion import cases, readings
from evasion.cases_all import parameters

HALF_OPEN = 16
RULES = (readings.rule(SERVER, PUBLISHED, 'limited', json.dumps(list(raw.LIMITED.values())),
                       f'limits = {{half-open-per-client = {HALF_OPEN}}}')
         + readings.rule(SERVER, PUBLISHED))


@pytest.fixture(scope='module')
def wire(lab):
    made = raw.wire(lab.topology)
    yield made
    made.close()


@pytest.fixture(scope='module')
def gate(lab):
    """One for all cases; what they leave behind is looked for once, at the end."""
    made = lab.gateway(RULES).start()
    try:
        yield made
        made.drain()
    finally:
        finish(lab, made)


def of(evil):
    return parameters(evil, lambda case: case.live)


def told(gate, before, names):
    after = gate.numbers()
    return not names or any(after[name] > before[name] for name in names)


@pytest.mark.parametrize('case', of(True))
def test_a_lie_is_read_by_nobody(gate, wire, case):
    before = gate.numbers()
    assert raw.Play(wire, case, cases.LIES, PUBLISHED).found() == []
    assert told(gate, before, case.tells[0])


@pytest.mark.parametrize('case', of(False))
def test_the_same_without_a_lie_arrives(gate, wire, case):
    before = gate.numbers()
    assert raw.Play(wire, case, cases.TRUTH, PUBLISHED).found() == []
    assert told(gate, before, case.tells[1])
