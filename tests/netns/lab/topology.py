# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""client -- gateway -- server, each a network namespace of its own.

    client  eth-c 198.51.100.10/24 ...        gw-outer 198.51.100.1/24  gateway
                  2001:db8:1::10/64 ...                2001:db8:1::1/64
    server  eth-s 10.10.0.10/24               gw-inner 10.10.0.1/24
                  2001:db8:2::10/64                    2001:db8:2::1/64
"""

import os
import secrets

from . import shell

PUBLISHED = '198.51.100.1'
CLIENT = '198.51.100.10'
NEIGHBOUR = '198.51.100.11'  # another client, whom nobody granted anything by accident
MORE_CLIENTS = [f'198.51.100.{last}' for last in range(20, 44)]
SERVER = '10.10.0.10'
CLIENT6 = '2001:db8:1::10'
SERVER6 = '2001:db8:2::10'
OUTER = 'gw-outer'
INNER = 'gw-inner'


def new_prefix():
    """A name for this run that no other run has; tools/test and tools/demo set their own."""
    prefix = os.environ.get('RPCGATE_LAB_PREFIX') or f'rg-{os.getpid()}-{secrets.token_hex(2)}'
    worker = os.environ.get('PYTEST_XDIST_WORKER')
    return f'{prefix}-{worker}' if worker else prefix


def is_mounted(path):
    # os.path.ismount() does not see a folder that is mounted on itself.
    with open('/proc/self/mountinfo') as mounts:
        return any(line.split()[4] == path for line in mounts)


def unmount_when_empty():
    """Takes away the mount that the first namespace of a machine leaves behind."""
    if is_mounted('/run/netns') and not os.listdir('/run/netns'):
        shell.run(['umount', '/run/netns'], check=False)
        os.rmdir('/run/netns')


class Topology:
    def __init__(self, prefix=None):
        self.prefix = prefix or new_prefix()
        self.client = shell.Namespace(f'{self.prefix}-client')
        self.gateway = shell.Namespace(f'{self.prefix}-gateway')
        self.server = shell.Namespace(f'{self.prefix}-server')
        self.namespaces = [self.client, self.gateway, self.server]
        self.first = False

    def up(self):
        # The first namespace of a machine leaves a mount behind; down() takes ours away again.
        self.first = not is_mounted('/run/netns')
        for namespace in self.namespaces:
            namespace.create()
            namespace.sysctl(net__ipv6__conf__all__accept_ra=0,
                             net__ipv6__conf__default__accept_ra=0)
        self._wire(OUTER, self.client, 'eth-c')
        self._wire(INNER, self.server, 'eth-s')
        for address in [CLIENT, NEIGHBOUR, *MORE_CLIENTS]:
            self._address(self.client, 'eth-c', f'{address}/24')
        self._address(self.client, 'eth-c', f'{CLIENT6}/64')
        self._address(self.gateway, OUTER, f'{PUBLISHED}/24')
        self._address(self.gateway, OUTER, '2001:db8:1::1/64')
        self._address(self.gateway, INNER, '10.10.0.1/24')
        self._address(self.gateway, INNER, '2001:db8:2::1/64')
        self._address(self.server, 'eth-s', f'{SERVER}/24')
        self._address(self.server, 'eth-s', f'{SERVER6}/64')
        self.client.ip('route', 'add', 'default', 'via', PUBLISHED)
        self.server.ip('route', 'add', 'default', 'via', '10.10.0.1')
        self.client.ip('-6', 'route', 'add', 'default', 'via', '2001:db8:1::1')
        self.server.ip('-6', 'route', 'add', 'default', 'via', '2001:db8:2::1')
        return self

    def down(self):
        for namespace in self.namespaces:
            namespace.delete()
        if self.first:
            unmount_when_empty()

    def _wire(self, near, far_namespace, far):
        self.pair(self.gateway, near, far_namespace, far)

    @staticmethod
    def pair(near_namespace, near, far_namespace, far):
        near_namespace.ip('link', 'add', near, 'type', 'veth', 'peer', 'name', far,
                          'netns', far_namespace.name)
        for namespace, name in ((near_namespace, near), (far_namespace, far)):
            # Frames as a wire has them: whole checksums, none larger than the MTU.
            namespace.run(['ethtool', '-K', name, 'tx', 'off', 'rx', 'off', 'tso', 'off',
                           'gso', 'off', 'gro', 'off'])
            namespace.ip('link', 'set', name, 'up')

    def _address(self, namespace, name, address):
        nodad = ['nodad'] if ':' in address else []
        namespace.ip('addr', 'add', address, 'dev', name, *nodad)

    def forward_by_kernel(self, on):
        """ip_forward, the thing that must never carry anything past the gateway."""
        value = int(on)
        self.gateway.sysctl(net__ipv4__ip_forward=value, net__ipv6__conf__all__forwarding=value)

    def reopen(self):
        """An ended gateway leaves its interfaces closed; this is an operator's hand."""
        self.forward_by_kernel(False)
        while 'blackhole' in self.gateway.ip('-6', 'rule', 'show').stdout:
            self.gateway.ip('-6', 'rule', 'delete', 'type', 'blackhole')
        self.forward_by_kernel(True)

    def translate_by_kernel(self, ports):
        """The control of the tests: plain DNAT of ports, as an ordinary router has it."""
        self.forward_by_kernel(True)
        rule = f'iifname "{OUTER}" ip daddr {PUBLISHED}'
        self.gateway.run(['nft', '-f', '-'], stdin=f'''
flush ruleset
table ip control {{
  chain pre {{
    type nat hook prerouting priority -100
    {rule} tcp dport {{ {ports} }} dnat to {SERVER}
    {rule} udp dport {{ {ports} }} dnat to {SERVER}
  }}
}}
''')

    def plain(self):
        self.gateway.run(['nft', 'flush', 'ruleset'])
        self.forward_by_kernel(False)
