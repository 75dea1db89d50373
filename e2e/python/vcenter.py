"""Looks into a vCenter with VMware's own client library and prints what it sees as JSON; changes VMs as somebody's hand does.

usage: vcenter.py list                 every VM that bears a DCM mark
       vcenter.py serve                the same for each line on standard input, one line each
       vcenter.py destroy <uuid>       destroys the VM with that instanceUuid
       vcenter.py cpus <uuid> <count>  gives it so many CPUs
Connection: VC_URL, VC_USERNAME, VC_PASSWORD, VC_CA (file with the PEM of the certificate authority).
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
    url = urlparse(os.environ["VC_URL"])
    context = ssl.create_default_context(cafile=os.environ["VC_CA"])
    return SmartConnect(
        host=url.hostname,
        port=url.port or 443,
        user=os.environ["VC_USERNAME"],
        pwd=os.environ["VC_PASSWORD"],
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
        "instanceUuid": found.get("config.instanceUuid"),
        "cpus": found.get("config.hardware.numCPU"),
        "memoryMib": found.get("config.hardware.memoryMB"),
        "power": found.get("runtime.powerState"),
        "disksKib": [disk.capacityInKB for disk in devices if isinstance(disk, vim.vm.device.VirtualDisk)],
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
        raise SystemExit(f"there is no VM with instanceUuid {uuid}")
    if verb == "destroy":
        WaitForTask(vm.Destroy_Task())
    elif verb == "cpus":
        WaitForTask(vm.ReconfigVM_Task(vim.vm.ConfigSpec(numCPUs=int(arguments[0]))))
    else:
        raise SystemExit(f"unknown verb {verb}")


def main():
    instance = connect()
    try:
        content = instance.RetrieveContent()
        if len(sys.argv) > 2:
            change(content, *sys.argv[1:])
            return
        if sys.argv[1:] != ["serve"]:
            json.dump(look(content), sys.stdout)
            return
        for _ in sys.stdin:
            print(json.dumps(look(content)), flush=True)
    finally:
        Disconnect(instance)


main()
