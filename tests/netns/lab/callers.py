# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Clients of RPC that stay and do a step at a time; interfaces by name, as they know them."""

import json
import pathlib
import re
import subprocess

from . import shell
from .clients import PEERS
from .controller import PYTHON
from .gateway import ROOT
from .topology import PUBLISHED

KNOWN = re.compile(r'\{"([\w-]+)",\s*\{"([0-9a-f-]{36})"_uuid, (\d+), (\d+)\}')


def interfaces():
    """All that the gateway knows by name: `UUID/MAJOR.MINOR`."""
    text = (ROOT / 'lib/dcerpc/interfaces.cpp').read_text()
    return {name: f'{uuid}/{major}.{minor}' for name, uuid, major, minor in KNOWN.findall(text)}


class Caller:
    """peers/raw_steps.py, a row for each step."""

    names = interfaces()

    def __init__(self, namespace, directory, source, host=PUBLISHED):
        self.output = pathlib.Path(directory) / f'caller-{source}'
        with open(self.output, 'wb') as output:
            self.process = subprocess.Popen(
                [str(word) for word in namespace.argv(
                    [PYTHON, '-B', PEERS / 'raw_steps.py', host, '--source', source])],
                stdin=subprocess.PIPE, stdout=output, stderr=subprocess.STDOUT, text=True,
                start_new_session=True)
        self.asked = 0

    def step(self, word, **values):
        if 'interface' in values:
            values['interface'] = self.names.get(values['interface'], values['interface'])
        told = ' '.join(f'{key}={value}' for key, value in values.items())
        self.process.stdin.write(f'{word} {told}\n')
        self.process.stdin.flush()
        self.asked += 1
        lines = shell.wait_until(self._all,
                                 lambda: f'{word} {told}: {self.output.read_text()}', 180)
        return json.loads(lines[self.asked - 1])

    def _all(self):
        lines = self.output.read_text().splitlines(keepends=True)
        whole = [line for line in lines if line.endswith('\n')]
        return whole if len(whole) >= self.asked else None

    def done(self, word, **values):
        """A step that has to succeed."""
        row = self.step(word, **values)
        assert row['ok'], row
        return row

    def refused(self, word, **values):
        """A step that must not; tells how it was refused."""
        row = self.step(word, **values)
        assert not row['ok'], row
        return row

    def end(self):
        shell.kill_group(self.process)
        self.process.stdin.close()
        self.process.wait()


CONNECT, ENUMERATE = 0, 6  # SamrConnect, SamrEnumerateDomainsInSamServer
MAXIMUM_ALLOWED = '00000000' + '00000002'


def enumerate_domains(step, handle, **how):
    return step('call', opnum=ENUMERATE, stub=handle + '00000000' + '00100000', **how)


class Session:
    """An open handle of the accounts' server, on a sealed connection through a pinhole."""

    def __init__(self, caller):
        self.caller = caller
        self.port = caller.done('map', interface='samr')['port']
        self.group = self.bind()
        self.handle = caller.done('call', opnum=CONNECT, stub=MAXIMUM_ALLOWED)['answer'][:40]

    def bind(self, **how):
        return self.caller.done('bind', interface='samr', port=self.port, level=6, **how)['group']

    def domains(self, **how):
        return enumerate_domains(self.caller.done, self.handle, **how)['answer']
