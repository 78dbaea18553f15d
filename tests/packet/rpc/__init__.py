# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Conversations of RPC clients with a server that keeps to the standards, for `rpcgate-replay`.

A test writes what the client says and what must arrive of it; the server (server.py) answers what
arrives, never what was said (talk.py). All conversations of a scene (scene.py) become one capture,
and what left the gateway is put together by the reader of tests/evasion.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
