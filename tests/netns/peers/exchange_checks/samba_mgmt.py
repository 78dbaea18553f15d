#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""samba_mgmt.py HOST PORT SMB.CONF OPTIONS: mgmt's inq_if_ids by Samba's Python bindings.

Prints how many interfaces are served at that port. A process of its own: these bindings crash.
"""

import sys

from samba import credentials, param
from samba.dcerpc import mgmt

host, port, configuration, options = sys.argv[1:]
settings = param.LoadParm()
settings.load(configuration)
who = credentials.Credentials()
who.guess(settings)
if options == 'anonymous':
    who.set_anonymous()
else:
    who.set_username('alice')
    who.set_password('Passw0rd!')
    who.set_domain('CORP')
who.set_kerberos_state(credentials.DONT_USE_KERBEROS)
binding = f'ncacn_ip_tcp:{host}[{port}' + (']' if options == 'anonymous' else f',{options}]')
connection = mgmt.mgmt(binding, settings, who)
counts = {connection.inq_if_ids().count for _ in range(3)}
print(*counts)
