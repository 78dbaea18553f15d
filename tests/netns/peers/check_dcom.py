#!/usr/bin/python3
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Checks the stand-in for a server of COM objects by impacket, which wrote none of its bytes.

    check_dcom.py [NAME ...]

NAME chooses checks by a part of their names; see checking.py. Needs impacket.
"""

import checking


def main():
    checking.inside()
    from dcom_checks import foreign, objects
    from dcom_checks.laboratory import Laboratory
    checking.run((foreign, objects), Laboratory)


main()
