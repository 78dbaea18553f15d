# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A Samba domain controller of our own: every file of it lies in one directory.

The machine's /etc/samba, /var/lib/samba and /run/samba are neither read nor written.
"""

import fcntl
import os
import pathlib
import shutil
import time

from . import shell
from .topology import SERVER, SERVER6

REALM = 'CORP.EXAMPLE'
DOMAIN = 'CORP'
HOST = 'dc1.corp.example'
ADMINISTRATOR = 'administrator'
PASSWORD = 'Passw0rd!e2e'
PYTHON = '/usr/bin/python3'  # the system's: Samba's and impacket's modules are there
MAX_AGE_DAYS = 20  # passwords expire after 42 days
RECIPE = 4         # raised when a kept directory of an older recipe no longer fits

SERVICES = '\tserver services = rpc, ldap, cldap, kdc'
FILE_SERVICES = ', s3fs, winbindd'
SETTINGS = '''
\tpid directory = {d}/run
\tncalrpc dir = {d}/ncalrpc
\tntp signd socket directory = {d}/ntp_signd
\tusershare path = {d}/state/usershares
\tlog file = {d}/log/log.%m
\tlog level = 1
\tinterfaces = {v4}/24 {v6}/64 127.0.0.1/8 ::1/128
\tbind interfaces only = yes
\trpc server dynamic port range = 49152-65535
\ttls enabled = no
\tload printers = no
\tdisable spoolss = yes
'''


class Controller:
    def __init__(self, namespace, directory, users, files=False):
        """With `files` it serves SMB too (port 445), which joining a domain needs."""
        self.namespace = namespace
        # winbindd's socket has a fixed place below /run, which must not be the machine's.
        self.namespace.private_run = ['/run/samba']
        self.files = files
        self.directory = pathlib.Path(directory)
        self.users = users
        self.process = None

    def restore_or_provision(self):
        """Takes the kept directory of this machine, makes it first where there is none."""
        version = shell.run(['dpkg-query', '-W', '-f', '${Version}', 'samba']).stdout
        version = version.replace(':', '_')
        kept = pathlib.Path(f'/var/tmp/rpcgate-dc-{RECIPE}-{self.users}-{version}')
        with open(f'{kept}.lock', 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # another run may be making it
            if not self._fresh(kept):
                self._provision_as(kept)
            shutil.copytree(kept, self.directory, symlinks=True)
        settings = self.directory / 'etc/smb.conf'
        settings.write_text(settings.read_text().replace((kept / 'built-at').read_text(),
                                                         str(self.directory)))

    def _provision_as(self, kept):
        building = Controller(self.namespace, f'{kept}.{os.getpid()}', self.users)
        try:
            building.provision()
            shutil.rmtree(kept, ignore_errors=True)
            (building.directory / 'built-at').write_text(str(building.directory))
            building.directory.rename(kept)
        finally:
            shutil.rmtree(building.directory, ignore_errors=True)

    @staticmethod
    def _fresh(kept):
        mark = kept / 'built-at'
        return mark.exists() and time.time() - mark.stat().st_mtime < MAX_AGE_DAYS * 86400

    def provision(self):
        d = self.directory
        shutil.rmtree(d, ignore_errors=True)
        d.mkdir(parents=True, mode=0o700)
        (d / 'seed.conf').write_text('[global]\n')  # else the machine's smb.conf leaks in
        self.namespace.run([
            '/usr/bin/samba-tool', 'domain', 'provision', '-s', d / 'seed.conf', f'--targetdir={d}',
            f'--realm={REALM}', f'--domain={DOMAIN}', '--server-role=dc', '--host-name=dc1',
            f'--host-ip={SERVER}', '--dns-backend=NONE', f'--adminpass={PASSWORD}',
            '--option=ldb:nosync=true', '--option=vfs objects=dfs_samba4 acl_xattr xattr_tdb',
            f'--option=xattr_tdb:file={d}/state/xattr.tdb'], timeout=600)
        for name in ('run', 'ncalrpc', 'ntp_signd', 'log', 'cache'):
            (d / name).mkdir(exist_ok=True)
        (d / 'ntp_signd').chmod(0o750)
        self._settle()
        populate = pathlib.Path(__file__).parent.parent / 'peers/populate.py'
        self.namespace.run([PYTHON, populate, d / 'etc/smb.conf', self.users], timeout=600)

    def _settle(self):
        settings = self.directory / 'etc/smb.conf'
        lines = []
        for line in settings.read_text().splitlines():
            if line.strip().startswith('server services'):
                line = SERVICES
            lines.append(line)
            if line.strip() == f'workgroup = {DOMAIN}':
                lines.append(SETTINGS.format(d=self.directory, v4=SERVER, v6=SERVER6).strip('\n'))
        settings.write_text('\n'.join(lines) + '\n')

    def start(self):
        settings = self.directory / 'etc/smb.conf'
        if self.files:
            settings.write_text(settings.read_text().replace(SERVICES, SERVICES + FILE_SERVICES))
        self.process = self.namespace.start(
            ['/usr/sbin/samba', '-F', '-s', self.directory / 'etc/smb.conf', '-M', 'single',
             '--debug-stdout'], output=self.directory / 'log/stdout')
        shell.wait_until(self._listens, lambda: f'the domain controller listens\n{self.log()}', 120)
        return self

    def _listens(self):
        if self.process.poll() is not None:
            raise shell.CommandFailed(f'the domain controller ended\n{self.log()}')
        ports = shell.run(self.namespace.argv(['ss', '-Hltn'])).stdout
        needed = [88, 135, 389, 49152, 49153, 49154] + ([445] if self.files else [])
        return all(f'{SERVER}:{port} ' in ports for port in needed)

    def log(self):
        log = self.directory / 'log/stdout'
        return log.read_text(errors='replace')[-4000:] if log.exists() else ''

    def stop(self):
        if self.process is not None:
            shell.stop(self.process)
            self.process = None
