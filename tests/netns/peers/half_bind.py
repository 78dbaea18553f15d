#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""half_bind.py HOST: sends the first bytes of a bind to the mapper and waits for a line to end."""

import socket
import struct
import sys

BIND = struct.pack('<BBBBBBHHHI', 5, 0, 11, 3, 0x10, 0, 0, 72, 0, 1) + bytes(14)

with socket.create_connection((sys.argv[1], 135)) as mapper:
    mapper.sendall(BIND)
    sys.stdin.readline()
