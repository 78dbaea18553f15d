# shellcheck shell=bash
# SPDX-License-Identifier: BSD-3-Clause
# Copyright (c) 2026, the rpcgate authors
#
# Installing Debian packages without starting or enabling anything that comes with them.

policy=/usr/sbin/policy-rc.d
policy_is_ours=
installed_before=

# The packages of the lists tools/packages/NAME.txt.
listed_packages() {
  local list
  for list; do
    sed -e 's/#.*//' -e '/^[[:space:]]*$/d' "${top:?}/tools/packages/$list.txt"
  done | sort -u
}

missing_packages() {
  local package
  for package in $(listed_packages "$@"); do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
      printf '%s\n' "$package"
  done
}

# While packages install, invoke-rc.d is told to start nothing. A policy of the machine stays.
forbid_starting() {
  [ -e "$policy" ] && return
  policy_is_ours=yes
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
}

allow_starting() {
  [ -n "$policy_is_ours" ] && rm -f "$policy"
  policy_is_ours=
}

installed_packages() { dpkg-query -W -f '${db:Status-Status} ${Package}\n' | sed -n 's/^installed //p' | sort; }

# Units and init scripts of these packages shall not start with the machine either.
disable_services_of() {
  local package file unit
  for package; do
    while read -r file; do
      unit=${file##*/}
      case $file in
        */systemd/system/*@.*) ;;
        /lib/systemd/system/*.service | /usr/lib/systemd/system/*.service | \
        /lib/systemd/system/*.socket | /usr/lib/systemd/system/*.socket | \
        /lib/systemd/system/*.timer | /usr/lib/systemd/system/*.timer)
          DPKG_MAINTSCRIPT_PACKAGE=$package deb-systemd-helper disable "$unit" >/dev/null 2>&1 || true ;;
        /usr/lib/systemd/user/*.service | /usr/lib/systemd/user/*.socket | /usr/lib/systemd/user/*.timer)
          DPKG_MAINTSCRIPT_PACKAGE=$package deb-systemd-helper --user disable "$unit" >/dev/null 2>&1 || true ;;
        /etc/init.d/*)
          update-rc.d "$unit" disable >/dev/null 2>&1 || true ;;
      esac
    done < <(dpkg -L "$package" 2>/dev/null)
  done
}

# Also after Ctrl-C in the middle of it.
finish_installing() {
  # shellcheck disable=SC2046  # one word a package
  disable_services_of $(comm -13 <(echo "$installed_before") <(installed_packages))
  allow_starting
}

# Installs what is missing of these lists; does nothing when nothing is.
install_packages() {
  local missing status=0
  mapfile -t missing < <(missing_packages "$@")
  [ ${#missing[@]} -gt 0 ] || return 0
  [ "$EUID" = 0 ] || die "installing these packages needs root: ${missing[*]}"
  installed_before=$(installed_packages)
  trap finish_installing EXIT
  forbid_starting
  {
    apt-get -q update &&
      DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 install \
        --no-install-recommends "${missing[@]}"
  } </dev/null || status=$?
  finish_installing
  trap - EXIT
  [ "$status" = 0 ] || die "installing packages failed"
}
