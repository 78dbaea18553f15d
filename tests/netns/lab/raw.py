# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The evasion cases of tests/evasion in the laboratory: clients that no kernel knows."""

import json
import pathlib
import sys

from .topology import OUTER, SERVER

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))

from evasion import readings, verdict  # noqa: E402
from evasion.cases import Arrives  # noqa: E402
from evasion.live import LiveClient, Wire  # noqa: E402

USUAL, BEHIND = '198.51.100.201', '198.51.100.202'
LIMITED = {True: '198.51.100.203', False: '198.51.100.204'}  # with a lie, without


def hardware(namespace, interface):
    shown = json.loads(namespace.ip('-j', 'link', 'show', 'dev', interface).stdout)
    return bytes.fromhex(shown[0]['address'].replace(':', ''))


def wire(topology):
    client = hardware(topology.client, 'eth-c')
    for address in (USUAL, BEHIND, *LIMITED.values()):
        topology.gateway.ip('neigh', 'replace', address, 'lladdr', client.hex(':'), 'dev', OUTER,
                            'nud', 'permanent')
    return Wire(topology.client.name, topology.server.name,
                (readings.PORT, readings.MAPPER_PORT),
                (client, hardware(topology.gateway, OUTER)))


class Play:
    """A case on the wire, and what came of it."""

    ports = iter(range(20000, 60000))

    def __init__(self, wire_, case, words, dialled, patience=20.0):
        self.wire = wire_
        self.case = case
        port = readings.MAPPER_PORT if case.mapper else readings.PORT
        client = LIMITED[words.evil] if case.half_open else USUAL
        self.player = LiveClient(wire_, client, dialled, next(self.ports), port,
                                 patience=patience)
        wire_.forget()
        self.known = case.defects[words.evil]
        self.outcome = case.play(self.player, words)
        self.settled = self.player.settle(BEHIND)

    @property
    def traffic(self):
        return self.wire.to_server

    def streams(self):
        return self.traffic.streams((self.player.client, self.player.port, SERVER,
                                     self.player.server_port))

    def delivered(self):
        return self.wire.delivered(self.player.client, self.player.port)

    def found(self):
        """Why it is not as it must be; what is on its way is waited for."""
        self.wire.wait(lambda: not self._outcome(), 1.0 if self.known else 20.0)
        found = [] if self.settled else ['the SYN behind it was not answered']
        found += verdict.of_traffic(self.traffic, self.case.mapper)
        found += verdict.of_half_open(self.case, self.traffic, self.player.client)
        return found + self._outcome() + self.served()

    def _outcome(self):
        found = verdict.of_outcome(self.outcome, self.streams(), self.player.resets())
        if isinstance(self.outcome, Arrives):
            got = self.delivered()[-1:]
            if got != [self.outcome.stream]:
                found.append(f'the server was given {got}')
        return found

    def forbidden(self):
        """What no rule grants, of all that the server's kernel gave to its programs."""
        return [fault for got in self.delivered()
                for fault in readings.Reading(got, self.case.mapper).faults]

    def served(self):
        """What the server's own kernel made of it, which must be what was read on the wire."""
        found = [f'the server was given {fault}' for fault in self.forbidden()]
        for stream, got in zip(self.streams(), self.delivered()):
            text = stream.first_wins()
            judged = readings.Reading(got, self.case.mapper).judged
            found += [f'the server was given another byte {at}' for at in sorted(judged)
                      if at >= len(text) or text[at] != got[at]][:4]
        return found
