"""Drives a cluster by proxmoxer from create and clone to delete; prints one JSON line per step."""
import json
import os
import sys
import time

from proxmoxer import ProxmoxAPI
from proxmoxer.core import ResourceException

# The library strips what it is told to verify by: a file with the authority.
pve = ProxmoxAPI(
    os.environ["SITE_HOST"],
    port=int(os.environ["SITE_PORT"]),
    user=os.environ["SITE_USER"],
    verify_ssl=os.environ["SITE_CA"],
    timeout=30,
    **(
        {"token_name": os.environ["SITE_TOKEN"], "token_value": os.environ["SITE_SECRET"]}
        if "SITE_TOKEN" in os.environ
        else {"password": os.environ["SITE_SECRET"]}
    ),
)
node = pve.nodes("pve1")


def say(step, value):
    print(json.dumps({"step": step, "value": value}), flush=True)


def wait(upid):
    deadline = time.time() + 30
    while time.time() < deadline:
        status = pve.nodes(upid.split(":")[1]).tasks(upid).status.get()
        if status["status"] == "stopped":
            return status["exitstatus"]
        time.sleep(0.02)
    sys.exit("a task does not end: " + upid)


say("version", pve.version.get()["version"])
say("create", wait(node.qemu.post(vmid=600, name="made", memory=256, cores=1, scsi0="ceph:1", net0="virtio,bridge=vmbr0", pool="dcm")))
say("clone", wait(node.qemu(9000).clone.post(newid=601, name="cloned", pool="dcm", description="mark")))
vm = node.qemu(601)
say("config", wait(vm.config.post(cores=2, memory=512, tags="B,a", ciuser="admin", ipconfig0="ip=10.9.8.7/24,gw=10.9.8.1")))
config = vm.config.get()
say("read", [config["cores"], config["memory"], config["tags"], config["description"]])
say("start", wait(vm.status.start.post()))
deadline = time.time() + 20
addresses = []
while "10.9.8.7" not in addresses and time.time() < deadline:
    try:
        found = vm.agent("network-get-interfaces").get()["result"]
        addresses = [one["ip-address"] for card in found for one in card.get("ip-addresses", [])]
    except ResourceException as error:
        say("waiting", [error.status_code, error.content])
    time.sleep(0.02)
say("address", "10.9.8.7" in addresses)
say("stop", wait(vm.status.stop.post()))
for vmid in (600, 601):
    say("delete", wait(node.qemu(vmid).delete(purge=1)))
try:
    node.qemu(601).config.get()
except ResourceException as error:
    say("gone", [error.status_code, error.content])
