package main

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// reconfigVM adds a vCenter's rules to the simulator's reconfiguration, which accepts everything.
func (g *gate) reconfigVM(c *call) *answer {
	vm, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	request := c.body.(*types.ReconfigVM_Task)
	if refused := refuseName(nameFault(*vm.Parent, request.Spec.Name, &vm.Self), request.Spec.Name); refused != nil {
		return refused
	}
	task := finishedTask(vm.Self, "reconfigure", func() (types.AnyType, types.BaseMethodFault) {
		return nil, g.reconfigure(vm, request.Spec)
	})
	return respond(&types.ReconfigVM_TaskResponse{Returnval: task})
}

func (g *gate) reconfigure(vm *simulator.VirtualMachine, spec types.VirtualMachineConfigSpec) types.BaseMethodFault {
	if spec.ChangeVersion != "" && spec.ChangeVersion != vm.Config.ChangeVersion {
		return &types.ConcurrentAccess{}
	}
	if fault := hotPlugFault(vm, &spec); fault != nil {
		return fault
	}
	disks, others, fault := g.splitDeviceChanges(vm, spec.DeviceChange)
	if fault != nil {
		return fault
	}
	spec.DeviceChange = others
	spec.ExtraConfig = withoutCommands(spec.ExtraConfig)
	request := &types.ReconfigVM_Task{This: vm.Self, Spec: spec}
	response, err := methods.ReconfigVM_Task(context.Background(), g.simulator, request)
	if err != nil {
		return faultOf(err)
	}
	if _, fault := outcome(response.Returnval); fault != nil {
		return fault
	}
	for _, disk := range disks {
		growDisk(vm, disk)
	}
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		limitHotPlug(vm)
	}
	g.settle(vm)
	g.guests.refresh(vm)
	g.guests.obey(vm)
	return nil
}

// hotPlugFault: a running VM takes more CPUs or memory only when that was enabled while it was off, and never less.
func hotPlugFault(vm *simulator.VirtualMachine, spec *types.VirtualMachineConfigSpec) types.BaseMethodFault {
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff {
		return nil
	}
	hardware := &vm.Config.Hardware
	if refusesHotPlug(int64(hardware.NumCPU), int64(spec.NumCPUs), vm.Config.CpuHotAddEnabled) {
		return &types.CpuHotPlugNotSupported{}
	}
	if refusesHotPlug(int64(hardware.MemoryMB), spec.MemoryMB, vm.Config.MemoryHotAddEnabled) {
		return &types.MemoryHotPlugNotSupported{}
	}
	if limit := vm.Config.HotPlugMemoryLimit; limit != 0 && spec.MemoryMB > limit {
		return &types.MemoryHotPlugNotSupported{}
	}
	if spec.NumCoresPerSocket != 0 && spec.NumCoresPerSocket != hardware.NumCoresPerSocket {
		return &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: vm.Runtime.PowerState}
	}
	return nil
}

// hotPlugLimit is how far a VM's memory grows while it runs, in multiples of what it has when it is switched on.
const hotPlugLimit = 16

// limitHotPlug shows how much memory a VM would take while on, as a vCenter does where that is enabled.
func limitHotPlug(vm *simulator.VirtualMachine) {
	vm.Config.HotPlugMemoryLimit, vm.Config.HotPlugMemoryIncrementSize = 0, 0
	if enabled := vm.Config.MemoryHotAddEnabled; enabled != nil && *enabled {
		vm.Config.HotPlugMemoryLimit, vm.Config.HotPlugMemoryIncrementSize = hotPlugLimit*int64(vm.Config.Hardware.MemoryMB), 4
	}
}

func refusesHotPlug(has, wants int64, enabled *bool) bool {
	if wants == 0 || wants == has {
		return false
	}
	return wants < has || enabled == nil || !*enabled
}

// splitDeviceChanges checks the changes and takes out the edits of disks, which the gate makes in place: the simulator
// would replace the whole device and count its space once more.
func (g *gate) splitDeviceChanges(vm *simulator.VirtualMachine, changes []types.BaseVirtualDeviceConfigSpec) (disks []*types.VirtualDisk, others []types.BaseVirtualDeviceConfigSpec, fault types.BaseMethodFault) {
	host := simulator.Map.Get(*vm.Runtime.Host).(*simulator.HostSystem)
	name(vm.Config.Hardware.Device, changes)
	for i, base := range changes {
		change := base.GetVirtualDeviceConfigSpec()
		if change.Device == nil {
			return nil, nil, invalidDevice(i, "")
		}
		if change.Operation == types.VirtualDeviceConfigSpecOperationAdd {
			g.completeDevice(change.Device)
			if fault := deviceFault(i, change.Device, host); fault != nil {
				return nil, nil, fault
			}
			others = append(others, base)
			continue
		}
		present := deviceByKey(vm, change.Device.GetVirtualDevice().Key)
		if present == nil {
			return nil, nil, invalidDevice(i, "key")
		}
		if change.Operation == types.VirtualDeviceConfigSpecOperationRemove {
			change.Device = copyDevices([]types.BaseVirtualDevice{present})[0] // clients may name the key alone
			others = append(others, base)
			continue
		}
		if disk, ok := change.Device.(*types.VirtualDisk); ok {
			if fault := growFault(vm, i, disk); fault != nil {
				return nil, nil, fault
			}
			disks = append(disks, disk)
			continue
		}
		completeEdit(change.Device, present)
		if fault := deviceFault(i, change.Device, host); fault != nil {
			return nil, nil, fault
		}
		others = append(others, base)
	}
	return disks, others, nil
}

// completeEdit keeps what the client did not say; the simulator needs a description to rewrite.
func completeEdit(device, present types.BaseVirtualDevice) {
	kept := copyDevices([]types.BaseVirtualDevice{present})[0]
	edited, before := device.GetVirtualDevice(), kept.GetVirtualDevice()
	if edited.DeviceInfo == nil {
		edited.DeviceInfo = &types.Description{}
	}
	if edited.Backing == nil {
		edited.Backing = before.Backing
	}
	if edited.Connectable == nil {
		edited.Connectable = before.Connectable
	}
	if edited.UnitNumber == nil {
		edited.ControllerKey, edited.UnitNumber = before.ControllerKey, before.UnitNumber
	}
	nic, isNic := device.(types.BaseVirtualEthernetCard)
	old, wasNic := kept.(types.BaseVirtualEthernetCard)
	if isNic && wasNic && nic.GetVirtualEthernetCard().MacAddress == "" {
		nic.GetVirtualEthernetCard().MacAddress = old.GetVirtualEthernetCard().MacAddress
		nic.GetVirtualEthernetCard().AddressType = old.GetVirtualEthernetCard().AddressType
	}
}

// growFault: a disk never shrinks, does not grow while it stands on a snapshot's ("Disks with parents cannot be expanded"),
// and a new size given in one unit only must not be lost beside the old one in the other.
func growFault(vm *simulator.VirtualMachine, index int, wanted *types.VirtualDisk) types.BaseMethodFault {
	disk, ok := deviceByKey(vm, wanted.Key).(*types.VirtualDisk)
	if !ok {
		return invalidDevice(index, "key")
	}
	size := wantedCapacity(disk, wanted)
	switch {
	case size != 0 && size < capacity(disk):
		return invalidDevice(index, "capacityInKB")
	case size > capacity(disk) && isChild(disk):
		fault := &types.InvalidDeviceOperation{BadOp: types.VirtualDeviceConfigSpecOperationEdit}
		fault.DeviceIndex, fault.Property = int32(index), fmt.Sprintf("virtualDeviceSpec[%d].operation", index)
		return fault
	}
	return nil
}

// isChild tells a disk that holds only what differs from another one.
func isChild(disk *types.VirtualDisk) bool {
	backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	return ok && backing.Parent != nil
}

// wantedCapacity is in bytes. A client that read the disk, changed capacityInKB and sent the old capacityInBytes along
// means the one it changed.
func wantedCapacity(disk, wanted *types.VirtualDisk) int64 {
	if wanted.CapacityInBytes != 0 && wanted.CapacityInBytes != capacity(disk) {
		return wanted.CapacityInBytes
	}
	return wanted.CapacityInKB * 1024
}

func growDisk(vm *simulator.VirtualMachine, wanted *types.VirtualDisk) {
	devices := copyDevices(vm.Config.Hardware.Device)
	disk, ok := object.VirtualDeviceList(devices).FindByKey(wanted.Key).(*types.VirtualDisk)
	size := int64(0)
	if ok {
		size = wantedCapacity(disk, wanted)
	}
	if size == 0 {
		return
	}
	growth := size - capacity(disk)
	setCapacity(disk, size)
	disk.DeviceInfo = nil
	change(vm, types.PropertyChange{Name: "config.hardware.device", Val: devices})
	if backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok && backing.Datastore != nil {
		if datastore, ok := simulator.Map.Get(*backing.Datastore).(*simulator.Datastore); ok {
			change(datastore, types.PropertyChange{Name: "summary.freeSpace", Val: datastore.Summary.FreeSpace - growth})
		}
	}
}
