# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The same lies where a kernel forwards blindly: they must be found, or the checks are worth
nothing."""

import pytest

from lab import raw
from lab.topology import SERVER

from evasion import cases, verdict
from evasion.cases_all import CASES


SIGNS = ('wins', 'second value', 'fragments')


@pytest.fixture(scope='module')
def wire(lab):
    lab.topology.plain()  # an ended gateway leaves its interfaces closed
    lab.topology.forward_by_kernel(True)
    made = raw.wire(lab.topology)
    yield made
    made.close()
    lab.topology.plain()


def of(kind):
    return [pytest.param(case, id=case.name) for case in CASES if case.control == kind]


@pytest.mark.parametrize('case', of('read'))
def test_a_lie_is_found_on_the_wire(wire, case):
    play = raw.Play(wire, case, cases.LIES, SERVER, patience=1.0)
    assert play.settled
    found = verdict.of_traffic(play.traffic, case.mapper)
    assert any(sign in text for text in found for sign in SIGNS), found


@pytest.mark.parametrize('case', of('served'))
def test_a_lie_is_what_the_server_acts_on(wire, case):
    play = raw.Play(wire, case, cases.LIES, SERVER, patience=1.0)
    assert play.settled
    assert play.forbidden(), play.delivered()


@pytest.mark.parametrize('case', of('served')[:6])
def test_without_a_lie_nothing_is_found(wire, case):
    play = raw.Play(wire, case, cases.TRUTH, SERVER)
    assert play.found() == []
