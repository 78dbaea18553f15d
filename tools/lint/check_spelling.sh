#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
#
# Fails on common misspellings.
set -eu
cd "$(dirname "$0")/../.."
exec codespell --quiet-level 2 --ignore-words tools/lint/words.txt --skip 'tests/fuzz/corpus,*.pcap' \
  lib app docs tests tools packs README.md
