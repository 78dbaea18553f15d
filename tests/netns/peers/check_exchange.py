#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Checks the stand-in for Exchange and the scripted Outlook, most of all by clients of others.

    check_exchange.py [NAME ...]

Runs in a network namespace of its own, which ends with it; NAME chooses checks by a part of their
names. Prints a line for each; the exit code is 1 when one failed. Needs impacket, rpcclient and
Samba's Python bindings, and no root where user namespaces are allowed.
"""

import os
import subprocess
import sys
import tempfile
import time
import traceback

INSIDE = 'RPCGATE_EXCHANGE_CHECKS'


def inside():
    """Starts this program again where no network is."""
    words = ['unshare', '--net'] + ([] if os.geteuid() == 0 else ['--map-root-user'])
    command = 'ip link set lo up && exec "$@"'
    os.execvpe(words[0], [*words, 'sh', '-c', command, 'sh', sys.executable, *sys.argv],
               {**os.environ, INSIDE: '1', 'PYTHONDONTWRITEBYTECODE': '1'})


def checks():
    from exchange_checks import foreign, outlooks, poison
    for module in (foreign, poison, outlooks):
        for name, check in list(vars(module).items()):
            if name.startswith('check_') and check.__module__ == module.__name__:
                yield name.removeprefix('check_'), check


def main():
    if not os.environ.get(INSIDE):
        inside()
    from exchange_checks.laboratory import Laboratory
    failed = 0
    with tempfile.TemporaryDirectory(prefix='rpcgate-exchange-') as directory:
        laboratory = Laboratory(directory)
        try:
            for name, check in checks():
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


main()
