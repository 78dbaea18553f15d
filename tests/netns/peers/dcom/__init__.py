# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A stand-in for a Windows server of COM objects, and the far end of what it calls back.

Activation (MS-DCOM 3.1.2.5.2), the object resolver, IRemUnknown and a few toy objects, written
byte by byte after what Windows sends: the client beside it (`../dcom_client.py`) is impacket's, so
neither can be wrong alone. Connections, log-ons and PDUs are those of `../exchange`.
"""
