#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Fails when a file includes a module that its own may not, or DPDK where it has no place."""

import re
import sys

from sources import CODE, TOP, Findings, files, module

MAY_INCLUDE = {
    'base': '',
    'wire': 'base',
    'stats': 'base',
    'arena': 'base wire',
    'dpdk': 'base wire stats',
    'dcerpc': 'base wire stats',
    'event': 'base wire stats dcerpc',
    'config': 'base wire stats dcerpc',
    'policy': 'base wire stats dcerpc config nat',
    'learn': 'base wire stats dcerpc event config',
    'flow': 'base wire stats arena',
    'nat': 'base wire stats flow',
    'tcp': 'base wire stats arena inspect',
    'pinhole': 'base wire stats arena dcerpc',
    'notify': 'base wire arena',
    'inspect': 'base wire stats arena dcerpc event policy pinhole notify',
    'route': 'base wire stats',
    'xdp': 'base wire stats route',
    'interplane': 'base wire stats dpdk arena flow pinhole policy event route dcerpc',
    'datapath': 'base wire stats arena dpdk dcerpc event config policy flow nat tcp pinhole '
                'notify inspect route interplane',
    'control': 'base wire stats arena dpdk dcerpc event config policy flow nat pinhole notify '
               'route xdp interplane learn',
}
# tcp knows of inspect only what it says to it, not how anything is judged; of the configuration the
# workers know the limits alone.
CONTRACTS = {('tcp', 'inspect'): {'inspect/inspector.hpp', 'inspect/contract.hpp'},
             ('datapath', 'config'): {'config/limits.hpp'}}
DPDK = {'dpdk', 'datapath', 'interplane'}


def cycle(start, path=()):
    if start in path:
        sys.exit(f'the table has a cycle: {" -> ".join((*path, start))}')
    for included in MAY_INCLUDE[start].split():
        if (start, included) not in CONTRACTS:
            cycle(included, (*path, start))


def main():
    for name in MAY_INCLUDE:
        cycle(name)
    findings = Findings()
    for path in files('lib', suffixes=CODE):
        own = module(path)
        if own not in MAY_INCLUDE:
            findings.add(path, 1, f'the table of layers does not know the module {own}')
            continue
        for number, line in enumerate(path.read_text().splitlines(), 1):
            dpdk = re.match(r'\s*#\s*include\s*<rte_', line)
            if dpdk and own not in DPDK:
                findings.add(path, number, f'{own} may not include DPDK')
            found = re.match(r'\s*#\s*include\s*"([^"]+)"', line)
            if not found:
                continue
            named = found[1]
            other = named.partition('/')[0]
            if '..' in named or (TOP / 'app' / other).is_dir():
                findings.add(path, number, f'{named}: include by module path')
            elif other in MAY_INCLUDE and other != own:
                allowed = other in MAY_INCLUDE[own].split()
                contract = CONTRACTS.get((own, other))
                if not allowed or (contract and named not in contract):
                    findings.add(path, number, f'{own} may not include {named}')
    findings.exit()


main()
