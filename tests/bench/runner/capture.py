# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A capture file of UDP packets for testpmd to receive, over and over."""

import struct

ETHERNET = 1
FLOWS = 512
CLIENT, SERVER = bytes([198, 51, 100, 10]), bytes([10, 10, 0, 10])


def checksum(header):
    total = sum(struct.unpack(f'!{len(header) // 2}H', header))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def frame(size, flow):
    """Ethernet, IPv4 and UDP, as long as the memory ports of the pipeline have them."""
    payload = size - 14 - 20 - 8
    ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, size - 14, flow, 0, 64, 17, 0, CLIENT, SERVER)
    ip = ip[:10] + struct.pack('!H', checksum(ip)) + ip[12:]
    udp = struct.pack('!HHHH', 10000 + flow, 49152, 8 + payload, 0)
    return (bytes.fromhex('0200000000a0') + bytes.fromhex('020000000c01') + b'\x08\x00' + ip + udp +
            bytes(payload))


def write(path, size):
    with open(path, 'wb') as file:
        file.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, ETHERNET))
        for flow in range(FLOWS):
            data = frame(size, flow)
            file.write(struct.pack('<IIII', 0, flow, len(data), len(data)) + data)
