#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""services.py ADDRESS PORT [SMTP DNS]: small servers that tell each client whom they see.

    TCP PORT   a line `ADDRESS PORT` of the client's, and then its own bytes again
    UDP PORT   the same line, for a datagram of any size
    TCP SMTP   a mail server; its answer to EHLO holds the line
    DNS        UDP and TCP; a TXT record with the line answers any question

Prints `ready` and serves until it is ended.
"""

import socket
import struct
import sys
import threading

TXT, INTERNET, POINTER_TO_NAME = 16, 1, 0xc00c
RESPONSE = 0x8580  # authoritative, recursion desired and available


def line_of(peer):
    return f'{peer[0]} {peer[1]}'.encode()


def echo(link, peer):
    link.sendall(line_of(peer) + b'\n')
    while part := link.recv(65536):
        link.sendall(part)


def smtp(link, peer):
    link.sendall(b'220 mail.example ESMTP\r\n')
    with link.makefile('rb') as lines:
        body = False
        for line in lines:
            word = line.strip().upper()
            if body:
                if word == b'.':
                    body = False
                    link.sendall(b'250 taken\r\n')
            elif word == b'DATA':
                body = True
                link.sendall(b'354 go on\r\n')
            elif word == b'QUIT':
                link.sendall(b'221 bye\r\n')
                return
            else:
                told = line_of(peer) if word[:4] == b'EHLO' else b'well'
                link.sendall(b'250 ' + told + b'\r\n')


def dns_answer(question, peer):
    """The question again, and a TXT record for its name."""
    text = line_of(peer)
    record = struct.pack('>HHHIHB', POINTER_TO_NAME, TXT, INTERNET, 0, len(text) + 1, len(text))
    head = question[:2] + struct.pack('>HHHHH', RESPONSE, 1, 1, 0, 0)
    return head + question[12:] + record + text


def dns_stream(link, peer):
    with link.makefile('rb') as stream:
        while head := stream.read(2):
            answer = dns_answer(stream.read(int.from_bytes(head, 'big')), peer)
            link.sendall(len(answer).to_bytes(2, 'big') + answer)


def attend(serve, link, peer):
    with link:
        try:
            serve(link, peer)
        except OSError:
            pass


def accept(listener, serve):
    while True:
        link, peer = listener.accept()
        threading.Thread(target=attend, args=(serve, link, peer), daemon=True).start()


def datagrams(one, answer):
    while True:
        try:
            payload, peer = one.recvfrom(65536)
            one.sendto(answer(payload, peer), peer)
        except OSError:
            pass  # an ICMP error for an earlier answer


def main():
    address, port, *wellknown = sys.argv[1], *map(int, sys.argv[2:])
    family = socket.AF_INET6 if ':' in address else socket.AF_INET
    threads = []

    def tcp(number, serve):
        listener = socket.create_server((address, number), family=family, backlog=256)
        threads.append(threading.Thread(target=accept, args=(listener, serve)))

    def udp(number, answer):
        one = socket.socket(family, socket.SOCK_DGRAM)
        one.bind((address, number))
        threads.append(threading.Thread(target=datagrams, args=(one, answer)))

    tcp(port, echo)
    udp(port, lambda payload, peer: line_of(peer))
    if wellknown:
        tcp(wellknown[0], smtp)
        tcp(wellknown[1], dns_stream)
        udp(wellknown[1], dns_answer)
    for thread in threads:
        thread.start()
    print('ready', flush=True)


main()
