package main

import (
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/types"
)

// createVM checks what would make the simulator panic and then lets it create the VM. As in a vCenter, references to
// nothing and taken names are refused at once, all else fails in the task.
func (g *gate) createVM(c *call) *answer {
	request := c.body.(*types.CreateVM_Task)
	if _, ok := simulator.Map.Get(request.This).(*simulator.Folder); !ok {
		return nil
	}
	for _, reference := range []*types.ManagedObjectReference{&request.Pool, request.Host} {
		if missing := refuseMissing(reference); missing != nil {
			return missing
		}
	}
	if refused := refuseName(nameFault(request.This, request.Config.Name, nil), request.Config.Name); refused != nil {
		return refused
	}
	if fault := g.prepare(request); fault != nil {
		task := finishedTask(request.This, "createVm", func() (types.AnyType, types.BaseMethodFault) { return nil, fault })
		return respond(&types.CreateVM_TaskResponse{Returnval: task})
	}
	task, err := g.create(request)
	if err != nil {
		return refuseWith(err)
	}
	return respond(&types.CreateVM_TaskResponse{Returnval: task})
}

// prepare completes the request, chooses a host and says what is wrong with it.
func (g *gate) prepare(request *types.CreateVM_Task) types.BaseMethodFault {
	config := &request.Config
	if config.Name == "" {
		return &types.InvalidVmConfig{Property: "configSpec.name"}
	}
	if config.Files == nil || config.Files.VmPathName == "" {
		return &types.InvalidVmConfig{Property: "configSpec.files.vmPathName"}
	}
	datastore := datastoreOf(config.Files.VmPathName)
	if datastore == "" || isOutside(config.Files.VmPathName) {
		return &types.InvalidDatastorePath{DatastorePath: config.Files.VmPathName}
	}
	host, fault := place(request.Pool, request.Host, datastore)
	if fault != nil {
		return fault
	}
	if config.GuestId != "" && !isGuest(config.GuestId) {
		return &types.InvalidArgument{InvalidProperty: "configSpec.guestId"}
	}
	name(nil, config.DeviceChange)
	for i, change := range config.DeviceChange {
		device := change.GetVirtualDeviceConfigSpec().Device
		if device == nil {
			return invalidDevice(i, "")
		}
		g.completeDevice(device)
		if fault := deviceFault(i, device, host); fault != nil {
			return fault
		}
	}
	config.ExtraConfig = withoutCommands(config.ExtraConfig)
	request.Host = &host.Self
	return nil
}

func isGuest(id string) bool {
	for _, known := range simulator.GuestID {
		if string(known) == id {
			return true
		}
	}
	return false
}

// create makes the VM of a prepared request and leaves nothing behind when the simulator panics half-way.
func (g *gate) create(request *types.CreateVM_Task) (task types.ManagedObjectReference, err error) {
	defer func() {
		if problem := recover(); problem != nil {
			forgetNameless(request.This)
			panic(problem)
		}
	}()
	task, err = g.createInside(request)
	if err != nil {
		return task, err
	}
	if result, fault := outcome(task); fault == nil {
		vm := simulator.Map.Get(result.(types.ManagedObjectReference)).(*simulator.VirtualMachine)
		// The simulator gives all VMs the same default controllers.
		vm.Config.Hardware.Device = copyDevices(vm.Config.Hardware.Device)
		limitHotPlug(vm)
		g.settle(vm)
	}
	return task, nil
}

// forgetNameless removes VMs that a failed creation left without a configuration: look-ups would panic on them.
func forgetNameless(folder types.ManagedObjectReference) {
	parent, ok := simulator.Map.Get(folder).(*simulator.Folder)
	if !ok {
		return
	}
	for _, reference := range append([]types.ManagedObjectReference(nil), parent.ChildEntity...) {
		if vm, ok := simulator.Map.Get(reference).(*simulator.VirtualMachine); ok && (vm.Name == "" || vm.Config == nil) {
			simulator.Map.Remove(reference)
			simulator.RemoveReference(&parent.ChildEntity, reference)
		}
	}
}

// settle brings a VM that the simulator has created or reconfigured into the state a vCenter leaves it in, and tells
// watchers: the simulator changes most of these fields silently.
func (g *gate) settle(vm *simulator.VirtualMachine) {
	change(vm, types.PropertyChange{Name: "config.extraConfig", Val: uniqueOptions(vm.Config.ExtraConfig)},
		types.PropertyChange{Name: "config.changeVersion", Val: nextChangeVersion(vm.Config.ChangeVersion)},
		types.PropertyChange{Name: "config.name", Val: vm.Name},
		types.PropertyChange{Name: "config.annotation", Val: vm.Config.Annotation},
		types.PropertyChange{Name: "config.hardware", Val: vm.Config.Hardware},
		types.PropertyChange{Name: "summary.config", Val: vm.Summary.Config},
		types.PropertyChange{Name: "name", Val: vm.Name})
}

// nextChangeVersion is a time stamp like a vCenter's, and always another one.
func nextChangeVersion(last string) string {
	version := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z")
	if version <= last {
		return last + "1"
	}
	return version
}

// uniqueOptions keeps the last value of each key where the key came first, and no key with an empty value.
func uniqueOptions(options []types.BaseOptionValue) []types.BaseOptionValue {
	last := map[string]int{}
	for i, option := range options {
		last[option.GetOptionValue().Key] = i
	}
	var unique []types.BaseOptionValue
	for _, option := range options {
		key := option.GetOptionValue().Key
		i, ok := last[key]
		if !ok {
			continue
		}
		delete(last, key)
		if value := options[i].GetOptionValue().Value; value != nil && value != "" {
			unique = append(unique, options[i])
		}
	}
	return unique
}

// withoutCommands drops the keys by which the simulator would run a container with the rights of this process.
func withoutCommands(options []types.BaseOptionValue) []types.BaseOptionValue {
	var harmless []types.BaseOptionValue
	for _, option := range options {
		if !strings.HasPrefix(option.GetOptionValue().Key, "RUN.") {
			harmless = append(harmless, option)
		}
	}
	return harmless
}
