# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Runs checks of stand-ins, each a function check_* that takes the laboratory.

They run in a network namespace of their own, which ends with them; words of the command line
choose checks by a part of their names. A line is printed for each; the exit code is 1 when one
failed. No root is needed where user namespaces are allowed.
"""

import os
import subprocess
import sys
import tempfile
import time
import traceback

INSIDE = 'RPCGATE_PEER_CHECKS'


def inside():
    """Starts this program again where no network is, unless it is there."""
    if os.environ.get(INSIDE):
        return
    words = ['unshare', '--net'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    command = 'ip link set lo up && exec "$@"'
    os.execvpe(words[0], [*words, 'sh', '-c', command, 'sh', sys.executable, *sys.argv],
               {**os.environ, INSIDE: '1', 'PYTHONDONTWRITEBYTECODE': '1'})


def checks(modules):
    for module in modules:
        for name, check in list(vars(module).items()):
            if name.startswith('check_') and check.__module__ == module.__name__:
                yield name.removeprefix('check_'), check


def run(modules, laboratory_of):
    failed = 0
    with tempfile.TemporaryDirectory(prefix='rpcgate-checks-') as directory:
        laboratory = laboratory_of(directory)
        try:
            for name, check in checks(modules):
                if sys.argv[1:] and not any(part in name for part in sys.argv[1:]):
                    continue
                began = time.monotonic()
                try:
                    check(laboratory)
                    print(f'ok      {name} ({time.monotonic() - began:.1f} s)', flush=True)
                except (Exception, subprocess.TimeoutExpired):
                    failed += 1
                    print(f'FAILED  {name}\n{traceback.format_exc()}', flush=True)
        finally:
            laboratory.close()
    sys.exit(1 if failed else 0)
