# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The kernel's router and NAT: frames handed in where a driver would, counted behind it.

    inject -> outer (gateway) forward, nftables  inner -- eth0 (server) counts and drops

The cost is the CPU time of the thread that hands frames in: all that happens to a frame up to the
server's counter happens on it, but for what ksoftirqd takes over (in the kernel's favour).
"""

import json

from lab import shell
from lab.topology import is_mounted, new_prefix, unmount_when_empty

from .programs import DidNotRun, Unit, cores

SIZES = (60, 1514)
FLOWS = (256, 4096)
REPETITIONS = 3
PORT = 49152
CLIENT, PUBLISHED = '198.51.100.10', '198.51.100.1'
SERVER, INNER = '10.10.0.10', '10.10.0.1'
GATEWAY_MAC, SERVER_MAC = '02:00:00:00:00:a0', '02:00:00:00:05:01'

# No more than a router needs, in the kernel's favour.
NAT = f'''
table ip bench {{
  chain before {{
    type nat hook prerouting priority dstnat; policy accept;
    ip daddr {PUBLISHED} udp dport {PORT} dnat to {SERVER}:{PORT}
  }}
  chain after {{
    type nat hook postrouting priority srcnat; policy accept;
    oifname "inner" snat to {INNER}
  }}
  chain between {{
    type filter hook forward priority filter; policy accept;
    ct state established,related accept
  }}
}}
'''
DROP = '''
table netdev bench {
  counter received { }
  chain in {
    type filter hook ingress device "outer" priority 0; policy drop;
    counter name received
  }
}
'''
# What arrives, told by its source; nothing else is sent there.
ARRIVED = f'''
table netdev bench {{
  counter plain {{ }}
  counter translated {{ }}
  chain in {{
    type filter hook ingress device "eth0" priority 0; policy drop;
    ip saddr {CLIENT} ip daddr {SERVER} udp dport {PORT} counter name plain
    ip saddr {INNER} ip daddr {SERVER} udp dport {PORT} counter name translated
  }}
}}
'''


class Router:
    """Two namespaces of this run's own."""

    def __init__(self, programs, ticks):
        self.inject = programs / 'inject'
        self.ticks = ticks  # of the cycle counter, a second
        self.gateway = shell.Namespace(f'{new_prefix()}-bench-gateway')
        self.server = shell.Namespace(self.gateway.name.replace('-gateway', '-server'))
        self.first = False
        self.is_up = False

    def up(self):
        if self.is_up:
            return
        self.first = not is_mounted('/run/netns')
        self.is_up = True
        self.gateway.create()
        self.server.create()
        self.gateway.ip('link', 'add', 'outer', 'address', GATEWAY_MAC, 'type', 'veth', 'peer',
                        'name', 'client')
        self.gateway.ip('link', 'add', 'inner', 'type', 'veth', 'peer', 'name', 'eth0',
                        'address', SERVER_MAC, 'netns', self.server.name)
        for namespace, name in ((self.gateway, 'outer'), (self.gateway, 'client'),
                                (self.gateway, 'inner'), (self.server, 'eth0')):
            namespace.sysctl(**{f'net__ipv6__conf__{name}__disable_ipv6': 1})
            namespace.ip('link', 'set', name, 'up')
        self.gateway.ip('addr', 'add', f'{PUBLISHED}/24', 'dev', 'outer')
        self.gateway.ip('addr', 'add', f'{INNER}/24', 'dev', 'inner')
        self.gateway.ip('neigh', 'add', SERVER, 'lladdr', SERVER_MAC, 'dev', 'inner', 'nud',
                        'permanent')
        self.gateway.sysctl(net__ipv4__ip_forward=1)
        self.rules(self.server, ARRIVED)

    def down(self):
        if not self.is_up:
            return
        self.gateway.delete()
        self.server.delete()
        if self.first:
            unmount_when_empty()
        self.is_up = False

    @staticmethod
    def rules(namespace, text):
        namespace.run(['nft', '-f', '-'], stdin='flush ruleset\n' + text)

    def arrived(self, name):
        """How many since it was asked last."""
        namespace = self.gateway if name == 'received' else self.server
        listed = namespace.run(['nft', '-j', 'reset', 'counter', 'netdev', 'bench', name]).stdout
        return next(entry['counter']['packets'] for entry in json.loads(listed)['nftables']
                    if 'counter' in entry)

    def send(self, destination, size, flows, count, counter):
        """Cycles a packet, all of which must have come to the counter."""
        self.arrived(counter)
        done = self.gateway.run(
            ['taskset', '-c', str(cores()[1]), self.inject, 'outer', GATEWAY_MAC, CLIENT,
             destination, str(size), str(flows), str(count)])
        told = json.loads(done.stdout)
        seen = 0

        def all_there():
            nonlocal seen
            seen += self.arrived(counter)
            return seen >= count
        shell.wait_until(all_there, lambda: f'{seen} of {count} packets arrived', deadline=20)
        return told['cpu_ns'] * self.ticks / 1e9 / told['packets']

    # -- what is measured; each returns lines

    def receive(self, quick):
        """Up to the first hook: what handing frames in costs by itself."""
        self.up()
        self.rules(self.gateway, DROP)
        return self.lines('receive', SERVER, quick, [256], 'received')

    def forward(self, quick):
        self.up()
        self.rules(self.gateway, '')
        return self.lines('forward', SERVER, quick, [256], 'plain')

    def nat(self, quick):
        self.up()
        self.rules(self.gateway, NAT)
        return self.lines('nat', PUBLISHED, quick, FLOWS, 'translated')

    def lines(self, name, destination, quick, flow_counts, counter):
        count = 20_000 if quick else 100_000
        told = []
        for size in SIZES:
            for flows in flow_counts:
                # Makes the connections, and the pages that frames lie in.
                self.send(destination, size, flows, 20_000, counter)
                values = [self.send(destination, size, flows, count, counter)
                          for _ in range(1 if quick else REPETITIONS)]
                told.append(json.dumps({'name': name, 'flows': flows, 'size': size,
                                        'unit': 'cycles/packet', 'values': values}))
        return '\n'.join(told)


def units(router):
    def guarded(measure):
        def run(quick):
            try:
                return measure(quick)
            except shell.CommandFailed as reason:
                raise DidNotRun(str(reason)) from None
        return run
    return [Unit('kernel', name, guarded(getattr(router, name)))
            for name in ('receive', 'forward', 'nat')]
