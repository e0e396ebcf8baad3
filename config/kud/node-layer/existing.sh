# For nodes that are in a cluster already: their containerd is added to, never replaced.

# Kata needs containerd below kubelet, reached by its own socket.
refuse_other_runtimes() {
  local file
  for file in /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/config.yaml /etc/default/kubelet /etc/sysconfig/kubelet; do
    [ -f "$ROOT$file" ] || continue
    if grep -qE 'cri-?dockerd' "$ROOT$file"; then
      fail "kubelet of this node uses cri-dockerd ($file). Kata does not work with Docker as the container runtime: drain the node, move it to containerd, and run this again"
    fi
    if grep -qE 'dockershim|--container-runtime=docker' "$ROOT$file"; then
      fail "kubelet of this node uses dockershim ($file), which Kubernetes dropped in 1.24. Move the node to containerd and to a supported Kubernetes, and run this again"
    fi
    if grep -q 'crio.sock' "$ROOT$file"; then
      fail "kubelet of this node uses CRI-O ($file): this script configures containerd only"
    fi
  done
  if systemctl is-active --quiet cri-docker.service 2>/dev/null || [ -S "$ROOT/run/cri-dockerd.sock" ]; then
    fail 'cri-dockerd runs on this node. Kata does not work with Docker as the container runtime: drain the node, move it to containerd, and run this again'
  fi
  if [ -e "$ROOT/run/k3s/containerd/containerd.sock" ] || [ -e "$ROOT/run/k0s/containerd.sock" ]; then
    fail 'containerd of this node belongs to k3s, RKE2 or k0s, which write its configuration themselves: this script does not know their files'
  fi
  if [ ! -e "$ROOT/run/containerd/containerd.sock" ]; then
    fail 'there is no /run/containerd/containerd.sock: this node does not run containerd'
  fi
}

# Leaves the version of containerd's configuration in CONFIG_VERSION.
judge_containerd() {
  local seen patch
  seen=$(version_in "$(containerd --version)")
  for patch in $KM_CONTAINERD_ACCEPTED; do
    case $patch in
      *+) if at_least "$seen" "${patch%+}"; then CONFIG_VERSION=3; return 0; fi ;;
      *)
        if [ "$(minor_of "$seen")" = "$(minor_of "$patch")" ] && at_least "$seen" "$patch"; then
          case $seen in 1.*) CONFIG_VERSION=2 ;; *) CONFIG_VERSION=3 ;; esac
          return 0
        fi
        ;;
    esac
  done
  fail "containerd is $seen, which does not go with Kubernetes $(minor_of "$KM_KUBERNETES_VERSION"): upgrade it to one of ${KM_CONTAINERD_ACCEPTED}"
}

readonly CONFIG=/etc/containerd/config.toml DROP_IN=/etc/containerd/conf.d/katametal-kata.toml

# Puts Kata's tables beside what is there. Restores the files when containerd does not take them.
add_handlers() {
  local version
  [ -f "$ROOT$CONFIG" ] || fail "there is no $CONFIG: make one with \`containerd config default\`, restart containerd, and run this again"
  version=$(sed -n -E 's/^[[:space:]]*version[[:space:]]*=[[:space:]]*([0-9]+).*/\1/p' "$ROOT$CONFIG" | head -n 1)
  case ${version:-1} in
    1) fail "$CONFIG has no version or version 1: bring it up with \`containerd config migrate\`, restart containerd, and run this again" ;;
    2) [ "$CONFIG_VERSION" = 2 ] || fail "$CONFIG has version 2 under containerd 2: bring it up with \`containerd config migrate\`, restart containerd, and run this again" ;;
  esac
  cp -p "$ROOT$CONFIG" "$ROOT$CONFIG.before-katametal"
  if [ "$CONFIG_VERSION" = 2 ]; then append_tables; else import_drop_in; fi
  if cmp -s "$ROOT$CONFIG" "$ROOT$CONFIG.before-katametal" && [ -z "$(missing_handlers)" ] && [ "$HANDLERS_CHANGED" = false ]; then
    say 'containerd knows the handlers already'
  elif ! restart_containerd || [ -n "$(missing_handlers)" ]; then
    # The import goes before the file: containerd does not start with an import that leads nowhere.
    cp -p "$ROOT$CONFIG.before-katametal" "$ROOT$CONFIG"
    if [ "$HANDLERS_CHANGED" = true ]; then rm -f "$ROOT$DROP_IN"; fi
    restart_containerd || true
    fail 'containerd did not take the handlers; its configuration is as before'
  fi
}

HANDLERS_CHANGED=false

import_drop_in() {
  local fresh
  fresh=$(mktemp)
  kata_drop_in >"$fresh"
  if ! cmp -s "$fresh" "$ROOT$DROP_IN"; then HANDLERS_CHANGED=true; fi
  put "$DROP_IN" 0644 <"$fresh"
  rm -f "$fresh"
  if grep -qE '^[[:space:]]*imports[[:space:]]*=.*/etc/containerd/conf\.d/\*\.toml' "$ROOT$CONFIG"; then return 0; fi
  if grep -qE '^[[:space:]]*imports[[:space:]]*=[[:space:]]*\[[[:space:]]*\]' "$ROOT$CONFIG"; then
    sed -i -E 's|^([[:space:]]*imports[[:space:]]*=[[:space:]]*)\[[[:space:]]*\]|\1["/etc/containerd/conf.d/*.toml"]|' "$ROOT$CONFIG"
  elif grep -qE '^[[:space:]]*imports[[:space:]]*=[[:space:]]*\[.*\]' "$ROOT$CONFIG"; then
    sed -i -E 's|^([[:space:]]*imports[[:space:]]*=[[:space:]]*\[.*)\]|\1, "/etc/containerd/conf.d/*.toml"]|' "$ROOT$CONFIG"
  elif grep -qE '^[[:space:]]*imports[[:space:]]*=' "$ROOT$CONFIG"; then
    fail "the imports of $CONFIG go over several lines: add \"/etc/containerd/conf.d/*.toml\" to them, and run this again"
  else
    sed -i '1i imports = ["/etc/containerd/conf.d/*.toml"]' "$ROOT$CONFIG"
  fi
}

# containerd 1.7 replaces a table by one of an imported file, so the tables go into the main file, between two marks.
append_tables() {
  sed -i '/^# katametal: begin$/,/^# katametal: end$/d' "$ROOT$CONFIG"
  { printf '# katametal: begin\n'; kata_tables; printf '# katametal: end\n'; } >>"$ROOT$CONFIG"
}
