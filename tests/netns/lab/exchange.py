# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The stand-in for Exchange on one side of the gateway, and scripted Outlooks on the other."""

import json
import pathlib
import subprocess

from . import shell
from .clients import PEERS
from .controller import PYTHON
from .topology import PUBLISHED

ADDRESS = '10.10.0.20'


def add_address(namespace, address, interface):
    """Unless it is there already. Nobody goes out by it who does not ask for it."""
    words = [f'{address}/24'] if ':' not in address else [
        f'{address}/64', 'nodad', 'preferred_lft', '0', 'valid_lft', 'forever']
    namespace.ip('addr', 'add', *words, 'dev', interface, check=False)


class Exchange:
    """At an address of its own, in the server's namespace unless it is told another."""

    def __init__(self, namespace, directory, *options, address=ADDRESS, interface='eth-s'):
        self.namespace = namespace
        self.address = address
        self.interface = interface
        self.directory = pathlib.Path(directory)
        self.options = options
        self.process = None
        self.ports = {}

    def start(self):
        self.directory.mkdir(parents=True, exist_ok=True)
        add_address(self.namespace, self.address, self.interface)
        log = self.directory / 'log'
        log.unlink(missing_ok=True)  # of a start before this one
        self.process = self.namespace.start(
            [PYTHON, '-B', PEERS / 'exchange_server.py', '--listen', self.address,
             '--control', self.directory / 'control', *self.options], output=log)
        ready = shell.wait_until(
            lambda: next((line for line in log.read_text().splitlines()
                          if line.startswith('ready ')), None),
            lambda: f'the stand-in listens\n{log.read_text()}')
        self.ports = json.loads(ready.removeprefix('ready '))
        return self

    def command(self, *words):
        """One of exchange/control.py's commands; tells its answer."""
        answer = self.namespace.run(
            [PYTHON, '-c', 'import socket, sys; s = socket.socket(socket.AF_UNIX); '
             's.connect(sys.argv[1]); s.sendall(sys.argv[2].encode() + b"\\n"); '
             'print(s.makefile().readline())', self.directory / 'control',
             ' '.join(str(word) for word in words)])
        row = json.loads(answer.stdout)
        assert row['ok'], row
        return row

    def connections(self, port):
        """Open connections of clients to this port."""
        return sum(row['count'] for row in self.command('connections')['connections']
                   if row['port'] == port)

    def stop(self):
        if self.process is not None:
            shell.stop(self.process)
            self.process = None


class Run:
    """The rows that a scripted Outlook printed, by step."""

    def __init__(self, done):
        self.code = done.returncode
        self.text = done.stdout
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{')]
        self.rows = {row.get('step') or row['way']: row for row in rows}

    def __getitem__(self, step):
        return self.rows[step]

    def failed(self):
        return {step: row for step, row in self.rows.items()
                if not row['ok'] and not row.get('tolerated')}


def outlook(namespace, *options, host=PUBLISHED, timeout=180):
    return Run(namespace.run([PYTHON, '-B', PEERS / 'outlook.py', host, *options], check=False,
                             timeout=timeout))


def probe(namespace, interface, *options, host=PUBLISHED):
    return Run(namespace.run([PYTHON, '-B', PEERS / 'probe_interfaces.py', host, interface,
                              *options], check=False))


class HeldOutlook:
    """An Outlook that keeps its connections and obeys, a row for each command."""

    def __init__(self, namespace, directory, *options, host=PUBLISHED):
        self.output = pathlib.Path(directory) / 'held-outlook'
        self.output.unlink(missing_ok=True)
        with open(self.output, 'wb') as output:
            self.process = subprocess.Popen(
                [str(word) for word in namespace.argv(
                    [PYTHON, '-B', PEERS / 'outlook.py', host, '--hold', *options])],
                stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, text=True,
                start_new_session=True)
        self.wait_row('hold')

    def rows(self):
        return [json.loads(line) for line in self.output.read_text().splitlines()
                if line.startswith('{') and line.endswith('}')]

    def wait_row(self, step, seen=0):
        def there():
            found = [row for row in self.rows() if row['step'] == step]
            return found[seen] if len(found) > seen else None
        return shell.wait_until(there, lambda: f'{step}: {self.output.read_text()}', 120)

    def obey(self, command, *words):
        seen = sum(row['step'] == command for row in self.rows())
        self.process.stdin.write(' '.join([command, *map(str, words)]) + '\n')
        self.process.stdin.flush()
        return self.wait_row(command, seen)

    def end(self):
        shell.kill_group(self.process)
        self.process.stdin.close()
        self.process.wait()
