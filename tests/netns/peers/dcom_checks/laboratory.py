# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Where the checks happen: servers and sinks on loopback addresses of a namespace of our own."""

import json
import pathlib
import subprocess
import sys
import time

PEERS = pathlib.Path(__file__).resolve().parents[1]
PLAIN, HARD = '127.0.0.10', '127.0.0.11'
CLIENT, SINK = '127.0.0.20', '127.0.0.21'
SINK_PORT = 5001
HARD_NAME = 'dcom2.corp.example'
HARD_ADDRESSES = [f'10.10.{third}.30' for third in range(150)]  # more than one PDU takes
DEADLINE = 30


class Laboratory:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.plain = Standin(self.directory / 'plain', 'dcom_server.py', '--listen', PLAIN)
        self.hard = Standin(self.directory / 'hard', 'dcom_server.py', '--listen', HARD,
                            '--min-level', 5, '--callback-level', 6, '--no-anonymous',
                            '--name', 'DCOM2', '--addresses', ','.join(HARD_ADDRESSES))
        self.sink = Standin(self.directory / 'sink', 'dcom_client.py',
                            '--listen', f'{SINK}:{SINK_PORT}', '--resolver')

    def close(self):
        for one in (self.plain, self.hard, self.sink):
            one.close()

    @staticmethod
    def client(*argv, host=PLAIN, code=0):
        """The steps of a client that has to end with this exit code, by name."""
        words = [sys.executable, PEERS / 'dcom_client.py', host, '--source', CLIENT,
                 '--resolve', f'{HARD_NAME}={HARD}', *argv]
        done = subprocess.run([str(word) for word in words], text=True, timeout=60,
                              capture_output=True)
        assert done.returncode == code, (f'{argv}: exit code {done.returncode}\n'
                                         f'{done.stdout[-2000:]}{done.stderr[-2000:]}')
        return {row['step']: row for row in map(json.loads, done.stdout.splitlines())}


class Standin:
    """A program that prints `ready {...}` and then events, a line each."""

    def __init__(self, log, script, *options):
        self.log = log
        words = [sys.executable, PEERS / script, *options]
        with open(log, 'wb') as output:
            self.process = subprocess.Popen([str(word) for word in words], stdout=output,
                                            stdin=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        line = self._wait(lambda: [line for line in self._lines() if line.startswith('ready ')])
        self.ports = json.loads(line[0].removeprefix('ready '))

    def _lines(self):
        return [line for line in self.log.read_text().splitlines(keepends=True)
                if line.endswith('\n')]

    def _wait(self, condition):
        end = time.monotonic() + DEADLINE
        while not (found := condition()):
            assert time.monotonic() < end, self.log.read_text()
            time.sleep(0.02)
        return found

    def mark(self):
        return len(self._lines())

    def events(self, mark, name=None):
        rows = [json.loads(line) for line in self._lines()[mark:] if line.startswith('{')]
        return [row for row in rows if name in (None, row['event'])]

    def wait_event(self, mark, name):
        return self._wait(lambda: self.events(mark, name))[0]

    def close(self):
        self.process.terminate()
        self.process.wait(10)
        text = self.log.read_text()
        assert 'Traceback' not in text, text
