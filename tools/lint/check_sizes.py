#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Fails on files, functions and lines that are too long to be read at once."""

import re

from sources import CODE, TOP, Findings, files, without_comments

LINE = 100
FUNCTION = 80
FILE = {'.cpp': 500, '.c': 500, '.hpp': 250, '.h': 250, '.py': 500}
STAGE = 300
TEST = 600
FOLDER = 30
README = 60


def limit_of(path):
    if 'stages' in path.parts:
        return STAGE
    if path.relative_to(TOP).parts[0] == 'tests':
        return TEST
    return FILE.get(path.suffix, FILE['.cpp'])


def functions(text):
    """(first line, lines) of each brace block that looks like a function's body."""
    lines = without_comments(text).splitlines()
    depth = 0
    stack = []
    head = ''
    for number, line in enumerate(lines, 1):
        for char in line:
            if char == '{':
                stack.append((depth, number, bool(re.search(
                    r'\)\s*(const|noexcept|override|mutable|final|->[^{;]*|:[^{;]*|\s)*$', head))
                    and not re.search(r'\b(namespace|class|struct|enum|union)\b[^()]*$', head)))
                depth += 1
                head = ''
            elif char == '}':
                depth = max(depth - 1, 0)
                if stack:
                    _, first, is_function = stack.pop()
                    inside = any(entry[2] for entry in stack)
                    if is_function and not inside:
                        yield first, number - first + 1
                head = ''
            elif char == ';':
                head = ''
            else:
                head += char
        head += ' '


def main():
    findings = Findings()
    for path in files('lib', 'app', 'tests', 'tools', suffixes=CODE | {'.py'}):
        text = path.read_text()
        lines = text.splitlines()
        if len(lines) > limit_of(path):
            findings.add(path, len(lines), f'{len(lines)} lines, {limit_of(path)} at most')
        for number, line in enumerate(lines, 1):
            if len(line) > LINE and path.suffix != '.def':  # a table's row is one line
                findings.add(path, number, f'{len(line)} characters, {LINE} at most')
        if path.suffix in ('.cpp', '.hpp', '.c', '.h'):
            for first, length in functions(text):
                if length > FUNCTION and 'lint: long' not in lines[first - 1]:
                    findings.add(path, first, f'a function of {length} lines, {FUNCTION} at most')
    for folder in {path.parent for path in files('lib', 'app')}:
        held = [path for path in folder.iterdir() if path.suffix in CODE]
        pairs = {path.stem for path in held}  # x.hpp and x.cpp are read as one
        if len(pairs) > FOLDER:
            findings.add(folder, 0, f'{len(pairs)} files (pairs counted once), {FOLDER} at most')
    for path in files('lib', suffixes={'.md'}):
        if len(path.read_text().splitlines()) > README:
            findings.add(path, 0, f'longer than {README} lines')
    findings.exit()


main()
