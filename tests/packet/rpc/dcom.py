# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Activations of objects (MS-DCOM 3.1.2.5.2.3), as the fuzz target's seeds are built."""

import uuid

from fuzz import dcom_seeds
from fuzz.dcom_seeds import CREATE, GET_CLASS, OUR_CLASS, PLAIN  # noqa: F401

from . import pdus

MMC = '49b2791a-b1ae-4c90-9b8e-e860ba07f889'  # runs programs
ACTIVATION = pdus.Syntax('4d9f4ab8-7d1c-11cf-861e-0020af6e7c57', 0)
OPNUMS = {CREATE: 4, GET_CLASS: 3, PLAIN: 0}
INTERFACES = {CREATE: pdus.ACTIVATOR, GET_CLASS: pdus.ACTIVATOR, PLAIN: ACTIVATION}


def activate(operation=CREATE, clsid=OUR_CLASS, *, call=2, auth=None):
    """The request for an object of a class."""
    stub = dcom_seeds.Stub()
    if operation == PLAIN:
        made = dcom_seeds.plain_request(stub, file=False)
    else:
        made = dcom_seeds.request(stub, operation, dcom_seeds.asked())
    made = made.replace(uuid.UUID(OUR_CLASS).bytes_le, uuid.UUID(clsid).bytes_le)
    return pdus.request(OPNUMS[operation], made, call, auth=auth)


def activated(host, port, *, auth=None):
    """The answer that names the port of the object's exporter."""
    return pdus.response(dcom_seeds.answer(dcom_seeds.Stub(), [f'{host}[{port}]']), auth=auth)
