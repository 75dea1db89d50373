"""Drives a vCenter with pyvmomi, VMware's own client, for vcsim.int.spec.ts.

Reads one JSON command per line ({"do": name, ...}) and answers each with one line: {"ok": result} or
{"fault": type, "object": id}. The specification holds what is expected; nothing is judged here.
"""

import json
import ssl
import sys
import threading
import time
from urllib.parse import urlparse

from pyVim.connect import SmartConnect
from pyVmomi import vim, vmodl

Collector = vmodl.query.PropertyCollector


class Session:
    def __init__(self, url, username, password, ca):
        address = urlparse(url)
        context = ssl.create_default_context(cadata=ca)
        self.si = SmartConnect(host=address.hostname, port=address.port, user=username, pwd=password, sslContext=context)
        self.content = self.si.RetrieveContent()
        self.datacenter = self.content.rootFolder.childEntity[0]
        self.cluster = next(c for c in self.datacenter.hostFolder.childEntity if isinstance(c, vim.ClusterComputeResource))

    def vms(self):
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [vim.VirtualMachine], True)
        try:
            return list(view.view)
        finally:
            view.DestroyView()

    def vm(self, name):
        return next(vm for vm in self.vms() if vm.name == name)

    def folder(self, name):
        return next(f for f in self.datacenter.vmFolder.childEntity if f.name == name)


def finish(task):
    while task.info.state not in ("success", "error"):
        time.sleep(0.01)
    if task.info.state == "error":
        raise task.info.error
    return task.info.result


def disks(vm):
    return [d for d in vm.config.hardware.device if isinstance(d, vim.vm.device.VirtualDisk)]


def parent(disk):
    return {"parent": disk.backing.parent.fileName} if disk.backing.parent else {}


def nics(vm):
    return [d for d in vm.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard)]


def config(command):
    wanted = vim.vm.ConfigSpec()
    for key in ("numCPUs", "memoryMB", "instanceUuid", "name", "guestId", "changeVersion", "annotation"):
        if key in command:
            setattr(wanted, key, command[key])
    wanted.extraConfig = [vim.option.OptionValue(key=k, value=v) for k, v in command.get("extraConfig", [])]
    return wanted


def clone(session, command):
    where = vim.vm.RelocateSpec(pool=session.cluster.resourcePool, folder=session.folder(command.get("folder", "dcm")))
    where.diskMoveType = command.get("moveType")
    spec = vim.vm.CloneSpec(location=where, config=config(command), powerOn=command.get("powerOn", False))
    source = session.vm(command.get("source", "debian-12-template"))
    if command.get("atSnapshotOf"):
        spec.snapshot = session.vm(command["atSnapshotOf"]).snapshot.currentSnapshot
    task = source.CloneVM_Task(folder=where.folder, name=command["to"], spec=spec)
    if command.get("wait", True):
        return finish(task)._moId
    return task._moId


def create(session, command):
    wanted = config(command)
    wanted.files = vim.vm.FileInfo(vmPathName="[%s]" % command.get("datastore", "LocalDS_0"))
    backing = vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName=command.get("network", "VM Network"))
    nic = vim.vm.device.VirtualVmxnet3(key=-1, backing=backing)
    wanted.deviceChange = [vim.vm.device.VirtualDeviceSpec(operation="add", device=nic)]
    pool = session.cluster.resourcePool
    if "pool" in command:
        pool = vim.ResourcePool(command["pool"], session.si._stub)
    return finish(session.folder("dcm").CreateVM_Task(config=wanted, pool=pool))._moId


def together(session, command):
    """The same command many times at once, each in a session of its own; {n} in names becomes its number."""
    results = [None] * command["times"]
    ready = threading.Barrier(command["times"] + 1)

    def work(number):
        own = json.loads(json.dumps(command["command"]).replace("{n}", str(number)))
        session = Session(**LOGIN)
        ready.wait()
        results[number] = answer(session, own)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(command["times"])]
    for thread in threads:
        thread.start()
    ready.wait()
    started = time.time()
    for thread in threads:
        thread.join()
    return {"seconds": time.time() - started, "results": results}


def describe(session, command):
    vm = session.vm(command["name"])
    stats = vm.summary
    return {
        "id": vm._moId,
        "template": vm.config.template,
        "guestId": vm.config.guestId,
        "cpus": vm.config.hardware.numCPU,
        "memoryMib": vm.config.hardware.memoryMB,
        "shownCpus": stats.config.numCpu,
        "shownName": stats.config.name,
        "instanceUuid": vm.config.instanceUuid,
        "changeVersion": vm.config.changeVersion,
        "extraConfig": [[o.key, o.value] for o in vm.config.extraConfig],
        "disks": [{"bytes": d.capacityInBytes, "kib": d.capacityInKB, "file": d.backing.fileName, **parent(d)} for d in disks(vm)],
        "nics": [{"mac": n.macAddress, "key": n.key, "type": type(n).__name__, "network": getattr(n.backing, "deviceName", None)} for n in nics(vm)],
        "power": vm.runtime.powerState,
        "bootTime": str(vm.runtime.bootTime),
        "tools": vm.guest.toolsRunningStatus,
        "ip": vm.guest.ipAddress,
        "hostName": vm.guest.hostName,
        "guestNet": [{"mac": n.macAddress, "key": n.deviceConfigId, "ips": list(n.ipAddress)} for n in vm.guest.net],
    }


def reconfigure(session, command):
    vm = session.vm(command["vm"])
    wanted = config(command)
    if "diskGib" in command:
        disk = disks(vm)[0]
        disk.capacityInKB = command["diskGib"] * 1024 * 1024
        wanted.deviceChange = [vim.vm.device.VirtualDeviceSpec(operation="edit", device=disk)]
    finish(vm.ReconfigVM_Task(wanted))


def snapshot(session, command):
    """Takes one, or reverts to or removes the one of this name."""
    vm = session.vm(command["vm"])
    if command["call"] == "create":
        finish(vm.CreateSnapshot_Task(name=command["name"], memory=command.get("memory", False), quiesce=False))
        return
    target = next(node.snapshot for node in nodes(vm.snapshot.rootSnapshotList) if node.name == command["name"])
    if command["call"] == "revert":
        finish(target.RevertToSnapshot_Task())
    else:
        finish(target.RemoveSnapshot_Task(removeChildren=command.get("withChildren", False)))


def nodes(tree):
    return [found for node in tree for found in [node] + nodes(node.childSnapshotList)]


def snapshots(session, command):
    """The tree as nested names, and the name of the current one."""
    info = session.vm(command["vm"]).snapshot

    def nested(tree):
        return {node.name: nested(node.childSnapshotList) for node in tree}

    if info is None:
        return {"tree": {}, "current": None}
    current = [node.name for node in nodes(info.rootSnapshotList) if node.snapshot == info.currentSnapshot]
    return {"tree": nested(info.rootSnapshotList), "current": current[0] if current else None}


def pages(session, command):
    """Names of all VMs, as they arrive in pages."""
    view = session.content.viewManager.CreateContainerView(session.content.rootFolder, [vim.VirtualMachine], True)
    walk = Collector.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    spec = Collector.FilterSpec(
        objectSet=[Collector.ObjectSpec(obj=view, skip=True, selectSet=[walk])],
        propSet=[Collector.PropertySpec(type=vim.VirtualMachine, pathSet=["name"])],
    )
    collector = session.content.propertyCollector
    page = collector.RetrievePropertiesEx([spec], Collector.RetrieveOptions(maxObjects=command["size"]))
    names = []
    while True:
        names.append([o.propSet[0].val for o in page.objects])
        if page.token is None:
            return names
        page = collector.ContinueRetrievePropertiesEx(page.token)


def watch(session, command):
    """States of a task as WaitForUpdatesEx reports them, until it is over."""
    task = vim.Task(command["task"], session.si._stub)
    collector = session.content.propertyCollector.CreatePropertyCollector()
    spec = Collector.FilterSpec(
        objectSet=[Collector.ObjectSpec(obj=task)],
        propSet=[Collector.PropertySpec(type=vim.Task, pathSet=["info.state"])],
    )
    collector.CreateFilter(spec, False)
    states, version = [], ""
    while not {"success", "error"} & set(states):
        update = collector.WaitForUpdatesEx(version, Collector.WaitOptions(maxWaitSeconds=10))
        if update is None:
            return states + ["timeout"]
        version = update.version
        states += [c.val for f in update.filterSet for o in f.objectSet for c in o.changeSet if c.name == "info.state"]
    return states


def feed(session, command):
    """Changes of all VMs as WaitForUpdatesEx tells them: the first sets, then those after some power calls."""
    view = session.content.viewManager.CreateContainerView(session.content.rootFolder, [vim.VirtualMachine], True)
    walk = Collector.TraversalSpec(name="view", type=vim.view.ContainerView, path="view", skip=False)
    spec = Collector.FilterSpec(
        objectSet=[Collector.ObjectSpec(obj=view, skip=True, selectSet=[walk])],
        propSet=[Collector.PropertySpec(type=vim.VirtualMachine, pathSet=["name", "runtime.powerState"])],
    )
    collector = session.content.propertyCollector.CreatePropertyCollector()
    collector.CreateFilter(spec, False)

    def poll(version):
        update = collector.WaitForUpdatesEx(version, Collector.WaitOptions(maxWaitSeconds=2, maxObjectUpdates=command["size"]))
        told = [(o.kind, {c.name: c.val for c in o.changeSet}) for f in (update.filterSet if update else []) for o in f.objectSet]
        return update, told

    first = []
    update, told = poll("")
    first.append([len(told), update.truncated])
    while update.truncated:
        update, told = poll(update.version)
        first.append([len(told), update.truncated])
    version = update.version
    finish(session.vm(command["vm"]).PowerOnVM_Task())
    update, changed = poll(version)
    finish(session.vm(command["vm"]).PowerOffVM_Task())
    finish(session.vm(command["vm"]).Destroy_Task())
    gone = []
    while not any(kind == "leave" for kind, _ in gone):
        update, more = poll(update.version)
        gone += more
    try:
        poll(version)
        stale = None
    except vmodl.query.InvalidCollectorVersion:
        stale = "InvalidCollectorVersion"
    return {"first": first, "changed": changed, "gone": [kind for kind, _ in gone][-1], "stale": stale, "silent": poll(update.version)[1]}


def late_filter(session, command):
    """State of a finished task whose filter is created while a poll of its collector is open."""
    task = session.vm(command["vm"]).PowerOnVM_Task()
    finish(task)
    collector = session.content.propertyCollector.CreatePropertyCollector()
    first = collector.WaitForUpdatesEx("", Collector.WaitOptions(maxWaitSeconds=0))
    version = first.version if first else ""
    other = Session(**LOGIN)  # a client waits for the answer to one call before it makes the next
    other.si._stub.cookie = session.si._stub.cookie
    same = Collector(collector._moId, other.si._stub)
    seen = []

    def poll():
        update = same.WaitForUpdatesEx(version, Collector.WaitOptions(maxWaitSeconds=5))
        seen.extend(c.val for f in (update.filterSet if update else []) for o in f.objectSet for c in o.changeSet)

    thread = threading.Thread(target=poll)
    thread.start()
    time.sleep(0.6)  # the poll has drained all changes; nothing else happens from here on
    spec = Collector.FilterSpec(
        objectSet=[Collector.ObjectSpec(obj=task)],
        propSet=[Collector.PropertySpec(type=vim.Task, pathSet=["info.state"])],
    )
    collector.CreateFilter(spec, False)
    thread.join()
    return seen


COMMANDS = {
    "about": lambda s, c: s.content.about.apiType,
    "names": lambda s, c: [vm.name for vm in s.vms() if c.get("folder") is None or vm.parent.name == c["folder"]],
    "vm": describe,
    "clone": clone,
    "create": create,
    "together": together,
    "reconfigure": reconfigure,
    "snapshot": snapshot,
    "snapshots": snapshots,
    "removeSnapshots": lambda s, c: finish(s.vm(c["vm"]).RemoveAllSnapshots_Task()),
    "powerOnMany": lambda s, c: finish(s.datacenter.PowerOnMultiVM_Task([vim.VirtualMachine(c["vm"], s.si._stub)])),
    "pages": pages,
    "watch": watch,
    "lateFilter": late_filter,
    "feed": feed,
    "cancel": lambda s, c: vim.Task(c["task"], s.si._stub).CancelTask(),
    "finish": lambda s, c: str(finish(vim.Task(c["task"], s.si._stub))),
    "cancelable": lambda s, c: vim.Task(c["task"], s.si._stub).info.cancelable,
    "start": lambda s, c: getattr(s.vm(c["vm"]), c["call"])(**c.get("with", {}))._moId,
    "ticket": lambda s, c: s.vm(c["vm"]).AcquireTicket(c["type"]).host,
    "rename": lambda s, c: finish(s.vm(c["vm"]).Rename_Task(c["to"])),
    "destroy": lambda s, c: finish(s.vm(c["vm"]).Destroy_Task()),
    "power": lambda s, c: finish(getattr(s.vm(c["vm"]), c["call"])()),
    "guest": lambda s, c: getattr(s.vm(c["vm"]), c["call"])(),
    "places": lambda s, c: {"pool": s.cluster.resourcePool._moId, "folder": s.folder("dcm")._moId, "template": s.vm("debian-12-template")._moId},
    "free": lambda s, c: s.datacenter.datastore[0].summary.freeSpace,
    "byUuid": lambda s, c: [v._moId for v in s.content.searchIndex.FindAllByUuid(None, c["uuid"], True, True)],
}


def answer(session, command):
    try:
        return {"ok": COMMANDS[command["do"]](session, command)}
    except vmodl.MethodFault as fault:
        holder = getattr(fault, "object", None)
        return {"fault": type(fault).__name__.split(".")[-1], "object": getattr(holder, "_moId", None)}


LOGIN = json.loads(sys.stdin.readline())
main = None
for line in sys.stdin:
    try:
        main = main or Session(**LOGIN)
        print(json.dumps(answer(main, json.loads(line))), flush=True)
    except Exception as problem:  # pylint: disable=broad-except
        if isinstance(problem, vmodl.MethodFault):
            print(json.dumps({"fault": type(problem).__name__.split(".")[-1]}), flush=True)
        else:
            print(json.dumps({"error": repr(problem)}), flush=True)
