# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Two workers, with clients that belong to both."""

import pytest

from conftest import USERS
from lab import shell
from lab.gateway import ports, publish
from lab.topology import MORE_CLIENTS

RULES = publish('dc', interfaces=['samr', 'drsuapi'])


def per_worker(gateway, name):
    rows = gateway.rows('show', 'counters', '--per-worker')
    return next(row['workers'] for row in rows if row['name'] == name)


def serve_both_workers(gateway, clients, lab):
    """As many clients as it takes until both workers opened a pinhole; at least four."""
    for number, source in enumerate(MORE_CLIENTS):
        assert clients.impacket('samr', '--source', source).stdout == '2 domains\n'
        opened = per_worker(gateway, 'pinholes-opened')
        if number >= 3 and opened['0'] and opened['1']:
            break
    assert opened['0'] and opened['1'], opened
    logs = [lab.directory / f'workers-{number}' for number in range(6)]
    running = [clients.start_impacket('samr', '--source', MORE_CLIENTS[number], output=log)
               for number, log in enumerate(logs)]
    shell.wait_until(lambda: all(one.poll() is not None for one in running), 'all end', 300)
    assert [log.read_text()[-10:] for log in logs] == ['2 domains\n'] * 6
    for log in logs:
        log.unlink()


@pytest.mark.parametrize('queues, tx_queues', [(2, 0), (1, 1)],
                         ids=['two queues', 'one queue and hand-over'])
def test_clients_of_both_workers_are_served(lab, clients, start_gateway, queues, tx_queues):
    gateway = start_gateway(RULES, workers=2, ports_text=ports('af_packet', queues, tx_queues))
    serve_both_workers(gateway, clients, lab)
    answer = clients.rpcclient('seal', 'dsgetncchanges DC=corp,DC=example', timeout=600)
    assert answer.returncode == 0, answer.stdout
    users = clients.rpcclient('seal', 'enumdomusers')
    assert f'user:[user{USERS - 1:05d}]' in users.stdout
    if queues == 1:
        handed = per_worker(gateway, 'handed-over-in')
        assert handed['0'] + handed['1'] > 0
        handed = per_worker(gateway, 'handed-over-out')
        assert handed['0'] + handed['1'] > 0
    gateway.drain()
