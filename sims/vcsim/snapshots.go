package main

import (
	"context"
	"fmt"
	"path"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// maxSnapshotDepth is how long a chain may become in vSphere.
const maxSnapshotDepth = 32

// snapshotTree is a forest: a VM may have several roots after the oldest snapshot was removed.
type snapshotTree = []types.VirtualMachineSnapshotTree

// createSnapshot replaces the simulator's, which shares devices with the VM and leaves its disks as they are.
func (g *gate) createSnapshot(c *call) *answer {
	vm, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	request := c.body.(*types.CreateSnapshot_Task)
	task := finishedTask(vm.Self, "createSnapshot", func() (types.AnyType, types.BaseMethodFault) {
		return takeSnapshot(vm, request)
	})
	return respond(&types.CreateSnapshot_TaskResponse{Returnval: task})
}

func takeSnapshot(vm *simulator.VirtualMachine, request *types.CreateSnapshot_Task) (types.AnyType, types.BaseMethodFault) {
	roots, current := snapshotsOf(vm)
	switch {
	case vm.Config.Template:
		return nil, &types.NotSupported{}
	case request.Name == "":
		return nil, &types.InvalidName{Name: request.Name, Entity: &vm.Self}
	case current != nil && len(pathTo(roots, *current)) >= maxSnapshotDepth:
		return nil, &types.TooManySnapshotLevels{}
	}
	snapshot := &simulator.VirtualMachineSnapshot{}
	snapshot.Vm = vm.Self
	duplicate(vm.Config, &snapshot.Config)
	simulator.Map.Put(snapshot)
	node := types.VirtualMachineSnapshotTree{
		Snapshot: snapshot.Self, Vm: vm.Self, Name: request.Name, Description: request.Description,
		Id: lastID(roots) + 1, CreateTime: time.Now(), State: savedState(vm, request.Memory), Quiesced: request.Quiesce,
		ReplaySupported: types.NewBool(false),
	}
	showSnapshots(vm, planted(roots, current, node), &snapshot.Self)
	showDevices(vm, onTop(vm.Config.Hardware.Device))
	return snapshot.Self, nil
}

// savedState is what a VM will be after it is reverted: without its memory, a running VM can only come back powered off.
func savedState(vm *simulator.VirtualMachine, memory bool) types.VirtualMachinePowerState {
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn && !memory {
		return types.VirtualMachinePowerStatePoweredOff
	}
	return vm.Runtime.PowerState
}

// revertToSnapshot restores configuration and power; the simulator only moves currentSnapshot.
func (g *gate) revertToSnapshot(c *call) *answer {
	vm, _ := snapshotAndOwner(c.this)
	if vm == nil {
		return nil
	}
	keepOff := c.body.(*types.RevertToSnapshot_Task).SuppressPowerOn
	task := finishedTask(vm.Self, "revertToSnapshot", func() (types.AnyType, types.BaseMethodFault) {
		return nil, g.revert(vm, c.this, keepOff != nil && *keepOff)
	})
	return respond(&types.RevertToSnapshot_TaskResponse{Returnval: task})
}

func (g *gate) revertToCurrentSnapshot(c *call) *answer {
	vm, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	_, current := snapshotsOf(vm)
	if current == nil {
		return refuse(&types.NotFound{}, "The virtual machine has no current snapshot.")
	}
	keepOff := c.body.(*types.RevertToCurrentSnapshot_Task).SuppressPowerOn
	task := finishedTask(vm.Self, "revertToCurrentSnapshot", func() (types.AnyType, types.BaseMethodFault) {
		return nil, g.revert(vm, *current, keepOff != nil && *keepOff)
	})
	return respond(&types.RevertToCurrentSnapshot_TaskResponse{Returnval: task})
}

func (g *gate) revert(vm *simulator.VirtualMachine, to types.ManagedObjectReference, keepOff bool) types.BaseMethodFault {
	_, snapshot := snapshotAndOwner(to)
	roots, _ := snapshotsOf(vm)
	way := pathTo(roots, to)
	if snapshot == nil || len(way) == 0 {
		return &types.ManagedObjectNotFound{Obj: to}
	}
	if fault := g.toPower(vm, types.VirtualMachinePowerStatePoweredOff); fault != nil {
		return fault
	}
	restoreConfig(vm, &snapshot.Config)
	showSnapshots(vm, roots, &to)
	g.settle(vm)
	wanted := way[len(way)-1].State
	if keepOff {
		wanted = types.VirtualMachinePowerStatePoweredOff
	}
	return g.toPower(vm, wanted)
}

// restoreConfig keeps what belongs to the inventory and not to the VM's own file: its name and where its files are.
func restoreConfig(vm *simulator.VirtualMachine, saved *types.VirtualMachineConfigInfo) {
	config := types.VirtualMachineConfigInfo{}
	duplicate(saved, &config)
	config.Name, config.Files, config.ChangeVersion = vm.Config.Name, vm.Config.Files, vm.Config.ChangeVersion
	config.Hardware.Device = onTop(config.Hardware.Device)
	summary := vm.Summary.Config
	summary.NumCpu, summary.MemorySizeMB = config.Hardware.NumCPU, config.Hardware.MemoryMB
	summary.InstanceUuid, summary.Uuid = config.InstanceUuid, config.Uuid
	summary.Annotation, summary.GuestId = config.Annotation, config.GuestId
	summary.NumVirtualDisks, summary.NumEthernetCards = 0, 0
	for _, device := range config.Hardware.Device {
		switch device.(type) {
		case *types.VirtualDisk:
			summary.NumVirtualDisks++
		case types.BaseVirtualEthernetCard:
			summary.NumEthernetCards++
		}
	}
	change(vm, types.PropertyChange{Name: "config", Val: config}, types.PropertyChange{Name: "summary.config", Val: summary})
}

// toPower leads the VM to a power state by the simulator's own calls, which its guests follow.
func (g *gate) toPower(vm *simulator.VirtualMachine, wanted types.VirtualMachinePowerState) types.BaseMethodFault {
	if vm.Runtime.PowerState == wanted {
		return nil
	}
	if wanted == types.VirtualMachinePowerStatePoweredOff {
		response, err := methods.PowerOffVM_Task(context.Background(), g.simulator, &types.PowerOffVM_Task{This: vm.Self})
		if err != nil {
			return faultOf(err)
		}
		_, fault := outcome(response.Returnval)
		return fault
	}
	response, err := methods.PowerOnVM_Task(context.Background(), g.simulator, &types.PowerOnVM_Task{This: vm.Self})
	if err != nil {
		return faultOf(err)
	}
	if _, fault := outcome(response.Returnval); fault != nil || wanted == types.VirtualMachinePowerStatePoweredOn {
		return fault
	}
	if _, err := methods.SuspendVM_Task(context.Background(), g.simulator, &types.SuspendVM_Task{This: vm.Self}); err != nil {
		return faultOf(err)
	}
	return nil
}

// removeSnapshot replaces the simulator's, which panics at the current root when it has children.
func (g *gate) removeSnapshot(c *call) *answer {
	vm, _ := snapshotAndOwner(c.this)
	if vm == nil {
		return nil
	}
	withChildren := c.body.(*types.RemoveSnapshot_Task).RemoveChildren
	task := finishedTask(vm.Self, "removeSnapshot", func() (types.AnyType, types.BaseMethodFault) {
		roots, current := snapshotsOf(vm)
		dropSnapshots(vm, pruned(roots, c.this, withChildren), current)
		return nil, nil
	})
	return respond(&types.RemoveSnapshot_TaskResponse{Returnval: task})
}

// forgetSnapshot removes one and leaves its children.
func (g *gate) forgetSnapshot(reference types.ManagedObjectReference) types.BaseMethodFault {
	if vm, _ := snapshotAndOwner(reference); vm != nil {
		roots, current := snapshotsOf(vm)
		dropSnapshots(vm, pruned(roots, reference, false), current)
	}
	return nil
}

func (g *gate) removeAllSnapshots(c *call) *answer {
	vm, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	task := finishedTask(vm.Self, "removeAllSnapshots", func() (types.AnyType, types.BaseMethodFault) {
		dropSnapshots(vm, nil, nil)
		return nil, nil
	})
	return respond(&types.RemoveAllSnapshots_TaskResponse{Returnval: task})
}

// dropSnapshots forgets what is not in the tree any more. The VM then stands on the nearest ancestor that is left, and
// on its own disks once there is no snapshot.
func dropSnapshots(vm *simulator.VirtualMachine, left snapshotTree, current *types.ManagedObjectReference) {
	before, _ := snapshotsOf(vm)
	var standing *types.ManagedObjectReference
	if current != nil {
		for _, node := range pathTo(before, *current) {
			if pathTo(left, node.Snapshot) != nil {
				reference := node.Snapshot
				standing = &reference
			}
		}
	}
	showSnapshots(vm, left, standing)
	if len(left) == 0 {
		showDevices(vm, consolidated(vm.Config.Hardware.Device))
	}
	for _, reference := range flat(before) {
		if pathTo(left, reference) == nil {
			simulator.Map.Remove(reference)
		}
	}
}

// snapshotCleaner lets snapshots go with their VM, which the simulator forgets.
type snapshotCleaner struct{}

// Reference names the watcher in the simulator's registry.
func (snapshotCleaner) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "DcmSnapshots", Value: "snapshots"}
}

// PutObject is part of the simulator's RegisterObject.
func (snapshotCleaner) PutObject(mo.Reference) {}

// UpdateObject is part of the simulator's RegisterObject.
func (snapshotCleaner) UpdateObject(mo.Reference, []types.PropertyChange) {}

// RemoveObject is part of the simulator's RegisterObject.
func (snapshotCleaner) RemoveObject(reference types.ManagedObjectReference) {
	if vm, ok := simulator.Map.Get(reference).(*simulator.VirtualMachine); ok {
		roots, _ := snapshotsOf(vm)
		for _, snapshot := range flat(roots) {
			simulator.Map.Remove(snapshot)
		}
	}
}

func snapshotAndOwner(reference types.ManagedObjectReference) (*simulator.VirtualMachine, *simulator.VirtualMachineSnapshot) {
	snapshot, ok := simulator.Map.Get(reference).(*simulator.VirtualMachineSnapshot)
	if !ok {
		return nil, nil
	}
	vm, _ := simulator.Map.Get(snapshot.Vm).(*simulator.VirtualMachine)
	return vm, snapshot
}

func snapshotsOf(vm *simulator.VirtualMachine) (snapshotTree, *types.ManagedObjectReference) {
	if vm.Snapshot == nil {
		return nil, nil
	}
	return vm.Snapshot.RootSnapshotList, vm.Snapshot.CurrentSnapshot
}

// showSnapshots tells watchers by every name under which they may have asked.
func showSnapshots(vm *simulator.VirtualMachine, roots snapshotTree, current *types.ManagedObjectReference) {
	var currentValue, info types.AnyType
	if current != nil {
		currentValue = *current
	}
	if len(roots) > 0 {
		info = types.VirtualMachineSnapshotInfo{CurrentSnapshot: current, RootSnapshotList: roots}
	}
	relink(roots)
	change(vm, types.PropertyChange{Name: "snapshot.currentSnapshot", Val: currentValue},
		types.PropertyChange{Name: "snapshot.rootSnapshotList", Val: roots},
		types.PropertyChange{Name: "snapshot", Val: info},
		types.PropertyChange{Name: "rootSnapshot", Val: children(roots)})
}

// relink repeats the tree in the snapshots' own property.
func relink(nodes snapshotTree) {
	for _, node := range nodes {
		if snapshot, ok := simulator.Map.Get(node.Snapshot).(*simulator.VirtualMachineSnapshot); ok {
			snapshot.ChildSnapshot = children(node.ChildSnapshotList)
		}
		relink(node.ChildSnapshotList)
	}
}

func children(nodes snapshotTree) []types.ManagedObjectReference {
	var references []types.ManagedObjectReference
	for _, node := range nodes {
		references = append(references, node.Snapshot)
	}
	return references
}

func flat(nodes snapshotTree) []types.ManagedObjectReference {
	references := children(nodes)
	for _, node := range nodes {
		references = append(references, flat(node.ChildSnapshotList)...)
	}
	return references
}

func lastID(nodes snapshotTree) int32 {
	last := int32(0)
	for _, node := range nodes {
		for _, id := range []int32{node.Id, lastID(node.ChildSnapshotList)} {
			if id > last {
				last = id
			}
		}
	}
	return last
}

// pathTo is the chain from a root to the snapshot, nil when the tree does not hold it.
func pathTo(nodes snapshotTree, reference types.ManagedObjectReference) snapshotTree {
	for _, node := range nodes {
		if node.Snapshot == reference {
			return snapshotTree{node}
		}
		if below := pathTo(node.ChildSnapshotList, reference); below != nil {
			return append(snapshotTree{node}, below...)
		}
	}
	return nil
}

// planted is the tree with one more node, below the parent or as a root.
func planted(nodes snapshotTree, parent *types.ManagedObjectReference, added types.VirtualMachineSnapshotTree) snapshotTree {
	if parent == nil {
		return append(append(snapshotTree(nil), nodes...), added)
	}
	var grown snapshotTree
	for _, node := range nodes {
		below := parent
		if node.Snapshot == *parent {
			below = nil
		}
		if pathTo(snapshotTree{node}, *parent) != nil {
			node.ChildSnapshotList = planted(node.ChildSnapshotList, below, added)
		}
		grown = append(grown, node)
	}
	return grown
}

// pruned is the tree without the snapshot; its children take its place unless they go with it.
func pruned(nodes snapshotTree, reference types.ManagedObjectReference, withChildren bool) snapshotTree {
	var left snapshotTree
	for _, node := range nodes {
		if node.Snapshot != reference {
			node.ChildSnapshotList = pruned(node.ChildSnapshotList, reference, withChildren)
			left = append(left, node)
		} else if !withChildren {
			left = append(left, node.ChildSnapshotList...)
		}
	}
	return left
}

var deltaSuffix = regexp.MustCompile(`(?:-(\d{6}))?\.vmdk$`)

// onTop gives every disk that snapshots hold an own file on top of the one that must not change any more.
func onTop(devices []types.BaseVirtualDevice) []types.BaseVirtualDevice {
	devices = copyDevices(devices)
	for _, device := range devices {
		backing := snapshotBacking(device)
		if backing == nil {
			continue
		}
		parent := *backing
		number := 0
		if found := deltaSuffix.FindStringSubmatch(parent.FileName); found != nil && found[1] != "" {
			number, _ = strconv.Atoi(found[1])
		}
		backing.FileName = deltaSuffix.ReplaceAllString(parent.FileName, fmt.Sprintf("-%06d.vmdk", number+1))
		backing.Parent, backing.DeltaDiskFormat = &parent, string(types.VirtualDiskDeltaDiskFormatRedoLogFormat)
	}
	return devices
}

// consolidated gives every disk the file on which all snapshots of this VM stood. A file in another folder is the
// disk of another VM, on which a linked clone stands.
func consolidated(devices []types.BaseVirtualDevice) []types.BaseVirtualDevice {
	devices = copyDevices(devices)
	for _, device := range devices {
		backing := snapshotBacking(device)
		for backing != nil && backing.Parent != nil && path.Dir(backing.Parent.FileName) == path.Dir(backing.FileName) {
			*backing = *backing.Parent
		}
	}
	return devices
}

// snapshotBacking is nil for what snapshots leave alone: other devices, and independent disks.
func snapshotBacking(device types.BaseVirtualDevice) *types.VirtualDiskFlatVer2BackingInfo {
	backing, ok := device.GetVirtualDevice().Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if _, isDisk := device.(*types.VirtualDisk); !isDisk || !ok || strings.HasPrefix(backing.DiskMode, "independent") {
		return nil
	}
	return backing
}

func showDevices(vm *simulator.VirtualMachine, devices []types.BaseVirtualDevice) {
	change(vm, types.PropertyChange{Name: "config.hardware.device", Val: devices},
		types.PropertyChange{Name: "config.changeVersion", Val: nextChangeVersion(vm.Config.ChangeVersion)})
}
