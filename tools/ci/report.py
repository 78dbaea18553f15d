# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Counts cases, shows the failures again at the end."""

import time


class Report:
    def __init__(self):
        self.counts = {'passed': 0, 'failed': 0, 'skipped': 0}
        self.failures = []
        self.skips = {}
        self.layer = None
        self.begun = 0

    def begin(self, layer):
        self.layer, self.begun = layer, time.monotonic()
        self.before = dict(self.counts)
        print(f'\n== {layer.name}: {layer.what}', flush=True)

    def end(self):
        told = ', '.join(f'{self.counts[key] - self.before[key]} {key}' for key in self.counts)
        print(f'   {told} ({time.monotonic() - self.begun:.0f} s)', flush=True)

    def case(self, name, outcome, told=''):
        self.count(outcome, 1)
        if outcome == 'failed':
            self.failures.append((f'{self.layer.name}: {name}', told))
            print(f'   FAILED {name}\n{indented(told)}', flush=True)
        elif outcome == 'skipped':
            self.skips.setdefault(told or 'no reason given', []).append(name)

    def count(self, outcome, number):
        self.counts[outcome] += number

    def finish(self):
        for reason, names in self.skips.items():
            print(f'skipped {len(names)}, {names[0]}{" ..." if len(names) > 1 else ""}: {reason}')
        for name, _ in self.failures:
            print(f'FAILED {name}')
        print(', '.join(f'{number} {what}' for what, number in self.counts.items()), flush=True)
        return 1 if self.counts['failed'] or not self.counts['passed'] else 0


def indented(text, limit=200):
    lines = text.rstrip().splitlines()
    if len(lines) > limit:
        lines = lines[:limit // 4] + ['...'] + lines[-3 * limit // 4:]
    return '\n'.join('      ' + line for line in lines)
