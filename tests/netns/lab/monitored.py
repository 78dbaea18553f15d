# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A kernel that forwards in the gateway's place, and a copy of all that passes for a monitor.

    client -- gw-outer  the kernel  gw-inner -- server
                   \\       |       /
                     copy-out = copy-in  rpcgated
"""

from . import shell
from .clients import PEERS
from .controller import PYTHON
from .topology import INNER, OUTER, Topology

COPY = 'copy-in'


def ports(kind):
    device = {'af_xdp': f'net_af_xdp_copy,iface={COPY}',
              'af_packet': f'net_af_packet_copy,iface={COPY},qpairs=1,blocksz=65536,framesz=2048,'
                           'framecnt=4096'}[kind]
    return ''.join(f'[[port]]\nname = "{zone}0"\nzone = "{zone}"\ndevice = "{device}"\n'
                   f'networks = {networks}\n'
                   for zone, networks in (('outer', '["0.0.0.0/0", "::/0"]'),
                                          ('inner', '["10.10.0.0/24", "2001:db8:2::/64"]')))


class Monitored:
    def __init__(self, topology, directory):
        self.topology, self.kernel = topology, topology.gateway
        self.log = directory / 'copier'
        self.process = None

    def up(self):
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.kernel.sysctl(net__ipv6__conf__default__disable_ipv6=1)  # the kernel is silent there
        Topology.pair(self.kernel, 'copy-out', self.kernel, COPY)
        self.kernel.sysctl(net__ipv6__conf__default__disable_ipv6=0)
        self.kernel.ip('link', 'set', COPY, 'arp', 'off')  # or it answers copies of questions
        self.topology.reopen()
        self.process = self.kernel.start(
            [PYTHON, '-u', PEERS / 'copier.py', 'copy-out', OUTER, INNER], output=self.log)
        shell.wait_until(lambda: 'ready' in self.log.read_text(), 'the copier is ready')
        return self

    def sent(self):
        """Frames that were sent to where the copies come from."""
        path = f'/sys/class/net/{COPY}/statistics/tx_packets'
        return int(self.kernel.run(['cat', path]).stdout)

    def down(self):
        if self.process:
            shell.stop(self.process)
        self.topology.forward_by_kernel(False)
        self.kernel.ip('link', 'delete', 'copy-out', check=False)
