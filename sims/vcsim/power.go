package main

import (
	"context"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// shutdownGuest answers at once and lets the guest go down after its delay, if it listens at all.
func (g *gate) shutdownGuest(c *call) *answer {
	return g.tellGuest(c, &types.ShutdownGuestResponse{}, func(vm *simulator.VirtualMachine) {
		_, _ = methods.ShutdownGuest(context.Background(), g.simulator, &types.ShutdownGuest{This: vm.Self})
	})
}

// rebootGuest is missing in the packaged simulator. The VM stays on, so its boot time does not change.
func (g *gate) rebootGuest(c *call) *answer {
	return g.tellGuest(c, &types.RebootGuestResponse{}, func(vm *simulator.VirtualMachine) { g.restart(vm) })
}

// tellGuest refuses as a vCenter does when nobody inside the VM could hear.
func (g *gate) tellGuest(c *call, response interface{}, work func(*simulator.VirtualMachine)) *answer {
	vm, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return refusePowerState(vm)
	}
	if !toolsRun(vm) {
		return refuse(&types.ToolsUnavailable{}, "Cannot complete operation because VMware Tools is not running in this virtual machine.")
	}
	g.guests.after(vm.Self, work)
	return respond(response)
}

func refusePowerState(vm *simulator.VirtualMachine) *answer {
	fault := &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOn, ExistingState: vm.Runtime.PowerState}
	return refuse(fault, "The attempted operation cannot be performed in the current state (%s).", vm.Runtime.PowerState)
}

// restart lets the guest fall silent and boot again.
func (g *gate) restart(vm *simulator.VirtualMachine) {
	guest := g.guests.of(vm.Self)
	guest.epoch++
	simulator.Map.WithLock(vm, func() {
		guest.remember(&vm.VirtualMachine)
		guest.silence(&vm.VirtualMachine)
	})
	g.guests.bootLater(vm.Self)
}

// reset keeps the VM on: the simulator would switch it off and on again and give it a new boot time.
func (g *gate) reset(c *call) *answer {
	vm, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	task := finishedTask(vm.Self, "reset", func() (types.AnyType, types.BaseMethodFault) {
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			return nil, &types.InvalidPowerState{RequestedState: types.VirtualMachinePowerStatePoweredOn, ExistingState: vm.Runtime.PowerState}
		}
		g.restart(vm)
		return nil, nil
	})
	return respond(&types.ResetVM_TaskResponse{Returnval: task})
}
