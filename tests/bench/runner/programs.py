# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What a round is made of. A unit is run once a round and says what it measured, a JSON object a
line; DidNotRun with the reason when it could not."""

import dataclasses
import os
import subprocess
import typing

from lab import shell

# Long enough for tables of gigabytes on a machine that others use.
PATIENCE = 1800


class DidNotRun(Exception):
    """Why a unit gave no figures."""


@dataclasses.dataclass
class Unit:
    program: str
    case: str
    run: typing.Callable  # of `quick`; returns the lines

    @property
    def name(self):
        return f'{self.program}/{self.case}'

    def wanted(self, names):
        return not names or self.program in names or self.name in names


def output_of(argv, *, timeout=PATIENCE):
    """What a program printed; what it said beside that is shown when it fails."""
    process = subprocess.Popen([str(word) for word in argv], text=True, errors='replace',
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.PIPE, start_new_session=True)
    try:
        output, said = process.communicate(timeout=timeout)
    except BaseException as reason:
        shell.kill_group(process)
        process.communicate()
        if isinstance(reason, subprocess.TimeoutExpired):
            raise DidNotRun(f'no end after {timeout} s') from None
        raise
    if process.returncode != 0:
        raise DidNotRun(f'exit code {process.returncode}: {said.strip()[-2000:]}')
    return output


def cases_of(program):
    return output_of([program, '--list'], timeout=60).split()


def own_units(name, path):
    """A unit for each case of a program of ours, which names them by --list."""
    def runner(case):
        return lambda quick: output_of([path, case, *(['--quick'] if quick else [])])
    return [Unit(name, case, runner(case)) for case in cases_of(path)]


def cores():
    """The cores to measure on: (a core for control, a core for what is measured)."""
    usable = sorted(os.sched_getaffinity(0))
    return usable[0], usable[-1]
