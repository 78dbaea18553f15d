# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What becomes of the conversations of one client with one server."""

import collections
import dataclasses

POISONED = 0xffff  # the opnum of a refused request; one whose trailer is spoilt counts as such
NOBODY = 'ffffffff-ffff-ffff-ffff-ffffffffffff'  # the interface of a refused bind


def counter():
    return dataclasses.field(default_factory=collections.Counter)


def some():
    return dataclasses.field(default_factory=set)


@dataclasses.dataclass
class Findings:
    """Ports are (client's, server's) in sets and counters that name a connection."""

    pinholes: set = some()            # (server, port, interface)
    pinholes_used: set = some()       # ports
    mapped: collections.Counter = counter()          # (client's port, interface)
    maps_refused: collections.Counter = counter()    # (client's port, interface, reason)
    bound: set = some()               # (ports, interface, version)
    binds_refused: set = some()       # (ports, interface, reason)
    interfaces_left: set = some()     # (ports, interface), of binds that left, unspoilt
    activated: collections.Counter = counter()       # (ports, opnum)
    requests_refused: collections.Counter = counter()  # (ports, interface, opnum, level, reason)
    requests_left: collections.Counter = counter()   # (ports, context, opnum)
    ports_refused: set = some()       # (server's port, reason): nobody was let in there
    others: set = some()              # (event, reason, ports): refusals of any other kind
