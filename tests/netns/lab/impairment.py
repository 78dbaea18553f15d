# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The laboratory with bad wires: a namespace in each line, which can lose and delay what passes.

    client  eth-c -- far  wire-outer  near -- gw-outer  gateway  gw-inner -- near ...
"""

import contextlib
import json
import os

from . import shell
from .clients import PEERS
from .controller import PYTHON
from .topology import Topology, new_prefix

# Of each wire, in each direction; a segment and its acknowledgement cross two.
BAD = {'loss': 5, 'reorder': 25, 'duplicate': 5, 'delay': 5, 'jitter': 5}


class Program:
    """A peer that says `ready` when it works, and at its end tells as JSON what it did."""

    def __init__(self, namespace, argv, log):
        self.log = log
        self.log.unlink(missing_ok=True)
        self.process = namespace.start([PYTHON, '-B', *argv], output=log)
        shell.wait_until(self._ready, self.log.read_text)

    def _ready(self):
        if self.process.poll() is not None:
            raise shell.CommandFailed(f'it ended: {self.log.read_text()}')
        return self._line('ready')

    def _line(self, start):
        lines = self.log.read_text().splitlines(keepends=True)
        return next((line for line in lines if line.startswith(start) and line[-1:] == '\n'), None)

    def end(self):
        code = shell.stop(self.process)
        assert code == 0, self.log.read_text()
        return json.loads(self._line('{'))


class Line:
    """The wire between the gateway and one neighbour."""

    def __init__(self, name, prefix):
        self.name = name
        self.namespace = shell.Namespace(f'{prefix}-wire-{name}')
        self.program = None
        self.netem = False

    def start(self, directory, **how):
        """By the kernel's netem where it has it; else the forwarder itself impairs."""
        self.netem = bool(how) and 'spoil' not in how and self._netem(**how)
        options = [] if self.netem else [word for key, value in how.items()
                                         for word in (f'--{key}', value)]
        if os.environ.get('RPCGATE_LAB_SEED'):
            options += ['--seed', os.environ['RPCGATE_LAB_SEED']]
        self.program = Program(self.namespace, [PEERS / 'impair.py', 'far', 'near', *options],
                               directory / f'impair-{self.name}')

    def _netem(self, loss=0, reorder=0, duplicate=0, delay=0, jitter=0):
        words = ['delay', f'{delay}ms', f'{jitter}ms', 'reorder', f'{reorder}%',
                 'loss', f'{loss}%', 'duplicate', f'{duplicate}%']
        # Where there is no netem, the first of these fails and changes nothing.
        return all(shell.run(['tc', '-n', self.namespace.name, 'qdisc', 'replace', 'dev', end,
                              'root', 'netem', 'limit', 10000, *words], check=False).returncode == 0
                   for end in ('far', 'near'))

    def stop(self):
        """What the forwarder did."""
        if self.netem:
            for end in ('far', 'near'):
                shell.run(['tc', '-n', self.namespace.name, 'qdisc', 'del', 'dev', end, 'root'])
            self.netem = False
        program, self.program = self.program, None
        return program.end() if program else {}


class BadWires(Topology):
    """As Topology, with a Line in each wire; good ones until impaired() says otherwise."""

    def __init__(self, directory):
        super().__init__(new_prefix() + '-bad')
        self.directory = directory
        self.lines = [Line('outer', self.prefix), Line('inner', self.prefix)]
        self.namespaces += [line.namespace for line in self.lines]

    def up(self):
        super().up()
        for namespace in (self.client, self.server):
            # The one that every kernel has, rather than what this one happens to use.
            namespace.sysctl(net__ipv4__tcp_congestion_control='reno')
        for line in self.lines:
            line.start(self.directory)
        return self

    def down(self):
        for line in self.lines:
            line.stop()
        super().down()

    def _wire(self, near, far_namespace, far):
        line = next(line for line in self.lines if near.endswith(line.name))
        self.pair(self.gateway, near, line.namespace, 'near')
        self.pair(far_namespace, far, line.namespace, 'far')

    @contextlib.contextmanager
    def impaired(self, **how):
        """For as long as it lasts both wires are bad; gives a list that ends with what they did."""
        done = []
        self._again(**(how or BAD))
        try:
            yield done
        finally:
            done += self._again()

    def _again(self, **how):
        told = [line.stop() for line in self.lines]
        for line in self.lines:
            line.start(self.directory, **how)
        return told
