package main

import (
	"bytes"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/soap"
	"github.com/vmware/govmomi/vim25/types"
)

// waits serves long polls in slices. The simulator's own loop walks the collector's filters while other calls of the
// same session add and remove some, and it outlives a client that has gone. So the gate asks for one look at a time
// (maxWaitSeconds 0: the simulator gathers changes for 20 ms, see build.ts) and lets calls about filters in between two looks.
type waits struct {
	gate     *gate
	sessions sync.Map // cookie → *waitSession
}

type waitSession struct {
	sync.Mutex
	cancelled int32 // CancelWaitForUpdates calls so far
}

func newWaits(g *gate) *waits { return &waits{gate: g} }

func (w *waits) concern(method string) bool {
	switch method {
	case "WaitForUpdatesEx", "WaitForUpdates", "CancelWaitForUpdates", "Logout",
		"CreateFilter", "DestroyPropertyFilter", "CreatePropertyCollector", "DestroyPropertyCollector":
		return true
	}
	return false
}

func (w *waits) answer(r *http.Request, method string, body []byte) (int, *recorder) {
	cookie, err := r.Cookie(soap.SessionCookieName)
	if err != nil {
		return w.gate.forward(r, body) // which refuses: no session
	}
	kept, _ := w.sessions.LoadOrStore(cookie.Value, new(waitSession))
	session := kept.(*waitSession)
	if request, err := decodeCall(body); err == nil {
		if answered, ok := w.gate.feeds.answer(r, session, request); ok {
			return recorded(answered)
		}
	}
	switch method {
	case "WaitForUpdatesEx", "WaitForUpdates":
		return w.wait(r, session, body)
	case "Logout":
		w.sessions.Delete(cookie.Value)
	case "CancelWaitForUpdates":
		session.cancel()
	}
	session.Lock()
	defer session.Unlock()
	w.gate.inventory.Lock()
	defer w.gate.inventory.Unlock()
	status, response := w.gate.forward(r, body)
	if method == "CreateFilter" {
		wakeCollectors()
	}
	return status, response
}

// wakeCollectors makes waiting collectors look at their filters: the simulator shows the objects of a new filter only
// with the next change of anything, a vCenter at once.
func wakeCollectors() {
	root := simulator.Map.Get(serviceContent().RootFolder)
	simulator.Map.WithLock(root, func() { simulator.Map.Update(root, nil) })
}

func (s *waitSession) cancel() { atomic.AddInt32(&s.cancelled, 1) }

func (s *waitSession) count() int32 { return atomic.LoadInt32(&s.cancelled) }

// look asks the simulator once; cancelled says whether the client has withdrawn its wait meanwhile. At a collector's first
// look the simulator reads the present state and listens for changes after that: what changed in between was never told.
func (w *waits) look(r *http.Request, session *waitSession, slice *slice, before *int32) (status int, response *recorder, cancelled bool) {
	session.Lock()
	defer session.Unlock()
	if *before < 0 {
		*before = session.count()
	}
	if session.count() != *before {
		return 0, nil, true
	}
	if slice.isFirst {
		w.gate.inventory.Lock()
		defer w.gate.inventory.Unlock()
	}
	status, response = w.gate.forward(r, slice.body)
	return status, response, false
}

func (w *waits) wait(r *http.Request, session *waitSession, body []byte) (int, *recorder) {
	request, err := decodeCall(body)
	if err != nil {
		return w.gate.forward(r, body)
	}
	slice, err := sliced(request)
	if err != nil {
		return recorded(refuseWith(err))
	}
	started, before := time.Now(), int32(-1)
	for {
		status, response, cancelled := w.look(r, session, slice, &before)
		switch {
		case cancelled:
			return recorded(refuse(&types.RequestCanceled{}, "the wait was cancelled"))
		case status != http.StatusOK || bytes.Contains(response.Bytes(), []byte("<returnval")):
			return status, renamed(response, request.method)
		case r.Context().Err() != nil || slice.limit >= 0 && time.Since(started) >= slice.limit:
			return status, renamed(response, request.method)
		}
	}
}

// slice is a request for updates without waiting.
type slice struct {
	body    []byte
	limit   time.Duration // for how long the client wants to wait; negative: for ever
	isFirst bool          // whether the client knows nothing yet
}

func sliced(request *call) (*slice, error) {
	one, limit := &types.WaitForUpdatesEx{This: request.this}, time.Duration(-1)
	switch full := request.body.(type) {
	case *types.WaitForUpdates:
		one.Version = full.Version
	case *types.WaitForUpdatesEx:
		one.Version = full.Version
		if full.Options != nil {
			options := *full.Options
			one.Options = &options
		}
	}
	if one.Options == nil {
		one.Options = &types.WaitOptions{}
	}
	if seconds := one.Options.MaxWaitSeconds; seconds != nil {
		limit = time.Duration(*seconds) * time.Second
	}
	one.Options.MaxWaitSeconds = types.NewInt32(0)
	body, err := encodeRequest("WaitForUpdatesEx", one)
	return &slice{body, limit, one.Version == ""}, err
}

// renamed gives the response the element name of the method that the client called.
func renamed(response *recorder, method string) *recorder {
	if method == "WaitForUpdatesEx" {
		return response
	}
	body := bytes.ReplaceAll(response.Bytes(), []byte("WaitForUpdatesExResponse"), []byte(method+"Response"))
	response.Reset()
	response.Write(body)
	return response
}
