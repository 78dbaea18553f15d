#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Checks the stand-in for Exchange and the scripted Outlook, most of all by clients of others.

    check_exchange.py [NAME ...]

NAME chooses checks by a part of their names; see checking.py. Needs impacket, rpcclient and Samba's
Python bindings.
"""

import checking


def main():
    checking.inside()
    from exchange_checks import foreign, outlooks, poison
    from exchange_checks.laboratory import Laboratory
    checking.run((foreign, poison, outlooks), Laboratory)


main()
