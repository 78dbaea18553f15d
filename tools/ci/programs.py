# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Runs the test programs that meson knows, and counts the cases GoogleTest tells of."""

import concurrent.futures
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile


class CannotRun(Exception):
    """A layer that cannot even begin; the message says why."""


def as_caller(argv):
    """What builds and plain tests run as: the person behind sudo, not root."""
    who = os.environ.get('SUDO_USER')
    if os.geteuid() == 0 and who and who != 'root':
        return ['runuser', '-u', who, '--', *argv]
    return argv


def run(argv, *, timeout, env=None, cwd=None):
    """(exit code, output); a program that does not end is killed with all it started."""
    process = subprocess.Popen([str(word) for word in argv], text=True, errors='replace', cwd=cwd,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                               stderr=subprocess.STDOUT, start_new_session=True,
                               env={**os.environ, **(env or {})})
    try:
        output, _ = process.communicate(timeout=timeout)
        return process.returncode, output
    except BaseException as reason:
        output = end(process)
        if isinstance(reason, subprocess.TimeoutExpired):
            return 124, f'{output}\nno end after {timeout} s'
        raise


def end(process):
    """Ends a program with all it started; it may take down what it made first."""
    for number, patience in ((signal.SIGINT, 60), (signal.SIGKILL, None)):
        try:
            os.killpg(process.pid, number)
        except ProcessLookupError:
            pass
        try:
            return process.communicate(timeout=patience)[0]
        except subprocess.TimeoutExpired:
            pass
    return ''


def build(directory, options, targets=(), env=None):
    """Configures where needed, and compiles; CannotRun with the compiler's words."""
    directory = pathlib.Path(directory)
    if not (directory / 'build.ninja').exists():
        shutil.rmtree(directory, ignore_errors=True)
        setup(directory, options, env)
    compile_it = as_caller(['ninja', '-C', str(directory), *targets])
    if sys.stdout.isatty():  # somebody watches: show how far it is
        code, output = subprocess.run(compile_it, check=False).returncode, 'see above'
    else:
        code, output = run(compile_it, timeout=3600)
    if code != 0:
        raise CannotRun('the build fails:\n' + output[-12000:])
    return directory


def setup(directory, options, env):
    settings = [f'{key}={value}' for key, value in (env or {}).items()]
    code, output = run(as_caller(['env', *settings, 'meson', 'setup', str(directory), *options]),
                       timeout=600)
    if code != 0:
        raise CannotRun('meson setup fails:\n' + output[-12000:])


def introspect(directory, what):
    code, output = run(as_caller(['meson', 'introspect', f'--{what}', str(directory)]), timeout=120)
    if code != 0:
        raise CannotRun(output)
    return json.loads(output)


def tests(directory, suites=None, names=None):
    found = introspect(directory, 'tests')
    if suites:
        found = [test for test in found
                 if {suite.rpartition(':')[2] for suite in test['suite']} & set(suites)]
    if names:
        found = [test for test in found if test['name'] in names]
    if not found:
        raise CannotRun('there is no test to run')
    return found


def run_tests(report, label, chosen, *, env=None, slower=1):
    """Runs meson's tests, in parallel where they allow it, and counts their cases.

    As root where we are: some need it, and skip themselves where it is not given.
    """
    workers = os.cpu_count() or 1
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        together = [test for test in chosen if test.get('is_parallel', True)]
        alone = [test for test in chosen if not test.get('is_parallel', True)]
        for test, told in zip(together, pool.map(
                lambda test: run_test(test, env, slower), together)):
            tell(report, label, test, *told)
    for test in alone:
        tell(report, label, test, *run_test(test, env, slower))


def run_test(test, env, slower):
    with tempfile.TemporaryDirectory(prefix='rpcgate-test-') as directory:
        told = pathlib.Path(directory) / 'told.json'
        code, output = run(test['cmd'], timeout=max(test.get('timeout') or 30, 30) * slower,
                           cwd=test.get('workdir') or None,
                           env={**test.get('env', {}), **(env or {}),
                                'GTEST_OUTPUT': f'json:{told}', 'GTEST_COLOR': 'no'})
        cases = json.loads(told.read_text()) if told.exists() else None
    return code, output, cases


def tell(report, label, test, code, output, cases):
    name = f'{label}/{test["name"]}'
    if cases is None:
        outcome = 'passed' if code == 0 else 'skipped' if code == 77 else 'failed'
        report.case(name, outcome, output if outcome == 'failed' else output.strip()[-200:])
        return
    failed = 0
    for suite in cases['testsuites']:
        for case in suite['testsuite']:
            full = f'{name}: {suite["name"]}.{case["name"]}'
            if case['status'] == 'NOTRUN':
                continue
            if 'failures' in case:
                failed += 1
                report.case(full, 'failed', '\n'.join(each['failure'] for each in case['failures']))
            elif case['result'] == 'SKIPPED':
                said = case.get('skipped', [{}])[0].get('message', '')
                report.case(full, 'skipped', said.strip().splitlines()[-1] if said.strip() else '')
            else:
                report.count('passed', 1)
    if code != 0 and not failed:
        report.case(f'{name} at its end', 'failed', output)
