#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Fails when the comparison claims a feature without a test, or names a test that is not there."""

import functools
import re

from sources import TOP, Findings

PAGE = TOP / 'docs/comparison.md'
PYTEST = re.compile(r'(tests/[\w/]+\.py)::(test_\w+)')
GTEST = re.compile(r'(tests/[\w/]+\.cpp): (\w+)\.(\w+)')
OURS, SHOWN = 'rpcgate', 'shown by'
CLAIMED, MISSING = ('yes', 'in part'), 'not yet'


@functools.cache
def code(name):
    """None where there is no such file."""
    path = TOP / name
    return path.read_text() if path.is_file() else None


def is_there(reference):
    """Whether the test exists; None where this names none."""
    found = PYTEST.fullmatch(reference)
    if found:
        pattern = rf'^def {found[2]}\('
    else:
        found = GTEST.fullmatch(reference)
        if not found:
            return None
        pattern = rf'^TEST(?:_F|_P)?\(\s*{found[2]},\s*{found[3]}\s*\)'
    text = code(found[1])
    return text is not None and re.search(pattern, text, re.MULTILINE) is not None


def cells(line):
    """Of a row of a table; none elsewhere."""
    return [cell.strip() for cell in line.strip('|').split('|')] if line.startswith('|') else []


def row_is_honest(ours, tests):
    if ours.startswith(MISSING):
        return not tests
    return ours.startswith(CLAIMED) and bool(tests)


def main():
    findings = Findings()
    head = []
    for number, line in enumerate(PAGE.read_text().splitlines(), 1):
        tests = []
        for quoted in re.findall(r'`([^`]+)`', line):
            there = is_there(quoted)
            if there:
                tests.append(quoted)
            elif there is False or quoted.startswith('tests/'):
                findings.add(PAGE, number, f'there is no test {quoted}')
        row = cells(line)
        if not row or not head or set(line) <= set('|-: '):
            head = head if row and head else row
            continue
        if len(row) != len(head):
            findings.add(PAGE, number, f'{len(row)} cells under a head of {len(head)}')
        elif SHOWN in head:
            said = dict(zip(head, row))
            if not row_is_honest(said.get(OURS, CLAIMED[0]), tests):
                findings.add(PAGE, number, f'{row[0]}: each claim has a test, and nothing else')
    findings.exit()


main()
