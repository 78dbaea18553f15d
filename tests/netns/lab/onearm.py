# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""One arm: a gateway with a single NIC in the servers' network, behind the firewall that is there.

    client  eth-r 203.0.113.10/24    firewall 203.0.113.1/24
                                              10.20.0.1/24    lan (a bridge)
                                     arm      10.20.0.2/24      |
                                     server   10.20.0.20/24     |

The server answers the clients by way of the gateway, which knows both networks by its one route
table.
"""

import json

from . import shell
from .topology import Topology

ARM = '10.20.0.2'
SERVER = '10.20.0.20'
CLIENT, NEIGHBOUR = '203.0.113.10', '203.0.113.11'
CLIENTS = '203.0.113.0/24'
INTERFACE = 'gw-arm'

DEVICES = {'af_xdp': f'net_af_xdp_arm,iface={INTERFACE}',
           'af_packet': f'net_af_packet_arm,iface={INTERFACE},qpairs=1,blocksz=65536,'
                        'framesz=2048,framecnt=4096'}


def ports(kind='af_xdp', order=('outer', 'inner')):
    networks = {'outer': CLIENTS, 'inner': f'{SERVER}/32'}
    return ''.join(f'[[port]]\nname = "{zone}0"\nzone = "{zone}"\ndevice = "{DEVICES[kind]}"\n'
                   f'networks = ["{networks[zone]}"]\n' for zone in order)


class OneArm:
    """Beside the laboratory: its client and its server have one more interface each."""

    def __init__(self, topology):
        self.client, self.server = topology.client, topology.server
        self.firewall = shell.Namespace(f'{topology.prefix}-firewall')
        self.arm = shell.Namespace(f'{topology.prefix}-arm')

    def up(self):
        for namespace in (self.firewall, self.arm):
            namespace.create()
        firewall = self.firewall
        Topology.pair(firewall, 'to-clients', self.client, 'eth-r')
        Topology.pair(firewall, 'to-arm', self.arm, INTERFACE)
        Topology.pair(firewall, 'to-server', self.server, 'eth-o')
        firewall.ip('link', 'add', 'lan', 'type', 'bridge')
        for port in ('to-arm', 'to-server'):
            firewall.ip('link', 'set', port, 'master', 'lan')
        firewall.ip('link', 'set', 'lan', 'up')
        firewall.ip('addr', 'add', '203.0.113.1/24', 'dev', 'to-clients')
        firewall.ip('addr', 'add', '10.20.0.1/24', 'dev', 'lan')
        firewall.sysctl(net__ipv4__ip_forward=1, net__ipv4__conf__all__send_redirects=0,
                        net__ipv4__conf__lan__send_redirects=0)
        for address in (CLIENT, NEIGHBOUR):
            self.client.ip('addr', 'add', f'{address}/24', 'dev', 'eth-r')
        self.client.ip('route', 'add', '10.20.0.0/24', 'via', '203.0.113.1')
        self.arm.ip('addr', 'add', f'{ARM}/24', 'dev', INTERFACE)
        self.arm.ip('route', 'add', 'default', 'via', '10.20.0.1')
        self.server.ip('addr', 'add', f'{SERVER}/24', 'dev', 'eth-o')
        self.server.ip('route', 'add', CLIENTS, 'via', ARM)
        return self

    def lead_to_server_by_arm(self):
        """For routed mode: clients dial the server, and the firewall sends them to the gateway."""
        self.firewall.ip('route', 'replace', f'{SERVER}/32', 'via', ARM, 'dev', 'lan')

    def left_behind(self):
        links = json.loads(self.arm.ip('-j', '-d', 'link', 'show').stdout)
        return [link['ifname'] for link in links
                if 'xdp' in link or link['ifname'] not in ('lo', INTERFACE)] + self.arm.pids()

    def down(self):
        self.firewall.delete()  # its pairs go with it
        self.arm.delete()
