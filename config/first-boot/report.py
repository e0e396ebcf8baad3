#!/usr/bin/python3
"""Reports the first boot of this system to the manager that installed it, once it is known how it ended.

Where to and with which token stands on the config drive (katametal.json). Repeats until the manager has taken the report or says that it
does not want it any more; then the bootstrap data on the drive is overwritten and this service is switched off. Needs nothing
but the standard library, which is there because cloud-init is.
"""

import fcntl
import glob
import json
import os
import socket
import ssl
import subprocess
import sys
import time
import urllib.error
import urllib.request

ROOT = os.environ.get("KATAMETAL_ROOT", "")
DRIVE = ROOT + "/run/katametal/drive"
LABELS = ("CIDATA", "cidata")
SENTINEL = "/run/cluster-api/bootstrap-success.complete"
KVM_CREATE_VM = 0xAE01


def text_of(path):
    """The contents of a file; empty when it is not there."""
    try:
        with open(ROOT + path, encoding="utf-8", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def stop(message):
    """Ends for good: systemd starts a service again only when it failed."""
    print("katametal:", message, flush=True)
    sys.exit(0)


def mount_drive():
    os.makedirs(DRIVE, exist_ok=True)
    for label in LABELS:
        if subprocess.run(["mount", "-L", label, DRIVE], check=False, capture_output=True).returncode == 0:
            return
    stop("there is no config drive: nobody waits for a report")


def unmount_drive():
    subprocess.run(["umount", DRIVE], check=False, capture_output=True)


def await_end():
    """Waits until cloud-init has finished, and returns what it says went wrong."""
    result = ROOT + "/run/cloud-init/result.json"
    while not os.path.exists(result):
        time.sleep(1)
    try:
        return json.loads(text_of("/run/cloud-init/result.json")).get("v1", {}).get("errors", [])
    except ValueError:
        return ["the result of cloud-init cannot be read"]


def outcome(errors):
    """None for success, else why the bootstrap failed.

    A bootstrap of Cluster API leaves a sentinel when it succeeded; cloud-init cannot tell, since later commands hide the exit code of
    kubeadm.
    """
    reason = text_of("/run/katametal/node-layer.failed").strip()
    if reason:
        return reason
    if SENTINEL in text_of("/var/lib/cloud/instance/user-data.txt") and not os.path.exists(ROOT + SENTINEL):
        return "the bootstrap ended without " + SENTINEL
    return "; ".join(str(error) for error in errors) if errors else None


def makes_vm():
    try:
        kvm = os.open(ROOT + "/dev/kvm", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        os.close(fcntl.ioctl(kvm, KVM_CREATE_VM, 0))
        return True
    except OSError:
        return False
    finally:
        os.close(kvm)


def virtual_functions():
    return sum(int(text_of(path[len(ROOT) :]) or 0) for path in glob.glob(ROOT + "/sys/class/net/*/device/sriov_totalvfs"))


def addresses():
    shown = subprocess.run(["hostname", "-I"], check=False, capture_output=True, text=True)
    return shown.stdout.split()[:64]


def report(errors):
    flags = next((line for line in text_of("/proc/cpuinfo").splitlines() if line.startswith("flags")), "").split()
    groups = ROOT + "/sys/kernel/iommu_groups"
    failed = outcome(errors)
    found = {
        "hostName": socket.gethostname(),
        "bootstrap": "succeeded" if failed is None else "failed",
        "addresses": addresses(),
        "virtualization": {
            "cpuFlag": "vmx" in flags or "svm" in flags,
            "kvm": makes_vm(),
            "iommuGroups": len(os.listdir(groups)) if os.path.isdir(groups) else 0,
            "sriovTotalVFs": virtual_functions(),
        },
    }
    if failed is not None:
        # Counted in UTF-16 units by the manager; half of its limit is safe for any text.
        found["log"] = failed[:1000] + "\n" + text_of("/var/log/cloud-init-output.log")[-3000:]
    return found


def send(settings, body):
    """Whether the matter is settled: the report was taken, or the operation is over."""
    trust = ssl.create_default_context(cadata=settings["ca"])
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=trust))
    request = urllib.request.Request(
        settings["phoneHomeURL"],
        data=json.dumps(body).encode(),
        headers={"Authorization": "Bearer " + settings["phoneHomeToken"], "Content-Type": "application/json"},
        method="POST",
    )
    try:
        with opener.open(request, timeout=20) as answer:
            return answer.status == 200
    except urllib.error.HTTPError as error:
        return error.code in (401, 403, 410)
    except (OSError, ssl.SSLError) as error:
        print("katametal: the manager cannot be reached:", getattr(error, "reason", error), flush=True)
        return False


def forget():
    """Overwrites what was secret on the drive. The files that cloud-init looks for stay, so that it knows its instance."""
    for name, rest in (("user-data", b"#cloud-config\n{}\n"), ("katametal.json", None)):
        path = os.path.join(DRIVE, name)
        try:
            with open(path, "r+b") as file:
                file.write(b"\n" * os.path.getsize(path))
                file.flush()
                os.fsync(file.fileno())
                if rest is not None:
                    file.seek(0)
                    file.truncate()
                    file.write(rest)
            if rest is None:
                os.remove(path)
        except OSError as error:
            print("katametal: cannot forget", name, error, flush=True)


def main():
    errors = await_end()
    mount_drive()
    try:
        try:
            with open(os.path.join(DRIVE, "katametal.json"), encoding="utf-8") as file:
                settings = json.load(file)
        except OSError:
            stop("the config drive names no manager: nobody waits for a report")
        body = report(errors)
        pause = 1
        while not send(settings, body):
            time.sleep(pause)
            pause = min(pause * 2, 60)
        if body["bootstrap"] == "succeeded":
            forget()
    finally:
        unmount_drive()
    subprocess.run(["systemctl", "disable", "katametal-first-boot.service"], check=False, capture_output=True)


main()
