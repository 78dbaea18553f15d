# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A run as Markdown."""

from .ratios import Rivals
from .series import number

PROGRAMS = {'pipeline': 'The pipeline, on memory ports', 'testpmd': 'testpmd, on memory ports',
            'kernel': 'The kernel, without a driver', 'parts': 'Parts of the pipeline'}


def table(heads, rows):
    """The first column to the left, the others, figures, to the right."""
    lines = ['| ' + ' | '.join(heads) + ' |',
             '|' + '|'.join(['---'] + ['---:'] * (len(heads) - 1)) + '|']
    lines += ['| ' + ' | '.join(escaped(cell) for cell in row) + ' |' for row in rows]
    return '\n'.join(lines) + '\n'


def escaped(cell):
    return str(cell).replace('|', '\\|').replace('<', '&lt;').replace('\n', ' ')


def factor(value):
    return '' if value is None else f'{value:.2f}' if value < 10 else f'{value:.0f}'


def case(series):
    told = ', '.join(f'{name} {number(value)}' for name, value in series.parameters.items())
    return series.name + (f', {told}' if told else '')


def figures(collection, program, rivals):
    heads = ['case', 'unit', 'median', 'lowest', 'highest', 'to swap', 'nftables to it',
             'testpmd to it']
    rows = []
    for one in collection:
        if one.program == program:
            rows.append([case(one), one.unit, number(one.median), number(min(one.values)),
                         number(max(one.values)), factor(rivals.to_swap(one)),
                         factor(rivals.nftables(one)), factor(rivals.testpmd(one))])
    filled = [column for column in range(len(heads))
              if column < 5 or any(row[column] for row in rows)]
    return table([heads[column] for column in filled],
                 [[row[column] for column in filled] for row in rows])


def facts_table(facts):
    machine = facts.get('machine', {})
    rows = [[name, value] for name, value in machine.items()]
    rows += [[name, facts[name]] for name in ('commit', 'begun', 'ended', 'rounds', 'quick')
             if name in facts]
    return table(['', ''], rows)


def report(facts, collection, plots=()):
    """result.md. `plots`: file names of drawings beside it."""
    rivals = Rivals(collection)
    parts = ['# rpcgate, measured\n',
             'Ratios are those of single rounds, the median of them. `to swap`: times the cost of '
             'swapping the\n5-tuple on the same ports. `nftables to it`, `testpmd to it`: how many '
             'times as much the kernel\n(DNAT, SNAT, conntrack, 256 flows) and testpmd (5tswap '
             'from net_pcap) spend on a packet of that size.\n'
             'docs/bench.md says how each figure is taken.\n']
    programs = dict.fromkeys(one.program for one in collection)
    for program in [*(name for name in PROGRAMS if name in programs),
                    *(name for name in programs if name not in PROGRAMS)]:
        parts.append(f'## {PROGRAMS.get(program, program)}\n')
        parts.append(figures(collection, program, rivals))
    if plots:
        parts.append('## Drawings\n')
        parts += [f'![{plot}]({plot})\n' for plot in plots]
    parts.append('## The machine\n')
    parts.append(facts_table(facts))
    if facts.get('failures'):
        parts.append('## What did not run\n')
        parts.append(table(['program', 'why'], facts['failures']))
    return '\n'.join(parts)
