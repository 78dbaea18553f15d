# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Where the checks happen: stand-ins on loopback addresses of a network namespace of our own."""

import json
import pathlib
import socket
import subprocess
import sys

PEERS = pathlib.Path(__file__).resolve().parents[1]
PLAIN, STRICT, SIX = '127.0.0.10', '127.0.0.11', '::1'
CLIENT, OTHER = '127.0.0.20', '127.0.0.21'
USER, PASSWORD = 'alice', 'Passw0rd!'

SMB = '''[global]
\tworkgroup = CORP
\tnetbios name = MEMBER1
\tprivate dir = {d}
\tlock directory = {d}
\tstate directory = {d}
\tcache directory = {d}
\tpid directory = {d}
\tncalrpc dir = {d}/ncalrpc
\tlog file = {d}/log.%m
\tinterfaces = lo
'''


class Laboratory:
    def __init__(self, directory):
        self.directory = pathlib.Path(directory)
        self.settings = self.directory / 'smb.conf'
        self.settings.write_text(SMB.format(d=directory))
        self.servers = {
            PLAIN: Standin(self.directory, PLAIN, '--second-port', '0', '--park', '1'),
            STRICT: Standin(self.directory, STRICT, '--ndr64', '--no-anonymous', '--strict-logon',
                            '--min-level', '6'),
            SIX: Standin(self.directory, SIX, '--tower-address', '10.10.0.10')}

    def close(self):
        for server in self.servers.values():
            server.close()

    def __getitem__(self, address):
        return self.servers[address]

    def run(self, *argv, code=0, stdin=''):
        """Standard output of a program that has to end with this exit code."""
        done = subprocess.run([str(word) for word in argv], input=stdin, text=True, timeout=60,
                              capture_output=True)
        assert done.returncode == code, (f'{argv}: exit code {done.returncode}\n'
                                         f'{done.stdout[-2000:]}{done.stderr[-2000:]}')
        return done.stdout

    def rows(self, script, *argv, **how):
        """The lines of JSON of one of our scripts."""
        output = self.run(sys.executable, PEERS / script, *argv, **how)
        return [json.loads(line) for line in output.splitlines()]

    def outlook(self, *argv, host=PLAIN, **how):
        """The steps of an Outlook, by name."""
        return {row['step']: row for row in self.rows('outlook.py', host, *argv, **how)}


class Standin:
    def __init__(self, directory, address, *options):
        self.errors = directory / f'stderr-{address}'
        self.path = directory / f'control-{address}'
        with open(self.errors, 'wb') as errors:
            self.process = subprocess.Popen(
                [sys.executable, PEERS / 'exchange_server.py', '--listen', address,
                 '--control', self.path, *options],
                text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors)
        line = self.process.stdout.readline()
        assert line.startswith('ready '), self.errors.read_text()
        self.ports = json.loads(line.removeprefix('ready '))
        self.control = socket.socket(socket.AF_UNIX)
        self.control.connect(str(self.path))
        self.lines = self.control.makefile('rw')

    def command(self, *words):
        self.lines.write(' '.join(str(word) for word in words) + '\n')
        self.lines.flush()
        return json.loads(self.lines.readline())

    def close(self):
        self.process.terminate()
        code = self.process.wait(10)
        assert code == 0 and not self.path.exists(), f'the stand-in ended with {code}'
