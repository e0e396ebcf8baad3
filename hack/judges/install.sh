#!/usr/bin/env bash
# Installs the outside judges and prints their folder:
#   venv/     Python programs, from requirements.txt
#   csdl/     the schemas of DMTF; absent where there is no cargo
#   profile.json  the capability profile of OpenStack Ironic
# What is installed is kept per set of pins in ${KATAMETAL_CACHE:-~/.cache/katametal} and made only once.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
pins=$(cat "$0" "$here/requirements.txt" "$here/csdl/Cargo.lock" | sha256sum | cut -c1-12)
folder="${KATAMETAL_CACHE:-$HOME/.cache/katametal}/judges-$pins"
mkdir -p "$folder"
exec 9>"$folder/.lock"
flock 9

if [ ! -e "$folder/.done" ]; then
  echo "installing the outside judges into $folder" >&2
  python3 -m venv --clear "$folder/venv" >&2
  "$folder/venv/bin/pip" install --quiet --disable-pip-version-check --no-deps -r "$here/requirements.txt" >&2
  "$folder/venv/bin/pip" check >&2

  # The profile is in the source distribution of Ironic only.
  sources=$(mktemp -d)
  trap 'rm -rf "$sources"' EXIT
  "$folder/venv/bin/pip" download --quiet --disable-pip-version-check --no-deps --no-binary ironic \
    --dest "$sources" ironic==39.0.0 >&2
  tar -xzf "$sources"/ironic-39.0.0.tar.gz -O \
    ironic-39.0.0/redfish-interop-profiles/OpenStackIronicProfile.v1_2_0.json >"$sources/profile.json"
  echo "161f5f296dde04ce7eea5bc0a16eeb26d03a68936dda377aefac71c2ed22ddc8  $sources/profile.json" | sha256sum --check --quiet >&2
  mv "$sources/profile.json" "$folder/profile.json"
  touch "$folder/.done"
fi

# Its own step: cargo may come later. An empty schema folder would let the validator pass everything.
if [ ! -e "$folder/csdl/.done" ] && command -v cargo >/dev/null; then
  work=$(mktemp -d)
  cp "$here"/csdl/Cargo.toml "$here"/csdl/Cargo.lock "$here"/csdl/lib.rs "$work"
  (cd "$work" && cargo vendor --quiet --locked --versioned-dirs vendor >/dev/null)
  mkdir -p "$folder/csdl"
  cp -n "$work"/vendor/nv-redfish-schema-0.22.1/redfish-csdl/csdl/*.xml "$folder/csdl/"
  cp -n "$work"/vendor/nv-redfish-schema-0.22.1/swordfish-csdl/csdl-schema/*.xml "$folder/csdl/"
  rm -rf "$work"
  [ "$(find "$folder/csdl" -name '*.xml' | wc -l)" -ge 320 ] && touch "$folder/csdl/.done"
fi
echo "$folder"
