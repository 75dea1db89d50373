package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

const maxRequestBytes = 64 << 20

// operation answers a call in the simulator's place; nil leaves the call to the simulator.
type operation func(*call) *answer

// gate stands in front of the simulator's SOAP handler. It orders all access to the inventory: the simulator locks
// single objects only, so it shows half-made VMs to readers and lets two creations of one name pass.
type gate struct {
	simulator  *simulator.Service
	options    *options
	about      []byte
	operations map[string]operation

	// inventory is held shared by calls that read and exclusively by all others. Long polls go without it.
	inventory *sync.RWMutex
	guests    *guests
	tasks     *slowTasks
	waits     *waits
	feeds     *feeds
	pages     *pages
	macs      macs
}

func newGate(options *options, inventory *inventory) (*gate, error) {
	g := &gate{simulator: inventory.service, options: options, inventory: new(sync.RWMutex)}
	g.guests = newGuests(g.inventory, options)
	g.tasks = newSlowTasks(g)
	g.waits = newWaits(g)
	g.feeds = newFeeds(g)
	g.pages = newPages(options.pageSize)
	g.operations = map[string]operation{
		"CreateVM_Task":       g.createVM,
		"CloneVM_Task":        g.cloneVM,
		"ReconfigVM_Task":     g.reconfigVM,
		"RegisterVM_Task":     g.checkRegister,
		"RelocateVM_Task":     g.checkRelocate,
		"MoveIntoFolder_Task": g.checkMove,
		"Rename_Task":         g.rename,
		"ResetVM_Task":        g.reset,
		"ShutdownGuest":       g.shutdownGuest,
		"RebootGuest":         g.rebootGuest,
		"FindAllByUuid":       g.findAllByUuid,
		"AcquireTicket":       g.acquireTicket,
		"CustomizeVM_Task":    g.customizeVM,
		"CancelTask":          g.cancelTask,

		"CreateSnapshot_Task":          g.createSnapshot,
		"RevertToSnapshot_Task":        g.revertToSnapshot,
		"RevertToCurrentSnapshot_Task": g.revertToCurrentSnapshot,
		"RemoveSnapshot_Task":          g.removeSnapshot,
		"RemoveAllSnapshots_Task":      g.removeAllSnapshots,
	}
	g.about = inventory.about()
	return g, inventory.seed(g)
}

// readOnly names the calls that may run beside each other. What is not listed changes something or may do so.
var readOnly = map[string]bool{
	"CurrentTime": true, "AcquireTicket": true, "RetrieveServiceContent": true, "SessionIsActive": true,
	"RetrieveProperties": true, "RetrievePropertiesEx": true, "ContinueRetrievePropertiesEx": true,
	"FindByUuid": true, "FindAllByUuid": true, "FindChild": true, "FindByInventoryPath": true, "FindByDatastorePath": true,
	"FindByDnsName": true, "FindAllByDnsName": true, "FindByIp": true, "FindAllByIp": true,
}

func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path == "/about":
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(g.about)
	case r.Method == http.MethodPost && (r.URL.Path == vim25.Path || r.URL.Path == vim25.Path+"/vimService"):
		g.serveSOAP(w, r)
	default:
		g.inventory.Lock()
		defer g.inventory.Unlock()
		g.simulator.ServeMux.ServeHTTP(w, r)
	}
}

func (g *gate) serveSOAP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequestBytes))
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	r.URL.Path = vim25.Path
	method := operationName(body)
	time.Sleep(g.options.calls.of(method)) // not cut short when the client leaves: a real server works on, too
	if g.options.trace {
		fmt.Fprintf(os.Stderr, "Request: %s\n", masked(body))
	}
	status, response := g.answer(r, method, body)
	if g.options.trace {
		fmt.Fprintf(os.Stderr, "Response %d: %s\n", status, masked(response.Bytes()))
	}
	for name, values := range response.header {
		w.Header()[name] = values
	}
	w.WriteHeader(status)
	_, _ = w.Write(response.Bytes())
}

// answer never panics: what the simulator cannot cope with becomes a SystemError fault.
func (g *gate) answer(r *http.Request, method string, body []byte) (status int, out *recorder) {
	defer func() {
		if problem := recover(); problem != nil {
			fmt.Fprintf(os.Stderr, "vcsim: %s panicked: %v\n%s\n", method, problem, debug.Stack())
			status, out = recorded(refuse(&types.SystemError{Reason: fmt.Sprint(problem)}, "simulator panicked in %s", method))
		}
	}()
	if problem := disorder(body); problem != "" {
		return recorded(refuse(&types.InvalidRequest{}, "%s", problem))
	}
	if g.waits.concern(method) {
		return g.waits.answer(r, method, body)
	}
	if readOnly[method] {
		g.inventory.RLock()
		defer g.inventory.RUnlock()
	} else {
		g.inventory.Lock()
		defer g.inventory.Unlock()
	}
	return g.answerLocked(r, method, body)
}

// answerLocked runs under the inventory lock.
func (g *gate) answerLocked(r *http.Request, method string, body []byte) (int, *recorder) {
	if g.pages.concern(method) {
		return g.pages.answer(g, r, method, body)
	}
	if refused := g.tasks.refuseBusy(method, body); refused != nil && g.isLoggedIn(r) {
		return recorded(refused)
	}
	if operation, ok := g.operations[method]; ok && g.isLoggedIn(r) {
		if request, err := decodeCall(body); err == nil {
			if a := operation(request); a != nil {
				status, response := recorded(a)
				g.tasks.slow(method, response)
				return status, response
			}
		}
	}
	status, response := g.forward(r, body)
	if strings.HasSuffix(method, "_Task") {
		g.tasks.slow(method, response)
	}
	return status, response
}

// forward lets the simulator answer the body as if the client had sent it.
func (g *gate) forward(r *http.Request, body []byte) (int, *recorder) {
	copied := r.Clone(context.Background())
	copied.Body = io.NopCloser(bytes.NewReader(body))
	response := &recorder{header: http.Header{}, status: http.StatusOK}
	g.simulator.ServeSDK(response, copied)
	return response.status, response
}

// isLoggedIn asks the simulator, so that an expired session meets NotAuthenticated and no check of the gate.
func (g *gate) isLoggedIn(r *http.Request) bool {
	body, err := encodeRequest("CurrentTime", &types.CurrentTime{This: vim25.ServiceInstance})
	if err != nil {
		return false
	}
	status, _ := g.forward(r, body)
	return status == http.StatusOK
}

// findAllByUuid exists in vCenter and is missing in the packaged simulator.
func (g *gate) findAllByUuid(c *call) *answer {
	request := c.body.(*types.FindAllByUuid)
	found := &types.FindAllByUuidResponse{}
	if !request.VmSearch {
		return nil
	}
	for _, entity := range simulator.Map.All("VirtualMachine") {
		vm := entity.(*simulator.VirtualMachine)
		id := vm.Config.Uuid
		if request.InstanceUuid != nil && *request.InstanceUuid {
			id = vm.Config.InstanceUuid
		}
		if strings.EqualFold(id, request.Uuid) {
			found.Returnval = append(found.Returnval, vm.Self)
		}
	}
	return respond(found)
}

// createInside calls the simulator without HTTP, in the session that it keeps for itself.
func (g *gate) createInside(request *types.CreateVM_Task) (types.ManagedObjectReference, error) {
	response, err := methods.CreateVM_Task(context.Background(), g.simulator, request)
	if err != nil {
		return types.ManagedObjectReference{}, err
	}
	return response.Returnval, nil
}

// recorder keeps a response until the locks are released: a slow client must not hold up the others.
type recorder struct {
	bytes.Buffer
	header http.Header
	status int
}

func recorded(a *answer) (int, *recorder) {
	response := &recorder{header: http.Header{}}
	status, body := a.encode()
	response.Write(body)
	return status, response
}

func (r *recorder) Header() http.Header { return r.header }

func (r *recorder) WriteHeader(status int) { r.status = status }
