#!/usr/bin/env bash
# make-uki.sh ROOT KERNEL INITRD WORDS OUT: kernel, initrd and command line as one EFI program (the unified kernel image of
# the UAPI group): sections behind those of the systemd stub, each at the next free page.
set -euo pipefail
source "$(dirname "$0")/common.sh"
root=$1 kernel=$2 initrd=$3 words=$4 out=$5
stub=$root/usr/lib/systemd/boot/efi/linuxx64.efi.stub
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
printf '%s' "$words" >"$parts/cmdline"
printf 'ID=katametal-agent\nNAME="katametal deploy agent"\n' >"$parts/osrel"

next=0
while read -r size address; do
  end=$((0x$size + 0x$address))
  [ "$end" -le "$next" ] || next=$end
done < <(objdump -h "$stub" | awk '$1 ~ /^[0-9]+$/ {print $3, $4}')

sections=()
add() {
  next=$(((next + 4095) / 4096 * 4096))
  sections+=(--add-section "$1=$2" --change-section-vma "$1=$next")
  next=$((next + $(stat -c %s "$2")))
}
add .osrel "$parts/osrel"
add .cmdline "$parts/cmdline"
add .initrd "$initrd"
add .linux "$kernel"
objcopy --preserve-dates "${sections[@]}" "$stub" "$out"
