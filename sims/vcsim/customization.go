package main

import (
	"encoding/binary"
	"fmt"
	"math/bits"
	"net"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// customizeVM replaces the simulator's, which counts what a guest reported in the place of the VM's NICs and shows the
// result before the guest could have booted.
func (g *gate) customizeVM(c *call) *answer {
	vm, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	request := c.body.(*types.CustomizeVM_Task)
	task := finishedTask(vm.Self, "customizeVm", func() (types.AnyType, types.BaseMethodFault) {
		return nil, g.customize(vm, &request.Spec)
	})
	return respond(&types.CustomizeVM_TaskResponse{Returnval: task})
}

// customize lets the VM be prepared at its next power-on.
func (g *gate) customize(vm *simulator.VirtualMachine, spec *types.CustomizationSpec) types.BaseMethodFault {
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOff {
		return &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: vm.Runtime.PowerState}
	}
	if vm.Config.Tools != nil && vm.Config.Tools.PendingCustomization != "" {
		return &types.CustomizationPending{}
	}
	if fault := customizationFault(vm, spec); fault != nil {
		return fault
	}
	g.guests.of(vm.Self).pending = spec
	tools := types.ToolsConfigInfo{}
	if vm.Config.Tools != nil {
		tools = *vm.Config.Tools
	}
	tools.PendingCustomization = uuid.New().String()
	change(vm, types.PropertyChange{Name: "config.tools", Val: &tools})
	return nil
}

func customizationFault(vm *simulator.VirtualMachine, spec *types.CustomizationSpec) types.BaseMethodFault {
	isWindows := strings.HasPrefix(vm.Config.GuestId, "win")
	switch identity := spec.Identity.(type) {
	case *types.CustomizationLinuxPrep:
		if isWindows {
			return &types.UncustomizableGuest{UncustomizableGuestOS: vm.Config.GuestId}
		}
	case *types.CustomizationSysprep:
		if !isWindows {
			return &types.UncustomizableGuest{UncustomizableGuestOS: vm.Config.GuestId}
		}
		if identity.GuiUnattended.Password != nil && identity.GuiUnattended.Password.Value == "" {
			return &types.InvalidArgument{InvalidProperty: "spec.identity.guiUnattended.password"}
		}
		join := identity.Identification
		if join.JoinDomain != "" && (join.DomainAdmin == "" || join.DomainAdminPassword == nil || join.JoinWorkgroup != "") {
			return &types.InvalidArgument{InvalidProperty: "spec.identity.identification"}
		}
	default:
		return &types.InvalidArgument{InvalidProperty: "spec.identity"}
	}
	if nics := len(nicsOf(&vm.VirtualMachine)); nics != len(spec.NicSettingMap) {
		return &types.NicSettingMismatch{NumberOfNicsInSpec: int32(len(spec.NicSettingMap)), NumberOfNicsInVM: int32(nics)}
	}
	for i, setting := range spec.NicSettingMap {
		fixed, ok := setting.Adapter.Ip.(*types.CustomizationFixedIp)
		if ok && (net.ParseIP(fixed.IpAddress).To4() == nil || prefixOf(setting.Adapter.SubnetMask) == 0) {
			return &types.InvalidArgument{InvalidProperty: fmt.Sprintf("spec.nicSettingMap[%d].adapter", i)}
		}
	}
	return nil
}

// prepare is what VMware Tools do in the guest when it starts for the first time. Called under the VM's lock.
func (g *guest) prepare(vm *mo.VirtualMachine) {
	spec := g.pending
	if spec == nil {
		return
	}
	g.pending = nil
	switch identity := spec.Identity.(type) {
	case *types.CustomizationLinuxPrep:
		g.hostName = guestName(vm, identity.HostName)
		if g.hostName != "" && identity.Domain != "" {
			g.hostName += "." + identity.Domain
		}
	case *types.CustomizationSysprep:
		g.hostName = guestName(vm, identity.UserData.ComputerName)
		if domain := identity.Identification.JoinDomain; g.hostName != "" && domain != "" {
			g.hostName += "." + domain
		}
	}
	for i, nic := range nicsOf(vm) {
		if i >= len(spec.NicSettingMap) {
			break // a NIC that was added since
		}
		delete(g.given, nic.Key)
		adapter := spec.NicSettingMap[i].Adapter
		if fixed, ok := adapter.Ip.(*types.CustomizationFixedIp); ok {
			g.given[nic.Key] = lease{fixed.IpAddress, prefixOf(adapter.SubnetMask), types.NetIpConfigInfoIpAddressOriginManual}
		}
	}
	if vm.Config.Tools != nil {
		tools := *vm.Config.Tools
		tools.PendingCustomization = ""
		simulator.Map.Update(vm, []types.PropertyChange{{Name: "config.tools", Val: &tools}})
	}
}

func guestName(vm *mo.VirtualMachine, name types.BaseCustomizationName) string {
	switch n := name.(type) {
	case *types.CustomizationFixedName:
		return n.Name
	case *types.CustomizationVirtualMachineName:
		return vm.Name
	}
	return ""
}

// nicsOf is in the order in which a customization names them.
func nicsOf(vm *mo.VirtualMachine) []*types.VirtualEthernetCard {
	var nics []*types.VirtualEthernetCard
	for _, device := range vm.Config.Hardware.Device {
		if nic, ok := device.(types.BaseVirtualEthernetCard); ok {
			nics = append(nics, nic.GetVirtualEthernetCard())
		}
	}
	return nics
}

// prefixOf is the length of a mask such as 255.255.255.0; 0 when it is none.
func prefixOf(mask string) int32 {
	address := net.ParseIP(mask).To4()
	if address == nil {
		return 0
	}
	return int32(bits.LeadingZeros32(^binary.BigEndian.Uint32(address)))
}
