package main

import (
	"context"
	"fmt"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

const defaultNetwork = "VM Network"

// seed adds what DCM expects of a site (templates, a folder for its VMs), by the way every client would take, and
// brings the simulator's own VMs into the state that the gate gives to new ones.
func (i *inventory) seed(g *gate) error {
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		vm.Config.Hardware.Device = copyDevices(vm.Config.Hardware.Device)
		g.macs.renew(vm.Config.Hardware.Device)
		g.settle(vm)
		g.guests.startNow(vm)
	}
	for _, entity := range simulator.Map.All("Datacenter") {
		datacenter := entity.(*simulator.Datacenter)
		for _, template := range i.options.templates {
			if err := g.seedTemplate(datacenter, template); err != nil {
				return fmt.Errorf("template %s: %w", template.name, err)
			}
		}
		if err := i.seedFolder(datacenter); err != nil {
			return fmt.Errorf("folder %s: %w", i.options.vmFolder, err)
		}
	}
	simulator.Map.AddHandler(g.guests)
	simulator.Map.AddHandler(snapshotCleaner{})
	simulator.Map.AddHandler(g.feeds)
	return nil
}

func (i *inventory) seedFolder(datacenter *simulator.Datacenter) error {
	if i.options.vmFolder == "" {
		return nil
	}
	request := &types.CreateFolder{This: datacenter.VmFolder, Name: i.options.vmFolder}
	_, err := methods.CreateFolder(context.Background(), i.service, request)
	return err
}

func (g *gate) seedTemplate(datacenter *simulator.Datacenter, template template) error {
	if template.none {
		return nil
	}
	compute := computeOf(datacenter)
	request := &types.CreateVM_Task{This: datacenter.VmFolder, Pool: *compute.ResourcePool, Config: template.config(datastoreName(datacenter))}
	created := g.createVM(&call{"CreateVM_Task", datacenter.VmFolder, request})
	if created.fault != nil {
		return fmt.Errorf("%T", created.fault)
	}
	result, fault := outcome(created.response.(*types.CreateVM_TaskResponse).Returnval)
	if fault != nil {
		return fmt.Errorf("%T", fault)
	}
	reference := result.(types.ManagedObjectReference)
	if template.snapshot {
		if err := g.seedSnapshot(reference); err != nil {
			return err
		}
	}
	mark := &types.MarkAsTemplate{This: reference}
	_, err := methods.MarkAsTemplate(context.Background(), g.simulator, mark)
	return err
}

// seedSnapshot takes what linked clones stand on, which a template cannot get any more.
func (g *gate) seedSnapshot(vm types.ManagedObjectReference) error {
	_, fault := takeSnapshot(simulator.Map.Get(vm).(*simulator.VirtualMachine), &types.CreateSnapshot_Task{Name: "base"})
	if fault != nil {
		return fmt.Errorf("%T", fault)
	}
	return nil
}

func datastoreName(datacenter *simulator.Datacenter) string {
	return simulator.Map.Get(datacenter.Datastore[0]).(*simulator.Datastore).Name
}

// config describes a small Linux VM: one disk on a paravirtual controller, one vmxnet3 NIC.
func (t *template) config(datastore string) types.VirtualMachineConfigSpec {
	controller := &types.ParaVirtualSCSIController{}
	controller.Key, controller.SharedBus, controller.ScsiCtlrUnitNumber = -1, types.VirtualSCSISharingNoSharing, 7
	disk := &types.VirtualDisk{CapacityInKB: t.diskGib * mebibyte}
	disk.Key, disk.ControllerKey, disk.UnitNumber = -2, -1, types.NewInt32(0)
	disk.Backing = &types.VirtualDiskFlatVer2BackingInfo{
		VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: "[" + datastore + "]"},
		DiskMode:                     string(types.VirtualDiskModePersistent),
		ThinProvisioned:              types.NewBool(true),
	}
	nic := &types.VirtualVmxnet3{}
	nic.Key = -3
	nic.Backing = &types.VirtualEthernetCardNetworkBackingInfo{
		VirtualDeviceDeviceBackingInfo: types.VirtualDeviceDeviceBackingInfo{DeviceName: defaultNetwork},
	}
	nic.Connectable = &types.VirtualDeviceConnectInfo{StartConnected: true, Connected: true, AllowGuestControl: true}
	add := func(device types.BaseVirtualDevice, file types.VirtualDeviceConfigSpecFileOperation) types.BaseVirtualDeviceConfigSpec {
		return &types.VirtualDeviceConfigSpec{Operation: types.VirtualDeviceConfigSpecOperationAdd, FileOperation: file, Device: device}
	}
	firmware := types.GuestOsDescriptorFirmwareTypeBios
	if t.efi {
		firmware = types.GuestOsDescriptorFirmwareTypeEfi
	}
	return types.VirtualMachineConfigSpec{
		Name:       t.name,
		Firmware:   string(firmware),
		GuestId:    "debian12_64Guest",
		Annotation: "Seeded by DCM's vcsim",
		NumCPUs:    t.cpus,
		MemoryMB:   t.memoryMib,
		Files:      &types.VirtualMachineFileInfo{VmPathName: "[" + datastore + "]"},
		DeviceChange: []types.BaseVirtualDeviceConfigSpec{
			add(controller, ""), add(disk, types.VirtualDeviceConfigSpecFileOperationCreate), add(nic, ""),
		},
	}
}
