#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""instructions.py STREAM_BENCH: instructions a packet, of all stages and of the stream stage alone.

Each case runs under callgrind with two numbers of rounds; the difference belongs to the packets
between them. Exact: two runs give the same numbers, on any machine with the same binary.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

CASES = ['bulk-plain', 'bulk', 'bulk-reordered-plain', 'bulk-reordered', 'mapper-plain', 'mapper']
ROUNDS = (600, 1800)
STAGE = 'rpcgate::datapath::stream(rpcgate::datapath::Context&, rpcgate::datapath::Burst&)'
STAGES = [STAGE] + [STAGE.replace('stream(', f'{name}(').replace('Burst&)', 'Burst&, rpcgate::'
                                                                 'datapath::Burst&)')
                    for name in ('parse', 'steer', 'reassemble', 'classify', 'track', 'nat')]


def counted(program, case, rounds, stages):
    """(instructions, packets) of these functions and all that they call."""
    with tempfile.TemporaryDirectory() as directory:
        out = pathlib.Path(directory) / 'out'
        collect = [f'--toggle-collect={name}' for name in stages]
        done = subprocess.run(
            ['valgrind', '--tool=callgrind', f'--callgrind-out-file={out}', *collect, program, case,
             str(rounds)], capture_output=True, text=True, check=True)
        total = re.search(r'^(?:totals|summary): (\d+)', out.read_text(), re.M)
        return int(total[1]), int(done.stdout.split()[0])


def a_packet(program, case, stages):
    few, many = (counted(program, case, rounds, stages) for rounds in ROUNDS)
    return (many[0] - few[0]) / (many[1] - few[1])


def main():
    program = sys.argv[1]
    print('| case | all stages but tx | stream stage alone | to plain |\n|---|---|---|---|')
    plain = 0.0
    for case in CASES:
        every, alone = a_packet(program, case, STAGES), a_packet(program, case, [STAGE])
        if case.endswith('plain'):
            plain = every
        print(f'| {case} | {every:.0f} | {alone:.0f} | {every / plain:.2f} |', flush=True)


main()
