"""Inspects one BMC with sushy and tells how long that took.

Usage: sushy-inspect.py URL USER PASSWORD CA_BUNDLE, with a JSON list of paths on standard input.
Reads what sushy has classes for through these (as OpenStack Ironic does), and through its connector those of the listed
resources that this has not brought yet, so that at the end the same resources were read. Prints {"milliseconds": number}.
"""

import json
import sys
import time
import warnings

import sushy
from sushy import auth, exceptions

warnings.simplefilter("ignore")


def normal(path):
    return path.split("?")[0].rstrip("/").lower()


def attempt(read):
    """What a BMC does not have, or sushy cannot parse, is left to the connector below."""
    try:
        return read()
    except (exceptions.SushyError, AttributeError, KeyError, TypeError, ValueError):
        return None


def has_reset(system):
    return bool(attempt(system.get_allowed_reset_system_values))


def read_by_classes(root):
    systems = attempt(lambda: root.get_system_collection().get_members()) or []
    system = next((each for each in systems if has_reset(each)), None)
    if system is not None:
        attempt(lambda: system.processors.get_members())
        attempt(lambda: system.ethernet_interfaces.get_members())
        for storage in attempt(lambda: system.storage.get_members()) or []:
            attempt(lambda: storage.drives)
            attempt(lambda: storage.volumes.get_members())
        attempt(lambda: system.managers)
    for chassis in attempt(lambda: root.get_chassis_collection().get_members()) or []:
        attempt(lambda: chassis.power)
        attempt(lambda: chassis.thermal)
    attempt(lambda: root.get_update_service().firmware_inventory.get_members())


def main():
    url, user, password, bundle = sys.argv[1:5]
    wanted = json.load(sys.stdin)
    began = time.monotonic()
    login = auth.SessionAuth(user, password)
    root = sushy.Sushy(url, auth=login, verify=bundle)
    connector, seen = root._conn, set()
    get = connector.get

    def noted(path="", *args, **kwargs):
        seen.add(normal(path))
        return get(path, *args, **kwargs)

    connector.get = noted
    read_by_classes(root)
    for path in wanted:
        if normal(path) not in seen:
            attempt(lambda: connector.get(path))
    login.close()
    print(json.dumps({"milliseconds": (time.monotonic() - began) * 1000}))


main()
