"""Looks into a vCenter with VMware's own client library and prints what it sees as JSON.

usage: vcenter.py list                 every VM that bears a DCM mark
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
from pyVmomi import vim  # noqa: E402


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


def describe(vm):
    if vm.config is None:
        return None
    extra = {option.key: option.value for option in vm.config.extraConfig}
    marks = {key: value for key, value in extra.items() if key.startswith("dcm.")}
    disks = [d for d in vm.config.hardware.device if isinstance(d, vim.vm.device.VirtualDisk)]
    return {
        "name": vm.name,
        "instanceUuid": vm.config.instanceUuid,
        "cpus": vm.config.hardware.numCPU,
        "memoryMib": vm.config.hardware.memoryMB,
        "power": vm.runtime.powerState,
        "disksKib": [disk.capacityInKB for disk in disks],
        "marks": marks,
    }


def main():
    instance = connect()
    try:
        content = instance.RetrieveContent()
        view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)
        rows = [describe(vm) for vm in view.view]
        json.dump([row for row in rows if row and row["marks"]], sys.stdout)
    finally:
        Disconnect(instance)


main()
