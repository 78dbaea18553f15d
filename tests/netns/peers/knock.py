#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""knock.py SOURCE HOST PORT: what a TCP port says to this address: open, reset or silence."""

import socket
import sys

source, host, port = sys.argv[1:]
family = socket.AF_INET6 if ':' in host else socket.AF_INET
with socket.socket(family, socket.SOCK_STREAM) as knock:
    knock.settimeout(3)  # a SYN and its first repetition
    knock.bind((source, 0))
    try:
        knock.connect((host, int(port)))
        print('open')
    except ConnectionRefusedError:
        print('reset')
    except TimeoutError:
        print('silence')
