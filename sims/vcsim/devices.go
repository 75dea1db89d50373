package main

import (
	"bytes"
	"fmt"
	"sync/atomic"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

// copyDevices makes devices that share nothing with the given ones.
func copyDevices(devices []types.BaseVirtualDevice) []types.BaseVirtualDevice {
	var copied types.ArrayOfVirtualDevice
	duplicate(&types.ArrayOfVirtualDevice{VirtualDevice: devices}, &copied)
	return copied.VirtualDevice
}

// duplicate fills an empty value of the same type with what shares nothing with the original.
func duplicate(original, empty interface{}) {
	var encoded bytes.Buffer
	if err := xml.NewEncoder(&encoded).Encode(original); err != nil {
		panic(err) // what came in by XML always goes out by XML
	}
	decoder := xml.NewDecoder(&encoded)
	decoder.TypeFunc = typeByName
	if err := decoder.Decode(empty); err != nil {
		panic(err)
	}
}

func deviceByKey(vm *simulator.VirtualMachine, key int32) types.BaseVirtualDevice {
	return object.VirtualDeviceList(vm.Config.Hardware.Device).FindByKey(key)
}

// completeDevice fills in what a vCenter fills in and the simulator does not.
func (g *gate) completeDevice(device types.BaseVirtualDevice) {
	if disk, ok := device.(*types.VirtualDisk); ok {
		setCapacity(disk, capacity(disk))
	}
	if nic, ok := device.(types.BaseVirtualEthernetCard); ok {
		card := nic.GetVirtualEthernetCard()
		if card.MacAddress == "" {
			card.MacAddress, card.AddressType = g.macs.next(), string(types.VirtualEthernetCardMacTypeAssigned)
		}
	}
}

// name gives new devices of a specification the keys, labels and slots of a vCenter. The simulator would keep the
// client's numbers without their sign and label a device before it has a slot.
func name(present []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) {
	numbers := numbering{}
	for _, device := range present {
		numbers.of(device)
	}
	renamed := map[int32]int32{}
	for _, base := range changes {
		change := base.GetVirtualDeviceConfigSpec()
		if change.Operation != types.VirtualDeviceConfigSpecOperationAdd || change.Device == nil {
			continue
		}
		device := change.Device.GetVirtualDevice()
		kind := numbers.of(change.Device)
		if kind == nil {
			continue
		}
		if device.Key <= 0 {
			renamed[device.Key] = kind.key
			device.Key = kind.key
		}
		if device.DeviceInfo == nil {
			device.DeviceInfo = &types.Description{Label: kind.label}
		}
		if _, isNic := change.Device.(types.BaseVirtualEthernetCard); isNic && device.UnitNumber == nil {
			device.ControllerKey, device.UnitNumber = pciController, types.NewInt32(kind.unit)
		}
	}
	for _, base := range changes {
		if change := base.GetVirtualDeviceConfigSpec(); change.Device != nil {
			device := change.Device.GetVirtualDevice()
			if key, ok := renamed[device.ControllerKey]; ok && device.ControllerKey < 0 {
				device.ControllerKey = key
			}
		}
	}
}

const (
	pciController   = 100
	firstController = 1000
	firstDisk       = 2000
	firstNic        = 4000
	firstNicUnit    = 7
)

// numbering counts the devices of one VM by kind.
type numbering struct{ controllers, disks, nics int32 }

type deviceName struct {
	key, unit int32
	label     string
}

// of counts the device and says how a vCenter would name it; nil for kinds that the simulator names well.
func (n *numbering) of(device types.BaseVirtualDevice) *deviceName {
	key := device.GetVirtualDevice().Key
	switch device.(type) {
	case types.BaseVirtualSCSIController:
		i := next(&n.controllers, key-firstController)
		return &deviceName{key: firstController + i, label: fmt.Sprintf("SCSI controller %d", i)}
	case *types.VirtualDisk:
		i := next(&n.disks, key-firstDisk)
		return &deviceName{key: firstDisk + i, label: fmt.Sprintf("Hard disk %d", i+1)}
	case types.BaseVirtualEthernetCard:
		i := next(&n.nics, key-firstNic)
		return &deviceName{key: firstNic + i, unit: firstNicUnit + i, label: fmt.Sprintf("Network adapter %d", i+1)}
	}
	return nil
}

// next is the index of one more device; a device that has a key of its kind counts by that.
func next(count *int32, own int32) int32 {
	i := *count
	if own >= i && own < firstDisk-firstController {
		i = own
	}
	*count = i + 1
	return i
}

// capacity is in bytes; clients may say it in either unit.
func capacity(disk *types.VirtualDisk) int64 {
	if disk.CapacityInBytes != 0 {
		return disk.CapacityInBytes
	}
	return disk.CapacityInKB * 1024
}

func setCapacity(disk *types.VirtualDisk, bytes int64) {
	disk.CapacityInBytes, disk.CapacityInKB = bytes, bytes/1024
}

// deviceFault says why a device cannot be had on this host, nil when it can.
func deviceFault(index int, device types.BaseVirtualDevice, host *simulator.HostSystem) types.BaseMethodFault {
	if disk, ok := device.(*types.VirtualDisk); ok {
		return diskFault(index, disk, host)
	}
	if _, ok := device.(types.BaseVirtualEthernetCard); ok {
		if !networkExists(device.GetVirtualDevice().Backing, datacenterOf(host.Self)) {
			return invalidBacking(index)
		}
	}
	return nil
}

func diskFault(index int, disk *types.VirtualDisk, host *simulator.HostSystem) types.BaseMethodFault {
	backing, ok := disk.Backing.(*types.VirtualDiskFlatVer2BackingInfo)
	if !ok {
		return invalidBacking(index) // the simulator knows no other kind
	}
	name := datastoreOf(backing.FileName)
	if name == "" {
		return nil // beside the VM's own files
	}
	datastore := datastoreOn(host, name)
	if datastore == nil || isOutside(backing.FileName) {
		return &types.InvalidDatastorePath{InvalidDatastore: types.InvalidDatastore{Name: name}, DatastorePath: backing.FileName}
	}
	thin := backing.ThinProvisioned != nil && *backing.ThinProvisioned
	if !thin && capacity(disk) > datastore.Summary.FreeSpace {
		return &types.NoDiskSpace{FileFault: types.FileFault{File: backing.FileName}, Datastore: name}
	}
	return nil
}

// isOutside finds paths that would leave the datastore's folder on this machine.
func isOutside(path string) bool { return bytes.Contains([]byte(path), []byte("..")) }

func invalidBacking(index int) types.BaseMethodFault {
	fault := &types.InvalidDeviceBacking{}
	fault.DeviceIndex, fault.Property = int32(index), fmt.Sprintf("virtualDeviceSpec[%d].device.backing", index)
	return fault
}

func invalidDevice(index int, property string) types.BaseMethodFault {
	fault := &types.InvalidDeviceSpec{DeviceIndex: int32(index)}
	fault.Property = fmt.Sprintf("virtualDeviceSpec[%d].device.%s", index, property)
	return fault
}

func networkExists(backing types.BaseVirtualDeviceBackingInfo, datacenter *simulator.Datacenter) bool {
	switch b := backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return simulator.Map.FindByName(b.DeviceName, datacenter.Network) != nil
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		group := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: b.Port.PortgroupKey}
		return simulator.Map.Get(group) != nil
	case *types.VirtualEthernetCardOpaqueNetworkBackingInfo:
		return true
	}
	return false
}

// macs hands out addresses of the range in which a vCenter assigns them, each once.
type macs struct{ last uint32 }

func (m *macs) next() string {
	n := atomic.AddUint32(&m.last, 1)
	return fmt.Sprintf("00:50:56:%02x:%02x:%02x", 0x80+byte(n>>16)&0x3f, byte(n>>8), byte(n))
}

// renew gives every NIC that has no manual address one of its own.
func (m *macs) renew(devices []types.BaseVirtualDevice) {
	for _, device := range devices {
		if nic, ok := device.(types.BaseVirtualEthernetCard); ok {
			card := nic.GetVirtualEthernetCard()
			if card.AddressType != string(types.VirtualEthernetCardMacTypeManual) {
				card.MacAddress, card.AddressType = m.next(), string(types.VirtualEthernetCardMacTypeAssigned)
			}
		}
	}
}
