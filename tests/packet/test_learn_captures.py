# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The same as test_learn.py of recorded conversations.

RPCGATE_CAPTURES  folder of captures (searched with its subfolders); unset: everything is skipped
"""
import collections
import re
import tomllib

import pytest
from test_captures import ORACLES, configuration, name_of, replay, sides

from captures.policy import Policy
from rpc import learning

MOST_TRIED = 4  # grants of one capture that are taken away, spread over all of them


def learning_config(oracle, pairs):
    text = configuration(Policy(lookup='by-interface'),
                         {pair: oracle.static_ports(pair) for pair in pairs})
    return text.replace('classes = ["any"]', 'action = "learn"').replace(
        'interfaces = ["any"]\n', '').replace('protection = "none"\n', '')


def refusals(events):
    return collections.Counter(
        (event['event'], event['client'], event.get('client_port'), event.get('outer_port'),
         event.get('reason')) for event in events
        if event['event'].endswith('-refused') or event['event'] == 'connection-reset')


def packets_out(summary):
    return int(re.search(r'(\d+) packets out|packets out +(\d+)', summary).expand(r'\1\2'))


def spread(things):
    return things if len(things) <= MOST_TRIED else [
        things[at * len(things) // MOST_TRIED] for at in range(MOST_TRIED)]


@pytest.mark.parametrize('capture', list(ORACLES), ids=name_of)
def test_what_was_learned_of_a_capture_is_enough_and_not_too_much(capture, tmp_path):
    oracle = ORACLES[capture]
    for group in sides(oracle.pairs()):
        config = learning_config(oracle, group)
        out = tmp_path / 'learned.toml'
        _, events = replay(tmp_path, capture, config, '--learn', str(out))
        before = refusals(events)
        learned = out.read_text()
        summary, events = replay(tmp_path, capture, learned)
        assert refusals(events) - before == {}
        enough = packets_out(summary)
        for what, text in spread(list(learning.one_less(tomllib.loads(learned)))):
            summary, events = replay(tmp_path, capture, text)
            # Of a connection whose beginning was not seen nothing is told.
            assert refusals(events) - before or packets_out(summary) < enough, what
