#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""An RPC client that does what ordinary ones do not: odd fragments, other ports, lower protection.

    impacket_call.py HOST ACTION [--source ADDRESS] [--level N] [--fragment N] [--port N] ...

Prints one line of result and exits 0; a refusal is printed as `refused: WHY`, with exit code 3.
"""

import argparse
import fcntl
import socket
import struct
import sys
import time

from impacket.dcerpc.v5 import epm, rpcrt, samr, transport, wkst
from impacket.dcerpc.v5.rpcrt import DCERPCException
from impacket.uuid import uuidtup_to_bin

SIOCOUTQNSD = 0x894b  # how many bytes have not been sent even once
PASSWORD = 'Passw0rd!e2e'
INTERFACES = {'samr': samr.MSRPC_UUID_SAMR, 'wkssvc': wkst.MSRPC_UUID_WKST,
              'netlogon': uuidtup_to_bin(('12345678-1234-abcd-ef00-01234567cffb', '1.0')),
              'lsarpc': uuidtup_to_bin(('12345778-1234-abcd-ef00-0123456789ab', '0.0'))}


NDR = uuidtup_to_bin(('8a885d04-1ceb-11c9-9fe8-08002b104860', '2.0'))


def ept_map_stub(interface):
    """ept_map's request in NDR (C706 appendix O): object, tower, entry handle, at most 4 towers."""
    floors = [(b'\x0d' + uuid[:18], uuid[18:20]) for uuid in (interface, NDR)]
    floors += [(b'\x0b', b'\0\0'), (b'\x07', b'\0\0'), (b'\x09', b'\0\0\0\0')]
    tower = struct.pack('<H', len(floors)) + b''.join(
        struct.pack('<H', len(left)) + left + struct.pack('<H', len(right)) + right
        for left, right in floors)
    tower = struct.pack('<III', 2, len(tower), len(tower)) + tower
    tower += b'\0' * (-len(tower) % 4)
    return struct.pack('<I', 1) + b'\0' * 16 + tower + b'\0' * 20 + struct.pack('<I', 4)


class Caller:
    def __init__(self, options):
        self.options = options
        self.host = options.host
        self.sent = 0  # PDUs of the connection opened last

    def mapped_port(self, interface):
        if self.options.port:
            return self.options.port
        binding = epm.hept_map(self.host, INTERFACES[interface], protocol='ncacn_ip_tcp')
        return int(binding[binding.index('[') + 1:-1])

    def connect(self, port):
        link = transport.DCERPCTransportFactory(f'ncacn_ip_tcp:{self.host}[{port}]')
        link.set_credentials(self.options.user, PASSWORD, 'CORP', '', '')
        link.set_connect_timeout(30)
        rpc = link.get_dce_rpc()
        if self.options.level > 1:
            rpc.set_auth_type(rpcrt.RPC_C_AUTHN_WINNT)
            rpc.set_auth_level(self.options.level)
        rpc.connect()
        send = link.send

        def counted(*arguments, **named):
            self.sent += 1
            return send(*arguments, **named)
        link.send = counted
        if self.options.fragment:
            rpc.set_max_fragment_size(self.options.fragment)
        return rpc

    def bound(self, interface, mapped_for=None):
        rpc = self.connect(self.mapped_port(mapped_for or interface))
        rpc.bind(INTERFACES[interface])
        return rpc

    # -- what ordinary clients do

    def map(self):
        return f'port {self.mapped_port(self.options.interface)}'

    def samr(self):
        rpc = self.bound('samr')
        return f'{len(self._domains(rpc)[1])} domains'

    def big_request(self):
        """A thousand names in one call; with --fragment 200, in some two hundred fragments."""
        rpc = self.bound('samr')
        domain = self._open_domain(rpc)
        names = [f'user{number:05d}' for number in range(1000)]
        self.sent = 0
        answer = samr.hSamrLookupNamesInDomain(rpc, domain, names)
        return f"{len(answer['RelativeIds']['Element'])} names in {self.sent} fragments"

    def users(self):
        """All users in one long answer; with --slow, its first bytes are read one a second."""
        rpc = self.bound('samr')
        domain = self._open_domain(rpc)
        request = samr.SamrEnumerateUsersInDomain()
        request['DomainHandle'] = domain
        request['EnumerationContext'] = 0
        request['UserAccountControl'] = 0
        request['PreferedMaximumLength'] = 0xffffffff
        SLOW.until = time.monotonic() + self.options.slow
        answer = rpc.request(request, checkError=False)
        names = [entry['Name'] for entry in answer['Buffer']['Buffer']]
        return f'{len(names)} users, the last {names[-1]}'

    def workstation(self):
        rpc = self.bound('wkssvc', mapped_for=self.options.mapped_for)
        return self._workstation(rpc)

    # -- what they do not

    def alter(self):
        """Adds wkssvc to a connection that was opened for samr."""
        rpc = self.bound('samr')
        self._domains(rpc)
        return self._workstation(rpc.alter_ctx(INTERFACES['wkssvc']))

    def downgrade(self):
        """A bare request after a sealed bind: real servers answer it."""
        rpc = self.bound('samr')
        self._domains(rpc)
        request = samr.SamrConnect()
        request['ServerName'] = 'dc1\0'
        request['DesiredAccess'] = samr.MAXIMUM_ALLOWED
        stub = request.getData()
        pdu = struct.pack('<BBBB4sHHI', 5, 0, 0, 3, b'\x10\0\0\0', 24 + len(stub), 0, 77)
        pdu += struct.pack('<IHH', len(stub), 0, 0) + stub
        rpc.get_rpc_transport().send(pdu)
        answer = rpc.get_rpc_transport().recv()
        if not answer:
            raise ConnectionResetError('closed')
        if answer[2] == 3:
            raise DCERPCException(error_code=struct.unpack('<I', answer[24:28])[0])
        return f'answered by a PDU of type {answer[2]}'

    def fragmented_map(self):
        """One ept_map request in pieces of 16 stub bytes."""
        rpc = self.connect(135)
        rpc.bind(epm.MSRPC_UUID_PORTMAP)
        stub = ept_map_stub(INTERFACES[self.options.interface])
        pieces = [stub[at:at + 16] for at in range(0, len(stub), 16)]
        link = rpc.get_rpc_transport()
        for number, piece in enumerate(pieces):
            flags = (1 if number == 0 else 0) | (2 if number == len(pieces) - 1 else 0)
            pdu = struct.pack('<BBBB4sHHI', 5, 0, 0, flags, b'\x10\0\0\0', 24 + len(piece), 0, 9)
            link.send(pdu + struct.pack('<IHH', len(stub) - 16 * number, 0, 3) + piece)
        answer = link.recv()
        if answer[2] == 3:
            raise DCERPCException(error_code=struct.unpack('<I', answer[24:28])[0])
        if struct.unpack('<I', answer[-4:])[0]:
            raise DCERPCException(error_code=struct.unpack('<I', answer[-4:])[0])
        at = answer.index(b'\x01\x00\x07\x02\x00') + 5
        return f'{len(pieces)} fragments, port {struct.unpack(">H", answer[at:at + 2])[0]}'

    def hold(self):
        """Stays connected through a pinhole, calling whenever a line comes in."""
        rpc = self.bound('samr')
        handle, domains = self._domains(rpc)
        print(f'{len(domains)} domains', flush=True)
        for _ in sys.stdin:
            names = samr.hSamrEnumerateDomainsInSamServer(rpc, handle)['Buffer']['Buffer']
            print(f'{len(names)} domains', flush=True)
        return 'done'

    @staticmethod
    def _domains(rpc):
        handle = samr.hSamrConnect(rpc, 'dc1\0')['ServerHandle']
        return handle, samr.hSamrEnumerateDomainsInSamServer(rpc, handle)['Buffer']['Buffer']

    def _open_domain(self, rpc):
        handle, domains = self._domains(rpc)
        sid = samr.hSamrLookupDomainInSamServer(rpc, handle, domains[0]['Name'])['DomainId']
        return samr.hSamrOpenDomain(rpc, handle, domainId=sid)['DomainHandle']

    @staticmethod
    def _workstation(rpc):
        answer = wkst.hNetrWkstaGetInfo(rpc, 100)
        return 'workstation ' + answer['WkstaInfo']['WkstaInfo100']['wki100_computername'][:-1]


def dial_from(source):
    """Every connection of this program comes from this address."""
    connect = socket.socket.connect

    def bound(self, address):
        self.bind((source, 0))
        return connect(self, address)
    socket.socket.connect = bound


class SLOW:
    """Until when this program reads one byte a second."""
    until = 0


def read_slowly():
    """Every connection of this program has the smallest window there is, and see SLOW."""
    connect, whole = socket.socket.connect, socket.socket.recv

    def small(self, address):
        self.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)
        return connect(self, address)

    def recv(self, size, flags=0):
        if time.monotonic() < SLOW.until:
            time.sleep(1)
            size = 1
        return whole(self, size, flags)
    socket.socket.connect, socket.socket.recv = small, recv


def write_single_bytes():
    """Every byte any connection of this program sends travels in a segment of its own."""
    whole = socket.socket.send
    unsent = struct.pack('i', 0)

    def send(self, data, flags=0):
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(len(data)):
            while fcntl.ioctl(self, SIOCOUTQNSD, unsent) != unsent:
                time.sleep(0.0005)
            whole(self, data[at:at + 1], flags)
        return len(data)
    socket.socket.send = send


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('host')
    parser.add_argument('action')
    parser.add_argument('--interface', default='samr', choices=INTERFACES)
    parser.add_argument('--mapped-for', choices=INTERFACES)
    parser.add_argument('--source')
    parser.add_argument('--level', type=int, default=6)
    parser.add_argument('--fragment', type=int, default=0)
    parser.add_argument('--port', type=int, default=0)
    parser.add_argument('--slow', type=float, default=0, metavar='SECONDS')
    parser.add_argument('--one-byte', action='store_true')
    parser.add_argument('--user', default='administrator')
    options = parser.parse_args()
    if options.slow:
        read_slowly()
    if options.one_byte:
        write_single_bytes()
    if options.source:
        dial_from(options.source)
    try:
        print(getattr(Caller(options), options.action)())
    except (DCERPCException, OSError) as refusal:
        print(f'refused: {refusal}')
        sys.exit(3)


main()
