# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A rule whose time is over: nothing begins, what goes on may for its grace, then it is cut."""

import datetime
import time

from lab.callers import Session
from lab.gateway import publish
from lab.topology import MORE_CLIENTS

RULES = publish('dc', services=['rpc'], protection='privacy', interfaces=['samr', 'wkssvc'])
# Connections to the mapper wait for the end of the schedule.
LIMITS = 'mapper-request-wait = "1h"\nmapper-idle = "1h"'

EARLY, LATE = MORE_CLIENTS[:2]
SCHEDULE = '''
[[schedule]]
name = "hours"
from = "{begin:%H:%M}"
to = "{end:%H:%M}"
timezone = "UTC"
grace = "15s"
'''


def ends_soon():
    """A schedule of an hour that ends at the first full minute at least 20 seconds from now."""
    end = (int(time.time()) + 20 + 59) // 60 * 60
    begin, end = (datetime.datetime.fromtimestamp(at, datetime.timezone.utc)
                  for at in (end - 3600, end))
    return SCHEDULE.format(begin=begin, end=end)


def generation(gateway):
    return gateway.rows('status')[0]['generation']


def test_a_schedule_ends(gateway, clients, callers):
    early, late = callers
    gateway.write_config(ends_soon() + RULES + 'schedule = "hours"\n')
    gateway.command('config', 'apply', gateway.config)
    first = generation(gateway)
    ending = gateway.mark()

    # Its time: all is as ever.
    session = Session(early)
    early.done('bind', interface='epmapper', port=135, on='mapper')
    assert early.done('map', interface='wkssvc', on='mapper')['port'] == session.port
    late.done('bind', interface='epmapper', port=135, on='mapper')
    domains = session.domains()
    assert generation(gateway) == first, 'the minute was long enough for what begins'

    # Its end: nothing new, by whichever way, of whoever was there before.
    gateway.wait_event(ending, event='policy-committed', deadline=180)
    over = gateway.mark()
    assert session.domains() == domains
    for caller, client in ((early, EARLY), (late, LATE)):
        row = caller.refused('map', interface='samr', on='mapper')
        assert row['status'] == '0x16c9a0d6', row
        gateway.wait_event(over, event='map-refused', reason='outside-schedule', client=client,
                           interface='samr', rule='dc')
    assert early.refused('alter', interface='wkssvc')['refused'] == 'bind-result'
    gateway.wait_event(over, event='bind-refused', reason='outside-schedule', interface='wkssvc')
    assert session.domains() == domains
    assert not [event for event in gateway.events(over) if event['event'] == 'connection-reset']
    assert generation(gateway) == first + 1, 'the grace was long enough for what goes on'
    # Its pinhole is still there, and lets no second connection in.
    for port, client in ((session.port, EARLY), (135, LATE)):
        assert clients.knock(port, source=client) != 'open'
        gateway.wait_event(over, event='connection-refused', reason='outside-schedule',
                           client=client, outer_port=port)

    # The end of its grace.
    gateway.wait_event(over, event='policy-committed', deadline=180)
    gateway.wait_event(over, event='connection-reset', reason='outside-schedule', client=EARLY,
                       outer_port=session.port)
    assert early.refused('call', opnum=6)['refused'] in ('reset', 'closed')
    assert generation(gateway) == first + 2

    # It comes again when the rule says so.
    gateway.write_config(RULES)
    gateway.command('config', 'apply', gateway.config)
    assert Session(early).domains()
