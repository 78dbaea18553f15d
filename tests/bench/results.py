# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Results for the tests of what reads them."""

from runner.series import Collection, Series, dump

SWAP = ('pipeline', 'swap', {'size': 64})
ESTABLISHED = ('pipeline', 'established', {'flows': 1000, 'size': 64})
LARGE = ('pipeline', 'established', {'flows': 1000, 'size': 1514})
NAT = ('kernel', 'nat', {'flows': 256, 'size': 60})
TESTPMD = ('testpmd', '5tswap', {'port': 'net_pcap', 'size': 64})


def collection(*entries, unit='cycles/packet'):
    """Of ((program, name, parameters), round, round, ...)."""
    made = Collection()
    for (program, name, parameters), *rounds in entries:
        for number, values in enumerate(rounds):
            made.add(number, Series(program, name, unit, dict(parameters)), list(values))
    return made


def keep(path, made, **facts):
    path.mkdir(parents=True, exist_ok=True)
    (path / 'result.json').write_text(dump({'commit': 'abc', 'machine': {'kernel': '6.1'}, **facts},
                                           made))
    return path
