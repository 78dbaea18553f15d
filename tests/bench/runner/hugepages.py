# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""Reserved for a run and given back after it."""

import contextlib
import pathlib

RESERVED = pathlib.Path('/proc/sys/vm/nr_hugepages')


@contextlib.contextmanager
def reserved(pages):
    """`pages`: None leaves them as they are."""
    if pages is None:
        yield
        return
    before = RESERVED.read_text().strip()
    try:
        RESERVED.write_text(str(pages))
        got = int(RESERVED.read_text())
        if got < pages:
            raise OSError(f'the kernel gave {got} of {pages} hugepages')
        yield
    finally:
        RESERVED.write_text(before)
