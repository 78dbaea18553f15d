# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What the gateway told of a pair in events, and what left it towards the server."""

import struct
import uuid

from evasion import segments
from evasion.reassembler import Reassembler

from .findings import NOBODY, POISONED, Findings

REQUEST, FIRST = 0, 1
BINDS = 11, 14
ALLOWED = {'pinhole-closed', 'notification-armed', 'notification-passed'}


def take(findings, event):
    kind, reason = event['event'], event.get('reason')
    ports = event.get('client_port'), event.get('outer_port')
    interface = event.get('interface', {}).get('uuid')
    if kind == 'pinhole-opened':
        findings.pinholes.add((event['server'], event['server_port'], interface))
    elif kind == 'pinhole-used':
        findings.pinholes_used.add(ports)
    elif kind == 'map-allowed':
        findings.mapped[ports[0], interface] += 1
    elif kind == 'map-refused':
        findings.maps_refused[ports[0], interface, reason] += 1
    elif kind == 'bind-allowed':
        findings.bound.add((ports, interface, event['interface']['version']))
    elif kind == 'bind-refused':
        findings.binds_refused.add((ports, interface, reason))
    elif kind == 'activation-allowed':
        findings.activated[ports, event['opnum']] += 1
    elif kind == 'request-refused':
        call = event['opnum'], event['protection']
        findings.requests_refused[ports, interface, *call, reason] += 1
    elif kind == 'connection-refused':
        findings.ports_refused.add((ports[1], reason))
    elif kind not in ALLOWED:
        findings.others.add((kind, reason, ports))


def cut(stream):
    """(byte order, PDU) of each whole PDU in a client's stream."""
    at = 0
    while at + 16 <= len(stream):
        order = '<' if stream[at + 4] & 0x10 else '>'
        size = struct.unpack_from(order + 'H', stream, at + 8)[0]
        if not 16 <= size <= len(stream) - at:
            return
        yield order, stream[at:at + size]
        at += size


def call_of(order, pdu):
    """(context, opnum)"""
    auth, context, opnum = struct.unpack_from(order + '10xH8xHH', pdu)
    spoilt = auth and pdu[len(pdu) - auth - 7] == 0xff  # the trailer's level
    return context, POISONED if spoilt else opnum


def interfaces_of(order, pdu):
    at = 28
    for _ in range(pdu[24]):
        octets = pdu[at + 4:at + 20]
        yield str(uuid.UUID(bytes_le=octets) if order == '<' else uuid.UUID(bytes=octets))
        at += 24 + 20 * pdu[at + 2]


def take_stream(findings, ports, stream):
    for order, pdu in cut(stream):
        if pdu[2] == REQUEST and pdu[3] & FIRST:
            findings.requests_left[(ports, *call_of(order, pdu))] += 1
        elif pdu[2] in BINDS:
            findings.interfaces_left |= {(ports, each) for each in interfaces_of(order, pdu)
                                         if each != NOBODY}


def seen(events, capture, ports):
    """{pair: Findings}. ports: {pair: ports at which the server is met}"""
    found = {pair: Findings() for pair in ports}
    for event in events:
        pair = event['client'], event['outer']
        # Whatever else the two said to each other is nobody's business here.
        if event['event'] != 'connection-refused' or event['outer_port'] in ports[pair]:
            take(found[pair], event)
    reassembler = Reassembler()
    for frame in segments.read_capture(capture):
        segment = segments.parse(frame)
        if segment and segment.destination_port in ports.get(
                (segment.source, segment.destination), ()):
            reassembler.take(segment)
    for (client, port, server, server_port), streams in reassembler.connections.items():
        for stream in streams:
            take_stream(found[client, server], (port, server_port), stream.first_wins())
    return found
