#!/usr/bin/env bash
# make-initrd.sh ROOT KERNEL_VERSION FLAVOUR OUT PROBE: the system in RAM. A compressed archive, and after it an uncompressed one
# that holds the reserved block for the settings of a server, where the manager finds and fills it while it serves.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
source "$here/common.sh"
root=$1 version=$2 flavour=$3 out=$4 probe=$5
tree=$(mktemp -d) block=$(mktemp -d)
trap 'rm -rf "$tree" "$block"' EXIT

mkdir -p "$tree"/{bin,etc,proc,sys,dev,run,tmp,usr/lib,usr/bin,agent,var/lib/dhcp}
for folder in lib lib64 sbin; do mkdir -p "$tree/usr/$folder" && ln -s "usr/$folder" "$tree/$folder"; done

# ---- programs: busybox under all its names, real programs over them
install -m 755 "$root/bin/busybox" "$tree/bin/busybox"
for name in $("$tree/bin/busybox" --list); do [ "$name" = busybox ] || ln -s busybox "$tree/bin/$name"; done

for program in bin/ip sbin/sfdisk sbin/mkfs.vfat usr/bin/mtools usr/bin/zstd usr/bin/xz usr/sbin/nvme sbin/hdparm; do
  copy_program "$root/$program"
done
ln -sf mtools "$tree/bin/mcopy"
# mtools asks the C library for the code page of DOS.
install -D -m 644 "$root/usr/lib/x86_64-linux-gnu/gconv/IBM850.so" "$tree/usr/lib/gconv/IBM850.so"
printf '%s\n' 'alias CP850// IBM850//' 'module IBM850// INTERNAL IBM850 1' 'module INTERNAL IBM850// IBM850 1' \
  >"$tree/usr/lib/gconv/gconv-modules"
# Node is the one that runs this build, so that the agent runs on what its tests ran on. Its libraries are Debian's.
strip --strip-unneeded -o "$tree/node" "$(readlink -f "$(node -p process.execPath)")"
copy_program "$tree/node" && rm "$tree/node"
cp "$tree/usr/lib/ld-linux-x86-64.so.2" "$tree/usr/lib64/"

# ---- ours
install -m 755 "$probe" "$tree/bin/katametal-probe"
install -m 755 "$here/init" "$tree/init"
install -m 755 "$here/udhcpc-script" "$tree/etc/udhcpc-script"
install -m 644 "$here/../../dist/agent/agent.mjs" "$tree/agent/agent.mjs"
echo 'root:x:0:0:root:/:/bin/sh' >"$tree/etc/passwd"

# ---- drivers
"$here/copy-modules.sh" "$root" "$version" "$flavour" "$tree"

settle_times "$tree"
(cd "$tree" && find . -print0 | sort -z | cpio --quiet --null --reproducible -o -H newc -R 0:0) |
  zstd -q -T2 -"${RAMDISK_ZSTD_LEVEL:-12}" >"$out"

# The kernel takes archives one after the other at addresses that are multiples of 4.
truncate -s %4 "$out"
mkdir -p "$block/agent"
node -e 'process.stdout.write(process.argv[1].padEnd(16384, " "))' $'KATAMETAL-SETTINGS-V1\n' >"$block/agent/settings"
settle_times "$block"
(cd "$block" && find agent/settings | cpio --quiet --reproducible -o -H newc -R 0:0) >>"$out"
