# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Running programs, and waiting for conditions (never for an amount of time)."""

import concurrent.futures
import os
import signal
import subprocess
import time


class CommandFailed(Exception):
    """A program that had to succeed did not; the message holds what it said."""


def run(argv, *, check=True, timeout=120, env=None, stdin=None, cwd=None):
    """Runs a program to its end; its whole group is killed when it does not end."""
    process = subprocess.Popen(
        [str(word) for word in argv], text=True, errors='replace', cwd=cwd, start_new_session=True,
        stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        env={**os.environ, 'LC_ALL': 'C', **(env or {})})
    try:
        output, _ = process.communicate(stdin, timeout=timeout)
    except BaseException as reason:
        kill_group(process)
        output, _ = process.communicate()
        if isinstance(reason, subprocess.TimeoutExpired):
            raise CommandFailed(f'{words(argv)}: no end after {timeout} s\n{output}') from None
        raise
    done = subprocess.CompletedProcess(argv, process.returncode, output)
    if check and done.returncode != 0:
        raise CommandFailed(f'{words(argv)}: exit code {done.returncode}\n{output}')
    return done


def words(argv):
    return ' '.join(str(word) for word in argv)


def kill_group(process):
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


def wait_until(condition, what, deadline=60.0, pause=0.02):
    """Returns the first true value of condition(); fails when there is none before the deadline."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            told = what() if callable(what) else what
            raise CommandFailed(f'waited {deadline:.0f} s in vain: {told}')
        time.sleep(pause)


def stop(process, deadline=20.0):
    """Ends a program of ours by SIGTERM, or its group by SIGKILL when it does not listen."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(deadline)
        except subprocess.TimeoutExpired:
            kill_group(process)
            process.wait(deadline)
    return process.returncode


def at_once(calls):
    """What each of the calls returns, by its name."""
    with concurrent.futures.ThreadPoolExecutor(len(calls)) as pool:
        return dict(zip(calls, pool.map(lambda call: call(), calls.values())))


class Namespace:
    """A network namespace. Programs in it see the files of `overlay` in place of the machine's."""

    def __init__(self, name):
        self.name = name
        # `ip netns exec` gives each program its own mounts: these files are shown in place of the
        # machine's, and /run is empty but for the directories of private_run.
        self.overlay = {}
        self.private_run = []

    def create(self):
        run(['ip', 'netns', 'add', self.name])
        self.ip('link', 'set', 'lo', 'up')

    def delete(self):
        for pid in self.pids():  # only what was started in it; it is ours alone
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        run(['ip', 'netns', 'delete', self.name], check=False)

    def pids(self):
        found = run(['ip', 'netns', 'pids', self.name], check=False)
        return [int(word) for word in found.stdout.split() if word.isdigit()]

    def ip(self, *arguments, check=True):
        return run(['ip', '-n', self.name, *arguments], check=check)

    def argv(self, argv):
        inside = [str(word) for word in argv]
        mounts = ''.join(f'mount --bind {source} {target} && '
                         for target, source in self.overlay.items())
        if self.private_run:
            mounts += 'mount -t tmpfs -o mode=755 tmpfs /run && '
            mounts += 'mkdir ' + ' '.join(self.private_run) + ' && '
        if mounts:
            inside = ['/bin/sh', '-c', mounts + 'exec "$@"', 'sh', *inside]
        return ['ip', 'netns', 'exec', self.name, *inside]

    def run(self, argv, **how):
        return run(self.argv(argv), **how)

    def start(self, argv, *, output, env=None, cwd=None):
        """Starts a program that goes on; `ip netns exec` becomes it, so the pid is its own."""
        with open(output, 'ab') as log:
            return subprocess.Popen(
                self.argv(argv), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT,
                start_new_session=True, cwd=cwd, env={**os.environ, 'LC_ALL': 'C', **(env or {})})

    def sysctl(self, **values):
        for name, value in values.items():
            run(['ip', 'netns', 'exec', self.name, 'sysctl', '-qw',
                 f'{name.replace("__", ".")}={value}'])
