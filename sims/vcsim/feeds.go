package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
	"github.com/vmware/govmomi/vim25/xml"
)

const (
	gatherTime    = 50 * time.Millisecond  // changes of one act arrive together
	feedCheckTime = 250 * time.Millisecond // how soon a wait notices that it was cancelled or its client has gone
	forgottenFeed = 30 * time.Minute       // after which a feed counts as lost with its session
)

// feeds answers filters over a view of all VMs. For each change of anything, tasks included, the simulator reads every
// VM of the view again; it also sends the first set whole and takes any version for the latest.
type feeds struct {
	sync.Mutex
	gate   *gate
	known  map[string]*feed // by collector
	serial int
}

// feed is the filter of one collector.
type feed struct {
	filter  types.ManagedObjectReference
	session string
	spec    types.PropertyFilterSpec
	polled  time.Time
	wake    chan struct{}

	version int
	pending []types.ManagedObjectReference // VMs to look at, each once
	waiting map[types.ManagedObjectReference]bool
	shown   map[types.ManagedObjectReference]map[string]uint64 // what the client knows, as hashes
}

func newFeeds(g *gate) *feeds { return &feeds{gate: g, known: map[string]*feed{}} }

// Reference names the watcher in the simulator's registry.
func (f *feeds) Reference() types.ManagedObjectReference {
	return types.ManagedObjectReference{Type: "DcmFeeds", Value: "feeds"}
}

// PutObject is part of the simulator's RegisterObject.
func (f *feeds) PutObject(object mo.Reference) { f.touch(object.Reference()) }

// UpdateObject is part of the simulator's RegisterObject.
func (f *feeds) UpdateObject(object mo.Reference, _ []types.PropertyChange) {
	f.touch(object.Reference())
}

// RemoveObject is part of the simulator's RegisterObject.
func (f *feeds) RemoveObject(reference types.ManagedObjectReference) { f.touch(reference) }

func (f *feeds) touch(reference types.ManagedObjectReference) {
	if reference.Type != "VirtualMachine" {
		return
	}
	f.Lock()
	defer f.Unlock()
	for _, feed := range f.known {
		feed.add(reference)
	}
}

func (f *feed) add(references ...types.ManagedObjectReference) {
	for _, reference := range references {
		if !f.waiting[reference] {
			f.waiting[reference] = true
			f.pending = append(f.pending, reference)
		}
	}
	select {
	case f.wake <- struct{}{}:
	default:
	}
}

// answer serves calls about feeds; false leaves the call to the simulator.
func (f *feeds) answer(r *http.Request, session *waitSession, request *call) (*answer, bool) {
	switch body := request.body.(type) {
	case *types.CreateFilter:
		if f.isOverAllVMs(r, &body.Spec) {
			return respond(&types.CreateFilterResponse{Returnval: f.create(sessionOf(r), body)}), true
		}
	case *types.DestroyPropertyFilter:
		if f.drop(func(_ string, feed *feed) bool { return feed.filter == body.This }) {
			return respond(&types.DestroyPropertyFilterResponse{}), true
		}
	case *types.Logout:
		f.drop(func(_ string, feed *feed) bool { return feed.session == sessionOf(r) })
	case *types.DestroyPropertyCollector:
		f.drop(func(collector string, _ *feed) bool { return collector == body.This.Value })
	case *types.WaitForUpdatesEx:
		f.Lock()
		feed := f.known[body.This.Value]
		f.Unlock()
		if feed != nil {
			return f.wait(r, session, feed, body)
		}
	}
	return nil, false
}

// isOverAllVMs recognizes the filter: one view of all VMs from the root on, and properties of VMs.
func (f *feeds) isOverAllVMs(r *http.Request, spec *types.PropertyFilterSpec) bool {
	if len(spec.ObjectSet) != 1 || len(spec.PropSet) != 1 || spec.PropSet[0].Type != "VirtualMachine" {
		return false
	}
	object := spec.ObjectSet[0]
	if object.Obj.Type != "ContainerView" || object.Skip == nil || !*object.Skip || len(object.SelectSet) != 1 {
		return false
	}
	step, ok := object.SelectSet[0].(*types.TraversalSpec)
	return ok && step.Path == "view" && f.container(r, object.Obj) == f.root()
}

func (f *feeds) root() types.ManagedObjectReference { return serviceContent().RootFolder }

func serviceContent() *types.ServiceContent {
	return &simulator.Map.Get(vim25.ServiceInstance).(*simulator.ServiceInstance).Content
}

var containerReference = regexp.MustCompile(`type="Folder"[^>]*>([^<]+)</val>`)

// container asks the simulator in the client's session: views belong to it.
func (f *feeds) container(r *http.Request, view types.ManagedObjectReference) types.ManagedObjectReference {
	request := &types.RetrievePropertiesEx{
		This: serviceContent().PropertyCollector,
		SpecSet: []types.PropertyFilterSpec{{
			PropSet:   []types.PropertySpec{{Type: "ContainerView", PathSet: []string{"container"}}},
			ObjectSet: []types.ObjectSpec{{Obj: view}},
		}},
	}
	body, err := encodeRequest("RetrievePropertiesEx", request)
	if err != nil {
		return types.ManagedObjectReference{}
	}
	_, response := f.gate.forward(r, body)
	match := containerReference.FindSubmatch(response.Bytes())
	if match == nil {
		return types.ManagedObjectReference{}
	}
	return types.ManagedObjectReference{Type: "Folder", Value: string(match[1])}
}

func (f *feeds) create(session string, request *types.CreateFilter) types.ManagedObjectReference {
	f.drop(func(_ string, feed *feed) bool { return time.Since(feed.polled) > forgottenFeed })
	f.Lock()
	defer f.Unlock()
	f.serial++
	created := &feed{
		filter:  types.ManagedObjectReference{Type: "PropertyFilter", Value: fmt.Sprintf("feed-%d", f.serial)},
		session: session, spec: request.Spec, polled: time.Now(), wake: make(chan struct{}, 1),
		waiting: map[types.ManagedObjectReference]bool{},
	}
	f.known[request.This.Value] = created
	return created.filter
}

func (f *feeds) drop(isIt func(collector string, feed *feed) bool) bool {
	f.Lock()
	defer f.Unlock()
	before := len(f.known)
	for collector, feed := range f.known {
		if isIt(collector, feed) {
			delete(f.known, collector)
		}
	}
	return len(f.known) < before
}

// wait is one WaitForUpdatesEx. It holds no lock while nothing happens.
func (f *feeds) wait(r *http.Request, session *waitSession, feed *feed, request *types.WaitForUpdatesEx) (*answer, bool) {
	limit, size, cancelled := time.Duration(-1), 0, session.count()
	if request.Options != nil {
		if seconds := request.Options.MaxWaitSeconds; seconds != nil {
			limit = time.Duration(*seconds) * time.Second
		}
		size = int(request.Options.MaxObjectUpdates)
	}
	for started := time.Now(); ; {
		if !f.gate.isLoggedIn(r) {
			return nil, false // which the simulator refuses
		}
		set, fault := f.look(feed, request.Version, size)
		switch {
		case fault != nil:
			return refuse(fault, "the version %q is not the latest one", request.Version), true
		case set != nil:
			return respond(&types.WaitForUpdatesExResponse{Returnval: set}), true
		case session.count() != cancelled:
			return refuse(&types.RequestCanceled{}, "the wait was cancelled"), true
		case r.Context().Err() != nil || limit >= 0 && time.Since(started) >= limit:
			return respond(&types.WaitForUpdatesExResponse{}), true
		}
		select {
		case <-feed.wake:
			time.Sleep(gatherTime)
		case <-r.Context().Done():
		case <-time.After(feedCheckTime):
		}
	}
}

// look takes the next of what is pending. An empty version begins anew, with all VMs.
func (f *feeds) look(feed *feed, version string, size int) (*types.UpdateSet, types.BaseMethodFault) {
	f.gate.inventory.RLock()
	defer f.gate.inventory.RUnlock()
	f.Lock()
	defer f.Unlock()
	feed.polled = time.Now()
	if version == "" {
		feed.restart()
	} else if version != feed.label() {
		return nil, &types.InvalidCollectorVersion{}
	}
	some := feed.take(size)
	updates := feed.updates(some, f.gate)
	isTruncated := len(feed.pending) > 0
	if len(updates) == 0 && version != "" && !isTruncated {
		return nil, nil
	}
	feed.version++
	set := &types.UpdateSet{Version: feed.label(), Truncated: types.NewBool(isTruncated)}
	if len(updates) > 0 {
		set.FilterSet = []types.PropertyFilterUpdate{{Filter: feed.filter, ObjectSet: updates}}
	}
	return set, nil
}

func (f *feed) label() string { return fmt.Sprint(f.version) }

func (f *feed) restart() {
	f.pending, f.waiting = nil, map[types.ManagedObjectReference]bool{}
	f.shown = map[types.ManagedObjectReference]map[string]uint64{}
	for _, entity := range simulator.Map.All("VirtualMachine") {
		f.add(entity.Reference())
	}
}

func (f *feed) take(size int) []types.ManagedObjectReference {
	if size <= 0 || size > len(f.pending) {
		size = len(f.pending)
	}
	some := f.pending[:size]
	f.pending = append([]types.ManagedObjectReference(nil), f.pending[size:]...)
	for _, reference := range some {
		delete(f.waiting, reference)
	}
	return some
}

func (f *feed) updates(references []types.ManagedObjectReference, g *gate) []types.ObjectUpdate {
	var updates []types.ObjectUpdate
	var present []types.ObjectSpec
	for _, reference := range references {
		if simulator.Map.Get(reference) != nil {
			present = append(present, types.ObjectSpec{Obj: reference})
		} else if _, ok := f.shown[reference]; ok {
			delete(f.shown, reference)
			updates = append(updates, types.ObjectUpdate{Kind: types.ObjectUpdateKindLeave, Obj: reference})
		}
	}
	if len(present) == 0 {
		return updates
	}
	response, err := methods.RetrievePropertiesEx(context.Background(), g.simulator, &types.RetrievePropertiesEx{
		This:    serviceContent().PropertyCollector,
		SpecSet: []types.PropertyFilterSpec{{PropSet: f.spec.PropSet, ObjectSet: present}},
	})
	if err != nil || response.Returnval == nil {
		return updates
	}
	for i := range response.Returnval.Objects {
		if update := f.compare(&response.Returnval.Objects[i]); update != nil {
			updates = append(updates, *update)
		}
	}
	return updates
}

// compare says what the client does not know yet, nil when that is nothing.
func (f *feed) compare(content *types.ObjectContent) *types.ObjectUpdate {
	before, isKnown := f.shown[content.Obj]
	now := map[string]uint64{}
	update := &types.ObjectUpdate{Kind: types.ObjectUpdateKindEnter, Obj: content.Obj, MissingSet: content.MissingSet}
	if isKnown {
		update.Kind = types.ObjectUpdateKindModify
	}
	for _, property := range content.PropSet {
		now[property.Name] = hashed(property.Val)
		if old, ok := before[property.Name]; !ok || old != now[property.Name] {
			update.ChangeSet = append(update.ChangeSet, types.PropertyChange{
				Name: property.Name, Op: types.PropertyChangeOpAssign, Val: property.Val,
			})
		}
	}
	for name := range before {
		if _, ok := now[name]; !ok {
			update.ChangeSet = append(update.ChangeSet, types.PropertyChange{Name: name, Op: types.PropertyChangeOpAssign})
		}
	}
	f.shown[content.Obj] = now
	if isKnown && len(update.ChangeSet) == 0 {
		return nil
	}
	return update
}

// hashed tells values apart without keeping them: lists among them are the simulator's own and change.
func hashed(value types.AnyType) uint64 {
	sum := fnv.New64a()
	_ = xml.NewEncoder(sum).Encode(value)
	return sum.Sum64()
}

// sessionOf names the session of a request.
func sessionOf(r *http.Request) string {
	cookie, err := r.Cookie(soap.SessionCookieName)
	if err != nil {
		return ""
	}
	return cookie.Value
}
