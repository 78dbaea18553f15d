#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Fails on words that have no place in a module, and on debt that nobody keeps account of."""

import re

from sources import CODE, Findings, files, module, without_comments

# What workers run: no exception, allocation, log, lock, virtual call, string or system call.
WORKERS = {'arena', 'flow', 'nat', 'tcp', 'dcerpc', 'inspect', 'pinhole', 'notify', 'datapath'}
# Beside workers' code these modules hold code of the control core; its files are named here.
CONTROL_FILES = {'datapath/build.hpp', 'datapath/make.cpp', 'dcerpc/uuid.hpp', 'dcerpc/uuid.cpp'}
ASSERTIONS = {'base/check.hpp'}  # debug builds alone

EVERYWHERE = [
    (r'\brte_(exit|panic)\b', 'nothing in lib/ ends the process'),
    (r'(?<![\w.>:])(?:std::)?(abort|exit|_exit|quick_exit|terminate)\s*\(',
     'nothing in lib/ ends the process'),
    (r'\b(?:std::)?(printf|puts|putchar|perror)\s*\(', 'nothing in lib/ prints'),
    (r'\bstd::(cout|cerr|clog)\b', 'nothing in lib/ prints'),
    (r'\bMBUF_FAST_FREE\b', 'a buffer may have other references'),
    (r'\brte_(malloc|zmalloc|calloc|memzone_reserve|hash_create)\b',
     "memory of EAL's cannot be adopted: use lib/arena"),
    (r'\busing namespace std\b', 'names are written out'),
]
IN_WORKERS = [
    (r'\b(throw|try|catch)\b', 'no exceptions in what workers run'),
    (r'(?<!operator )\bnew\s+(?:\(std::nothrow\)\s*)?[A-Za-z_:]',
     'no allocation in what workers run'),
    (r'\b(malloc|calloc|realloc|strdup)\s*\(', 'no allocation in what workers run'),
    (r'\bstd::(string|vector|map|unordered_map|set|deque|list|function|shared_ptr|make_unique|'
     r'make_shared)\b', 'nothing that allocates in what workers run'),
    (r'\bstd::(mutex|lock_guard|unique_lock|condition_variable)\b', 'no locks in what workers run'),
    (r'\bvirtual\b', 'no virtual calls in what workers run'),
    (r'\b(spdlog|fmt)::', 'workers do not log'),
]
EXCEPTIONS = re.compile(r'// lint: (?:control core|at start)')  # said on the line it excuses
DEBT = re.compile(r'\b(TODO|FIXME|XXX|HACK)\b')


def main():
    findings = Findings()
    for path in files('lib', 'app', 'tests', suffixes=CODE):
        text = path.read_text()
        for number, line in enumerate(text.splitlines(), 1):
            if DEBT.search(line):
                findings.add(path, number, 'unfinished: finish it')
    for path in files('lib', suffixes=CODE):
        text = path.read_text()
        own = module(path)
        short = '/'.join(path.parts[-2:])
        if short in ASSERTIONS:
            continue
        rules = list(EVERYWHERE)
        if own in WORKERS and short not in CONTROL_FILES:
            rules += IN_WORKERS
        written = text.splitlines()
        for number, line in enumerate(without_comments(text).splitlines(), 1):
            for pattern, why in rules:
                found = re.search(pattern, line)
                if found and not EXCEPTIONS.search(written[number - 1]):
                    findings.add(path, number, f'{found[0].strip()}: {why}')
    findings.exit()


main()
