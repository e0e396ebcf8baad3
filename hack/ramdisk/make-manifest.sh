#!/usr/bin/env bash
# make-manifest.sh ROOT KERNEL_VERSION FOLDER: what the image was made of, for people who check or rebuild it.
set -euo pipefail
source "$(dirname "$0")/common.sh"
root=$1 version=$2 folder=$3
{
  echo "kernel $version"
  echo "node $(node -p process.version) sha256 $(sha256sum "$(readlink -f "$(node -p process.execPath)")" | cut -d' ' -f1)"
  echo "recipe sha256 $(cd "$(dirname "$0")" && cat build.sh copy-modules.sh fetch-root.sh init make-*.sh probe.c udhcpc-script | sha256sum | cut -d' ' -f1)"
  echo "agent sha256 $(sha256sum "$(dirname "$0")/../../dist/agent/agent.mjs" | cut -d' ' -f1)"
  (cd "$folder" && sha256sum kernel initrd boot.efi boot.iso | sed 's/^\(\S*\)  \(.*\)/\2 sha256 \1/')
  sed 's/%3a/:/; s/^\([^_]*\)_\([^_]*\)_.*/package \1 \2/' "$root/packages"
} >"$folder/manifest"
