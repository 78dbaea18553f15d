#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""populate.py SMB.CONF N: adds N users to a stopped domain controller's database."""

import sys

from samba.auth import system_session
from samba.param import LoadParm
from samba.samdb import SamDB

settings = LoadParm()
settings.load(sys.argv[1])
database = SamDB(url=settings.private_path('sam.ldb'), session_info=system_session(), lp=settings)
base = database.domain_dn()
database.transaction_start()
for number in range(int(sys.argv[2])):
    name = f'user{number:05d}'
    text = f'test user number {number} with a longer description'
    if number < 5:  # these can log on
        database.newuser(name, f'Us3r-{number:05d}-pw', givenname=f'Given{number}',
                         surname=f'Sur{number}', description=text)
    else:
        database.add({'dn': f'CN={name},CN=Users,{base}', 'objectClass': 'user',
                      'sAMAccountName': name, 'displayName': f'Display Name {number}',
                      'description': text + ' to fill replies'})
database.transaction_commit()
