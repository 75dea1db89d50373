package main

import (
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/vmware/govmomi/simulator"
)

// options is what the command line asks for.
type options struct {
	listen, user, password string
	tls                    bool
	certFile, keyFile      string
	caOut                  string
	names                  texts

	model             *simulator.Model
	hostCpus          int
	hostMemoryGib     int64
	datastoreGib      int64
	templates         templates
	vmFolder          string
	pageSize          int
	toolsRun          bool
	guestDelay        time.Duration
	calls, taskDelays delays
	dieWithParent     bool
	trace, verbose    bool
}

func parseOptions(arguments []string) (*options, error) {
	o := &options{model: simulator.VPX(), calls: delays{byMethod: milliseconds{}}, taskDelays: delays{byMethod: milliseconds{}}}
	flags := flag.NewFlagSet("vcsim", flag.ContinueOnError)
	o.addServerFlags(flags)
	o.addInventoryFlags(flags)
	o.addBehaviourFlags(flags)
	if err := flags.Parse(arguments); err != nil {
		return nil, err
	}
	return o, o.check(flags)
}

func (o *options) addServerFlags(flags *flag.FlagSet) {
	flags.StringVar(&o.listen, "listen", "127.0.0.1:8989", "listen `address`; port 0 chooses a free one")
	flags.StringVar(&o.user, "user", "dcm@vsphere.local", "login `name`")
	flags.StringVar(&o.password, "password", "", "login password (default: environment VCSIM_LISTEN_PASSWORD, else \"secret\")")
	flags.BoolVar(&o.tls, "tls", false, "serve HTTPS with a certificate made at start by a CA made at start")
	flags.StringVar(&o.certFile, "cert", "", "serve HTTPS with this PEM certificate `file` (with -key)")
	flags.StringVar(&o.keyFile, "key", "", "PEM key `file` of -cert")
	flags.StringVar(&o.caOut, "ca-out", "", "write the CA made for -tls to this PEM `file`; its key never leaves the process")
	flags.Var(&o.names, "name", "further host `name` or address for the certificate (repeatable)")
	flags.DurationVar(&simulator.SessionIdleTimeout, "idle", 0, "session idle timeout (0 = never)")
	flags.BoolVar(&o.dieWithParent, "die-with-parent", false, "end when standard input is closed")
	flags.BoolVar(&o.trace, "trace", false, "log SOAP bodies to stderr, passwords masked")
	flags.BoolVar(&o.verbose, "verbose", false, "let the simulator log to stderr")
}

func (o *options) addInventoryFlags(flags *flag.FlagSet) {
	m := o.model
	flags.IntVar(&m.Datacenter, "datacenters", m.Datacenter, "datacenters")
	flags.IntVar(&m.Cluster, "clusters", m.Cluster, "clusters per datacenter")
	flags.IntVar(&m.ClusterHost, "hosts", m.ClusterHost, "hosts per cluster")
	flags.IntVar(&m.Host, "standalone-hosts", m.Host, "hosts outside clusters per datacenter")
	flags.IntVar(&m.Pool, "pools", m.Pool, "resource pools per cluster beside the root pool")
	flags.IntVar(&m.App, "apps", m.App, "vApps per cluster")
	flags.IntVar(&m.Datastore, "datastores", m.Datastore, "datastores per datacenter")
	flags.IntVar(&m.Portgroup, "portgroups", m.Portgroup, "distributed port groups per datacenter")
	flags.IntVar(&m.Machine, "vms", m.Machine, "running VMs per cluster and standalone host")
	flags.IntVar(&m.Folder, "folders", m.Folder, "datacenters that are placed in a folder of their own")
	flags.IntVar(&o.hostCpus, "host-cpus", 16, "CPU cores per host (2294 MHz each)")
	flags.Int64Var(&o.hostMemoryGib, "host-memory", 128, "memory per host in GiB")
	flags.Int64Var(&o.datastoreGib, "datastore-size", 10240, "capacity per datastore in GiB")
	flags.Var(&o.templates, "template", "template `name[:cpus:memMiB:diskGiB[:snapshot][:efi]]` (repeatable; default debian-12-template:1:1024:8; \"none\" for no template)")
	flags.StringVar(&o.vmFolder, "vm-folder", "dcm", "folder made below each datacenter's VM folder (empty for none)")
}

func (o *options) addBehaviourFlags(flags *flag.FlagSet) {
	flags.IntVar(&o.calls.all, "delay", 0, "milliseconds before every call")
	flags.Float64Var(&o.calls.jitter, "jitter", 0, "spread of delays (standard deviation / mean)")
	flags.Var(o.calls.byMethod, "method-delay", "`Method:ms,...` before calls of these methods")
	flags.Var(o.taskDelays.byMethod, "task-delay", "`Method_Task:ms,...` that these tasks stay running after their effect")
	flags.IntVar(&o.pageSize, "page-size", 0, "objects per property page even when the client sets no maxObjects (0 = no limit)")
	flags.Func("tools", "running|absent: whether guests have VMware Tools (default running)", o.setTools)
	flags.DurationVar(&o.guestDelay, "guest-delay", 500*time.Millisecond, "time a guest takes to boot and to shut down")
	o.toolsRun = true
}

func (o *options) setTools(value string) error {
	if value != "running" && value != "absent" {
		return fmt.Errorf("say running or absent")
	}
	o.toolsRun = value == "running"
	return nil
}

// check completes defaults and refuses combinations that cannot work.
func (o *options) check(flags *flag.FlagSet) error {
	if o.password == "" {
		o.password = os.Getenv("VCSIM_LISTEN_PASSWORD")
	}
	if o.password == "" {
		o.password = "secret"
	}
	if len(o.templates) == 0 {
		_ = o.templates.Set("debian-12-template")
	}
	o.taskDelays.jitter = o.calls.jitter
	problem := ""
	switch {
	case flags.NArg() > 0:
		problem = fmt.Sprintf("unexpected argument %q", flags.Arg(0))
	case (o.certFile == "") != (o.keyFile == ""):
		problem = "-cert and -key belong together"
	case o.caOut != "" && (!o.tls || o.certFile != ""):
		problem = "-ca-out needs -tls and no -cert: a given certificate has its own CA"
	case o.model.Datacenter < 1 || o.model.Datastore < 1 || o.model.Cluster+o.model.Host < 1 || o.model.Cluster > 0 && o.model.ClusterHost < 1:
		problem = "a datacenter needs at least one datastore and one host"
	default:
		return nil
	}
	fmt.Fprintf(flags.Output(), "vcsim: %s\n", problem)
	return fmt.Errorf("%s", problem)
}

// texts collects a repeatable flag.
type texts []string

func (t *texts) String() string { return strings.Join(*t, ",") }

func (t *texts) Set(value string) error {
	*t = append(*t, value)
	return nil
}

// template is a VM that is seeded and marked as template.
type template struct {
	name      string
	cpus      int32
	memoryMib int64
	diskGib   int64
	snapshot  bool
	efi       bool
	none      bool
}

type templates []template

func (t *templates) String() string { return "" }

func (t *templates) Set(value string) error {
	parts := strings.Split(value, ":")
	made := template{name: parts[0], none: value == "none"}
	for len(parts) > 4 {
		switch parts[len(parts)-1] {
		case "snapshot":
			made.snapshot = true
		case "efi":
			made.efi = true
		default:
			return fmt.Errorf("%q is none of snapshot and efi", parts[len(parts)-1])
		}
		parts = parts[:len(parts)-1]
	}
	if len(parts) != 1 && len(parts) != 4 || parts[0] == "" {
		return fmt.Errorf("say name or name:cpus:memMiB:diskGiB, the latter with :snapshot or :efi")
	}
	sizes := [3]int64{1, 1024, 8}
	for i, text := range parts[1:] {
		size, err := strconv.ParseInt(text, 10, 32)
		if err != nil || size < 1 {
			return fmt.Errorf("%q is not a positive number", text)
		}
		sizes[i] = size
	}
	made.cpus, made.memoryMib, made.diskGib = int32(sizes[0]), sizes[1], sizes[2]
	*t = append(*t, made)
	return nil
}
