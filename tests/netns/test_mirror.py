# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Ports without a kernel interface: what is the kernel's goes through a mirror of the port."""

import json

import pytest

from lab import shell
from lab.clients import PYTHON
from lab.gateway import publish

PUBLISHED, BOX, CLIENT = '203.0.113.1', '203.0.113.254', '203.0.113.7'
SERVER, INSIDE = '10.20.0.10', '10.20.0.1'
SERVICE = {'protocol': 'tcp', 'port': 8080}
RULES = publish('plain', outer=PUBLISHED, server=SERVER, services=['rpc', SERVICE],
                interfaces=['samr']) + f'''
[[local-service]]
address = "{BOX}"
protocol = "tcp"
port = 2222
'''
PORTS = '''
[[port]]
name = "outer0"
zone = "outer"
device = "net_tap0,iface=wire-o"
networks = ["0.0.0.0/0"]
[[port]]
name = "inner0"
zone = "inner"
device = "net_tap1,iface=wire-i"
networks = ["10.20.0.0/24"]
'''
ONE_ANSWER = '''
import socket, sys
s = socket.create_server((sys.argv[1], int(sys.argv[2])))
print('listening', flush=True)
while True:
    s.accept()[0].sendall(b'answered')
'''
ASK = '''
import socket, sys
try:
    s = socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=3)
    print(s.recv(100).decode())
except OSError as reason:
    print(type(reason).__name__)
'''


@pytest.fixture
def wired(lab, start_gateway):
    """The far ends of the two ports, in namespaces of their own; the mirrors have addresses."""
    ends = [shell.Namespace(f'{lab.topology.prefix}-wire-{end}') for end in 'oi']
    gateway = start_gateway(RULES, ports_text=PORTS)
    try:
        for end, link, address in zip(ends, ('wire-o', 'wire-i'), (CLIENT, SERVER)):
            end.create()
            lab.topology.gateway.ip('link', 'set', link, 'netns', end.name)
            end.ip('link', 'set', link, 'address', f'02:00:00:00:00:{address[-1]}7')
            end.ip('addr', 'add', f'{address}/24', 'dev', link)
            end.ip('link', 'set', link, 'up')
        ends[1].ip('route', 'add', 'default', 'via', INSIDE)
        for address, mirror in ((f'{BOX}/24', 'outer0'), (f'{PUBLISHED}/32', 'outer0'),
                                (f'{INSIDE}/24', 'inner0')):
            lab.topology.gateway.ip('addr', 'add', address, 'dev', mirror)
        yield gateway, *ends
    finally:
        for end in ends:
            end.delete()


def listen(namespace, log, address, port):
    process = namespace.start([PYTHON, '-c', ONE_ANSWER, address, port], output=log)
    shell.wait_until(lambda: 'listening' in log.read_text(), 'it listens')
    return process


def ask(namespace, address, port):
    return namespace.run([PYTHON, '-c', ASK, address, port]).stdout.strip()


def test_the_kernel_answers_through_the_mirror_and_forwards_nothing(lab, wired, tmp_path):
    gateway, client, server = wired
    running = [listen(lab.topology.gateway, tmp_path / 'box', BOX, 2222),
               listen(lab.topology.gateway, tmp_path / 'hidden', BOX, 2223),
               listen(server, tmp_path / 'server', SERVER, 8080)]
    try:
        assert ask(client, BOX, 2222) == 'answered'       # a listed service of the box
        assert ask(client, BOX, 2223) == 'TimeoutError'   # one that is not listed
        assert ask(client, PUBLISHED, 8080) == 'answered'  # and what is published
        gateway.wait_number('punted', 1)
        gateway.wait_number('not-ours', 1)
        lab.topology.gateway.sysctl(net__ipv4__ip_forward=1)
        client.ip('route', 'add', '10.20.0.0/24', 'via', BOX)
        assert ask(client, SERVER, 8080) == 'TimeoutError'
        links = json.loads(lab.topology.gateway.ip('-j', 'link', 'show').stdout)
        assert {'outer0', 'inner0'} <= {link['ifname'] for link in links}
    finally:
        lab.topology.gateway.sysctl(net__ipv4__ip_forward=0)
        for process in running:
            shell.kill_group(process)
            process.wait()
