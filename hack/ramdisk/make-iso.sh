#!/usr/bin/env bash
# make-iso.sh ROOT KERNEL INITRD WORDS UKI OUT: a CD that boots by BIOS (isolinux), by UEFI (the UKI in an El Torito FAT
# image), and as a USB stick, which is how many BMCs show a virtual medium.
set -euo pipefail
source "$(dirname "$0")/common.sh"
root=$1 kernel=$2 initrd=$3 words=$4 uki=$5 out=$6
cd_tree=$(mktemp -d)
trap 'rm -rf "$cd_tree"' EXIT
mkdir -p "$cd_tree"/{isolinux,boot}

efi=$cd_tree/boot/efi.img
truncate -s $((($(stat -c %s "$uki") / 1024 / 1024 + 2) * 1024))K "$efi"
mkfs.vfat --invariant -n KATAMETAL "$efi" >/dev/null
settle_times "$(dirname "$uki")"
mmd -i "$efi" ::EFI ::EFI/BOOT
mcopy -m -i "$efi" "$uki" ::EFI/BOOT/BOOTX64.EFI

install -m 644 "$kernel" "$cd_tree/isolinux/vmlinuz"
install -m 644 "$initrd" "$cd_tree/isolinux/initrd"
install -m 644 "$root/usr/lib/ISOLINUX/isolinux.bin" "$root/usr/lib/syslinux/modules/bios/ldlinux.c32" "$cd_tree/isolinux/"
cat >"$cd_tree/isolinux/isolinux.cfg" <<CONFIGURATION
SERIAL 0 115200
DEFAULT agent
PROMPT 0
TIMEOUT 1
LABEL agent
  KERNEL /isolinux/vmlinuz
  APPEND initrd=/isolinux/initrd $words
CONFIGURATION
settle_times "$cd_tree"
xorriso -as mkisofs -quiet -V KATAMETAL -J -R -o "$out" \
  -isohybrid-mbr "$root/usr/lib/ISOLINUX/isohdpfx.bin" -partition_offset 16 \
  -c isolinux/boot.cat -b isolinux/isolinux.bin -no-emul-boot -boot-load-size 4 -boot-info-table \
  -eltorito-alt-boot -e boot/efi.img -no-emul-boot -isohybrid-gpt-basdat "$cd_tree"
