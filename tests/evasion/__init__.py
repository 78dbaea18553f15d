# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""TCP tricks that smuggle a reading past a gateway, and what may come of each.

One description of a trick (cases_*.py) is played twice: into a capture that `rpcgate-replay` reads
(tests/packet/test_evasion.py), and by hand-made frames against a kernel's TCP, with the gateway
between (tests/netns/test_evasion.py). What left towards the server is put together by a reader of
its own (reassembler.py, readings.py) that shares nothing with the gateway.
"""
