package main

import (
	"strings"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// guestScriptKey is the setting by which a test tells the guest of one VM what to report, from then on and over reboots:
// "not-running", or "running" with any number of "<address>@nic" and "<address>@bridge".
const guestScriptKey = "sim.guest"

const (
	// bridgeKey is what VMware Tools report for an interface that belongs to no device.
	bridgeKey = -1
	bridgeMac = "02:42:ac:11:00:01"
)

// guestScript is what a guest reports instead of what it would by itself.
type guestScript struct {
	running bool
	onNic   []string
	bridged []string
	first   string
}

func scriptOf(vm *simulator.VirtualMachine) *guestScript {
	for _, option := range vm.Config.ExtraConfig {
		value := option.GetOptionValue()
		text, isText := value.Value.(string)
		if value.Key == guestScriptKey && isText {
			return parseScript(text)
		}
	}
	return nil
}

func parseScript(text string) *guestScript {
	words := strings.Fields(text)
	script := &guestScript{running: len(words) > 0 && words[0] == "running"}
	for _, word := range words[min(1, len(words)):] {
		at := strings.LastIndexByte(word, '@')
		if at < 0 {
			continue
		}
		if script.first == "" {
			script.first = word[:at]
		}
		if word[at+1:] == "bridge" {
			script.bridged = append(script.bridged, word[:at])
		} else {
			script.onNic = append(script.onNic, word[:at])
		}
	}
	return script
}

func min(a, b int) int {
	if a < b {
		return a
	}
	return b
}

// obey follows a change of the setting.
func (g *guests) obey(vm *simulator.VirtualMachine) {
	script := scriptOf(vm)
	if script == nil || vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
		return
	}
	if script.running {
		g.report(vm)
	} else if toolsRun(vm) {
		simulator.Map.WithLock(vm, func() { g.of(vm.Self).silence(&vm.VirtualMachine) })
	}
}

// interfaces puts the scripted addresses in the place of the guest's own, bridges first: nothing says that they come last.
func (s *guestScript) interfaces(own []types.GuestNicInfo) []types.GuestNicInfo {
	all := make([]types.GuestNicInfo, 0, len(own)+1)
	if len(s.bridged) > 0 {
		all = append(all, types.GuestNicInfo{IpAddress: s.bridged, MacAddress: bridgeMac, Connected: true, DeviceConfigId: bridgeKey})
	}
	for index, nic := range own {
		nic.IpAddress, nic.IpConfig = nil, nil
		if index == 0 {
			nic.IpAddress = s.onNic
		}
		all = append(all, nic)
	}
	return all
}
