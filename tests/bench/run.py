#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Measures, compares, profiles. Called by tools/bench, with the directory of the build first."""

import argparse
import datetime
import os
import pathlib
import signal
import subprocess
import sys

from runner import (compare, hugepages, kernel, machine, plots, profile, programs, series, tables,
                    testpmd)
from runner.programs import DidNotRun


def arguments():
    parser = argparse.ArgumentParser(prog='tools/bench', description='How fast rpcgate is, beside '
                                     'its rivals, in one run. docs/bench.md says more.')
    parser.add_argument('--build', type=pathlib.Path, help=argparse.SUPPRESS)
    parser.add_argument('--rounds', type=int, default=5,
                        help='how often everything is run, one after the other (5)')
    parser.add_argument('--quick', action='store_true',
                        help='a glance: one round, few repetitions, no table of gigabytes')
    parser.add_argument('--only', nargs='+', metavar='NAME', default=[],
                        help='programs (pipeline, parts, testpmd, kernel) or program/case')
    parser.add_argument('--out', type=pathlib.Path, default=None, metavar='DIR',
                        help='where results go (bench-results/DATE below the build)')
    parser.add_argument('--hugepages', type=int, default=None, metavar='N',
                        help='reserve N hugepages for the run, and give them back')
    parser.add_argument('--list', action='store_true', help='what --only may name')
    commands = parser.add_subparsers(dest='command', metavar='')
    two = commands.add_parser('compare', help='two results side by side')
    two.add_argument('a')
    two.add_argument('b')
    one = commands.add_parser('profile', help='instructions a packet, by function')
    one.add_argument('case')
    return parser.parse_args()


def say(text):
    print(text, file=sys.stderr, flush=True)


def find(build, name):
    path = build / 'tests/bench' / name
    return path if path.exists() else None


def units_of(build, router, ticks):
    """All there is to run; what was not built is told of and left out."""
    found = []
    for program, path in (('pipeline', 'pipeline_bench'), ('parts', 'parts/parts_bench')):
        if find(build, path):
            found += programs.own_units(program, find(build, path))
        else:
            say(f'tools/bench: {path} is not built, so without it')
    return found + testpmd.units(ticks) + kernel.units(router)


class Measured:
    """What the rounds have brought so far: an interrupted run keeps it."""

    def __init__(self):
        self.collection = series.Collection()
        self.failures = {}

    def round(self, number, rounds, units, quick):
        """Each unit once, so that noise hits all alike."""
        for unit in units:
            say(f'round {number + 1} of {rounds}: {unit.name}')
            try:
                self.collection.add_output(number, unit.program, unit.run(quick))
            except (DidNotRun, series.BrokenInput) as reason:
                say(f'  {reason}')
                self.failures.setdefault(unit.name, str(reason))


def now():
    return datetime.datetime.now(datetime.timezone.utc).strftime('%Y-%m-%d %H:%M:%S UTC')


def write(facts, collection, out):
    out.mkdir(parents=True, exist_ok=True)
    (out / 'result.json').write_text(series.dump(facts, collection))
    try:
        drawn = plots.draw(collection, out)
    except (OSError, subprocess.CalledProcessError) as reason:
        say(f'tools/bench: no drawings: {reason}')
        drawn = []
    (out / 'result.md').write_text(tables.report(facts, collection, drawn))
    owner = int(os.environ.get('SUDO_UID', -1)), int(os.environ.get('SUDO_GID', -1))
    for path in [out, *out.iterdir()]:
        os.chown(path, *owner)


def run(options):
    ticks = float(programs.output_of([options.build / 'tests/bench/rivals/tsc'], timeout=60))
    router = kernel.Router(options.build / 'tests/bench/rivals', ticks)
    units = units_of(options.build, router, ticks)
    if options.list:
        print('\n'.join(unit.name for unit in units))
        return 0
    unknown = [name for name in options.only if not any(unit.wanted([name]) for unit in units)]
    if unknown:
        say(f'tools/bench: there is no {", ".join(unknown)} (tools/bench --list)')
        return 2
    wanted = [unit for unit in units if unit.wanted(options.only)]
    rounds = 1 if options.quick else options.rounds
    out = options.out or options.build.parent / 'bench-results' / now()[:16].replace(' ', '-')
    facts = {'commit': machine.commit(), 'begun': f'{now()}, load {machine.load()}',
             'rounds': rounds, 'quick': options.quick}
    measured, code = Measured(), 0
    try:
        with hugepages.reserved(options.hugepages):
            facts['machine'] = machine.facts(ticks)
            for number in range(rounds):
                measured.round(number, rounds, wanted, options.quick)
    except KeyboardInterrupt:
        measured.failures['tools/bench'] = 'interrupted'
        code = 130
    finally:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # once is enough
        router.down()
    facts.update(ended=f'{now()}, load {machine.load()}',
                 failures=[[name, reason] for name, reason in measured.failures.items()])
    tell(facts, measured.collection, out)
    return code or (1 if measured.failures or not measured.collection else 0)


def tell(facts, collection, out):
    if not collection:
        say('tools/bench: nothing was measured')
        return
    write(facts, collection, out)
    print((out / 'result.md').read_text())
    say(f'{out}/result.md, result.json')


def do(options):
    if options.command == 'compare':
        compare.compare(options.a, options.b)
        return 0
    if options.command == 'profile':
        program = find(options.build, 'pipeline_bench')
        if program is None:
            raise DidNotRun('pipeline_bench is not built')
        print(profile.profile(program, options.case))
        return 0
    return run(options)


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    options = arguments()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    try:
        return do(options)
    except series.BrokenInput as reason:
        say(f'tools/bench: {reason}')
        return 2
    except (DidNotRun, OSError) as reason:
        say(f'tools/bench: {reason}')
        return 1
    except KeyboardInterrupt:
        say('tools/bench: interrupted')
        return 130


if __name__ == '__main__':
    sys.exit(main())
