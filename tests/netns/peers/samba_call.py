#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Samba's other client stack (its C library, through Python).

    samba_call.py HOST OPTIONS ACTION [--configuration SMB.CONF] [--machine]

OPTIONS as in a binding: seal, sign, krb5, bigendian ...; prints one line, a refusal as
`refused: WHY` with exit code 3.
"""

import argparse
import sys

from samba import credentials, param
from samba.dcerpc import lsa, netlogon, samr, security, wkssvc
from samba import NTSTATUSError

PASSWORD = 'Passw0rd!e2e'


def samr_users(connection):
    handle = connection.Connect2(None, security.SEC_FLAG_MAXIMUM_ALLOWED)
    domains = connection.EnumDomains(handle, 0, 4096)[1]
    sid = connection.LookupDomain(handle, domains.entries[0].name)
    domain = connection.OpenDomain(handle, security.SEC_FLAG_MAXIMUM_ALLOWED, sid)
    return connection.EnumDomainUsers(domain, 0, 0, 1 << 20)[1].count


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('host')
    parser.add_argument('binding')
    parser.add_argument('action')
    parser.add_argument('--configuration')
    parser.add_argument('--machine', action='store_true')
    options = parser.parse_args()
    settings = param.LoadParm()
    if options.configuration:
        settings.load(options.configuration)
    who = credentials.Credentials()
    who.guess(settings)
    if options.machine:
        who.set_machine_account(settings)
    else:
        who.set_username('administrator')
        who.set_password(PASSWORD)
        who.set_domain('CORP')
        if 'krb5' not in options.binding:
            who.set_kerberos_state(credentials.DONT_USE_KERBEROS)
    binding = f'ncacn_ip_tcp:{options.host}[{options.binding}]'
    try:
        if options.action == 'samr':
            print(f'{samr_users(samr.samr(binding, settings, who))} users')
        elif options.action == 'samr_and_wkssvc':
            first = samr.samr(binding, settings, who)
            users = samr_users(first)
            second = wkssvc.wkssvc(binding, settings, who, basis_connection=first)
            name = second.NetWkstaGetInfo(None, 100).server_name
            print(f'{users} users, workstation {name}, {samr_users(first)} users')
        elif options.action == 'netlogon':
            connection = netlogon.netlogon(binding, settings, who)
            print('site', connection.netr_DsRGetSiteName(options.host))
        elif options.action == 'lsa':
            lsa.lsarpc(binding, settings, who).GetUserName(None, None, None)
            print('answered')
    except NTSTATUSError as refusal:
        print(f'refused: {refusal.args[1]} ({refusal.args[0] & 0xffffffff:#x})')
        sys.exit(3)


main()
