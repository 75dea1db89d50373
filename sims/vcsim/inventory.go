package main

import (
	"net/http"
	"net/url"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

const (
	mebibyte = 1 << 20
	gibibyte = 1 << 30
)

// inventory is the simulator with its hosts, datastores and VMs.
type inventory struct {
	service *simulator.Service
	options *options
}

// newerGuests are guest identifiers of vSphere 7 and 8 that the packaged simulator would refuse.
var newerGuests = []types.VirtualMachineGuestOsIdentifier{
	"debian11Guest", "debian11_64Guest", "debian12Guest", "debian12_64Guest", "rhel9_64Guest", "sles16_64Guest",
	"centos9_64Guest", "rockylinux_64Guest", "almalinux_64Guest", "other5xLinux64Guest", "other6xLinux64Guest",
	"windows2019srvNext_64Guest", "windows2022srvNext_64Guest", "windows11_64Guest",
}

func newInventory(options *options) (*inventory, error) {
	simulator.GuestID = append(simulator.GuestID, newerGuests...)
	if err := options.model.Create(); err != nil {
		return nil, err
	}
	i := &inventory{options.model.Service, options}
	i.service.RegisterSDK(simulator.Map)
	i.service.ServeMux.HandleFunc(vim25.Path+"/vimServiceVersions.xml", i.service.ServiceVersions)
	i.service.ServeMux.HandleFunc("/folder/", i.service.ServeDatastore)
	i.sizeHosts()
	i.sizeDatastores()
	return i, nil
}

// announce tells the simulator the address and the credentials that clients use.
func (i *inventory) announce(sdk *url.URL, options *options) {
	address := *sdk
	address.User = url.UserPassword(options.user, options.password)
	i.service.Listen = &address
	simulator.Map.SessionManager().ServiceHostName = address.Host
}

// about renders the simulator's page of implemented methods now: it walks the registry without a lock.
func (i *inventory) about() []byte {
	page := &recorder{header: http.Header{}}
	i.service.About(page, nil)
	return page.Bytes()
}

// sizeHosts gives hosts the wanted cores and memory and recomputes what clusters and pools say about them.
func (i *inventory) sizeHosts() {
	for _, entity := range simulator.Map.All("HostSystem") {
		host := entity.(*simulator.HostSystem)
		cores, memory := int16(i.options.hostCpus), i.options.hostMemoryGib*gibibyte
		host.Summary.Hardware.NumCpuCores, host.Summary.Hardware.NumCpuThreads = cores, cores*2
		host.Summary.Hardware.MemorySize, host.Hardware.MemorySize = memory, memory
		host.Hardware.CpuInfo.NumCpuCores, host.Hardware.CpuInfo.NumCpuThreads = cores, cores*2
	}
	for _, compute := range computeResources() {
		i.sizeCompute(compute)
	}
	for _, entity := range simulator.Map.All("ClusterComputeResource") {
		cluster := entity.(*simulator.ClusterComputeResource)
		if config, ok := cluster.ConfigurationEx.(*types.ClusterConfigInfoEx); ok {
			config.DrsConfig.Enabled = types.NewBool(true) // without DRS a vCenter wants a host named for each VM
		}
	}
}

func computeResources() []*mo.ComputeResource {
	var all []*mo.ComputeResource
	for _, entity := range simulator.Map.All("") {
		switch compute := entity.(type) {
		case *mo.ComputeResource:
			all = append(all, compute)
		case *simulator.ClusterComputeResource:
			all = append(all, &compute.ComputeResource)
		}
	}
	return all
}

func (i *inventory) sizeCompute(compute *mo.ComputeResource) {
	hosts := len(compute.Host)
	cores := i.options.hostCpus * hosts
	mhz := int32(cores) * esx.HostSystem.Summary.Hardware.CpuMhz
	memory := i.options.hostMemoryGib * gibibyte * int64(hosts)
	summary := compute.Summary.GetComputeResourceSummary()
	summary.NumCpuCores, summary.NumCpuThreads = int16(cores), int16(cores*2)
	summary.TotalCpu, summary.EffectiveCpu = mhz, mhz
	summary.TotalMemory, summary.EffectiveMemory = memory, memory/mebibyte // vCenter: bytes and MB
	for _, entity := range simulator.Map.All("ResourcePool") {
		if pool := entity.(*simulator.ResourcePool); pool.Owner == compute.Self {
			sizePool(pool, int64(mhz), memory)
		}
	}
}

// sizePool replaces the figures that all pools share with the simulator's template.
func sizePool(pool *simulator.ResourcePool, mhz, memory int64) {
	usage := func(total int64) types.ResourcePoolResourceUsage {
		return types.ResourcePoolResourceUsage{UnreservedForPool: total, UnreservedForVm: total, MaxUsage: total}
	}
	pool.Runtime.Cpu, pool.Runtime.Memory = usage(mhz), usage(memory)
	if pool.Parent.Type == "ResourcePool" {
		mhz, memory = -1, -mebibyte // only the root pool has the limit of its hardware
	}
	pool.Config.CpuAllocation.Limit = types.NewInt64(mhz)
	pool.Config.MemoryAllocation.Limit = types.NewInt64(memory / mebibyte)
	summary := *pool.Summary.GetResourcePoolSummary()
	summary.Name, summary.Config, summary.Runtime = pool.Name, pool.Config, pool.Runtime
	pool.Summary = &summary
}

// sizeDatastores replaces the figures of this machine's disk and mounts each datastore on all hosts that know it.
func (i *inventory) sizeDatastores() {
	for _, entity := range simulator.Map.All("Datastore") {
		datastore := entity.(*simulator.Datastore)
		size := i.options.datastoreGib * gibibyte
		info := datastore.Info.GetDatastoreInfo()
		info.FreeSpace, info.MaxFileSize = size, size
		datastore.Summary.Capacity, datastore.Summary.FreeSpace = size, size
		datastore.Summary.Type = "VMFS"
		datastore.Summary.MultipleHostAccess = types.NewBool(true)
		datastore.Host = mounts(datastore.Self)
		forgetTwins(datastore)
	}
}

func mounts(datastore types.ManagedObjectReference) []types.DatastoreHostMount {
	var all []types.DatastoreHostMount
	for _, entity := range simulator.Map.All("HostSystem") {
		if simulator.FindReference(entity.(*simulator.HostSystem).Datastore, datastore) != nil {
			all = append(all, types.DatastoreHostMount{Key: entity.Reference(), MountInfo: types.HostMountInfo{
				AccessMode: string(types.HostMountModeReadWrite),
				Mounted:    types.NewBool(true),
				Accessible: types.NewBool(true),
			}})
		}
	}
	return all
}

// forgetTwins keeps one entry of a datastore in its folder: the simulator adds one for each host that mounts it.
func forgetTwins(datastore *simulator.Datastore) {
	folder, ok := simulator.Map.Get(*datastore.Parent).(*simulator.Folder)
	if !ok {
		return
	}
	children := []types.ManagedObjectReference{datastore.Self}
	for _, child := range folder.ChildEntity {
		if child != datastore.Self {
			children = append(children, child)
		}
	}
	folder.ChildEntity = children
}
