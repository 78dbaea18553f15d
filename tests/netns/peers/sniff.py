#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""sniff.py INTERFACE FILE: every frame that comes and goes, as a capture, until SIGTERM.

Prints `ready`, and at the end how many frames it wrote and how many it missed, as JSON.
"""

import json
import select
import signal
import socket
import struct
import sys
import time

SO_RCVBUFFORCE, SOL_PACKET, PACKET_STATISTICS = 33, 263, 6
ALL_PROTOCOLS = 0x0003
NANOSECONDS, ETHERNET, LONGEST = 0xa1b23c4d, 1, 65536

over = []
signal.signal(signal.SIGTERM, lambda *_: over.append(True))
interface, name = sys.argv[1:]
link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 64 << 20)
link.bind((interface, ALL_PROTOCOLS))
link.setblocking(False)
frames = 0
with open(name, 'wb') as capture:
    capture.write(struct.pack('<IHHIIII', NANOSECONDS, 2, 4, 0, 0, LONGEST, ETHERNET))
    print('ready', flush=True)
    while True:
        try:
            frame = link.recv(LONGEST)
        except BlockingIOError:
            if over:
                break
            capture.flush()
            select.select([link], [], [], 0.1)
            continue
        seconds, rest = divmod(time.time_ns(), 10 ** 9)
        capture.write(struct.pack('<IIII', seconds, rest, len(frame), len(frame)) + frame)
        frames += 1
statistics = link.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
print(json.dumps({'frames': frames, 'missed': int.from_bytes(statistics[4:], 'little')}))
