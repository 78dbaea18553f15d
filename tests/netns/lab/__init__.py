# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""The laboratory: namespaces, a domain controller, the gateway, and clients to try it with.

Shared by the end-to-end tests and tools/demo. Everything it makes has the name of one run in it and
is taken down by the object that made it.
"""
