# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The other way round: clients on the inner side, servers on the outer one.

    server   eth-s 10.10.0.32 to .39 go out by 198.51.100.2, an address of the gateway's
                   10.10.0.48 to .55 go out by their own
                   10.10.0.10 may not go out
    client   eth-c 198.51.100.60 and 2001:db8:1::60 are servers that rules name
                   198.51.100.61 is one where a rule refuses silently, 198.51.100.62 one that none
                   names
"""

import contextlib
import json
import subprocess

from . import shell
from .clients import PEERS
from .controller import PYTHON
from .exchange import Exchange, Run, add_address, probe
from .gateway import section
from .topology import OUTER

SOURCE_NAT = '198.51.100.2'
NATTED = [f'10.10.0.{last}' for last in range(32, 40)]
ROUTED = [f'10.10.0.{last}' for last in range(48, 56)]
ROUTED6 = ['2001:db8:2::48', '2001:db8:2::49']
NATTED_SET, ROUTED_SET, ROUTED6_SET = '10.10.0.32/29', '10.10.0.48/29', '2001:db8:2::48/125'
FOREIGN, QUIET, UNNAMED = '198.51.100.60', '198.51.100.61', '198.51.100.62'
FOREIGN6 = '2001:db8:1::60'
ECHO = 7777
LOWEST_PORT, PORTS = 1024, 65536 - 1024

SEND = '''
import socket, sys
source, host, port = sys.argv[1:]
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
    sender.bind((source, 0))
    sender.sendto(b'datagram', (host, int(port)))
'''


def outbound(name, clients, to, **keys):
    """An [[outbound]] rule; keys are written as TOML, `_` stands for `-`."""
    clients, to = ([given] if isinstance(given, str) else given for given in (clients, to))
    return section('outbound', name=name, clients=clients, to=to, **keys)


def block_of(client, clients):
    """The ports of this client's own among so many (RFC 7422), by its place among them."""
    size = PORTS // len(clients)
    low = LOWEST_PORT + sorted(clients).index(client) * size
    return range(low, low + size)


class Foreign:
    """The outer side's servers, and the addresses of both sides."""

    def __init__(self, topology, directory):
        self.topology = topology
        self.directory = directory
        self.inner, self.outer = topology.server, topology.client
        self.programs = []

    def up(self):
        self.directory.mkdir(exist_ok=True)
        for client in [*NATTED, *ROUTED, *ROUTED6]:
            add_address(self.inner, client, 'eth-s')
        self.topology.gateway.ip('addr', 'add', f'{SOURCE_NAT}/32', 'dev', OUTER)
        for server in (FOREIGN, QUIET, UNNAMED, FOREIGN6):
            add_address(self.outer, server, 'eth-c')
            self.serve(server, 25, 53)
        return self

    def serve(self, address, *wellknown, namespace=None, port=ECHO):
        """Starts services.py at this address."""
        log = self.directory / f'services-{len(self.programs)}'
        program = (namespace or self.outer).start(
            [PYTHON, '-B', PEERS / 'services.py', address, port, *wellknown], output=log)
        self.programs.append(program)
        shell.wait_until(lambda: 'ready' in log.read_text() or program.poll() is not None,
                         address)
        assert program.poll() is None, log.read_text()
        return program

    def down(self):
        for program in self.programs:
            shell.stop(program)
        self.topology.gateway.ip('addr', 'del', f'{SOURCE_NAT}/32', 'dev', OUTER, check=False)

    def ask(self, source, host, *what):
        """What inner client `source` is told; the rows of outward.py, by what was asked."""
        return self.inner.run([PYTHON, '-B', PEERS / 'outward.py', source, host, *what],
                              check=False)

    def rows(self, source, host, *what):
        done = self.ask(source, host, *what)
        assert done.returncode == 0, done.stdout
        return {row['what']: row for row in map(json.loads, done.stdout.splitlines())}

    def seen(self, source, host, what):
        """The address and port that the server sees."""
        row = self.rows(source, host, what)[what]
        assert row['ok'], row
        return row['seen']

    def refused(self, source, host, what):
        return self.rows(source, host, what)[what].get('refused')

    def knock(self, host, port, source=FOREIGN):
        """What an inner port says to a server of the outer side: open, reset or silence."""
        return self.outer.run([PYTHON, '-B', PEERS / 'knock.py', source, host, port],
                              check=True).stdout.strip()

    def knock_from(self, source, host, port):
        """The same, asked by an inner client."""
        return self.inner.run([PYTHON, PEERS / 'knock.py', source, host, port],
                              check=True).stdout.strip()

    def send(self, source, host, port):
        """One datagram of the outer side, from a port of its own."""
        self.outer.run([PYTHON, '-c', SEND, source, host, port])

    def exchange(self, *options, address=FOREIGN):
        return Exchange(self.outer, self.directory / f'exchange-{address.replace(":", "-")}',
                        '--park', '5', *options, address=address, interface='eth-c')

    def outlook(self, source, *options, host=FOREIGN, timeout=180):
        return Run(self.inner.run([PYTHON, '-B', PEERS / 'outlook.py', host, '--source', source,
                                   *options], check=False, timeout=timeout))

    def probe(self, source, interface, host=FOREIGN):
        return probe(self.inner, interface, '--source', source, host=host)


class HeldClient:
    """Connections that stay; a context manager. One row tells of them, one of their end."""

    def __init__(self, foreign, source, host, count=1, port=ECHO):
        foreign.held = getattr(foreign, 'held', 0) + 1
        self.output = foreign.directory / f'held-{foreign.held}'
        self.argv = foreign.inner.argv([PYTHON, '-B', PEERS / 'outward.py', source, host,
                                        f'hold:{port}:{count}'])
        self.process = None

    def __enter__(self):
        with open(self.output, 'wb') as output:
            self.process = subprocess.Popen([str(word) for word in self.argv], text=True,
                                            stdin=subprocess.PIPE, stdout=output,
                                            stderr=subprocess.STDOUT, start_new_session=True)
        return self

    def __exit__(self, *_):
        shell.kill_group(self.process)
        self.process.stdin.close()
        self.process.wait()

    def _row(self, number, deadline):
        def there():
            lines = self.output.read_text().splitlines()
            return lines[number:] and lines[number].endswith('}') and json.loads(lines[number])
        return shell.wait_until(there, lambda: self.output.read_text(), deadline)

    def seen(self):
        row = self._row(0, 120)
        assert row['what'] == 'held', row
        return row['seen']

    def failed(self):
        return self._row(0, 300)['failed']

    def ends(self, deadline=60):
        """How each of the connections ended, once all have."""
        return self._row(1, deadline)['ends']


@contextlib.contextmanager
def foreign_of(lab):
    made = Foreign(lab.topology, lab.directory / 'foreign')
    try:
        yield made.up()
    finally:
        made.down()
