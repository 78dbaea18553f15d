#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""An RPC server that is slow to read, and the client that has much to tell it.

    sink.py serve ADDRESS PORT SECONDS    answers one bind; then reads a byte a second for so long
    sink.py call HOST PORT BYTES          binds, and sends one call of so many bytes of stub

The answer to the call is the digest of its stub; `call` says whether it is the right one.
"""

import hashlib
import random
import socket
import sys
import time

from exchange import ids, pdu
from mapi.rpc import Connection

INTERFACE = ids.syntax('6e1d5a0c-3f57-4b8e-9d21-70c4a5e8b316', '1.0')
PATIENCE = 300


class SlowLink:
    """A connection that gives one byte a second until `slow_until`."""

    def __init__(self, link):
        self.link = link
        self.slow_until = 0
        self.setsockopt = link.setsockopt

    def recv(self, size):
        if time.monotonic() < self.slow_until:
            time.sleep(1)
            size = 1
        return self.link.recv(size)


def serve(address, port, seconds):
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1)  # the kernel's least
        listener.bind((address, int(port)))
        listener.listen()
        print('ready', flush=True)
        link, _ = listener.accept()
    with link:
        slow = SlowLink(link)
        stream = pdu.Stream(slow)
        bind = stream.next()
        link.sendall(pdu.build(pdu.BIND_ACK, bind.call_id, pdu.ack_body(
            pdu.MAX_FRAGMENT, 1, port, [(pdu.ACCEPTED, 0, ids.NDR32)])))
        slow.slow_until = time.monotonic() + float(seconds)
        stub = hashlib.sha256()
        while True:
            request = stream.next()
            stub.update(request.raw[request.body_at():])
            if request.flags & pdu.LAST:
                break
        body = bytes(8) + stub.digest()  # allocation hint, context, cancel count
        link.sendall(pdu.build(pdu.RESPONSE, request.call_id, body))
        stream.next()  # the client closes first


def call(host, port, size):
    stub = random.Random(1).randbytes(int(size))
    connection = Connection(host, int(port), timeout=PATIENCE)
    connection.bind(INTERFACE)
    answer = connection.call(0, stub)
    same = answer.raw(32) == hashlib.sha256(stub).digest()
    connection.close()
    print('all came' if same else 'something else came')


{'serve': serve, 'call': call}[sys.argv[1]](*sys.argv[2:])
