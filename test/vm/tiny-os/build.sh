#!/usr/bin/env bash
# build.sh OUT: a disk image of 28 MiB that behaves like an installed system and starts in seconds: GPT, an EFI partition
# with a UKI, and nothing else. Made from the packages that the boot image was made of (hack/ramdisk, flavour cloud).
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
source "$top/hack/ramdisk/common.sh"
out=$1
export SOURCE_DATE_EPOCH=1735689600 TZ=UTC LC_ALL=C
root=$top/.cache/ramdisk/root-cloud
"$top/hack/ramdisk/fetch-root.sh" cloud "$root"
version=$(basename "$root"/lib/modules/*)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

tree=$work/tree
mkdir -p "$tree"/{bin,proc,sys,dev,mnt,etc,usr/lib}
ln -s usr/lib "$tree/lib"
install -m 755 "$root/bin/busybox" "$tree/bin/busybox"
for name in $("$tree/bin/busybox" --list); do [ "$name" = busybox ] || ln -s busybox "$tree/bin/$name"; done
mkdir -p "$tree/usr/lib64" && ln -s usr/lib64 "$tree/lib64"
copy_program "$root/usr/bin/openssl"
cp "$tree/usr/lib/ld-linux-x86-64.so.2" "$tree/usr/lib64/"
install -m 755 "$here/init" "$tree/init"
install -m 755 "$top/hack/ramdisk/udhcpc-script" "$tree/etc/udhcpc-script"
install -m 755 "$top/dist/ramdisk-cloud/probe" "$tree/bin/katametal-probe"
from=$root/lib/modules/$version
depmod -b "$root" "$version"
for module in virtio_pci virtio_blk virtio_net virtio_scsi sd_mod vfat nls_cp437 nls_ascii evdev button kvm_amd; do
  modprobe -d "$root" -S "$version" --show-depends "$module" 2>/dev/null | awk '$1 == "insmod" {print $2}' || true
done | sort -u | while read -r file; do install -D -m 644 "$file" "$tree/usr/lib/modules/$version/${file#"$from"/}"; done
cp "$from/modules.builtin" "$from/modules.order" "$tree/usr/lib/modules/$version/"
depmod -b "$tree" "$version" && rm -f "$tree/usr/lib/modules/$version/"*.bin
settle_times "$tree"
(cd "$tree" && find . -print0 | sort -z | cpio --quiet --null --reproducible -o -H newc -R 0:0) | gzip -n -6 >"$work/initrd"

"$top/hack/ramdisk/make-uki.sh" "$root" "$root/boot/vmlinuz-$version" "$work/initrd" "console=ttyS0 rdinit=/init" "$work/tiny.efi"
truncate -s 24M "$work/esp"
mkfs.vfat --invariant -n ESP "$work/esp" >/dev/null
mmd -i "$work/esp" ::EFI ::EFI/BOOT
mcopy -i "$work/esp" "$work/tiny.efi" ::EFI/BOOT/BOOTX64.EFI
truncate -s 28M "$work/disk"
sfdisk --quiet "$work/disk" <<TABLE
label: gpt
label-id: 6B617461-6D65-7461-6C00-000000000001
start=1MiB, size=24MiB, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B, uuid=6B617461-6D65-7461-6C00-000000000002, name="esp"
TABLE
dd if="$work/esp" of="$work/disk" bs=1M seek=1 conv=notrunc status=none
mkdir -p "$(dirname "$out")"
mv "$work/disk" "$out"
