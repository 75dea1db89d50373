package main

import (
	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// datacenterOf walks up the inventory; nil when the entity lies in none or is gone.
func datacenterOf(reference types.ManagedObjectReference) *simulator.Datacenter {
	for {
		entity, ok := simulator.Map.Get(reference).(mo.Entity)
		if !ok {
			return nil
		}
		if datacenter, ok := entity.(*simulator.Datacenter); ok {
			return datacenter
		}
		parent := entity.Entity().Parent
		if parent == nil {
			return nil
		}
		reference = *parent
	}
}

// computeOf prefers a cluster to a standalone host.
func computeOf(datacenter *simulator.Datacenter) *mo.ComputeResource {
	var chosen *mo.ComputeResource
	for _, compute := range computeResources() {
		if datacenterOf(compute.Self) == datacenter && (chosen == nil || compute.Self.Type == "ClusterComputeResource") {
			chosen = compute
		}
	}
	return chosen
}

// computeByPool is the cluster or standalone host that a pool or vApp belongs to.
func computeByPool(pool types.ManagedObjectReference) *mo.ComputeResource {
	var owner types.ManagedObjectReference
	switch p := simulator.Map.Get(pool).(type) {
	case *simulator.ResourcePool:
		owner = p.Owner
	case *simulator.VirtualApp:
		owner = p.Owner
	}
	switch compute := simulator.Map.Get(owner).(type) {
	case *mo.ComputeResource:
		return compute
	case *simulator.ClusterComputeResource:
		return &compute.ComputeResource
	}
	return nil
}

func datastoreOf(path string) string {
	var parsed object.DatastorePath
	parsed.FromString(path)
	return parsed.Datastore
}

// datastoreOn finds a datastore that the host mounts.
func datastoreOn(host *simulator.HostSystem, name string) *simulator.Datastore {
	for _, reference := range host.Datastore {
		if datastore, ok := simulator.Map.Get(reference).(*simulator.Datastore); ok && datastore.Name == name {
			return datastore
		}
	}
	return nil
}

// place chooses the host for a new VM: the wanted one, else the one with the fewest VMs of those that can run it.
func place(pool types.ManagedObjectReference, wanted *types.ManagedObjectReference, datastore string) (*simulator.HostSystem, types.BaseMethodFault) {
	compute := computeByPool(pool)
	if compute == nil {
		return nil, &types.InvalidArgument{InvalidProperty: "pool"}
	}
	if wanted != nil && simulator.FindReference(compute.Host, *wanted) == nil {
		return nil, &types.InvalidArgument{InvalidProperty: "host"}
	}
	var chosen *simulator.HostSystem
	mounted := false
	for _, reference := range compute.Host {
		host, ok := simulator.Map.Get(reference).(*simulator.HostSystem)
		if !ok || wanted != nil && reference != *wanted || datastoreOn(host, datastore) == nil {
			continue
		}
		mounted = true
		usable := !host.Runtime.InMaintenanceMode && host.Runtime.ConnectionState == types.HostSystemConnectionStateConnected
		if usable && (chosen == nil || len(host.Vm) < len(chosen.Vm)) {
			chosen = host
		}
	}
	switch {
	case chosen != nil:
		return chosen, nil
	case mounted:
		return nil, &types.InvalidState{}
	default:
		return nil, &types.InvalidDatastorePath{InvalidDatastore: types.InvalidDatastore{Name: datastore}, DatastorePath: "[" + datastore + "]"}
	}
}
