#!/usr/bin/env bash
# fetch-root.sh FLAVOUR ROOT: unpacks the Debian packages that the boot image is made of below ROOT, unless they are there.
# Delete ROOT (or the cache) to take newer packages.
set -euo pipefail
source "$(dirname "$0")/common.sh"
flavour=$1 root=$2
mirror=${DEBIAN_MIRROR:-http://deb.debian.org/debian}
security=${DEBIAN_SECURITY_MIRROR:-http://deb.debian.org/debian-security}

packages=busybox-static,iproute2,fdisk,dosfstools,mtools,zstd,xz-utils,nvme-cli,hdparm,libstdc++6,systemd-boot-efi,isolinux,syslinux-common
components="main"
if [ "$flavour" = cloud ]; then
  # openssl is for the tiny system of the suites with virtual machines.
  packages+=,linux-image-cloud-amd64,openssl
else
  # Network adapters of servers that do not work without firmware files.
  packages+=,linux-image-amd64,firmware-bnx2x,firmware-qlogic,firmware-misc-nonfree
  components="main non-free-firmware"
fi

[ -f "$root/complete" ] && [ "$(cat "$root/complete")" = "$packages" ] && exit 0
rm -rf "$root" && mkdir -p "$root"
list=$root.packages
mmdebstrap --quiet --variant=extract --include="$packages" \
  --extract-hook='cd "$1/var/cache/apt/archives" && ls *.deb >'"'$list'" --aptopt='APT::Install-Recommends "false"' \
  --dpkgopt='path-exclude=/usr/share/doc/*' --dpkgopt='path-exclude=/usr/share/man/*' \
  bookworm - "deb $mirror bookworm $components" "deb $security bookworm-security $components" |
  tar -C "$root" -x --no-same-owner --exclude=./dev --exclude=./usr/share/locale
mv "$list" "$root/packages"
echo "$packages" >"$root/complete"
