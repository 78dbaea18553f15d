# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Plays cases on a wire: hand-made frames of a client that no kernel knows, a kernel's TCP at the
server, and an ear at both ends.

One thread does it all, so that nothing has to be awaited by time: whatever waits reads sockets.
"""

import contextlib
import ctypes
import select
import socket
import struct
import time

from . import segments
from .pdus import Server
from .player import Player
from .reassembler import Reassembler

NEW_NETWORK = 0x40000000  # CLONE_NEWNET
OUTGOING = 4              # PACKET_OUTGOING
RECEIVE_FORCED = 33       # SO_RCVBUFFORCE
IP, ALL = 0x0800, 0x0003


@contextlib.contextmanager
def inside(namespace):
    """This thread is in a network namespace; sockets made here stay there."""
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(handle):
        if libc.setns(handle.fileno(), NEW_NETWORK) != 0:
            raise OSError(ctypes.get_errno(), f'setns {namespace}')
    with (open('/proc/thread-self/ns/net', 'rb') as home,
          open(f'/run/netns/{namespace}', 'rb') as other):
        enter(other)
        try:
            yield
        finally:
            enter(home)


def ear(interface, protocol):
    made = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(protocol))
    made.setsockopt(socket.SOL_SOCKET, RECEIVE_FORCED, 64 << 20)
    made.bind((interface, protocol))
    made.setblocking(False)
    return made


class Connection:
    """One that the server's kernel accepted."""

    def __init__(self, accepted):
        self.socket = accepted
        self.socket.setblocking(False)
        self.server = Server()
        self.got = b''

    def serve(self):
        """Answers what has come. False: there will be no more."""
        try:
            data = self.socket.recv(1 << 16)
            if data:
                self.got += data
                self.socket.sendall(self.server.feed(data))
            return bool(data)
        except BlockingIOError:
            return True
        except OSError:
            return False


class Wire:
    """The client's and the server's ends of a laboratory, and the server's programs."""

    def __init__(self, client_namespace, server_namespace, ports, hardware):
        """hardware: link addresses of the client and of the gateway's outer port."""
        self.header = hardware[1] + hardware[0] + segments.ETHERTYPE
        with inside(client_namespace):
            self.client = ear('eth-c', IP)
        with inside(server_namespace):
            self.arrived = ear('eth-s', ALL)
            self.listeners = [socket.create_server(('0.0.0.0', port), backlog=512)
                              for port in ports]
        for listener in self.listeners:
            listener.setblocking(False)
        self.accepted = {}  # (client, port): [Connection, ...]
        self.open = {}      # file number: Connection
        self.forget()

    def forget(self):
        """A new case begins: what was read before belongs to others."""
        self.to_server = Reassembler()
        self.to_client = Reassembler()
        for connection in self.open.values():
            # With a reset: no state is left for the next case.
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                                         struct.pack('ii', 1, 0))
            connection.socket.close()
        self.open.clear()
        self.accepted.clear()

    def close(self):
        self.forget()
        for each in (self.client, self.arrived, *self.listeners):
            each.close()

    def send(self, ip_packet):
        self.client.send(self.header + ip_packet)

    def wait(self, condition, patience):
        """Reads until the condition holds. False: it never did."""
        end = time.monotonic() + patience
        while not condition():
            left = end - time.monotonic()
            if left < 0:
                return False
            self.read(min(left, 0.5))
        return True

    def read(self, patience=0.0):
        """Takes in what there is. False: nothing."""
        sources = [self.client, self.arrived, *self.listeners, *self.open]
        ready = select.select(sources, [], [], patience)[0]
        for each in ready:
            self._read(each)
        return bool(ready)

    def _read(self, ready):
        if ready is self.client:
            self._hear(self.client, self.to_client)
        elif ready is self.arrived:
            self._hear(self.arrived, self.to_server)
        elif ready in self.listeners:
            accepted, peer = ready.accept()
            connection = Connection(accepted)
            self.accepted.setdefault(peer, []).append(connection)
            self.open[accepted.fileno()] = connection
        elif ready in self.open and not self.open[ready].serve():
            self.open.pop(ready).socket.close()

    @staticmethod
    def _hear(listening, traffic):
        """All frames there are; those that this end sent itself are not of interest."""
        while True:
            try:
                data, where = listening.recvfrom(1 << 16)
            except BlockingIOError:
                return
            if where[2] != OUTGOING:
                segment = segments.parse(data)
                if segment is not None:
                    traffic.take(segment)

    def delivered(self, client, port):
        """What the server's kernel gave to its programs, for each connection of a client's port."""
        return [connection.got for connection in self.accepted.get((client, port), [])]


class LiveClient(Player):
    def __init__(self, wire, *where, patience=20.0, **how):
        super().__init__(*where, **how)
        self.wire = wire
        self.patience = patience
        self.begin = 0  # of the segments to the client, those from here on are of this connection

    def emit(self, packets):
        for packet in packets:
            self.wire.send(packet)

    def _answers(self):
        streams = self.wire.to_client.streams(
            (self.server, self.server_port, self.client, self.port))
        return streams[-1] if streams else None

    def _segments(self):
        return (segment for segment in self.wire.to_client.segments[self.begin:]
                if segment.destination_port == self.port and segment.destination == self.client)

    def resets(self):
        return sum(1 for segment in self._segments() if segment.has(segments.RST))

    def await_answer(self):
        self.wire.wait(lambda: any(
            segment.has(segments.SYN) and segment.acknowledgement == (self.isn + 1) & 0xffffffff
            for segment in self._segments()), self.patience)

    def await_bytes(self, answers, length):
        def come():
            stream = self._answers()
            return self.resets() or stream is not None and stream.length >= len(answers)
        self.wire.wait(come, self.patience)
        self.await_acknowledged(length)

    def await_acknowledged(self, length):
        number = (self.isn + 1 + length) & 0xffffffff
        self.wire.wait(lambda: self.resets() or any(
            (segment.acknowledgement - number) & 0xffffffff < 1 << 31
            for segment in self._segments()), self.patience)

    def server_next(self):
        stream = self._answers()
        return (stream.begin + stream.length) & 0xffffffff if stream else 0

    def server_stamp(self):
        stamps = [segments.stamp_of(segment.options) for segment in self._segments()]
        return next((stamp for stamp in reversed(stamps) if stamp is not None), 0)

    def again(self, isn):
        super().again(isn)
        while self.wire.read():
            pass
        self.begin = len(self.wire.to_client.segments)

    def pause(self, seconds):
        """Time passes by itself, and what comes of it is waited for in the end."""

    def settle(self, barrier):
        """All that was sent so far has gone its way: a SYN behind it was answered."""
        behind = LiveClient(self.wire, barrier, self.server, self.port, self.server_port)
        behind.syn()
        behind.await_answer()
        answered = bool(list(behind._segments()))
        behind.reset(0, flags=segments.RST)
        while self.wire.read():
            pass
        return answered
