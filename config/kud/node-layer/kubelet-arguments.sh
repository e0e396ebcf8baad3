#!/bin/bash
# Runs before each start of kubelet and writes /run/katametal/kubelet.env: what kubeadm and the image want, and ours.
# kubelet takes the last --register-with-taints only, so that of kubeadm is repeated with our taint added.
set -euo pipefail
ROOT=${KATAMETAL_ROOT:-}
out=$ROOT/run/katametal/kubelet.env

# The arguments in a file of systemd's form: NAME="value".
arguments_in() { sed -n -E "s/^$2=\"?([^\"]*)\"?$/\1/p" "$1" 2>/dev/null || true; }

kubeadm=$(arguments_in "$ROOT/var/lib/kubelet/kubeadm-flags.env" KUBELET_KUBEADM_ARGS)
extra=$(arguments_in "$ROOT/etc/default/kubelet" KUBELET_EXTRA_ARGS)
taints=
for argument in $kubeadm $extra; do
  case $argument in --register-with-taints=*) taints=${argument#*=} ;; esac
done

added=
while read -r argument; do
  case $argument in
    '' | '#'*) ;;
    --register-with-taints=*) added+=" --register-with-taints=${taints:+$taints,}${argument#*=}" ;;
    *) added+=" $argument" ;;
  esac
done <"$ROOT/etc/katametal/kubelet-arguments"

if [ -s "$ROOT/etc/katametal/provider-id" ]; then
  case " $kubeadm $extra " in
    *' --provider-id='*) ;;
    *) added+=" --provider-id=$(cat "$ROOT/etc/katametal/provider-id")" ;;
  esac
fi

mkdir -p "${out%/*}"
printf 'KUBELET_EXTRA_ARGS="%s%s"\n' "$extra" "$added" >"$out"
