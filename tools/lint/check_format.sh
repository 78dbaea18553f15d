#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
#
# Fails when clang-format would write a C++ source otherwise.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
wrong=$(find lib app tests \( -name '*.cpp' -o -name '*.hpp' \) -print0 |
  { xargs -0 -P "$(nproc)" -n 24 clang-format-14 --dry-run -Werror 2>&1 || true; } |
  sed -n 's/:[0-9:]* error:.*//p' | sort -u)
[ -z "$wrong" ] || { printf 'clang-format-14 would change:\n%s\n' "$wrong" && exit 1; }
