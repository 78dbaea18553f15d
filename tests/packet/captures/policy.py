# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The four policies that a capture is judged by, and their configuration."""

import dataclasses

from .oracle import ACTIVATOR, EPMAPPER, MAPPER_PORT

NEVER_SEEN = '7ab5e1a6-2f3f-4a0c-9d0e-6d1c0de5b0a7'
LEVELS = ('none', 'connect', 'call', 'packet', 'integrity', 'privacy')


@dataclasses.dataclass(frozen=True)
class Policy:
    interface: str = 'any'    # the one that is granted
    major: int = 0            # its version
    protection: str = 'none'
    lookup: str = 'refuse'

    def grants(self, interface, port):
        """The mapper and activation are met on the mapper's port alone."""
        if interface == EPMAPPER:
            return port == MAPPER_PORT
        return self.interface in ('any', interface) and (
            interface != ACTIVATOR or port == MAPPER_PORT)

    def protects(self, level):
        return self.protection == 'none' or LEVELS.index(level) >= LEVELS.index(self.protection)

    def rule(self, number, client, server, static_ports):
        ports = ', '.join(map(str, sorted(static_ports)))
        granted = 'any' if self.interface == 'any' else f'{self.interface}/{self.major}'
        return f'''
[[publish]]
name = "rule-{number}"
clients = ["{client}"]
outer = "{server}"
server = "{server}"
mode = "routed"
interfaces = ["{granted}"]
classes = ["any"]
protection = "{self.protection}"
mapper-lookup = "{self.lookup}"
static-ports = [{ports}]
'''


def most_wanted(oracle):
    """The interface with the most requests, of those that pinholes lead to if there are any."""
    requests = oracle.requests()
    leads_to = {pinhole.interface for pinhole in oracle.pinholes}
    wanted = leads_to | {interface for interface in requests if interface} - {EPMAPPER}
    return max(wanted, key=lambda uuid: (uuid in leads_to, requests[uuid], uuid), default=None)


def policies(oracle):
    """name: policy. Where nothing but the mapper was asked for there is no interface to grant."""
    chosen = {'everything': Policy(lookup='by-interface'), 'privacy': Policy(protection='privacy'),
              'nothing': Policy(NEVER_SEEN)}
    wanted = most_wanted(oracle)
    if wanted:
        chosen['one-interface'] = Policy(wanted, oracle.majors[wanted])
    return chosen


def sides(pairs):
    """Groups of pairs in which nobody is both client and server: packets enter by their source."""
    groups = []
    for client, server in sorted(pairs):
        for group in groups:
            if (client not in {s for _, s in group}) and (server not in {c for c, _ in group}):
                group.append((client, server))
                break
        else:
            groups.append([(client, server)])
    return groups


def configuration(policy, static_ports):
    """Publishes servers, routed, to each of their clients. static_ports: {pair: ports}"""
    lines = []
    for zone, hosts in (('outer', {c for c, _ in static_ports}),
                        ('inner', {s for _, s in static_ports})):
        networks = ', '.join(f'"{host}"' for host in sorted(hosts))
        lines.append(f'[[port]]\nname = "{zone}0"\nzone = "{zone}"\nnetworks = [{networks}]\n')
    lines += [policy.rule(number, *pair, ports)
              for number, (pair, ports) in enumerate(static_ports.items())]
    return ''.join(lines)
