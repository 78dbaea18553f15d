# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Running one Outlook or many, by a list of steps and then by commands from stdin."""

import json
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from .outlook import Outlook, steps_of

# Commands while connections are held; `quit` or the end of stdin ends them.
COMMANDS = {'poll', 'register', 'unregister', 'wait-udp', 'idle', 'park', 'calls', 'call', 'mail',
            'extra', 'disconnect'}


def tell(row):
    print(json.dumps(row), flush=True)


def went_well(row):
    return row['ok'] or row.get('tolerated', False)


def take_steps(outlook, options, report):
    """Tells whether all went well; reports each."""
    rows = []
    for step in steps_of(options):
        rows.append(outlook.run(step))
        report(rows[-1])
    return rows


def one(options):
    outlook = Outlook(options, source=options.sources[0] if options.sources else '')
    rows = take_steps(outlook, options, tell)
    good = all(went_well(row) for row in rows)
    if options.hold:
        good = obey([outlook]) and good
    outlook.close()
    return good


def many(options):
    """As many at once, each a user of its own."""
    threading.stack_size(256 * 1024)
    sources = options.sources or ['']
    outlooks = [Outlook(options, f'user{number:02}', f'Us3r-{number:02}-pw',
                        sources[(number - 1) % len(sources)])
                for number in range(1, options.many + 1)]
    began = time.monotonic()
    with ThreadPoolExecutor(len(outlooks)) as pool:
        done = list(pool.map(lambda outlook: take_steps(outlook, options, lambda row: None),
                             outlooks))
    good = 0
    for outlook, rows in zip(outlooks, done):
        failed = [row for row in rows if not went_well(row)]
        good += not failed
        tell({'step': 'outlook', 'ok': not failed, 'user': outlook.user, 'source': outlook.source,
              'steps': len(rows), 'failed': failed, 'connections': len(outlook.open)})
    tell({'step': 'many', 'ok': good == len(outlooks), 'count': len(outlooks), 'good': good,
          'ms': round((time.monotonic() - began) * 1000)})
    result = good == len(outlooks)
    if options.hold:
        result = obey(outlooks) and result
    for outlook in outlooks:
        outlook.close()
    return result


def obey(outlooks):
    """A line of stdin is a step for each; one line of JSON answers it. Tells if all went well."""
    tell({'step': 'hold', 'ok': True, 'connections': sum(len(each.open) for each in outlooks)})
    good = True
    with ThreadPoolExecutor(len(outlooks)) as pool:
        for line in sys.stdin:
            words = line.split()
            if not words:
                continue
            if words[0] == 'quit':
                break
            if words[0] not in COMMANDS:
                tell({'step': words[0], 'ok': False, 'error': 'no such command'})
                continue
            try:
                rows = list(pool.map(lambda each: {'user': each.user, **each.run(*words)},
                                     outlooks))
            except TypeError as reason:
                tell({'step': words[0], 'ok': False, 'error': str(reason)})
                continue
            good = all(went_well(row) for row in rows) and good
            tell(rows[0] if len(rows) == 1 else summary(words[0], rows))
    tell({'step': 'quit', 'ok': True})
    return good


def summary(step, rows):
    failed = [row for row in rows if not went_well(row)]
    return {'step': step, 'ok': not failed, 'count': len(rows), 'good': len(rows) - len(failed),
            'failed': failed, 'rows': rows}
