"""Looks into a Proxmox VE cluster with proxmoxer, and changes VMs as somebody's hand does.

Each line on standard input is answered by one line of JSON; what fails by {"error": "..."}.
  list                 every VM that bears a DCM mark
  destroy <vmid>       stops and destroys the VM
  cpus <vmid> <count>  gives it so many CPUs
Connection: SITE_URL, SITE_USERNAME and SITE_PASSWORD (a user's, such as root@pam: it asks for a ticket), SITE_CA (file with the
PEM of the cluster's certificate authority).
"""

import json
import os
import re
import sys
import time
from urllib.parse import urlparse

from proxmoxer import ProxmoxAPI, ResourceException
from requests.exceptions import ConnectionError

TASK_TIMEOUT_S = 60
MIB_PER_UNIT = {"K": 1 / 1024, "M": 1, "G": 1024, "T": 1024 * 1024}
DISK = re.compile(r"^(scsi|virtio|sata|ide)\d+$")
SIZE = re.compile(r"(?:^|,)size=(\d+)([KMGT]?)(?:,|$)")
POWERS = {"running": "on", "stopped": "off", "paused": "suspended"}


def connect():
    url = urlparse(os.environ["SITE_URL"])
    return ProxmoxAPI(
        url.hostname,
        port=url.port or 8006,
        user=os.environ["SITE_USERNAME"],
        password=os.environ["SITE_PASSWORD"],
        verify_ssl=os.environ["SITE_CA"],
        timeout=30,
    )


def disks_of(config):
    for key in sorted(config):
        value = str(config[key])
        size = SIZE.search(value)
        if DISK.match(key) and "media=cdrom" not in value and size:
            amount, unit = int(size.group(1)), size.group(2)
            yield int(amount * MIB_PER_UNIT[unit]) if unit else amount // (1024 * 1024)


def snapshots_of(guest):
    """All snapshots, the oldest first, and whether the VM stands on each."""
    rows = guest.snapshot.get()
    parent = next((row.get("parent") for row in rows if row["name"] == "current"), None)
    made = sorted((row for row in rows if row["name"] != "current"), key=lambda row: int(row.get("snaptime", 0)))
    return [{"name": row["name"], "isCurrent": row["name"] == parent} for row in made]


def power_of(guest):
    status = guest.status.current.get()
    if status.get("lock") == "suspended":
        return "suspended"
    return POWERS.get(status.get("qmpstatus", status["status"]), "unknown")


def describe(guest, vmid, config):
    lines = str(config.get("description", "")).splitlines()
    marks = {"description": line for line in lines if line.startswith("dcm:")}
    if not marks:
        return None
    return {
        "name": config.get("name", ""),
        "nativeId": str(vmid),
        "cpus": int(config.get("cores", 1)) * int(config.get("sockets", 1)),
        "memoryMib": int(config.get("memory", 512)),
        "power": power_of(guest),
        "disksMib": list(disks_of(config)),
        "snapshots": snapshots_of(guest),
        "marks": marks,
    }


def guests(cluster):
    for row in cluster.cluster.resources.get(type="vm"):
        if row["type"] == "qemu":
            yield row["vmid"], cluster.nodes(row["node"]).qemu(row["vmid"])


def look(cluster):
    seen = []
    for vmid, guest in guests(cluster):
        try:
            row = describe(guest, vmid, guest.config.get(current=1))
        except ResourceException as error:
            if "does not exist" in str(error) or "unable to find configuration" in str(error):
                continue  # it went while we looked
            raise
        if row:
            seen.append(row)
    return seen


def wait(cluster, upid):
    node = upid.split(":")[1]
    until = time.monotonic() + TASK_TIMEOUT_S
    while time.monotonic() < until:
        status = cluster.nodes(node).tasks(upid).status.get()
        if status["status"] == "stopped":
            if status.get("exitstatus") != "OK":
                raise RuntimeError(f"{upid}: {status.get('exitstatus')}")
            return
        time.sleep(0.05)
    raise TimeoutError(upid)


def change(cluster, verb, vmid, *arguments):
    guest = dict((str(known), one) for known, one in guests(cluster)).get(vmid)
    if guest is None:
        raise LookupError(f"there is no VM {vmid}")
    if verb == "destroy":
        if guest.status.current.get()["status"] != "stopped":
            wait(cluster, guest.status.stop.post())
        wait(cluster, guest.delete(purge=1, **{"destroy-unreferenced-disks": 1}))
    elif verb == "cpus":
        guest.config.put(cores=int(arguments[0]), sockets=1)
    else:
        raise ValueError(f"unknown verb {verb}")


def answer(cluster, words):
    try:
        if words == ["list"]:
            try:
                return look(cluster)
            except ConnectionError:  # pveproxy ends connections that were idle for five seconds
                return look(cluster)
        change(cluster, *words)
        return {}
    except Exception as error:  # the asker shall see it
        return {"error": repr(error)}


def main():
    cluster = connect()
    for line in sys.stdin:
        print(json.dumps(answer(cluster, line.split())), flush=True)


main()
