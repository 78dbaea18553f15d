# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The layers, in the order they run."""

import dataclasses
import os
import pathlib
import shutil
import tempfile
import typing
import xml.etree.ElementTree

import programs
from programs import CannotRun, as_caller

TOP = pathlib.Path(__file__).resolve().parents[2]
BUILDS = pathlib.Path(os.environ.get('RPCGATE_BUILD_ROOT', TOP / 'build'))
PREFIX = f'rg-{os.getpid()}'  # of every network namespace this run makes

# What needs neither root nor the network.
PLAIN = ['unit', 'packet', 'fuzz-replay', 'fuzz', 'replay']
# Modules whose data two threads share.
SHARED = ['base', 'stats', 'arena', 'flow', 'pinhole', 'interplane', 'control', 'policy', 'route']
GCC = {'CC': 'gcc', 'CXX': 'g++'}
CLANG = {'CC': 'clang-14', 'CXX': 'clang++-14'}
STRICT = {'ASAN_OPTIONS': 'detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1',
          'UBSAN_OPTIONS': 'halt_on_error=1:print_stacktrace=1',
          'TSAN_OPTIONS': 'halt_on_error=1:second_deadlock_stack=1'}
FUZZ_SECONDS = 5


@dataclasses.dataclass
class Layer:
    name: str
    what: str
    run: typing.Callable
    quick: bool = False


# Lines and names are all that a failing test needs of debug information; the rest of it takes a
# third of the time of compiling.
LINES = ['-Ddebug=false', '-Dcpp_args=-g1', '-Dc_args=-g1']


def compilers(chosen):
    """With ccache in front, where it is installed and may have seen a file before."""
    if shutil.which('ccache') and not os.environ.get('CI'):
        return {key: f'ccache {value}' for key, value in chosen.items()}
    return chosen


def lint(report):
    for script in sorted((TOP / 'tools/lint').glob('check_*')):
        code, output = programs.run(as_caller([str(script)]), timeout=120)
        report.case(script.name, 'passed' if code == 0 else 'failed', output)


def gcc(report):
    programs.build(BUILDS / 'gcc', LINES, env=compilers(GCC))
    report.case('build', 'passed')


def docs(report):
    programs.build(BUILDS / 'gcc', LINES, env=compilers(GCC))
    code, output = programs.run(as_caller([str(TOP / 'tools/docs'), '--check',
                                           str(BUILDS / 'gcc')]), timeout=60)
    report.case('the reference pages are those of the program',
                'passed' if code == 0 else 'failed', output)


def plain(report):
    directory = programs.build(BUILDS / 'gcc', LINES, env=compilers(GCC))
    programs.run_tests(report, 'gcc', programs.tests(directory, PLAIN))
    scripts(report, 'tests/bench', 120)


def tsan(report):
    """Only the tests of what is shared are compiled."""
    directory = BUILDS / 'tsan'
    if not (directory / 'build.ninja').exists():
        # g++ warns of things that its own instrumentation makes: warnings are the gcc layer's.
        programs.setup(directory, ['-Db_sanitize=thread', '-Db_lundef=false', '-Dwerror=false',
                                   '-Doptimization=1', *LINES], compilers(GCC))
    tests = programs.tests(directory, PLAIN, SHARED)
    programs.build(directory, [], sorted({target(directory, word) for test in tests
                                          for word in test['cmd'] if target(directory, word)}))
    programs.run_tests(report, 'tsan', tests, env=STRICT, slower=10)


def target(directory, word):
    """The ninja target behind a word of a test's command, when it is one."""
    try:
        return str(pathlib.Path(word).relative_to(directory))
    except ValueError:
        return None


def clang_build():
    return programs.build(BUILDS / 'clang', ['-Dfuzz=true', '-Db_sanitize=address,undefined',
                                             '-Db_lundef=false', '-Doptimization=1', *LINES],
                          env=compilers(CLANG))


def clang(report):
    clang_build()
    report.case('build', 'passed')


def asan(report):
    directory = clang_build()
    programs.run_tests(report, 'asan', programs.tests(directory, PLAIN), env=STRICT, slower=10)


def fuzz(report):
    directory = clang_build()
    found = [made['filename'][0] for made in programs.introspect(directory, 'targets')
             if made['type'] == 'executable' and made['name'].endswith('_fuzz')]
    if not found:
        raise CannotRun('there is no fuzz target')
    for program in sorted(found):
        name = pathlib.Path(program).name
        corpus = TOP / 'tests/fuzz/corpus' / name.removesuffix('_fuzz')
        with tempfile.TemporaryDirectory(prefix='rpcgate-fuzz-') as scratch:
            os.chmod(scratch, 0o777)
            seeds = [str(corpus)] if corpus.is_dir() else []
            code, output = programs.run(as_caller(
                [program, f'-max_total_time={FUZZ_SECONDS}', '-timeout=20', '-rss_limit_mb=2048',
                 f'-artifact_prefix={scratch}/', scratch, *seeds]), timeout=300, env=STRICT)
        report.case(name, 'passed' if code == 0 else 'failed', output[-6000:])


def netns(report):
    programs.build(BUILDS / 'gcc', LINES, env=compilers(GCC))
    # Most of it waits for something: two files side by side take little more than half the time.
    scripts(report, 'tests/netns', 3000, '-n2', '--dist=loadfile', as_root=True)


def captures(report):
    programs.build(BUILDS / 'gcc', LINES, env=compilers(GCC))
    scripts(report, 'tests/packet', 600, '-n2')


def scripts(report, folder, timeout, *options, as_root=False):
    """Cases that pytest runs."""
    with tempfile.TemporaryDirectory(prefix='rpcgate-pytest-') as directory:
        os.chmod(directory, 0o777)
        told = pathlib.Path(directory) / 'told.xml'
        argv = ['/usr/bin/python3', '-B', '-m', 'pytest', '-p', 'no:cacheprovider', '-q',
                '--tb=short', f'--junitxml={told}', *options, str(TOP / folder)]
        code, output = programs.run(
            argv if as_root else as_caller(argv), timeout=timeout,
            env={'RPCGATE_BUILD': str(BUILDS / 'gcc'), 'RPCGATE_LAB_PREFIX': PREFIX,
                 'RPCGATE_LAB_REQUIRED': '1'})
        if not told.exists():
            raise CannotRun(output)
        tree = xml.etree.ElementTree.parse(told)
    failed = 0
    for case in tree.iter('testcase'):
        name = f'{case.get("classname", "").rpartition(".")[2]}: {case.get("name")}'
        bad = [part for part in case if part.tag in ('failure', 'error')]
        skipped = case.find('skipped')
        if bad:
            failed += 1
            said = [part.text or '' for part in case if part.tag.startswith('system')]
            report.case(name, 'failed', '\n'.join([part.text or '' for part in bad] + said))
        elif skipped is not None:
            report.case(name, 'skipped', skipped.get('message', ''))
        else:
            report.count('passed', 1)
    if code not in (0, 5) and not failed:
        raise CannotRun(output[-12000:])


def hugepages():
    try:
        return pathlib.Path('/proc/sys/vm/nr_hugepages').read_text().strip()
    except OSError:
        return None


HUGEPAGES = hugepages()


def clean_up():
    """What an interrupted layer may have left: its namespaces and all in them, and hugepages."""
    if os.geteuid() != 0:
        return
    _, listed = programs.run(['ip', 'netns', 'list'], timeout=30)
    for name in [line.split()[0] for line in listed.splitlines() if line.startswith(PREFIX + '-')]:
        _, pids = programs.run(['ip', 'netns', 'pids', name], timeout=30)
        for pid in pids.split():
            programs.run(['kill', '-KILL', pid], timeout=30)
        programs.run(['ip', 'netns', 'delete', name], timeout=30)
    if HUGEPAGES is not None and hugepages() != HUGEPAGES:
        pathlib.Path('/proc/sys/vm/nr_hugepages').write_text(HUGEPAGES)


ALL = [
    Layer('lint', 'layers, tokens, sizes, formats, commits', lint, quick=True),
    Layer('gcc', 'build with g++ 12', gcc, quick=True),
    Layer('docs', 'generated pages', docs, quick=True),
    Layer('plain', 'unit, packet and fuzz-replay tests, those of tools/bench', plain, quick=True),
    Layer('captures', 'replay of recorded and of hostile conversations', captures, quick=True),
    Layer('netns', 'real servers and clients in network namespaces', netns),
    Layer('tsan', 'what two planes share, under TSan', tsan),
    Layer('clang', 'build with clang 14, with ASan and UBSan', clang),
    Layer('asan', 'unit, packet and fuzz-replay tests under ASan and UBSan', asan),
    Layer('fuzz', f'each fuzz target for {FUZZ_SECONDS} s', fuzz),
]
