# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""All cases, in the order of the catalogue."""

import pytest

from . import cases, cases_handshake, cases_insertion, cases_overlap, cases_storm  # noqa: F401

ROWS = [f'T{number}' for number in range(1, 12)]
CASES = sorted(cases.ALL, key=lambda case: ROWS.index(case.row))


def parameters(evil, chosen=lambda case: True):
    """The cases for pytest, with or without the lie."""
    for case in filter(chosen, CASES):
        marks = []
        if case.defects[evil]:
            marks.append(pytest.mark.xfail(reason=case.defects[evil], strict=True))
        yield pytest.param(case, id=case.name, marks=marks)
