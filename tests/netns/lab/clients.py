# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Real RPC clients in the client's namespace, with files of their own in place of the machine's."""

import pathlib

from .controller import ADMINISTRATOR, DOMAIN, HOST, PASSWORD, PYTHON, REALM
from .topology import CLIENT, PUBLISHED

PEERS = pathlib.Path(__file__).resolve().parents[1] / 'peers'
CREDENTIALS = f'{DOMAIN}\\{ADMINISTRATOR}%{PASSWORD}'

SMB = '''[global]
\tworkgroup = {domain}
\trealm = {realm}
\tnetbios name = MEMBER1
\tsecurity = ads
\tprivate dir = {d}/private
\tlock directory = {d}/lock
\tstate directory = {d}/state
\tcache directory = {d}/cache
\tpid directory = {d}/run
\tncalrpc dir = {d}/ncalrpc
\tlog file = {d}/log.%m
\tinterfaces = {client}/24
\tbind interfaces only = yes
'''

KRB5 = '''[libdefaults]
\tdefault_realm = {realm}
\tdns_lookup_kdc = false
\tdns_lookup_realm = false
\trdns = false
[realms]
\t{realm} = {{
\t\tkdc = {dc}
\t\tkpasswd_server = {dc}
\t}}
[domain_realm]
\t.{dns} = {realm}
'''

HOSTS = '''127.0.0.1 localhost
{dc} {host} dc1
{client} member1.{dns} member1
'''


class Clients:
    def __init__(self, namespace, directory, dc=PUBLISHED):
        self.namespace = namespace
        self.directory = pathlib.Path(directory)
        self.dc = dc  # the address clients know the domain controller by
        self.settings = self.directory / 'smb.conf'
        self.tickets = self.directory / 'tickets'
        for name in ('private', 'lock', 'state', 'cache', 'run', 'ncalrpc'):
            (self.directory / name).mkdir(parents=True, exist_ok=True)
        words = {'d': self.directory, 'domain': DOMAIN, 'realm': REALM, 'dns': REALM.lower(),
                 'client': CLIENT, 'dc': dc, 'host': HOST}
        self.settings.write_text(SMB.format(**words))
        (self.directory / 'krb5.conf').write_text(KRB5.format(**words))
        (self.directory / 'hosts').write_text(HOSTS.format(**words))
        (self.directory / 'resolv.conf').write_text('nameserver 127.0.0.1\noptions attempts:1\n')
        self.namespace.overlay = {'/etc/hosts': self.directory / 'hosts',
                                  '/etc/resolv.conf': self.directory / 'resolv.conf'}
        self.environment = {'KRB5_CONFIG': str(self.directory / 'krb5.conf'),
                            'KRB5CCNAME': f'FILE:{self.tickets}', 'HOME': str(self.directory)}

    def run(self, argv, *, check=False, timeout=180, stdin=None):
        return self.namespace.run(argv, check=check, timeout=timeout, stdin=stdin,
                                  env=self.environment)

    def rpcclient(self, options, command, *, host=None, user=CREDENTIALS, kerberos=False, **how):
        """rpcclient over TCP; options as in `seal,spnego`, empty for a bare connection."""
        host = host or (HOST if kerberos else self.dc)
        binding = f'ncacn_ip_tcp:{host}' + (f'[{options}]' if options else '')
        who = [f'--use-krb5-ccache={self.tickets}'] if kerberos else ['-U', user]
        return self.run(['rpcclient', '-s', self.settings, binding, *who, '-c', command], **how)

    def kinit(self):
        return self.run(['kinit', f'{ADMINISTRATOR}@{REALM}'], stdin=PASSWORD + '\n')

    def samba(self, options, action, *more, host=None):
        return self.run([PYTHON, PEERS / 'samba_call.py', host or self.dc, options, action,
                         '--configuration', self.settings, *more])

    def drsuapi(self, options, steps, *, kerberos=False):
        """Calls of MS-DRSR on one connection, a line each."""
        more = ['--tickets', self.tickets] if kerberos else []
        return self.run([PYTHON, PEERS / 'directory_calls.py', HOST if kerberos else self.dc,
                         options, steps, '--configuration', self.settings, *more])

    def impacket(self, action, *more, host=None, **how):
        return self.run([PYTHON, PEERS / 'impacket_call.py', host or self.dc, action, *more], **how)

    def start_impacket(self, action, *more, output):
        return self.namespace.start([PYTHON, PEERS / 'impacket_call.py', self.dc, action, *more],
                                    output=output, env=self.environment)

    def knock(self, port, source=CLIENT, host=None):
        """open, reset or silence."""
        return self.run([PYTHON, PEERS / 'knock.py', source, host or self.dc, port],
                        check=True).stdout.strip()

    def net(self, *words, **how):
        return self.run(['net', *words, '-s', self.settings], **how)
