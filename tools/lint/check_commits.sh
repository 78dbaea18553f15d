#!/bin/bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
#
# Fails on commit messages that are not `area: what it does now`, a blank line and a reason.
# check_commits.sh [RANGE]; by default the last 200 commits.
set -eu -o pipefail
cd "$(dirname "$0")/../.."
git=(git -c "safe.directory=$PWD")
"${git[@]}" rev-parse -q --verify HEAD >/dev/null 2>&1 || exit 0 # an exported tree has no history
bad=0
complain() {
  printf '%s: %s\n' "$(printf '%.12s' "$1")" "$2"
  bad=1
}
while read -r commit; do
  grep -q "^$commit" tools/lint/commits-let-pass.txt && continue
  title=$("${git[@]}" log -1 --format=%s "$commit")
  body=$("${git[@]}" log -1 --format=%b "$commit")
  [ ${#title} -le 72 ] || complain "$commit" "the title has ${#title} characters, 72 at most: $title"
  [[ $title =~ ^[a-z0-9.,\ _/-]+:\ [^A-Z] ]] || complain "$commit" "not 'area: what it does now': $title"
  [[ $title != *. ]] || complain "$commit" "the title ends with a full stop: $title"
  [ "$(wc -w <<<"$body")" -ge 3 ] || complain "$commit" "no body that says why: $title"
done < <("${git[@]}" rev-list --no-merges --max-count=200 "${1:-HEAD}")
exit "$bad"
