package main

import (
	"crypto/rand"
	"encoding/hex"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// consolePorts by the kind of ticket that a client may ask for; a browser's console speaks WebSocket.
var consolePorts = map[string]int32{
	string(types.VirtualMachineTicketTypeWebmks): 443,
	string(types.VirtualMachineTicketTypeMks):    902,
}

// acquireTicket is missing in the packaged simulator. Nobody listens behind the ticket.
func (g *gate) acquireTicket(c *call) *answer {
	vm, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	port, ok := consolePorts[c.body.(*types.AcquireTicket).TicketType]
	if !ok {
		return refuse(&types.InvalidArgument{InvalidProperty: "ticketType"}, "A specified parameter was not correct: ticketType")
	}
	if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return refusePowerState(vm)
	}
	secret := make([]byte, 8)
	if _, err := rand.Read(secret); err != nil {
		return refuseWith(err)
	}
	return respond(&types.AcquireTicketResponse{Returnval: types.VirtualMachineTicket{
		Ticket:  hex.EncodeToString(secret),
		CfgFile: vm.Config.Files.VmPathName,
		Host:    simulator.Map.Get(*vm.Runtime.Host).(*simulator.HostSystem).Name,
		Port:    port,
	}})
}
