# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The stand-in for a server of COM objects behind the gateway, clients of COM in front of it."""

import json
import pathlib

from . import shell
from .clients import PEERS
from .controller import PYTHON
from .exchange import Run
from .topology import PUBLISHED

ADDRESS = '10.10.0.30'
NAME = 'dcom1.corp.example'  # a name that fits the first binding; see peers/dcom/client.py


class Peer:
    """A program that prints `ready {...}` when it listens, and then events, a line of JSON each."""

    def __init__(self, namespace, log, argv):
        self.namespace = namespace
        self.log = pathlib.Path(log)
        self.argv = argv
        self.process = None
        self.ports = {}

    def start(self):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.log.unlink(missing_ok=True)  # of a start before this one
        self.process = self.namespace.start([PYTHON, '-B', *self.argv], output=self.log)
        ready = shell.wait_until(
            lambda: next((line for line in self._lines() if line.startswith('ready ')), None),
            lambda: f'{self.argv[0]} listens\n{self.log.read_text()}')
        self.ports = json.loads(ready.removeprefix('ready '))
        return self

    def _lines(self):
        lines = self.log.read_text().splitlines(keepends=True)
        return [line for line in lines if line.endswith('\n')]

    def mark(self):
        """Where the events stand now; events(mark) tells those that came later."""
        return len(self._lines())

    def events(self, mark=0, name=None):
        rows = [json.loads(line) for line in self._lines()[mark:] if line.startswith('{')]
        return [row for row in rows if name in (None, row['event'])]

    def wait_event(self, name, mark=0, deadline=60):
        return shell.wait_until(lambda: self.events(mark, name),
                                lambda: f'event {name}\n{self.log.read_text()}', deadline)[0]

    def stop(self):
        if self.process is not None:
            shell.stop(self.process)
            self.process = None


class Dcom(Peer):
    """The server, in the server's namespace, at an address of its own."""

    def __init__(self, namespace, directory, *options):
        super().__init__(namespace, pathlib.Path(directory) / 'log',
                         [PEERS / 'dcom_server.py', '--listen', ADDRESS, *options])

    def start(self):
        self.namespace.ip('addr', 'add', f'{ADDRESS}/24', 'dev', 'eth-s', check=False)
        return super().start()


class Sink(Peer):
    """A client's sink for OPC, in the client's namespace; with resolver at port 135, too."""

    def __init__(self, namespace, log, listen, *options):
        super().__init__(namespace, log, [PEERS / 'dcom_client.py', '--listen', listen, *options])


def client(namespace, *options, host=NAME, address=PUBLISHED, timeout=180):
    """The steps of a client; NAME is found at the published address, as split DNS has it."""
    return Run(namespace.run(
        [PYTHON, '-B', PEERS / 'dcom_client.py', host, '--resolve', f'{NAME}={address}', *options],
        check=False, timeout=timeout))
