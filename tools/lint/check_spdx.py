#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Fails on a source without the two lines of licence and copyright at its head."""

import re

from sources import CODE, TOP, Findings, files


def main():
    findings = Findings()
    scripts = [path for path in (TOP / 'tools').iterdir() if path.is_file()] + [TOP / '.ci/run']
    for path in [*files('lib', 'app', 'tests', 'tools', suffixes=CODE | {'.py', '.sh'}), *scripts]:
        head = path.read_text(errors='replace')[:400]
        if not re.search(r'^(//|#|\s*/?\*)\s*SPDX-License-Identifier: ', head, re.MULTILINE):
            findings.add(path, 1, 'no SPDX-License-Identifier')
        if not re.search(r'^(//|#|\s*/?\*)\s*Copyright \(c\) \d{4}, the rpcgate authors', head,
                         re.MULTILINE):
            findings.add(path, 1, 'no copyright line')
    findings.exit()


main()
