#!/usr/bin/env bash
# Builds a disk image of Debian 12 with cloud-init for servers that boot by UEFI: what katametal writes to disks in its
# own tests, and a start for your image. Nothing is mounted: every file system is made from a folder.
#
#   build.sh OUT.raw [FOLDER]     FOLDER is laid over the root file system, for example with kubelet in usr/local/bin
#
# Needs root (owners of files), mmdebstrap, mke2fs, mtools, dosfstools, sfdisk and grub-efi-amd64-bin. The root file
# system as it comes from the packages is kept beside OUT.raw as root.tar and used again.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,9p' "$0"; exit 2; }
[ "$(id -u)" = 0 ] || { echo "build.sh: run it as root: the files of the image belong to root" >&2; exit 1; }
for program in mmdebstrap mkfs.ext4 mkfs.vfat mcopy sfdisk grub-mkimage; do
  command -v "$program" >/dev/null || { echo "build.sh: $program is missing" >&2; exit 1; }
done

folder=$(mkdir -p "$(dirname "$1")" && cd "$(dirname "$1")" && pwd)
image=$folder/$(basename "$1")
overlay=${2:-}
esp_mib=16
root_mib=${ROOT_MIB:-1400}

# systemd boots it, cloud-init configures it, and the rest is what kubeadm and the node layer ask for.
packages=(
  systemd systemd-sysv systemd-resolved udev dbus kmod procps iproute2 netbase iptables ethtool conntrack socat ebtables ipset
  cloud-init cloud-guest-utils netplan.io python3-minimal gdisk fdisk e2fsprogs
  linux-image-cloud-amd64 ca-certificates curl zstd jq pciutils runc
)

root_tar() {
  local sources=() source
  for source in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
    if [ -s "$source" ] && grep -q bookworm "$source"; then sources=("$source"); break; fi
  done
  mmdebstrap --quiet --variant=minbase --components=main \
    --include="$(IFS=,; echo "${packages[*]}")" \
    --aptopt='Apt::Install-Recommends "false"' \
    --dpkgopt='path-exclude=/usr/share/man/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    --dpkgopt='path-exclude=/usr/share/locale/*' \
    --customize-hook='chroot "$1" python3 -m compileall -q /usr/lib/python3 || true' \
    bookworm "$folder/part.tar" "${sources[@]}"
  mv "$folder/part.tar" "$folder/root.tar"
}

# What makes a fresh copy start as a machine of its own, and leaves its settings to the config drive.
prepare() {
  local root=$1
  : >"$root/etc/machine-id"
  rm -f "$root"/etc/ssh/ssh_host_* "$root"/var/lib/dbus/machine-id
  rm -rf "$root"/var/cache/apt/* "$root"/var/lib/apt/lists/*
  echo 'LABEL=root / ext4 rw,noatime,x-systemd.growfs 0 1' >"$root/etc/fstab"
  echo 'datasource_list: [ NoCloud, ConfigDrive, None ]' >"$root/etc/cloud/cloud.cfg.d/90-config-drive.cfg"
  ln -sf /run/systemd/resolve/stub-resolv.conf "$root/etc/resolv.conf"
  local unit
  for unit in apt-daily.timer apt-daily-upgrade.timer e2scrub_all.timer fstrim.timer; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
  done
  local version
  version=$(basename "$(ls -d "$root"/boot/vmlinuz-* | sort -V | tail -1)")
  version=${version#vmlinuz-}
  mkdir -p "$root/boot/grub"
  cat >"$root/boot/grub/grub.cfg" <<CFG
set timeout=0
linux /boot/vmlinuz-$version root=LABEL=root ro console=tty0 console=ttyS0 \$extra
initrd /boot/initrd.img-$version
boot
CFG
}

# The boot loader finds the root file system by its label, so a new kernel needs no change of the boot partition.
boot_partition() {
  local out=$1 config
  config=$(mktemp)
  echo 'search --no-floppy --label root --set=root
configfile /boot/grub/grub.cfg' >"$config"
  grub-mkimage -O x86_64-efi -p /EFI/BOOT -c "$config" -o "$out.efi" \
    part_gpt fat ext2 linux normal search search_label configfile boot
  truncate -s "${esp_mib}M" "$out"
  mkfs.vfat -n ESP "$out" >/dev/null
  mmd -i "$out" ::EFI ::EFI/BOOT
  mcopy -i "$out" "$out.efi" ::EFI/BOOT/BOOTX64.EFI
  rm -f "$config" "$out.efi"
}

[ -s "$folder/root.tar" ] || root_tar
work=$(mktemp -d "$folder/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
mkdir "$work/root"
tar -C "$work/root" --exclude='./dev/*' -xf "$folder/root.tar"
[ -z "$overlay" ] || cp -a "$overlay/." "$work/root/"
prepare "$work/root"
boot_partition "$work/esp"
truncate -s "${root_mib}M" "$work/ext4"
# Neither feature is known to the boot loader of Debian 12.
mkfs.ext4 -q -L root -m 0 -O ^metadata_csum_seed,^orphan_file -E root_owner=0:0 -d "$work/root" "$work/ext4"
truncate -s "$((1 + esp_mib + root_mib + 1))M" "$work/disk"
sfdisk -q "$work/disk" <<TABLE
label: gpt
start=1MiB, size=${esp_mib}MiB, type=uefi, name=esp
size=${root_mib}MiB, type=linux-root-x86-64, name=root
TABLE
dd if="$work/esp" of="$work/disk" bs=1M seek=1 conv=notrunc,sparse status=none
dd if="$work/ext4" of="$work/disk" bs=1M seek="$((1 + esp_mib))" conv=notrunc,sparse status=none
mv "$work/disk" "$image"
echo "$image: $(stat -c %s "$image") bytes, $(du -m "$image" | cut -f1) MiB in use"
