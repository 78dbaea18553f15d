# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
"""What check_dcom.py tries; every check_* function here takes the laboratory."""
