# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Which files the checks look at, and how they tell what they find."""

import pathlib
import re
import sys

TOP = pathlib.Path(__file__).resolve().parents[2]
CODE = {'.cpp', '.hpp', '.c', '.h', '.def'}


def files(*folders, suffixes=CODE):
    for folder in folders:
        for path in sorted((TOP / folder).rglob('*')):
            if path.suffix in suffixes and path.is_file():
                yield path


def module(path):
    """lib/<module>/...; None elsewhere."""
    parts = path.relative_to(TOP).parts
    return parts[1] if parts[0] == 'lib' and len(parts) > 2 else None


def without_comments(text):
    """Code alone: comments, strings and characters blanked out, lines kept."""
    def blank(match):
        return re.sub(r'[^\n]', ' ', match[0]) if match[0][0] == '/' else '""'
    return re.sub(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"', blank, text,
                  flags=re.DOTALL)


class Findings:
    def __init__(self):
        self.found = 0

    def add(self, path, line, text):
        self.found += 1
        print(f'{path.relative_to(TOP)}:{line}: {text}')

    def exit(self):
        sys.exit(1 if self.found else 0)
