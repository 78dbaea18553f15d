#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
#
# Runs shellcheck over every shell script of ours.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
{
  find tools .ci drivers-config tests -type f -exec sh -c 'head -c 20 "$1" | grep -qE "^#!/bin/(ba)?sh"' sh {} \; -print
  find tools/lib -name '*.sh'
} 2>/dev/null | sort -u | xargs shellcheck -x
