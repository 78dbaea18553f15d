#!/bin/sh
# rpcgate-port.sh IF...: makes interfaces of the kernel fit to be ports. Offloads that merge packets are
# switched off: merged ones exceed the MTU, and a gateway must not make one segment of two.
set -eu

[ $# -ge 1 ] || { echo "usage: $0 INTERFACE..." >&2; exit 2; }
for interface in "$@"; do
  [ -e "/sys/class/net/$interface" ] || { echo "$0: there is no interface $interface" >&2; exit 1; }
  for offload in gro lro rx-gro-hw rxvlan; do
    ethtool -K "$interface" "$offload" off 2>/dev/null || :  # not every NIC has each
  done
  ip link set "$interface" up
  echo "$interface: MTU $(cat "/sys/class/net/$interface/mtu")"
  ethtool -l "$interface" 2>/dev/null | sed -n '/Current/,$p' || :
done
