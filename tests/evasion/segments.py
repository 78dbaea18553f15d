# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""IPv4 and TCP by hand, right or wrong as a case wants them, and captures of them."""

import dataclasses
import socket
import struct

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
MORE_FRAGMENTS = 0x2000
ETHERTYPE = b'\x08\x00'


def checksum(data):
    if len(data) % 2:
        data += b'\0'
    total = sum(struct.unpack(f'>{len(data) // 2}H', data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


@dataclasses.dataclass
class Segment:
    source: str
    destination: str
    source_port: int
    destination_port: int
    sequence: int
    acknowledgement: int = 0
    flags: int = ACK
    payload: bytes = b''
    options: bytes = b''
    window: int = 64000
    urgent: int = 0
    ttl: int = 64
    whole: bool = True  # its TCP checksum is right
    fragment: bool = False  # it is a part of a datagram: nothing of TCP was read

    def has(self, flag):
        return bool(self.flags & flag)

    @property
    def key(self):
        return self.source, self.source_port, self.destination, self.destination_port


def ip_header(segment, length, identification=0, fragment=0):
    header = struct.pack('>BBHHHBBH4s4s', 0x45, 0, length, identification, fragment, segment.ttl, 6,
                         0, socket.inet_aton(segment.source), socket.inet_aton(segment.destination))
    return header[:10] + struct.pack('>H', checksum(header)) + header[12:]


def tcp(segment):
    options = segment.options + b'\x01' * (-len(segment.options) % 4)
    header = struct.pack('>HHIIBBHHH', segment.source_port, segment.destination_port,
                         segment.sequence & 0xffffffff, segment.acknowledgement & 0xffffffff,
                         (5 + len(options) // 4) << 4, segment.flags, segment.window, 0,
                         segment.urgent) + options
    pseudo = struct.pack('>4s4sHH', socket.inet_aton(segment.source),
                         socket.inet_aton(segment.destination), 6,
                         len(header) + len(segment.payload))
    right = checksum(pseudo + header + segment.payload)
    told = right if segment.whole else right ^ 0x5555
    return header[:16] + struct.pack('>H', told) + header[18:] + segment.payload


def packet(segment):
    transport = tcp(segment)
    return ip_header(segment, 20 + len(transport)) + transport


def fragments(segment, parts, identification):
    """The datagram in pieces. parts: (offset, length), or (offset, other bytes) for a lie."""
    transport = tcp(segment)
    made = []
    for offset, part in parts:
        data = transport[offset:offset + part] if isinstance(part, int) else part
        last = offset + len(data) >= len(transport)
        field = offset // 8 | (0 if last else MORE_FRAGMENTS)
        made.append(ip_header(segment, 20 + len(data), identification, field) + data)
    return made


def frame(ip_packet, source=b'\x02\0\0\0\0\x0c', destination=b'\x02\0\0\0\0\x01'):
    return destination + source + ETHERTYPE + ip_packet


def parse(data):
    """The segment of a frame; None when it is not TCP in IPv4."""
    if data[12:14] != ETHERTYPE or len(data) < 34 or data[14] != 0x45 or data[23] != 6:
        return None
    total, _, field = struct.unpack('>HHH', data[16:22])
    source, destination = socket.inet_ntoa(data[26:30]), socket.inet_ntoa(data[30:34])
    if field & (MORE_FRAGMENTS | 0x1fff):
        return Segment(source, destination, 0, 0, 0, fragment=True, payload=data[34:14 + total])
    transport = data[34:14 + total]
    ports = struct.unpack('>HHIIBBHHH', transport[:20])
    size = (ports[4] >> 4) * 4
    pseudo = data[26:34] + struct.pack('>HH', 6, len(transport))
    return Segment(source, destination, ports[0], ports[1], ports[2], ports[3], ports[5] & 0x3f,
                   transport[size:], transport[20:size], ports[6], ports[8], data[22],
                   whole=checksum(pseudo + transport) == 0)


# -- TCP's options

def mss(size):
    return struct.pack('>BBH', 2, 4, size)


def scale(shift):
    return bytes([1, 3, 3, shift])


SACK_PERMITTED = b'\x01\x01\x04\x02'


def stamps(value, echo):
    return struct.pack('>BBBBII', 1, 1, 8, 10, value & 0xffffffff, echo & 0xffffffff)


def sack(*blocks):
    return bytes([1, 1, 5, 2 + 8 * len(blocks)]) + b''.join(
        struct.pack('>II', begin & 0xffffffff, end & 0xffffffff) for begin, end in blocks)


def kinds(options):
    """The kinds of a header's options, as far as their lengths make sense."""
    found = []
    at = 0
    while at < len(options) and options[at] != 0:
        if options[at] == 1:
            at += 1
            continue
        if at + 1 >= len(options) or options[at + 1] < 2:
            break
        found.append(options[at])
        at += options[at + 1]
    return found


def stamp_of(options):
    """The value of a timestamp option; None where there is none."""
    at = options.find(b'\x08\x0a')
    return struct.unpack('>I', options[at + 2:at + 6])[0] if at >= 0 else None


# -- captures

def write_capture(path, frames):
    """frames: (seconds, bytes)."""
    with open(path, 'wb') as out:
        out.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 0xffff, 1))
        for when, data in frames:
            whole = int(when)
            out.write(struct.pack('<IIII', whole, int((when - whole) * 1e6), len(data), len(data)))
            out.write(data)


def read_capture(path):
    with open(path, 'rb') as capture:
        data = capture.read()
    at = 24
    while at + 16 <= len(data):
        size = struct.unpack('<I', data[at + 8:at + 12])[0]
        yield data[at + 16:at + 16 + size]
        at += 16 + size
