#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What members and replicas ask of a directory (MS-DRSR), by Samba's client, on one connection.

    directory_calls.py HOST OPTIONS STEP,STEP... [--configuration SMB.CONF] [--tickets F]

OPTIONS as in a binding: seal, sign, krb5 ...; a step is `crack`, `controllers` or `replicate`. Each
prints one line; a refusal is printed as `refused: WHY`, ends the steps, and the exit code is 3.
"""

import argparse
import sys

from samba import NTSTATUSError, WERRORError, credentials, drs_utils, param
from samba.dcerpc import drsuapi, misc

PASSWORD = 'Passw0rd!e2e'
DOMAIN = 'DC=corp,DC=example'
ENGLISH, LATIN = 1033, 1252


class Directory:
    def __init__(self, binding, settings, who):
        self.calls = drsuapi.drsuapi(binding, settings, who)
        self.handle, _ = drs_utils.drs_DsBind(self.calls)

    def crack(self):
        name = drsuapi.DsNameString()
        name.str = 'CORP\\administrator'
        request = drsuapi.DsNameRequest1()
        request.codepage, request.language = LATIN, ENGLISH
        request.format_offered = drsuapi.DRSUAPI_DS_NAME_FORMAT_NT4_ACCOUNT
        request.format_desired = drsuapi.DRSUAPI_DS_NAME_FORMAT_FQDN_1779
        request.count, request.names = 1, [name]
        return 'name ' + self.calls.DsCrackNames(self.handle, 1, request)[1].array[0].result_name

    def controllers(self):
        request = drsuapi.DsGetDCInfoRequest1()
        request.domain_name, request.level = 'CORP', 1
        answer = self.calls.DsGetDomainControllerInfo(self.handle, 1, request)[1]
        return 'controller ' + answer.array[0].netbios_name

    def replicate(self):
        request = drsuapi.DsGetNCChangesRequest8()
        request.naming_context = drsuapi.DsReplicaObjectIdentifier()
        request.naming_context.dn = DOMAIN
        request.destination_dsa_guid = misc.GUID('11111111-2222-3333-4444-555555555555')
        request.replica_flags = drsuapi.DRSUAPI_DRS_INIT_SYNC | drsuapi.DRSUAPI_DRS_WRIT_REP
        request.max_object_count = 10
        answer = self.calls.DsGetNCChanges(self.handle, 8, request)[1]
        return f'objects {answer.object_count}'


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('host')
    parser.add_argument('binding')
    parser.add_argument('steps')
    parser.add_argument('--configuration')
    parser.add_argument('--tickets', metavar='FILE', help='logs on by Kerberos, not by NTLM')
    options = parser.parse_args()
    settings = param.LoadParm()
    if options.configuration:
        settings.load(options.configuration)
    who = credentials.Credentials()
    who.guess(settings)
    if options.tickets:
        who.set_named_ccache(options.tickets, credentials.SPECIFIED, settings)
        who.set_kerberos_state(credentials.MUST_USE_KERBEROS)
    else:
        who.set_username('administrator')
        who.set_password(PASSWORD)
        who.set_domain('CORP')
        who.set_kerberos_state(credentials.DONT_USE_KERBEROS)
    try:
        directory = Directory(f'ncacn_ip_tcp:{options.host}[{options.binding}]', settings, who)
        for step in options.steps.split(','):
            print(getattr(directory, step)(), flush=True)
    except (NTSTATUSError, WERRORError) as refusal:
        print(f'refused: {refusal.args[1]} ({refusal.args[0] & 0xffffffff:#x})')
        sys.exit(3)


main()
