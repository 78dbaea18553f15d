#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Runs the layers of the tests one after the other and counts their cases. Called by tools/test."""

import os
import signal
import sys
import time

import layers
from report import Report


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    arguments = sys.argv[1:]
    if '--list' in arguments:
        for layer in layers.ALL:
            print(f'{layer.name:12} {layer.what}')
        return 0
    wanted = [word for word in arguments if not word.startswith('-')]
    unknown = set(wanted) - {layer.name for layer in layers.ALL}
    if unknown:
        sys.exit(f'no such layer: {", ".join(sorted(unknown))}')
    if wanted:
        chosen = [layer for layer in layers.ALL if layer.name in wanted]
    else:
        chosen = [layer for layer in layers.ALL if layer.quick or '--quick' not in arguments]
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    report = Report()
    begun = time.monotonic()
    try:
        for layer in chosen:
            report.begin(layer)
            try:
                layer.run(report)
            except layers.CannotRun as reason:
                report.case(layer.name, 'failed', str(reason))
            report.end()
    except KeyboardInterrupt:
        report.case('tools/test', 'failed', 'interrupted')
    finally:
        layers.clean_up()
    sys.stdout.flush()
    print(f'\n{time.monotonic() - begun:.0f} s')
    return report.finish()


if __name__ == '__main__':
    os.chdir(layers.TOP)
    sys.exit(main())
