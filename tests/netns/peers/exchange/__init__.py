# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""A stand-in for an Exchange server, as far as RPC goes.

It speaks what Outlook and Exchange say to each other below MAPI: the endpoint mapper, the store,
the address book and their neighbours, NTLM and SPNEGO, notifications by UDP. The mail is a toy.
`../mapi` is the other side of it and shares the modules that only read and write bytes: ids,
pdu, ndr, tower, ntlm and spnego.
"""
