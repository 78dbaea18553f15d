# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""On what a run was made."""

import os
import pathlib
import platform
import re
import subprocess

from . import TOP


def said(*argv):
    """The first line a program says, or nothing where there is none."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    except OSError:
        return ''
    return done.stdout.splitlines()[0].strip() if done.returncode == 0 and done.stdout else ''


def read(path):
    try:
        return pathlib.Path(path).read_text()
    except OSError:
        return ''


def processor():
    found = re.search(r'^model name\s*: (.*)$', read('/proc/cpuinfo'), re.M)
    return found[1] if found else platform.machine()


def memory():
    found = re.search(r'^MemTotal:\s*(\d+) kB', read('/proc/meminfo'), re.M)
    return f'{int(found[1]) / 2**20:.1f} GiB' if found else ''


def hugepages():
    """Reserved ones, by size, and what programs get without a reservation."""
    told = []
    for path in sorted(pathlib.Path('/sys/kernel/mm/hugepages').glob('hugepages-*kB')):
        told.append(f'{read(path / "nr_hugepages").strip()} of '
                    f'{int(path.name[len("hugepages-"):-2]) // 1024} MiB')
    chosen = re.search(r'\[(\w+)\]', read('/sys/kernel/mm/transparent_hugepage/enabled'))
    shared = re.search(r'\[(\w+)\]', read('/sys/kernel/mm/transparent_hugepage/shmem_enabled'))
    return ', '.join(told + [f'transparent: {chosen[1] if chosen else "none"}',
                             f'of shared memory: {shared[1] if shared else "none"}'])


def load():
    return ' '.join(f'{average:.2f}' for average in os.getloadavg())


def commit():
    git = ['git', '-c', f'safe.directory={TOP}', '-C', str(TOP)]
    found = said(*git, 'rev-parse', '--short=12', 'HEAD')
    changed = said(*git, 'status', '--porcelain', '--untracked-files=no')
    return found + (' and changes' if changed else '') if found else 'none'


def release():
    found = re.search(r'^PRETTY_NAME="(.*)"$', read('/etc/os-release'), re.M)
    return found[1] if found else platform.platform()


def facts(ticks):
    return {
        'processor': processor(),
        'cores': f'{len(os.sched_getaffinity(0))} of {os.cpu_count()}',
        'cycle counter': f'{ticks / 1e6:.0f} MHz',
        'hypervisor': said('systemd-detect-virt') or 'none',
        'memory': memory(),
        'hugepages': hugepages(),
        'kernel': platform.release(),
        'system': release(),
        'compiler': said('g++', '--version'),
        'compiler of BPF': said('clang-14', '--version') or said('clang', '--version'),
        'DPDK': said('pkg-config', '--modversion', 'libdpdk'),
        'nftables': said('nft', '--version'),
    }
