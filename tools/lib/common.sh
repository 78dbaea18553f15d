# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
#
# Shared by the scripts in tools/: where things are, and doing things as the person who called.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
export top

say() { printf '\n== %s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# The person behind sudo; empty when there is none.
caller() {
  if [ "$EUID" = 0 ] && [ -n "${SUDO_USER:-}" ] && [ "$SUDO_USER" != root ]; then
    printf '%s' "$SUDO_USER"
  fi
}

as_caller() {
  local who
  who=$(caller)
  if [ -n "$who" ]; then
    runuser -u "$who" -- env HOME="$(getent passwd "$who" | cut -d: -f6)" "$@"
  else
    "$@"
  fi
}

# Where the caller may build: in the checkout, or in their cache when it is not theirs to write.
build_root() {
  # shellcheck disable=SC2016  # expanded by the inner shell
  as_caller sh -c '
    if mkdir -p "$1/build" 2>/dev/null && [ -w "$1/build" ] &&
       [ -z "$(find "$1/build" -maxdepth 1 ! -writable 2>/dev/null)" ]; then
      echo "$1/build"
    else
      cache=${XDG_CACHE_HOME:-$HOME/.cache}/rpcgate/$(echo "$1" | cksum | cut -d" " -f1)
      mkdir -p "$cache" && echo "$cache"
    fi' sh "$top"
}
