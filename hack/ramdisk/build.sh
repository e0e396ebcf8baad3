#!/usr/bin/env bash
# Builds the image that servers boot the deploy agent from, out of Debian 12 packages, this project's agent bundle and
# the Node that runs this build. The same inputs give the same bytes; `manifest` names them all. No root needed.
#
#   build.sh [--kernel generic|cloud] [--out FOLDER] [--cache FOLDER]
#
#   generic   every driver a server may need, with firmware: what to give to `katametal manager --boot-image`
#   cloud     virtio, NVMe and nothing else, smaller and faster to start: for virtual machines
#
# FOLDER gets boot.iso (BIOS and UEFI), boot.efi (the same as one EFI program, for network boot), kernel, initrd, probe
# and manifest.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
source "$here/common.sh"

flavour=generic out="" cache="$top/.cache/ramdisk"
while [ $# -gt 0 ]; do
  case $1 in
    --kernel) flavour=$2; shift 2 ;;
    --out) out=$2; shift 2 ;;
    --cache) cache=$2; shift 2 ;;
    *) fail "unknown word $1; see the head of $0" ;;
  esac
done
case $flavour in generic | cloud) ;; *) fail "--kernel is generic or cloud, not $flavour" ;; esac
out=${out:-$top/dist/ramdisk-$flavour}

need mmdebstrap:mmdebstrap cpio:cpio zstd:zstd objcopy:binutils mkfs.vfat:dosfstools mcopy:mtools xorriso:xorriso \
  depmod:kmod cc:gcc node:nodejs
[ -f "$top/dist/agent/agent.mjs" ] || fail "dist/agent/agent.mjs is missing: run make build"

# Every time stamp in the result. The year only has to be the same each time.
export SOURCE_DATE_EPOCH=1735689600 TZ=UTC LC_ALL=C
root=$cache/root-$flavour
"$here/fetch-root.sh" "$flavour" "$root"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$out"
kernel_version=$(basename "$root"/lib/modules/*)
kernel=$root/boot/vmlinuz-$kernel_version

cc -Os -static -nostdlib -fno-stack-protector -fno-asynchronous-unwind-tables -fno-builtin -Wl,--build-id=none \
  -Wall -Wextra -Werror -o "$work/probe" "$here/probe.c"
strip "$work/probe"
"$here/make-initrd.sh" "$root" "$kernel_version" "$flavour" "$work/initrd" "$work/probe"
# Words for the kernel: both consoles (the last one is /dev/console), and a server that panics starts over.
# The IOMMU is on, so that its groups can be counted.
words="console=tty0 console=ttyS0,115200 panic=30 intel_iommu=on iommu=pt rdinit=/init"
"$here/make-uki.sh" "$root" "$kernel" "$work/initrd" "$words" "$work/boot.efi"
"$here/make-iso.sh" "$root" "$kernel" "$work/initrd" "$words" "$work/boot.efi" "$work/boot.iso"
install -m 644 "$kernel" "$work/kernel"
"$here/make-manifest.sh" "$root" "$kernel_version" "$work"
for file in probe kernel initrd boot.efi boot.iso manifest; do mv "$work/$file" "$out/$file"; done
ls -l "$out"
