# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""All cases, in the order of the catalogue."""

import pathlib

import pytest

from . import cases, cases_handshake, cases_insertion, cases_overlap, cases_storm  # noqa: F401

ROWS = [f'T{number}' for number in range(1, 12)]
CASES = sorted(cases.ALL, key=lambda case: ROWS.index(case.row))

COUNTERS = pathlib.Path(__file__).resolve().parents[2] / 'docs/reference/counters.md'


def may_run(case):
    """Whether what the case waits for is there: a gateway that puts fragments together counts them.
    """
    return not case.pending or 'fragment' in COUNTERS.read_text()


def parameters(evil, chosen=lambda case: True):
    """The cases for pytest, with or without the lie."""
    for case in filter(chosen, CASES):
        marks = []
        if not may_run(case):
            marks.append(pytest.mark.skip(reason=case.pending))
        if case.defects[evil]:
            marks.append(pytest.mark.xfail(reason=case.defects[evil], strict=True))
        yield pytest.param(case, id=case.name, marks=marks)
