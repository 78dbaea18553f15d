#!/bin/sh
# vfio-bind.sh bind|unbind|status PCI-ADDRESS...: gives NICs to vfio-pci, or back to the kernel's driver.
set -eu

usage() {
  echo "usage: $0 bind|unbind|status PCI-ADDRESS..." >&2
  exit 2
}

[ $# -ge 2 ] || usage
action=$1
shift
devices=/sys/bus/pci/devices

status() {
  driver=none
  if [ -e "$devices/$1/driver" ]; then driver=$(basename "$(readlink "$devices/$1/driver")"); fi
  group=none
  if [ -e "$devices/$1/iommu_group" ]; then
    group=$(basename "$(readlink "$devices/$1/iommu_group")")
  fi
  echo "$1: driver $driver, IOMMU group $group"
}

# Gives $1 to the driver $2; an empty one lets the kernel choose.
give() {
  echo "$2" > "$devices/$1/driver_override"
  if [ -e "$devices/$1/driver" ]; then echo "$1" > "$devices/$1/driver/unbind"; fi
  echo "$1" > /sys/bus/pci/drivers_probe
}

for device in "$@"; do
  case $device in
    ????:??:??.?) ;;
    ??:??.?) device=0000:$device ;;
    *) usage ;;
  esac
  if [ ! -e "$devices/$device" ]; then
    echo "$0: there is no PCI device $device" >&2
    exit 1
  fi
  case $action in
    bind)
      modprobe vfio-pci
      if [ ! -e "$devices/$device/iommu_group" ]; then
        echo "$0: $device has no IOMMU group: switch the IOMMU on (intel_iommu=on, or the firmware)" >&2
        exit 1
      fi
      # Whoever takes the NIC away from under a login session should have to say so twice.
      for net in "$devices/$device"/net/*; do
        [ -e "$net" ] || continue
        name=$(basename "$net")
        if [ "${FORCE:-}" != 1 ] && ip route show default 2>/dev/null | grep -qw "dev $name"; then
          echo "$0: the default route leaves by $name; FORCE=1 to take it anyway" >&2
          exit 1
        fi
      done
      give "$device" vfio-pci
      status "$device"
      ;;
    unbind)
      give "$device" ""
      status "$device"
      ;;
    status) status "$device" ;;
    *) usage ;;
  esac
done
