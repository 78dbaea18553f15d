# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Two runs side by side."""

import sys

from .series import BrokenInput, load, number
from .tables import case, table

ON_WHAT = ('processor', 'kernel', 'compiler', 'DPDK', 'hugepages')


def differs(one, other):
    """Larger than the spread: the middle halves of the values have nothing in common."""
    (low, high), (other_low, other_high) = one.quarters, other.quarters
    return high < other_low or other_high < low


def change(one, other):
    if not differs(one, other):
        return ''
    return 'more' if other.median > one.median else 'less'


def rows(first, second):
    for key, one in first.series.items():
        other = second.series.get(key)
        if other is not None:
            ratio = f'{other.median / one.median:.2f}' if one.median else ''
            yield [f'{one.program}: {case(one)}', one.unit, number(one.median),
                   number(other.median), ratio, change(one, other)]


def machines(first, second):
    """What of the two machines is not the same."""
    mine, theirs = first.get('machine', {}), second.get('machine', {})
    return [f'- {word}: {mine.get(word)} / {theirs.get(word)}' for word in ON_WHAT
            if mine.get(word) != theirs.get(word)]


def compare(path, other_path, out=sys.stdout):
    """Prints the comparison; BrokenInput, after it, when one has cases that the other has not."""
    facts, first = load(path)
    other_facts, second = load(other_path)
    common = list(rows(first, second))
    if not common:
        raise BrokenInput(f'{path} and {other_path} have no case in common')
    print(f'A: {path}, commit {facts.get("commit", "?")}\\\n'
          f'B: {other_path}, commit {other_facts.get("commit", "?")}\n', file=out)
    unlike = machines(facts, other_facts)
    if unlike:
        print('Not under the same conditions: ratios within each say more than these.\n', file=out)
        print('\n'.join(unlike) + '\n', file=out)
    print(table(['case', 'unit', 'A', 'B', 'B / A', 'beyond the spread'], common), file=out)
    missing = [f'{lacking} lacks {one}'
               for lacking, mine, theirs in ((other_path, first, second), (path, second, first))
               for key, one in mine.series.items() if key not in theirs.series]
    if missing:
        raise BrokenInput('\n'.join(missing))
