# The node layer, as functions. `katametal kud render` and the manager put settings (KM_...) before this text and the
# steps after it. Every step looks before it acts and may be repeated. ROOT is empty but in tests.
ROOT=${KATAMETAL_ROOT:-}
KM_RESTART_NEEDED=

say() { printf 'katametal: %s\n' "$*" >&2; }

# Ends with a reason that a person can act on. On a first boot nothing of the bootstrap runs after it, so that the
# server never joins half-made.
fail() {
  trap - ERR
  say "the node layer of KudProfile $KM_PROFILE cannot be applied: $*"
  mkdir -p "$ROOT/run/katametal"
  printf '%s\n' "$*" >"$ROOT/run/katametal/node-layer.failed"
  if [ "$KM_MODE" = boot ]; then block_bootstrap; fi
  exit 1
}

# cloud-init runs these after this script, whatever becomes of it.
block_bootstrap() {
  local script
  for script in "$ROOT"/var/lib/cloud/instance/scripts/*; do
    [ -f "$script" ] || continue
    printf '#!/bin/sh\necho "katametal: not run, because the node layer failed: see above" >&2\nexit 1\n' >"$script"
  done
}

# Writes standard input to a file of a mode, in one step and only when it differs.
put() {
  local path=$ROOT$1 mode=$2 fresh
  mkdir -p "${path%/*}"
  fresh=$(mktemp "$path.XXXXXX")
  cat >"$fresh"
  chmod "$mode" "$fresh"
  if [ -e "$path" ] && cmp -s "$fresh" "$path"; then
    rm -f "$fresh"
  else
    mv -f "$fresh" "$path"
    say "wrote $1"
  fi
}

# The first x.y.z in a text; empty without one.
version_in() { if [[ $1 =~ ([0-9]+\.[0-9]+\.[0-9]+) ]]; then printf '%s' "${BASH_REMATCH[1]}"; fi; }

minor_of() { printf '%s' "${1%.*}"; }

at_least() { [ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]; }

require_root() { [ "$(id -u)" = 0 ] || fail 'it must run as root'; }

# Debian's names. Only what is missing is installed; an image for sites without internet brings everything.
install_packages() {
  local missing=() package
  for package in "$@"; do
    dpkg-query --show --showformat '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
  done
  [ ${#missing[@]} -gt 0 ] || return 0
  say "installing ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  if ! apt-get update -q >&2 || ! apt-get install -q -y --no-install-recommends "${missing[@]}" >&2; then
    fail "packages ${missing[*]} are missing and cannot be installed: put them into the image, or give the node a package mirror"
  fi
}

swap_off() {
  swapoff -a
  if [ -f "$ROOT/etc/fstab" ]; then
    sed -i -E '/^[^#].*[[:space:]]swap[[:space:]]/s/^/# katametal: kubelet needs swap off: /' "$ROOT/etc/fstab"
  fi
}

cpu_flag() { grep -m 1 '^flags' "$ROOT/proc/cpuinfo" 2>/dev/null | grep -qw "$1"; }

# On a server with an AMD processor KVM has another module.
choose_kvm_module() {
  if cpu_flag svm; then sed -i 's/^kvm_intel$/kvm_amd/' "$ROOT/etc/modules-load.d/katametal.conf"; fi
}

require_virtualization() {
  cpu_flag vmx || cpu_flag svm ||
    fail 'the processor shows neither vmx nor svm, which Kata needs: switch virtualization (VT-x, SVM) on in the BIOS setup, or nested virtualization where the server is a VM itself'
}

load_modules() {
  local module
  while read -r module; do
    case $module in '' | '#'*) continue ;; esac
    modprobe "$module" 2>/dev/null ||
      fail "kernel module $module cannot be loaded: use an image with a generic kernel and all of its modules"
  done <"$ROOT/etc/modules-load.d/katametal.conf"
}

# That /dev/kvm is there proves little: making a VM does.
require_kvm() {
  local device
  for device in kvm vhost-net vhost-vsock; do
    [ -e "$ROOT/dev/$device" ] || fail "/dev/$device is missing, which Kata needs: see the kernel log (dmesg) for the reason"
  done
  command -v python3 >/dev/null || return 0
  python3 - "$ROOT/dev/kvm" <<'PYTHON' || fail 'the kernel could not make a VM (KVM_CREATE_VM): virtualization is locked by the BIOS, or the server is a VM without nested virtualization'
import fcntl, os, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR | os.O_CLOEXEC), 0xAE01, 0)
PYTHON
}

apply_sysctls() { sysctl --quiet --load="$ROOT/etc/sysctl.d/99-katametal.conf" >&2 || fail 'the kernel settings in /etc/sysctl.d/99-katametal.conf were refused'; }

missing_kernel_arguments() {
  local argument running
  running=" $(tr '\n' ' ' <"$ROOT/proc/cmdline")"
  for argument in $KM_KERNEL_ARGUMENTS; do
    case $running in *" $argument "*) ;; *) printf '%s ' "$argument" ;; esac
  done
}

# Restarts at most once. cloud-init forgets its first boot, so that it begins anew and nothing of it ran before.
kernel_arguments() {
  local missing marker=$ROOT/var/lib/katametal/restarted-for-kernel-arguments
  missing=$(missing_kernel_arguments)
  if [ -z "$missing" ]; then return 0; fi
  if [ -e "$marker" ] && [ "$(cat "$marker")" = "$KM_KERNEL_ARGUMENTS" ]; then
    fail "the kernel runs without ${missing% } although the boot loader was told and the server restarted: see /etc/default/grub.d and the boot loader that this server really uses"
  fi
  command -v update-grub >/dev/null || fail "kernel arguments ${missing% } cannot be set: the image has no update-grub; put them into the image"
  update-grub >&2 || fail 'update-grub failed'
  mkdir -p "${marker%/*}"
  printf '%s\n' "$KM_KERNEL_ARGUMENTS" >"$marker"
  if [ "$KM_MODE" = existing ]; then
    KM_RESTART_NEEDED=" Restart this node for kernel arguments ${missing% }."
    return 0
  fi
  say "restarting for kernel arguments ${missing% }"
  cloud-init clean
  block_bootstrap
  systemctl reboot
  sleep 600
  exit 1
}

# Leaves the path of the file in REPLY. Nothing is used whose digest differs.
fetch() {
  local url=$1 digest=$2 seen
  REPLY=$ROOT/var/cache/katametal/$digest-${url##*/}
  if [ -f "$REPLY" ] && [ "$(sha256sum <"$REPLY" | cut -d ' ' -f 1)" = "$digest" ]; then return 0; fi
  mkdir -p "${REPLY%/*}"
  say "fetching $url"
  curl --fail --silent --show-error --location --retry 5 --retry-connrefused --connect-timeout 20 --output "$REPLY.part" "$url" ||
    fail "$url cannot be fetched"
  seen=$(sha256sum <"$REPLY.part" | cut -d ' ' -f 1)
  if [ "$seen" != "$digest" ]; then
    rm -f "$REPLY.part"
    fail "$url has sha256 $seen, not $digest as the KudProfile says: it was not unpacked"
  fi
  mv -f "$REPLY.part" "$REPLY"
}

# An archive (gzip, xz or zstd) below a folder, once for each digest.
install_archive() {
  local name=$1 url=$2 digest=$3 folder=$4 marker=$ROOT/var/lib/katametal/installed-$1
  if [ -e "$marker" ] && [ "$(cat "$marker")" = "$digest" ]; then return 0; fi
  fetch "$url" "$digest"
  mkdir -p "$ROOT$folder" "${marker%/*}"
  tar --extract --file "$REPLY" --directory "$ROOT$folder" --no-same-owner || fail "the archive $url cannot be unpacked"
  printf '%s\n' "$digest" >"$marker"
  rm -f "$REPLY"
  say "installed $name below $folder"
}

install_program() {
  local url=$1 digest=$2 path=$3
  fetch "$url" "$digest"
  mkdir -p "${ROOT}${path%/*}"
  install -m 0755 "$REPLY" "$ROOT$path"
}

# The same minor, and not an older patch.
require_containerd() {
  local seen
  command -v containerd >/dev/null || fail "there is no containerd: put containerd $KM_CONTAINERD_VERSION into the image, or name its archive in the KudProfile"
  seen=$(version_in "$(containerd --version)")
  if [ "$(minor_of "$seen")" != "$(minor_of "$KM_CONTAINERD_VERSION")" ] || ! at_least "$seen" "$KM_CONTAINERD_VERSION"; then
    fail "containerd is $seen, and KudProfile $KM_PROFILE was made for $KM_CONTAINERD_VERSION: correct containerd.version or the image"
  fi
}

require_runc() {
  local seen
  command -v runc >/dev/null || fail 'there is no runc: put it into the image, or name runcArchive in the KudProfile'
  if [ -z "$KM_RUNC_VERSION" ]; then return 0; fi
  seen=$(version_in "$(runc --version)")
  at_least "$seen" "$KM_RUNC_VERSION" || fail "runc is $seen, which is older than $KM_RUNC_VERSION"
}

require_cni_plugins() {
  local plugin
  for plugin in loopback bridge host-local portmap; do
    [ -x "$ROOT/opt/cni/bin/$plugin" ] || fail "/opt/cni/bin/$plugin is missing: put the reference CNI plugins into the image, or name cniPluginsArchive in the KudProfile"
  done
}

# The shim and the configuration of each handler, in the version of the profile.
require_kata() {
  local entry handler shim configuration seen
  for entry in $KM_HANDLERS; do
    IFS=, read -r handler shim configuration <<<"$entry"
    [ -x "$ROOT$shim" ] || fail "$shim of handler $handler is missing: put Kata $KM_KATA_VERSION into the image, or name its archive in the KudProfile"
    [ -f "$ROOT$configuration" ] || fail "$configuration of handler $handler is missing: this Kata archive does not bring it"
    seen=$(version_in "$("$ROOT$shim" --version 2>/dev/null || true)")
    if [ -n "$seen" ] && [ "$seen" != "$KM_KATA_VERSION" ]; then
      fail "$shim is Kata $seen, and KudProfile $KM_PROFILE wants $KM_KATA_VERSION"
    fi
  done
}

require_kubelet() {
  local seen
  command -v kubelet >/dev/null || fail "there is no kubelet: use an image with kubelet and kubeadm $KM_KUBERNETES_VERSION"
  seen=$(version_in "$(kubelet --version)")
  [ "$(minor_of "$seen")" = "$(minor_of "$KM_KUBERNETES_VERSION")" ] ||
    fail "kubelet is $seen, and KudProfile $KM_PROFILE was made for Kubernetes $KM_KUBERNETES_VERSION"
}

restart_containerd() {
  systemctl daemon-reload
  systemctl enable containerd >/dev/null 2>&1 || true
  systemctl restart containerd || return 1
  local turn
  for turn in $(seq 60); do
    if ctr --connect-timeout 2s version >/dev/null 2>&1; then return 0; fi
    sleep 1
  done
  say "containerd did not answer after $turn seconds"
  return 1
}

# What containerd really took of its files. A handler in a table of another version would be ignored silently.
missing_handlers() {
  local effective entry handler
  effective=$(containerd config dump 2>/dev/null || true)
  for entry in $KM_HANDLERS; do
    handler=${entry%%,*}
    grep -qE "containerd\.runtimes\.[\"']?${handler}[\"']?\]" <<<"$effective" || printf '%s ' "$handler"
  done
}

require_handlers() {
  local missing
  missing=$(missing_handlers)
  [ -z "$missing" ] || fail "containerd runs without handlers ${missing% } although they are configured: see \`containerd config dump\`"
}

# Where the installed system learns which host it is: kubelet says so to the API server.
note_provider_id() {
  local id
  id=$(cloud-init query ds.meta_data.provider_id 2>/dev/null || true)
  case $id in katametal://*) put /etc/katametal/provider-id 0644 <<<"$id" ;; esac
}
