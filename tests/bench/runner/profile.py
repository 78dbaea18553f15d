# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Instructions a packet by function: pipeline_bench under callgrind. Exact, on any machine."""

import pathlib
import re
import subprocess
import tempfile

from .programs import DidNotRun, output_of
from .series import BrokenInput
from .tables import table

LINE = re.compile(r'^\s*([\d,]+)\s+(?:\(\s*[\d.]+%\)\s+)?([^\s:]+):(.+?)(?:\s\[[^\]]*\])?\s*$')
LEAST = 0.5  # instructions a packet; less is summed up as the rest


def packets(output):
    found = re.findall(r'^packets (\d+)\s*$', output, re.M)
    if not found or int(found[-1]) == 0:
        raise BrokenInput('pipeline_bench did not say for how many packets (a line `packets N`)')
    return int(found[-1])


def functions(annotated):
    """{function: instructions} of what callgrind_annotate printed, the largest first."""
    found = {}
    for line in annotated.splitlines():
        matched = LINE.match(line)
        if matched:
            name = re.sub(r"'2$", '', matched[3]).strip()
            found[name] = found.get(name, 0) + int(matched[1].replace(',', ''))
    if not found:
        raise BrokenInput('callgrind_annotate named no function')
    return dict(sorted(found.items(), key=lambda entry: -entry[1]))


def short(name):
    """Without arguments and the namespace that all share."""
    without = re.sub(r'\((?!anonymous).*$', '', name)
    return without.replace('rpcgate::', '') or name


def report(found, count):
    total = sum(found.values())
    rows, rest = [], 0
    for name, instructions in found.items():
        if instructions / count < LEAST:
            rest += instructions
        else:
            rows.append([f'`{short(name)}`', f'{instructions / count:.1f}',
                         f'{100 * instructions / total:.1f}'])
    if rest:
        rows.append(['the rest', f'{rest / count:.1f}', f'{100 * rest / total:.1f}'])
    rows.append(['all', f'{total / count:.1f}', '100.0'])
    return table(['function', 'instructions a packet', '%'], rows)


def profile(program, case):
    toggle = output_of([program, '--toggle'], timeout=60).strip()
    if not toggle:
        raise DidNotRun(f'{program} --toggle names no function')
    with tempfile.TemporaryDirectory(prefix='rpcgate-bench-') as directory:
        out = pathlib.Path(directory) / 'out'
        said = output_of(['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}',
                          f'--toggle-collect={toggle}', program, case, '--profile'])
        annotated = subprocess.run(['callgrind_annotate', '--threshold=100', str(out)],
                                   capture_output=True, text=True, check=False)
    if annotated.returncode != 0:
        raise DidNotRun(f'callgrind_annotate: {annotated.stderr.strip()}')
    count = packets(said)
    return f'{case}, {count:,} packets:\n\n' + report(functions(annotated.stdout), count)
