# Shared by the scripts of this folder.
export PATH=$PATH:/usr/sbin:/sbin

fail() { echo "ramdisk: $*" >&2; exit 1; }

# need PROGRAM:PACKAGE...  Names every missing program at once, with the Debian package that has it.
need() {
  local missing="" pair
  for pair in "$@"; do command -v "${pair%%:*}" >/dev/null || missing+=" ${pair##*:}"; done
  [ -z "$missing" ] || fail "missing programs; as root: apt-get install -y --no-install-recommends$missing"
}

# Sets the time stamps of a tree to SOURCE_DATE_EPOCH.
settle_times() { find "$1" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +; }

# copy_program PROGRAM [NAME]: into $tree/bin, with the libraries it needs, all from $root.
copy_program() {
  local name=${2:-$(basename "$1")}
  rm -f "$tree/bin/$name" && install -m 755 "$1" "$tree/bin/$name"
  copy_libraries "$1"
}
copy_libraries() {
  local library found
  for library in $(objdump -p "$1" | awk '$1 == "NEEDED" {print $2}'); do
    [ -e "$tree/usr/lib/$library" ] && continue
    found=$(find "$root/lib/x86_64-linux-gnu" "$root/usr/lib/x86_64-linux-gnu" "$root/lib64" -maxdepth 1 -name "$library" -print -quit)
    [ -n "$found" ] || fail "$1 needs $library, which is in none of the packages"
    install -m 755 "$(readlink -f "$found")" "$tree/usr/lib/$library"
    copy_libraries "$found"
  done
}
