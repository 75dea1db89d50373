"""Looks into a vCenter with VMware's own client library, and changes VMs as somebody's hand does.

Each line on standard input is answered by one line of JSON; what fails by {"error": "..."}.
  list                 every VM that bears a DCM mark
  destroy <uuid>       destroys the VM with that instanceUuid
  cpus <uuid> <count>  gives it so many CPUs
Connection: SITE_URL, SITE_USERNAME, SITE_PASSWORD, SITE_CA (file with the PEM of the certificate authority).
"""

import json
import os
import ssl
import sys
import warnings
from urllib.parse import urlparse

warnings.simplefilter("ignore")

from pyVim.connect import Disconnect, SmartConnect  # noqa: E402
from pyVim.task import WaitForTask  # noqa: E402
from pyVmomi import vim, vmodl  # noqa: E402


def connect():
    url = urlparse(os.environ["SITE_URL"])
    context = ssl.create_default_context(cafile=os.environ["SITE_CA"])
    return SmartConnect(
        host=url.hostname,
        port=url.port or 443,
        user=os.environ["SITE_USERNAME"],
        pwd=os.environ["SITE_PASSWORD"],
        sslContext=context,
    )


PATHS = [
    "name",
    "config.template",
    "config.instanceUuid",
    "config.extraConfig",
    "config.hardware.numCPU",
    "config.hardware.memoryMB",
    "config.hardware.device",
    "runtime.powerState",
    "snapshot",
]


POWERS = {"poweredOn": "on", "poweredOff": "off", "suspended": "suspended"}


def snapshots_of(info):
    """All snapshots, the oldest first, and whether the VM stands on each."""
    found, trees = [], list(info.rootSnapshotList) if info else []
    while trees:
        tree = trees.pop(0)
        trees.extend(tree.childSnapshotList)
        found.append({"name": tree.name, "isCurrent": tree.snapshot == info.currentSnapshot})
    return found


def describe(name, found):
    extra = {option.key: option.value for option in found.get("config.extraConfig") or []}
    marks = {key: value for key, value in extra.items() if key.startswith("dcm.")}
    devices = found.get("config.hardware.device") or []
    return {
        "name": found.get("name", name),
        "nativeId": found.get("config.instanceUuid"),
        "cpus": found.get("config.hardware.numCPU"),
        "memoryMib": found.get("config.hardware.memoryMB"),
        "power": POWERS.get(found.get("runtime.powerState"), "unknown"),
        "disksMib": [disk.capacityInKB // 1024 for disk in devices if isinstance(disk, vim.vm.device.VirtualDisk)],
        "snapshots": snapshots_of(found.get("snapshot")),
        "marks": marks,
    }


def look(content):
    """All VMs by one call, so that the picture is of one moment."""
    query = vmodl.query.PropertyCollector
    view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
    try:
        members = query.TraversalSpec(name="members", path="view", skip=False, type=type(view))
        spec = query.FilterSpec(
            objectSet=[query.ObjectSpec(obj=view, skip=True, selectSet=[members])],
            propSet=[query.PropertySpec(type=vim.VirtualMachine, pathSet=PATHS)],
        )
        objects = content.propertyCollector.RetrieveContents([spec])
    finally:
        view.Destroy()
    rows = [describe(str(one.obj), {each.name: each.val for each in one.propSet}) for one in objects]
    return [row for row in rows if row["marks"]]


def change(content, verb, uuid, *arguments):
    vm = content.searchIndex.FindByUuid(uuid=uuid, vmSearch=True, instanceUuid=True)
    if vm is None:
        raise LookupError(f"there is no VM with instanceUuid {uuid}")
    if verb == "destroy":
        WaitForTask(vm.Destroy_Task())
    elif verb == "cpus":
        WaitForTask(vm.ReconfigVM_Task(vim.vm.ConfigSpec(numCPUs=int(arguments[0]))))
    else:
        raise ValueError(f"unknown verb {verb}")


def answer(content, words):
    try:
        if words == ["list"]:
            return look(content)
        change(content, *words)
        return {}
    except Exception as error:  # the asker shall see it
        return {"error": repr(error)}


def main():
    instance = connect()
    try:
        content = instance.RetrieveContent()
        for line in sys.stdin:
            print(json.dumps(answer(content, line.split())), flush=True)
    finally:
        Disconnect(instance)


main()
