package main

import (
	"context"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// cloneVM replaces the simulator's clone, whose VM shares its disk and NIC objects with the source and ignores most of
// the specification.
func (g *gate) cloneVM(c *call) *answer {
	source, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	request := c.body.(*types.CloneVM_Task)
	location := &request.Spec.Location
	folder := request.Folder
	if location.Folder != nil {
		folder = *location.Folder
	}
	for _, reference := range []*types.ManagedObjectReference{&folder, location.Pool, location.Host, location.Datastore, request.Spec.Snapshot} {
		if missing := refuseMissing(reference); missing != nil {
			return missing
		}
	}
	if refused := refuseName(nameFault(folder, request.Name, nil), request.Name); refused != nil {
		return refused
	}
	task := finishedTask(source.Self, "cloneVm", func() (types.AnyType, types.BaseMethodFault) {
		return g.clone(source, folder, request)
	})
	return respond(&types.CloneVM_TaskResponse{Returnval: task})
}

func (g *gate) clone(source *simulator.VirtualMachine, folder types.ManagedObjectReference, request *types.CloneVM_Task) (types.AnyType, types.BaseMethodFault) {
	location := &request.Spec.Location
	pool := location.Pool
	if pool == nil {
		pool = source.ResourcePool // which a template does not have
	}
	if pool == nil {
		return nil, &types.InvalidArgument{InvalidProperty: "spec.location.pool"}
	}
	origin, fault := originOf(source, &request.Spec)
	if fault != nil {
		return nil, fault
	}
	config, edits := cloneConfig(source, origin, request)
	create := &types.CreateVM_Task{This: folder, Config: config, Pool: *pool, Host: location.Host}
	if fault := g.prepare(create); fault != nil {
		return nil, fault
	}
	task, err := g.create(create)
	if err != nil {
		return nil, faultOf(err)
	}
	result, fault := outcome(task)
	if fault != nil {
		return nil, fault
	}
	reference := result.(types.ManagedObjectReference)
	if fault := g.finishClone(reference, edits, &request.Spec); fault != nil {
		_, _ = methods.Destroy_Task(context.Background(), g.simulator, &types.Destroy_Task{This: reference})
		return nil, fault
	}
	return reference, nil
}

// chains says for each way of copying disks what becomes of those that stand on others.
var chains = map[string]func(*types.VirtualDiskFlatVer2BackingInfo){
	string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndConsolidate): func(disk *types.VirtualDiskFlatVer2BackingInfo) {
		disk.Parent, disk.DeltaDiskFormat = nil, ""
	},
	string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking): func(disk *types.VirtualDiskFlatVer2BackingInfo) {
		parent := *disk
		disk.Parent, disk.ThinProvisioned = &parent, types.NewBool(true)
	},
	string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndDisallowSharing): keepChain,
	string(types.VirtualMachineRelocateDiskMoveOptionsMoveAllDiskBackingsAndAllowSharing):    keepChain,
	string(types.VirtualMachineRelocateDiskMoveOptionsMoveChildMostDiskBacking):              keepChain,
	"": keepChain,
}

func keepChain(*types.VirtualDiskFlatVer2BackingInfo) {}

// originOf is what a clone copies: the VM as it is, or as it was at a snapshot. Disks are shared with a snapshot only:
// nobody writes to its own any more.
func originOf(source *simulator.VirtualMachine, spec *types.VirtualMachineCloneSpec) (*types.VirtualMachineConfigInfo, types.BaseMethodFault) {
	if chains[spec.Location.DiskMoveType] == nil {
		return nil, &types.InvalidArgument{InvalidProperty: "spec.location.diskMoveType"}
	}
	isLinked := spec.Location.DiskMoveType == string(types.VirtualMachineRelocateDiskMoveOptionsCreateNewChildDiskBacking)
	if spec.Snapshot == nil && !isLinked {
		return source.Config, nil
	}
	if spec.Snapshot != nil {
		if snapshot, ok := simulator.Map.Get(*spec.Snapshot).(*simulator.VirtualMachineSnapshot); ok && snapshot.Vm == source.Self {
			return &snapshot.Config, nil
		}
	}
	return nil, &types.InvalidArgument{InvalidProperty: "spec.snapshot"}
}

// cloneConfig is the configuration of the new VM and the device changes that follow its creation.
func cloneConfig(source *simulator.VirtualMachine, origin *types.VirtualMachineConfigInfo, request *types.CloneVM_Task) (types.VirtualMachineConfigSpec, []types.BaseVirtualDeviceConfigSpec) {
	config, edits := types.VirtualMachineConfigSpec{}, request.Spec.Location.DeviceChange
	if request.Spec.Config != nil {
		config = *request.Spec.Config
		edits = append(edits, config.DeviceChange...)
	}
	datastore := datastoreOf(source.Config.Files.VmPathName)
	if reference := request.Spec.Location.Datastore; reference != nil {
		datastore = simulator.Map.Get(*reference).(*simulator.Datastore).Name
	}
	hardware := origin.Hardware
	config.Name = request.Name
	config.ChangeVersion = ""
	config.Files = &types.VirtualMachineFileInfo{VmPathName: "[" + datastore + "]"}
	config.DeviceChange = cloneDevices(hardware.Device, datastore, chains[request.Spec.Location.DiskMoveType])
	// The mark of the source travels along, as in a vCenter: a copy must not be taken for the original.
	config.ExtraConfig = append(append([]types.BaseOptionValue(nil), origin.ExtraConfig...), config.ExtraConfig...)
	orInt32(&config.NumCPUs, hardware.NumCPU)
	orInt32(&config.NumCoresPerSocket, hardware.NumCoresPerSocket)
	if config.MemoryMB == 0 {
		config.MemoryMB = int64(hardware.MemoryMB)
	}
	orString(&config.GuestId, origin.GuestId)
	orString(&config.Annotation, origin.Annotation)
	orString(&config.Version, origin.Version)
	orString(&config.Firmware, origin.Firmware)
	if config.BootOptions == nil {
		config.BootOptions = origin.BootOptions
	}
	orBool(&config.CpuHotAddEnabled, origin.CpuHotAddEnabled)
	orBool(&config.MemoryHotAddEnabled, origin.MemoryHotAddEnabled)
	return config, edits
}

func orInt32(field *int32, value int32) {
	if *field == 0 {
		*field = value
	}
}

func orString(field *string, value string) {
	if *field == "" {
		*field = value
	}
}

func orBool(field **bool, value *bool) {
	if *field == nil {
		*field = value
	}
}

// cloneDevices adds copies of the source's devices: disks as new files, NICs with new addresses.
func cloneDevices(devices []types.BaseVirtualDevice, datastore string, chain func(*types.VirtualDiskFlatVer2BackingInfo)) []types.BaseVirtualDeviceConfigSpec {
	var added []types.BaseVirtualDeviceConfigSpec
	defaults := object.VirtualDeviceList(esx.VirtualDevice)
	for _, device := range copyDevices(devices) {
		if defaults.FindByKey(device.GetVirtualDevice().Key) != nil {
			continue // every new VM has these
		}
		change := &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, Device: device}
		if disk, ok := device.(*types.VirtualDisk); ok {
			change.FileOperation = types.VirtualDeviceConfigSpecFileOperationCreate
			if backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo); ok {
				chain(backing)
				backing.FileName, backing.Datastore, backing.Uuid = "["+datastore+"]", nil, ""
			}
		}
		if nic, ok := device.(types.BaseVirtualEthernetCard); ok {
			card := nic.GetVirtualEthernetCard()
			if card.AddressType != string(types.VirtualEthernetCardMacTypeManual) {
				card.MacAddress = ""
			}
		}
		added = append(added, change)
	}
	return added
}

// finishClone applies what belongs to the finished copy.
func (g *gate) finishClone(reference types.ManagedObjectReference, edits []types.BaseVirtualDeviceConfigSpec, spec *types.VirtualMachineCloneSpec) types.BaseMethodFault {
	vm := simulator.Map.Get(reference).(*simulator.VirtualMachine)
	ctx := context.Background()
	if len(edits) > 0 {
		if fault := g.reconfigure(vm, types.VirtualMachineConfigSpec{DeviceChange: edits}); fault != nil {
			return fault
		}
	}
	if spec.Customization != nil {
		if fault := g.customize(vm, spec.Customization); fault != nil {
			return fault
		}
	}
	if spec.Template {
		_, err := methods.MarkAsTemplate(ctx, g.simulator, &types.MarkAsTemplate{This: reference})
		return faultOf(err)
	}
	if spec.PowerOn {
		response, err := methods.PowerOnVM_Task(ctx, g.simulator, &types.PowerOnVM_Task{This: reference})
		if err != nil {
			return faultOf(err)
		}
		_, fault := outcome(response.Returnval)
		return fault
	}
	return nil
}

// faultOf is the fault inside an error of a call that was made inside the process.
func faultOf(err error) types.BaseMethodFault {
	if err == nil {
		return nil
	}
	if soap.IsSoapFault(err) {
		if fault, ok := soap.ToSoapFault(err).VimFault().(types.BaseMethodFault); ok {
			return fault
		}
	}
	return &types.SystemError{Reason: err.Error()}
}
