#!/usr/bin/env bash
# copy-modules.sh ROOT KERNEL_VERSION FLAVOUR TREE: the drivers that reach disks, networks, TPMs and KVM, what they depend
# on, and the firmware files that they ask for.
set -euo pipefail
source "$(dirname "$0")/common.sh"
root=$1 version=$2 flavour=$3 tree=$4
from=$root/lib/modules/$version to=$tree/usr/lib/modules/$version

wanted="drivers/block/virtio_blk.ko drivers/net/virtio_net.ko drivers/net/bonding drivers/net/net_failover.ko
  drivers/nvme/host drivers/virtio drivers/scsi/virtio_scsi.ko drivers/scsi/sd_mod.ko drivers/char/virtio_console.ko
  net/8021q arch/x86/kvm fs/efivarfs drivers/char/hw_random/virtio-rng.ko"
if [ "$flavour" = generic ]; then
  wanted+=" drivers/net/ethernet drivers/net/phy drivers/net/mdio drivers/net/hyperv drivers/net/vmxnet3 drivers/scsi
    drivers/ata drivers/message drivers/usb/host drivers/usb/storage drivers/hid/usbhid drivers/char/tpm drivers/hv
    drivers/pci/controller drivers/char/ipmi drivers/infiniband/hw/bnxt_re"
fi

depmod -b "$root" "$version"
mkdir -p "$to"
# Lines of modules.dep read "module: what it depends on"; a module is wanted when its path starts with a wanted one.
awk -v wanted="$wanted" '
  BEGIN { count = split(wanted, prefixes) }
  { sub(":", "", $1)
    for (i = 1; i <= count; i++) if (index($1, "kernel/" prefixes[i]) == 1) { for (j = 1; j <= NF; j++) print $j; break } }
' "$from/modules.dep" | sort -u | while read -r module; do
  install -D -m 644 "$from/$module" "$to/$module"
done
cp "$from/modules.builtin" "$from/modules.builtin.modinfo" "$from/modules.order" "$to/"
depmod -b "$tree" "$version"
rm -f "$to"/*.bin

find "$to" -name '*.ko' -exec modinfo -F firmware {} + | sort -u | while read -r file; do
  [ ! -e "$root/lib/firmware/$file" ] || install -D -m 644 "$root/lib/firmware/$file" "$tree/usr/lib/firmware/$file"
done
