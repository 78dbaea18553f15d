#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A client of services.py: asks all services that are named at once, and tells how it went.

    outward.py SOURCE[,PORT] HOST WHAT...

    dns-udp dns-tcp smtp    the well-known services
    tcp:PORT udp:PORT       one connection, one datagram
    big:PORT                a datagram that may not be cut, of 1400 bytes; tells the path's MTU
    hold:PORT:COUNT         connections that stay until all are gone, or stdin ends

A line of JSON each: {"what": ..., "ok": true, "seen": [ADDRESS, PORT]}, as the server sees this
client; {"ok": false, "refused": "reset"|"silence"|"unreachable"} where nothing is served.
"""

import errno
import json
import select
import socket
import struct
import sys
from concurrent.futures import ThreadPoolExecutor

PATIENCE = 3           # seconds: a SYN and its first repetition
HELD_PATIENCE = 30
TXT, INTERNET = 16, 1
IP_MTU_DISCOVER, IP_PMTUDISC_DO, IP_MTU = 10, 2, 14
WORD = b'what was sent comes back'
REFUSALS = {errno.ECONNREFUSED: 'reset', errno.ECONNRESET: 'reset',
            errno.EHOSTUNREACH: 'unreachable', errno.ENETUNREACH: 'unreachable'}


class Client:
    def __init__(self, source, host):
        self.source, _, port = source.partition(',')
        self.port = int(port or 0)
        self.host = host
        self.family = socket.AF_INET6 if ':' in host else socket.AF_INET

    def socket(self, kind, port, patience=PATIENCE):
        link = socket.socket(self.family, kind)
        link.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        link.settimeout(patience)
        link.bind((self.source, self.port))
        link.connect((self.host, port))
        return link

    def ask(self, what):
        name, *numbers = what.split(':')
        try:
            return {'what': what, 'ok': True,
                    **getattr(self, 'do_' + name.replace('-', '_'))(*map(int, numbers))}
        except TimeoutError:
            refused = 'silence'
        except OSError as reason:
            if reason.errno not in REFUSALS:
                raise
            refused = REFUSALS[reason.errno]
        return {'what': what, 'ok': False, 'refused': refused}

    # -- services

    def do_dns_udp(self):
        with self.socket(socket.SOCK_DGRAM, 53) as link:
            link.send(question())
            return {'seen': seen_in(link.recv(4096))}

    def do_dns_tcp(self):
        with self.socket(socket.SOCK_STREAM, 53) as link, link.makefile('rb') as stream:
            link.sendall(len(question()).to_bytes(2, 'big') + question())
            return {'seen': seen_in(stream.read(int.from_bytes(stream.read(2), 'big')))}

    def do_smtp(self):
        with self.socket(socket.SOCK_STREAM, 25) as link, link.makefile('rb') as lines:
            answers = [lines.readline()]
            for command in (b'EHLO client.example', b'MAIL FROM:<a@example>',
                            b'RCPT TO:<b@example>', b'DATA', b'Subject: word\r\n\r\nword\r\n.',
                            b'QUIT'):
                link.sendall(command + b'\r\n')
                answers.append(lines.readline())
            codes = [int(answer[:3]) for answer in answers]
            return {'ok': codes == [220, 250, 250, 250, 354, 250, 221], 'codes': codes,
                    'seen': seen(answers[1][4:])}

    def do_tcp(self, port):
        with self.socket(socket.SOCK_STREAM, port) as link:
            return {'seen': echoed(link)}

    def do_udp(self, port):
        with self.socket(socket.SOCK_DGRAM, port) as link:
            link.send(WORD)
            return {'seen': seen(link.recv(4096))}

    def do_big(self, port):
        """What the path cannot carry is known by the error that comes back."""
        with self.socket(socket.SOCK_DGRAM, port) as link:
            link.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DO)
            for _ in range(PATIENCE):
                try:
                    link.send(bytes(1400))
                    link.settimeout(1)
                    link.recv(4096)
                    break
                except TimeoutError:
                    pass
                except OSError as reason:
                    if reason.errno != errno.EMSGSIZE:
                        raise
                    break
            return {'mtu': link.getsockopt(socket.IPPROTO_IP, IP_MTU)}

    def do_hold(self, port, count):
        links, failed = [], 0
        for _ in range(count):
            try:
                links.append(self.socket(socket.SOCK_STREAM, port,
                                         HELD_PATIENCE if count == 1 else PATIENCE))
            except TimeoutError:
                failed += 1
        tell({'what': 'held', 'ok': failed == 0, 'failed': failed,
              'seen': [echoed(link) for link in links]})
        ends = []
        while links:
            ready, _, _ = select.select([*links, sys.stdin], [], [])
            if sys.stdin in ready:
                break
            for link in ready:
                links.remove(link)
                ends.append(how_it_ended(link))
        return {'ends': ends, 'left': len(links)}


def how_it_ended(link):
    try:
        return 'closed' if link.recv(1) == b'' else 'data'
    except ConnectionResetError:
        return 'reset'


def echoed(link):
    with link.makefile('rb') as stream:
        line = stream.readline()
        link.sendall(WORD)
        if stream.read(len(WORD)) != WORD:
            raise ValueError('something else came back')
    return seen(line)


def seen(line):
    address, port = line.decode().split()
    return [address, int(port)]


def question():
    name = b''.join(bytes([len(part)]) + part for part in (b'who', b'example')) + b'\0'
    head = struct.pack('>HHHHHH', 4711, 0x0100, 1, 0, 0, 0)
    return head + name + struct.pack('>HH', TXT, INTERNET)


def seen_in(answer):
    """The text of the one record, which is the last thing in it."""
    number, flags, _, count = struct.unpack_from('>HHHH', answer)
    if number != 4711 or not flags & 0x8000 or count != 1:
        raise ValueError('no answer to this question')
    return seen(answer[len(question()) + 13:])


def tell(row):
    print(json.dumps(row), flush=True)


def main():
    client = Client(*sys.argv[1:3])
    with ThreadPoolExecutor(len(sys.argv)) as at_once:
        for row in at_once.map(client.ask, sys.argv[3:]):
            tell(row)


main()
