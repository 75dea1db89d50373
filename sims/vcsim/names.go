package main

import (
	"strings"
	"unicode/utf8"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const maxNameLength = 80

// nameFault says why a VM cannot have this name in this folder, nil when it can. A vCenter finds a duplicate either
// before it makes the task (the method throws DuplicateName) or in the task; the gate always throws, because the
// method documents that fault and a client must cope with it either way. The check and the change that follows it
// cannot be overtaken: both run under the exclusive inventory lock.
func nameFault(folder types.ManagedObjectReference, name string, self *types.ManagedObjectReference) types.BaseMethodFault {
	// A vCenter stores these characters escaped; here the name becomes a folder on this machine's disk.
	if strings.ContainsAny(name, "/\\%") || strings.HasPrefix(name, ".") || utf8.RuneCountInString(name) > maxNameLength {
		return &types.InvalidName{Name: name, Entity: self}
	}
	if holder := childByName(folder, name); holder != nil && (self == nil || *holder != *self) {
		return &types.DuplicateName{Name: name, Object: *holder}
	}
	return nil
}

func childByName(folder types.ManagedObjectReference, name string) *types.ManagedObjectReference {
	parent, ok := simulator.Map.Get(folder).(*simulator.Folder)
	if !ok || name == "" {
		return nil
	}
	for i, reference := range parent.ChildEntity {
		if child, ok := simulator.Map.Get(reference).(mo.Entity); ok && child.Entity().Name == name {
			return &parent.ChildEntity[i]
		}
	}
	return nil
}

// refuseName turns a name fault into an answer; nil when the name is free.
func refuseName(fault types.BaseMethodFault, name string) *answer {
	switch fault.(type) {
	case nil:
		return nil
	case *types.DuplicateName:
		return refuse(fault, "The name '%s' already exists.", name)
	}
	return refuse(fault, "The name '%s' is not valid.", name)
}

// rename checks VMs only: the simulator itself checks the names of folders and other entities.
func (g *gate) rename(c *call) *answer {
	request := c.body.(*types.Rename_Task)
	vm, ok := simulator.Map.Get(c.this).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	if refused := refuseName(nameFault(*vm.Parent, request.NewName, &vm.Self), request.NewName); refused != nil {
		return refused
	}
	// The simulator changes the entity's name only; a vCenter's VM says it in three places.
	task := finishedTask(vm.Self, "rename", func() (types.AnyType, types.BaseMethodFault) {
		change(vm, types.PropertyChange{Name: "name", Val: request.NewName},
			types.PropertyChange{Name: "config.name", Val: request.NewName},
			types.PropertyChange{Name: "summary.config.name", Val: request.NewName})
		return nil, nil
	})
	return respond(&types.Rename_TaskResponse{Returnval: task})
}

func (g *gate) checkRegister(c *call) *answer {
	request := c.body.(*types.RegisterVM_Task)
	for _, reference := range []*types.ManagedObjectReference{request.Pool, request.Host} {
		if missing := refuseMissing(reference); missing != nil {
			return missing
		}
	}
	return refuseName(nameFault(c.this, request.Name, nil), request.Name)
}

func (g *gate) checkMove(c *call) *answer {
	for _, reference := range c.body.(*types.MoveIntoFolder_Task).List {
		if refused := refuseMove(reference, c.this); refused != nil {
			return refused
		}
	}
	return nil
}

func (g *gate) checkRelocate(c *call) *answer {
	spec := c.body.(*types.RelocateVM_Task).Spec
	for _, reference := range []*types.ManagedObjectReference{spec.Pool, spec.Host, spec.Datastore, spec.Folder} {
		if missing := refuseMissing(reference); missing != nil {
			return missing
		}
	}
	if spec.Folder == nil {
		return nil
	}
	return refuseMove(c.this, *spec.Folder)
}

func refuseMove(reference, folder types.ManagedObjectReference) *answer {
	entity, ok := simulator.Map.Get(reference).(mo.Entity)
	if !ok {
		return refuseMissing(&reference)
	}
	name := entity.Entity().Name
	return refuseName(nameFault(folder, name, &reference), name)
}

// refuseMissing answers for a reference to nothing, which would make the simulator panic.
func refuseMissing(reference *types.ManagedObjectReference) *answer {
	if reference == nil || simulator.Map.Get(*reference) != nil {
		return nil
	}
	return refuse(&types.ManagedObjectNotFound{Obj: *reference}, "The object %s has already been deleted or has not been completely created", reference.Value)
}
