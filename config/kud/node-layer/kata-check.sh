#!/bin/bash
# Says of each thing that Kata needs on this node whether it is there, and which processes of ended pods are left.
# Ends with 1 when something is missing. Changes nothing.
# shellcheck disable=SC2317,SC2009 # checks are called by name; pgrep does not show what a pattern found
set -uo pipefail
ROOT=${KATAMETAL_ROOT:-}
bad=0

check() {
  local what=$1
  shift
  if "$@" >/dev/null 2>&1; then printf 'yes  %s\n' "$what"; else
    printf 'NO   %s\n' "$what"
    bad=1
  fi
}

creates_vm() {
  python3 - "$ROOT/dev/kvm" <<'PYTHON'
import fcntl, os, sys
fcntl.ioctl(os.open(sys.argv[1], os.O_RDWR | os.O_CLOEXEC), 0xAE01, 0)
PYTHON
}
is_set() { [ "$(sysctl -n "$1")" = "$2" ]; }
no_swap() { [ "$(wc -l <"$ROOT/proc/swaps")" -le 1 ]; }
has_handler() { grep -qE "containerd\.runtimes\.[\"']?${1}[\"']?\]" <<<"$(containerd config dump)"; }

# Sandboxes in whose name a shim, a VMM or virtiofsd runs, but which containerd does not know.
left_over() {
  local known id
  known=$(crictl pods --quiet --no-trunc) || return 1
  ps -e -o args= | { grep -E 'containerd-shim-kata|qemu-system|cloud-hypervisor|virtiofsd' || true; } |
    { grep -oE '[0-9a-f]{64}' || true; } | sort -u | while read -r id; do
    grep -qx "$id" <<<"$known" || printf '%s\n' "$id"
  done
}
nothing_left() { local left; left=$(left_over) && [ -z "$left" ]; }

check 'the processor can virtualize (vmx or svm)' grep -qwE 'vmx|svm' "$ROOT/proc/cpuinfo"
check 'the kernel makes a VM (KVM_CREATE_VM)' creates_vm
check '/dev/vhost-net' test -e "$ROOT/dev/vhost-net"
check '/dev/vhost-vsock' test -e "$ROOT/dev/vhost-vsock"
check 'swap is off' no_swap
check 'net.ipv4.ip_forward is 1' is_set net.ipv4.ip_forward 1
check 'net.bridge.bridge-nf-call-iptables is 1' is_set net.bridge.bridge-nf-call-iptables 1
check 'containerd answers' ctr --connect-timeout 5s version
while read -r handler; do
  check "containerd has handler $handler" has_handler "$handler"
done <"$ROOT/etc/katametal/kata-handlers"
check 'no process of an ended Kata pod is left' nothing_left
exit "$bad"
