# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Recorded captures under policies, and what an independent reader's findings lead to expect.

The findings (oracle.py) and a policy (policy.py) say what must be told and what must leave
(expected.py); events and the capture that the replay writes say what was (seen.py). Both are
Findings of one (client, server) pair.
"""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2]))
