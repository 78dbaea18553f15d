# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A scripted Outlook, as far as RPC goes: the other side of `../exchange`."""
