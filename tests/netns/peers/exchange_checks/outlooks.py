# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The scripted Outlook against the stand-in: all it can do, and what a refusal looks like."""

import time

from exchange import ids
from mapi import calls
from mapi.outlook import STEPS
from mapi.rpc import Connection
from .laboratory import CLIENT, OTHER, PLAIN, SIX, STRICT

LEVELS = (1, 2, 4, 5, 6)


def run_down(server, client):
    """The last connection of a client takes its session along."""
    end = time.monotonic() + 5
    while any(row['peer'] == client for row in server.command('sessions')['sessions']):
        assert time.monotonic() < end, 'sessions stay'
        time.sleep(0.01)


def check_all_outlooks(laboratory):
    for generation in ('xp', '2003', '2007'):
        for level in LEVELS:
            for auth in ('ntlm', 'spnego') if level > 1 else ('ntlm',):
                rows = laboratory.outlook('--generation', generation, '--level', level,
                                          '--auth', auth, '--source', CLIENT)
                assert all(row['ok'] for row in rows.values()), (generation, level, auth)
                assert rows['wait-udp']['fits'] and rows['poll']['new'] == 1
    run_down(laboratory[PLAIN], CLIENT)


def check_levels_are_what_they_say(laboratory):
    def called(level):
        counters = laboratory[PLAIN].command('stats')['counters']
        return counters.get(f'call emsmdb 11 level {level}', 0)
    for level in LEVELS:
        before = called(level)
        laboratory.outlook('--level', level, '--steps', 'map-emsmdb,connect,rpc')
        assert called(level) == before + 2, level


def check_ndr64(laboratory):
    for auth in ('ntlm', 'spnego'):
        rows = laboratory.outlook('--ndr64', '--auth', auth, host=STRICT)
        assert rows['map-emsmdb']['ndr64'] and rows['connect']['ndr64']
        assert rows['nspi-bare'] | {'ok': False, 'tolerated': True} == rows['nspi-bare']
        assert rows['wait-udp']['fits']
    rows = laboratory.outlook('--ndr64', '--steps', 'map-emsmdb,connect,rpc')
    assert not rows['connect']['ndr64']  # this server chooses NDR32


def check_lookup_in_both_syntaxes(laboratory):
    for host, wide in ((PLAIN, False), (STRICT, True)):
        connection = Connection(host, 135)
        connection.bind(ids.MAPPER, ndr64=True)
        assert connection.contexts[connection.context] == wide
        for page in (3, 100):
            entries = calls.ept_lookup(connection, page=page)
            assert (ids.NSPI, laboratory[host].ports['directory'],
                    'MS Exchange Directory NSP Interface') in entries
        ports = [port for _, port, _ in calls.ept_lookup(connection, ids.ASYNC)]
        expected = [laboratory[host].ports[name] for name in ('store', 'second')
                    if name in laboratory[host].ports]
        assert ports == expected
        connection.close()


def check_two_towers(laboratory):
    row = laboratory.outlook('--steps', 'map-emsmdb')['map-emsmdb']
    ports = laboratory[PLAIN].ports
    assert row['ports'] == [ports['store'], ports['second']]
    assert row['addresses'] == [PLAIN, PLAIN]
    # A group is the process's: it may be joined at the other port.
    rows = laboratory.outlook('--map-port-override', f'async-emsmdb={ports["second"]}', '--steps',
                              'map-emsmdb,connect,map-async,async,mail,woken')
    assert rows['woken']['flags'] == 1 and rows['async']['port'] == ports['second']


def check_ipv6(laboratory):
    rows = laboratory.outlook('--steps', ','.join(step for step in STEPS if step not in (
        'extra', 'register', 'wait-udp', 'unregister')), host=SIX)
    assert rows['map-emsmdb']['addresses'] == ['10.10.0.10']


def check_parked_call_ends_by_itself(laboratory):
    rows = laboratory.outlook('--hold', '--steps', 'map-emsmdb,connect,async',
                              stdin='park 0.1\npark 5\nquit\n')
    assert rows['park'] | {'answered': True, 'flags': 0} == rows['park']
    assert 500 < rows['park']['ms'] < 3000


def check_refusals(laboratory):
    def refused(step, *argv, host=PLAIN, **told):
        row = laboratory.outlook('--steps', 'map-emsmdb,connect', *argv, host=host, code=3)[step]
        assert row == row | told, row
    refused('connect', '--password', 'wrong', refused='fault', status='0x1c01000b')
    refused('connect', '--password', 'wrong', '--auth', 'spnego', refused='fault',
            status='0x00000721')
    refused('connect', '--level', 5, host=STRICT, refused='fault', status='0x00000005')
    refused('connect', '--level', 1, host=STRICT, refused='fault', status='0x00000005')
    refused('connect', '--anonymous', host=STRICT, refused='fault', status='0x1c01000b')
    refused('connect', '--map-port-override', 1, refused='connect-reset', port=1)
    refused('connect', '--map-port-override', laboratory[PLAIN].ports['directory'],
            refused='bind-result', result=2, reason=1)
    rows = laboratory.outlook('--anonymous', '--steps', 'map-emsmdb,connect,rpc')
    assert rows['rpc']['ok']  # nobody is somebody here, as with Samba


def check_hold(laboratory):
    server = laboratory[PLAIN]
    rows = laboratory.rows(
        'outlook.py', PLAIN, '--hold', '--source', OTHER, '--connections', 3, '--steps',
        'map-emsmdb,connect,second,extra,async,register', stdin='poll\nidle\nmail\nwait-udp 3\n'
        'park 3\npoll\ncalls 10\nunregister\nregister\ncall 7\nquit\n', code=3)
    told = {row['step']: row for row in rows}
    assert told['hold']['connections'] == told['idle']['open'] == 6
    assert told['park']['flags'] == 1 and told['wait-udp']['from_port'] > 1023
    assert told['poll']['new'] == 1
    assert told['call'] | {'refused': 'fault', 'status': '0x1c010002'} == told['call']
    run_down(server, OTHER)


def check_many(laboratory):
    rows = laboratory.rows('outlook.py', PLAIN, '--many', 50, '--connections', 2, '--source',
                           f'{CLIENT},{OTHER}', '--hold', '--steps',
                           ','.join(step for step in STEPS if step != 'disconnect'),
                           stdin='poll\nidle\nquit\n')
    told = {row['step']: row for row in rows}
    assert told['many']['good'] == 50 and told['idle']['good'] == 50
    assert told['hold']['connections'] == 50 * 7


def check_datagram(laboratory):
    answer = laboratory[PLAIN].command('datagram', CLIENT, 9999, 'aabb', 7777)
    assert answer == {'ok': True, 'source_port': 7777}


def check_decoys(laboratory):
    server = laboratory[PLAIN]
    before = len(server.command('decoys')['decoys'])
    for name in ('winreg', 'attendant', 'store-admin-1', 'store-admin-2', 'mgmt'):
        rows = laboratory.rows('probe_interfaces.py', PLAIN, name)
        assert [row['reached'] for row in rows] == [True] * 4, rows
    assert len(server.command('decoys')['decoys']) == before + 10
    assert 'DECOY REACHED' in server.errors.read_text()
    rows = laboratory.rows('probe_interfaces.py', PLAIN, '12345778-1234-abcd-ef00-0123456789ac',
                           code=3)
    assert [row['refused'] if 'refused' in row else None for row in rows] == [
        'status', None, 'bind-result', 'bind-result']
