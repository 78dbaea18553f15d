# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The gateway under test: its configuration, its process, what it tells."""

import json
import os
import pathlib

from . import shell
from .topology import INNER, OUTER, PUBLISHED, SERVER

ROOT = pathlib.Path(__file__).resolve().parents[3]


def program(name):
    build = pathlib.Path(os.environ.get('RPCGATE_BUILD', ROOT / 'build/gcc'))
    return build / 'app' / name / name


def device(kind, interface, queues=1):
    if kind == 'af_xdp':
        return f'net_af_xdp_{interface.removeprefix("gw-")},iface={interface}'
    name = f'net_af_packet_{interface.removeprefix("gw-")}'
    return f'{name},iface={interface},qpairs={queues},blocksz=65536,framesz=2048,framecnt=4096'


def port(name, zone, networks, kind='af_xdp', queues=1, tx_queues=0):
    interface = OUTER if zone == 'outer' else INNER
    listed = ', '.join(f'"{network}"' for network in networks)
    return f'''
[[port]]
name = "{name}"
zone = "{zone}"
device = "{device(kind, interface, queues)}"
networks = [{listed}]
queues = {queues}
tx-queues = {tx_queues}
'''


def ports(kind='af_xdp', queues=1, tx_queues=0):
    return (port('outer0', 'outer', ['0.0.0.0/0', '::/0'], kind, queues, tx_queues)
            + port('inner0', 'inner', ['10.10.0.0/24', '2001:db8:2::/64'], kind, queues, tx_queues))


def publish(name='dc', clients='any', **keys):
    """A [[publish]] rule."""
    return section('publish', name=name, clients=[clients] if isinstance(clients, str) else clients,
                   **{'outer': PUBLISHED, 'server': SERVER, **keys})


def section(section_name, **keys):
    """A table of an array; keys are written as TOML, `_` stands for `-`."""
    lines = [f'{key.replace("_", "-")} = {toml(value)}' for key, value in keys.items()]
    return '\n'.join(['', f'[[{section_name}]]', *lines, ''])


def toml(value):
    if isinstance(value, dict):
        return '{' + ', '.join(f'{key} = {toml(item)}' for key, item in value.items()) + '}'
    return json.dumps(value) if not isinstance(value, list) else (
        '[' + ', '.join(toml(item) for item in value) + ']')


class Gateway:
    """One rpcgated. Started by start(); stop() ends it as an operator would."""

    def __init__(self, namespace, directory, rules, *, ports_text=None, workers=1,
                 limits='', daemon=''):
        self.namespace = namespace
        self.directory = pathlib.Path(directory)
        (self.directory / 'packs.d').mkdir(parents=True, exist_ok=True)
        self.config = self.directory / 'rpcgate.toml'
        self.socket = self.directory / 'control.sock'
        self.events_file = self.directory / 'events.jsonl'
        self.log_file = self.directory / 'log'
        self.workers = workers
        self.limits = limits
        self.daemon = daemon
        self.ports_text = ports_text or ports()
        self.process = None
        self.first = False
        self.write_config(rules)

    def text(self, rules):
        return f'''[daemon]
workers = {self.workers}
idle = "sleep"
control-socket = "{self.socket}"
events = "{self.events_file}"
packs-dir = "{ROOT / 'packs'}"
user-packs-dir = "{self.directory / 'packs.d'}"
{self.daemon}
[limits]
tcp-closing = "2s"
pinhole-tombstone = "0s"
{self.limits}
{self.ports_text}
{rules}'''

    def write_config(self, rules):
        self.config.write_text(self.text(rules))

    def start(self):
        self.launch()
        shell.wait_until(self._answers, lambda: f'rpcgated answers\n{self.log()}', 120)
        return self

    def launch(self):
        self.first = not os.path.exists('/run/dpdk')
        self.process = self.namespace.start([program('rpcgated'), '--config', self.config],
                                            output=self.log_file, cwd=self.directory)

    def _answers(self):
        if self.process.poll() is not None:
            raise shell.CommandFailed(f'rpcgated ended: {self.process.returncode}\n{self.log()}')
        return self.socket.exists() and self.command('status', check=False).returncode == 0

    def log(self):
        return self.log_file.read_text(errors='replace')[-6000:] if self.log_file.exists() else ''

    # -- commands

    def command(self, *words, check=True, **how):
        """`rpcgate WORDS`, as people see it."""
        return self.namespace.run([program('rpcgate'), '--socket', self.socket, *words],
                                  check=check, **how)

    def rows(self, *words, check=True):
        """`rpcgate --json WORDS`: the rows of the answer."""
        answer = self.command('--json', *words, check=check).stdout
        rows = [json.loads(line) for line in answer.splitlines() if line.startswith('{')]
        return [row for row in rows if not row.get('end')]

    def numbers(self):
        """All counters, drops and reasons, by name."""
        return {row['name']: row['value'] for what in ('counters', 'drops', 'reasons')
                for row in self.rows('show', what, *([] if what == 'counters' else ['--all']))}

    def dropped(self, name):
        return next(row['value'] for row in self.rows('show', 'drops', '--all')
                    if row['name'] == name)

    def wait_number(self, name, least, deadline=60):
        shell.wait_until(lambda: self.numbers().get(name, 0) >= least,
                         f'{name} reaches {least}: {self.numbers().get(name)}', deadline)

    # -- events

    def mark(self):
        """Where the events stand now; events(mark) tells those that came later."""
        return self.events_file.stat().st_size if self.events_file.exists() else 0

    def events(self, mark=0):
        if not self.events_file.exists():
            return []
        with open(self.events_file, 'rb') as lines:
            lines.seek(mark)
            return [json.loads(line) for line in lines if line.endswith(b'\n')]

    def wait_event(self, mark=0, deadline=60, **wanted):
        """The first event since mark with these fields; interface is matched by its name."""
        def seen():
            return next((event for event in self.events(mark) if matches(event, wanted)), None)
        try:
            return shell.wait_until(seen, '', deadline)
        except shell.CommandFailed:
            told = '\n'.join(json.dumps(event) for event in self.events(mark))
            raise AssertionError(f'no event {wanted} among\n{told}') from None

    # -- the end

    def drain(self):
        """Closes what clients left behind and waits until every record and buffer is back."""
        clients = {row['client'] for what in ('flows', 'pinholes') for row in
                   self.rows('show', what)}
        for client in clients:
            self.command('close', 'client', client, check=False)
        shell.wait_until(lambda: not self.held(), lambda: f'records come back: {self.held()}', 60)

    def held(self):
        """What is still in use; nothing is, once no client is there."""
        status = self.rows('status')[0]
        return {key: status[key]
                for key in ('flows', 'pinholes', 'packet_buffers_in_use') if status.get(key)}

    def stop(self):
        """SIGTERM; tells the exit code."""
        if self.process is None:
            return None
        code = shell.stop(self.process, deadline=60)
        self.process = None
        if self.first and os.path.exists('/run/dpdk') and not os.listdir('/run/dpdk'):
            os.rmdir('/run/dpdk')  # DPDK's own, of no use to who had none before
        return code

    def kill(self):
        self.process.kill()
        self.process.wait()
        self.process = None


def matches(event, wanted):
    for key, value in wanted.items():
        told = event.get(key)
        if isinstance(told, dict) and not isinstance(value, dict):
            told = told.get('name')
        if told != value:
            return False
    return True
