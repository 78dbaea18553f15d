# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What clients know of a gateway that was killed, and the next one does not."""

import pytest

from lab.callers import Session
from lab.gateway import publish
from lab.topology import MORE_CLIENTS

RULES = publish('dc', services=['rpc'], protection='privacy', interfaces=['samr'])
ALICE, BOB = MORE_CLIENTS[:2]


@pytest.mark.parametrize('amnesty', ['1h', '0s'])
def test_groups_of_before_a_restart(lab, start_gateway, callers, amnesty):
    """A client names the group that it was given by way of a gateway that was killed since."""
    limits = f'association-group-amnesty = "{amnesty}"'
    first = start_gateway(RULES, limits=limits)
    group = Session(callers[0]).group
    first.kill()
    second = first.start()
    mark = second.mark()
    again = callers[1]  # the same to it: it knows nobody
    port = again.done('map', interface='samr')['port']
    ask = again.done if amnesty == '1h' else again.refused
    ask('bind', interface='samr', port=port, level=6, group=group)
    second.wait_event(mark, event='bind-allowed' if amnesty == '1h' else 'bind-refused',
                      reason='association-group-foreign', client=BOB)
    assert ('restarted' in second.log()) == (amnesty == '1h')
