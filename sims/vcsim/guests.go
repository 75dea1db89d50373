package main

import (
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// guests plays the operating system inside each VM that is on: it boots, reports its name and addresses through
// VMware Tools, and obeys them. It learns of power changes from the simulator's registry, so it sees all of them.
// Everything runs under the inventory lock.
type guests struct {
	inventory sync.Locker
	run       bool
	delay     time.Duration
	known     map[types.ManagedObjectReference]*guest
	addresses int
}

// guest is what a VM's operating system keeps between boots.
type guest struct {
	epoch    int // counts power changes, so that a timer of an earlier one does nothing
	hostName string
	given    map[int32]lease // by NIC key
	bootTime *time.Time
	was      types.VirtualMachinePowerState
	pending  *types.CustomizationSpec // what the next power-on prepares
}

const defaultPrefix = 16

// lease is an IPv4 address that a NIC keeps over reboots.
type lease struct {
	address string
	prefix  int32
	origin  types.NetIpConfigInfoIpAddressOrigin
}

func newGuests(inventory sync.Locker, options *options) *guests {
	return &guests{inventory: inventory, run: options.toolsRun, delay: options.guestDelay, known: map[types.ManagedObjectReference]*guest{}}
}

// Reference names the watcher in the simulator's registry.
func (g *guests) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "DcmGuests", Value: "guests"}
}

// PutObject is part of the simulator's RegisterObject.
func (g *guests) PutObject(mo.Reference) {}

// RemoveObject is part of the simulator's RegisterObject.
func (g *guests) RemoveObject(reference types.ManagedObjectReference) {
	if guest, ok := g.known[reference]; ok {
		guest.epoch++
		delete(g.known, reference)
	}
}

// UpdateObject is part of the simulator's RegisterObject. It runs under the object's lock.
func (g *guests) UpdateObject(object mo.Reference, changes []types.PropertyChange) {
	vm, ok := object.(*mo.VirtualMachine)
	if !ok {
		return
	}
	for _, change := range changes {
		if change.Name == "runtime.powerState" {
			g.powered(vm)
		}
	}
}

func (g *guests) of(vm types.ManagedObjectReference) *guest {
	if g.known[vm] == nil {
		g.known[vm] = &guest{given: map[int32]lease{}, was: types.VirtualMachinePowerStatePoweredOff}
	}
	return g.known[vm]
}

// powered follows a power change.
func (g *guests) powered(vm *mo.VirtualMachine) {
	guest := g.of(vm.Self)
	guest.epoch++
	guest.remember(vm)
	switch {
	case vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOff:
		guest.bootTime = nil
	case vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn && guest.was != types.VirtualMachinePowerStateSuspended:
		now := time.Now()
		guest.bootTime = &now // a resumed VM keeps the time it had
		guest.prepare(vm)
	}
	guest.was = vm.Runtime.PowerState
	guest.silence(vm)
	if vm.Runtime.PowerState == types.VirtualMachinePowerStatePoweredOn {
		g.bootLater(vm.Self)
	}
}

// remember keeps what customization has set, which the simulator shows before the guest could have booted.
func (g *guest) remember(vm *mo.VirtualMachine) {
	if vm.Guest == nil {
		return
	}
	if vm.Guest.HostName != "" {
		g.hostName = vm.Guest.HostName
	}
	for _, nic := range vm.Guest.Net {
		if len(nic.IpAddress) > 0 && nic.IpAddress[0] != g.given[nic.DeviceConfigId].address {
			g.given[nic.DeviceConfigId] = lease{nic.IpAddress[0], defaultPrefix, types.NetIpConfigInfoIpAddressOriginManual}
		}
	}
}

// after does the work once the guest's delay has passed, unless the VM's power has changed meanwhile.
func (g *guests) after(reference types.ManagedObjectReference, work func(*simulator.VirtualMachine)) {
	guest := g.of(reference)
	epoch := guest.epoch
	time.AfterFunc(g.delay, func() {
		g.inventory.Lock()
		defer g.inventory.Unlock()
		defer func() {
			if problem := recover(); problem != nil {
				fmt.Fprintf(os.Stderr, "vcsim: guest of %s panicked: %v\n", reference.Value, problem)
			}
		}()
		vm, ok := simulator.Map.Get(reference).(*simulator.VirtualMachine)
		if ok && guest.epoch == epoch {
			work(vm)
		}
	})
}

func (g *guests) bootLater(reference types.ManagedObjectReference) {
	g.after(reference, func(vm *simulator.VirtualMachine) {
		if script := scriptOf(vm); script == nil && g.run || script != nil && script.running {
			g.report(vm)
		}
	})
}

// startNow is for VMs that were on before the gate watched.
func (g *guests) startNow(vm *simulator.VirtualMachine) {
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return
	}
	guest := g.of(vm.Self)
	guest.was, guest.bootTime = vm.Runtime.PowerState, vm.Summary.Runtime.BootTime
	simulator.Map.WithLock(vm, func() { guest.silence(&vm.VirtualMachine) })
	if g.run {
		g.report(vm)
	}
}

// refresh follows a change of devices while the guest runs.
func (g *guests) refresh(vm *simulator.VirtualMachine) {
	if toolsRun(vm) {
		g.of(vm.Self).remember(&vm.VirtualMachine)
		g.report(vm)
	}
}

func toolsRun(vm *simulator.VirtualMachine) bool {
	return vm.Guest != nil && vm.Guest.ToolsRunningStatus == string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
}

// report shows what VMware Tools say of a running guest.
func (g *guests) report(vm *simulator.VirtualMachine) {
	guest := g.of(vm.Self)
	info := *vm.Guest
	info.Net = g.interfaces(vm, guest)
	info.HostName, info.IpAddress = guest.hostName, ""
	if info.HostName == "" {
		info.HostName = vm.Name
	}
	if script := scriptOf(vm); script != nil {
		info.Net, info.IpAddress = script.interfaces(info.Net), script.first
	}
	for _, nic := range info.Net {
		if info.IpAddress == "" && len(nic.IpAddress) > 0 {
			info.IpAddress = nic.IpAddress[0]
		}
	}
	info.ToolsStatus = types.VirtualMachineToolsStatusToolsOk
	info.ToolsRunningStatus = string(types.VirtualMachineToolsRunningStatusGuestToolsRunning)
	info.ToolsVersionStatus = string(types.VirtualMachineToolsVersionStatusGuestToolsUnmanaged)
	info.ToolsVersionStatus2 = info.ToolsVersionStatus
	info.ToolsVersion, info.GuestState = "12352", string(types.VirtualMachineGuestStateRunning)
	info.GuestId, info.GuestFullName = vm.Config.GuestId, vm.Config.GuestFullName
	info.GuestOperationsReady = types.NewBool(true)
	change(vm, guestChanges(&info, types.ManagedEntityStatusGreen)...)
}

// silence shows what a vCenter knows of a guest that does not answer. Called under the VM's lock.
func (g *guest) silence(vm *mo.VirtualMachine) {
	info := types.GuestInfo{
		ToolsStatus:        types.VirtualMachineToolsStatusToolsNotRunning,
		ToolsRunningStatus: string(types.VirtualMachineToolsRunningStatusGuestToolsNotRunning),
		GuestState:         string(types.VirtualMachineGuestStateNotRunning),
		ToolsVersion:       "0",
	}
	if vm.Guest != nil {
		info.GuestFamily = vm.Guest.GuestFamily
		for _, nic := range vm.Guest.Net {
			info.Net = append(info.Net, types.GuestNicInfo{Network: nic.Network, MacAddress: nic.MacAddress, DeviceConfigId: nic.DeviceConfigId})
		}
	}
	changes := append(guestChanges(&info, types.ManagedEntityStatusGray), bootTimeChanges(g.bootTime)...)
	simulator.Map.Update(vm, changes)
}

func guestChanges(info *types.GuestInfo, heartbeat types.ManagedEntityStatus) []types.PropertyChange {
	summary := types.VirtualMachineGuestSummary{
		GuestId: info.GuestId, GuestFullName: info.GuestFullName, ToolsStatus: info.ToolsStatus,
		ToolsVersionStatus: info.ToolsVersionStatus, ToolsVersionStatus2: info.ToolsVersionStatus2,
		ToolsRunningStatus: info.ToolsRunningStatus, HostName: info.HostName, IpAddress: info.IpAddress,
	}
	return []types.PropertyChange{
		{Name: "guest", Val: *info},
		{Name: "guest.net", Val: info.Net}, // watchers of a part hear of changes by its own name only
		{Name: "guest.ipAddress", Val: info.IpAddress},
		{Name: "guest.hostName", Val: info.HostName},
		{Name: "guest.toolsRunningStatus", Val: info.ToolsRunningStatus},
		{Name: "guest.guestState", Val: info.GuestState},
		{Name: "summary.guest", Val: summary},
		{Name: "guestHeartbeatStatus", Val: heartbeat},
	}
}

func bootTimeChanges(at *time.Time) []types.PropertyChange {
	var value interface{}
	if at != nil {
		value = *at
	}
	return []types.PropertyChange{{Name: "runtime.bootTime", Val: value}, {Name: "summary.runtime.bootTime", Val: value}}
}

// interfaces are the guest's own view of its NICs: one private IPv4 address, kept over reboots, and the link-local one.
func (g *guests) interfaces(vm *simulator.VirtualMachine, guest *guest) []types.GuestNicInfo {
	var all []types.GuestNicInfo
	for _, device := range vm.Config.Hardware.Device {
		nic, ok := device.(types.BaseVirtualEthernetCard)
		if !ok {
			continue
		}
		card := nic.GetVirtualEthernetCard()
		given, ok := guest.given[card.Key]
		if !ok {
			g.addresses++
			given = lease{fmt.Sprintf("10.77.%d.%d", g.addresses/250%256, g.addresses%250+2), defaultPrefix, types.NetIpConfigInfoIpAddressOriginDhcp}
			guest.given[card.Key] = given
		}
		info := types.GuestNicInfo{Network: networkName(card.Backing), MacAddress: card.MacAddress, DeviceConfigId: card.Key}
		if card.Connectable == nil || card.Connectable.Connected || card.Connectable.StartConnected {
			info.Connected = true
			info.IpAddress = []string{given.address, linkLocal(card.MacAddress)}
			info.IpConfig = &types.NetIpConfigInfo{IpAddress: []types.NetIpConfigInfoIpAddress{
				ipConfig(given.address, given.prefix, given.origin),
				ipConfig(linkLocal(card.MacAddress), 64, types.NetIpConfigInfoIpAddressOriginLinklayer),
			}}
		}
		all = append(all, info)
	}
	return all
}

func ipConfig(address string, prefix int32, origin types.NetIpConfigInfoIpAddressOrigin) types.NetIpConfigInfoIpAddress {
	return types.NetIpConfigInfoIpAddress{
		IpAddress: address, PrefixLength: prefix, Origin: string(origin), State: string(types.NetIpConfigInfoIpAddressStatusPreferred),
	}
}

// linkLocal is the IPv6 address that a guest makes from its MAC address (RFC 4291, appendix A).
func linkLocal(mac string) string {
	hardware, err := net.ParseMAC(mac)
	if err != nil || len(hardware) != 6 {
		return "fe80::1"
	}
	ip := net.IP{0xfe, 0x80, 0, 0, 0, 0, 0, 0, hardware[0] ^ 2, hardware[1], hardware[2], 0xff, 0xfe, hardware[3], hardware[4], hardware[5]}
	return ip.String()
}

func networkName(backing types.BaseVirtualDeviceBackingInfo) string {
	switch b := backing.(type) {
	case *types.VirtualEthernetCardNetworkBackingInfo:
		return b.DeviceName
	case *types.VirtualEthernetCardDistributedVirtualPortBackingInfo:
		group := types.ManagedObjectReference{Type: "DistributedVirtualPortgroup", Value: b.Port.PortgroupKey}
		if portgroup, ok := simulator.Map.Get(group).(*simulator.DistributedVirtualPortgroup); ok {
			return portgroup.Name
		}
	}
	return ""
}
