package main

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

var taskReference = regexp.MustCompile(`(<returnval[^>]*type="Task"[^>]*>)([^<]+)</returnval>`)

func taskByID(id string) *simulator.Task {
	task, _ := simulator.Map.Get(types.ManagedObjectReference{Type: "Task", Value: id}).(*simulator.Task)
	return task
}

// finishedTask makes a task that is over when its reference is handed out, like all tasks of the simulator.
func finishedTask(entity types.ManagedObjectReference, name string, work func() (types.AnyType, types.BaseMethodFault)) types.ManagedObjectReference {
	return simulator.CreateTask(entity, name, func(*simulator.Task) (types.AnyType, types.BaseMethodFault) { return work() }).Run()
}

// outcome is the result or the fault of a finished task.
func outcome(reference types.ManagedObjectReference) (types.AnyType, types.BaseMethodFault) {
	task := taskByID(reference.Value)
	if task.Info.Error != nil {
		return nil, task.Info.Error.Fault
	}
	return task.Info.Result, nil
}

// slowTasks lets tasks run for a while: as in a vCenter, the effect is there from the start and the result only at
// the end. Failures stay immediate. While its task runs, a VM takes no other. Everything runs under the inventory lock.
type slowTasks struct {
	gate    *gate
	delays  *delays
	running map[types.ManagedObjectReference]*slowTask // by task
}

type slowTask struct {
	task   *simulator.Task
	vm     types.ManagedObjectReference
	undo   func() types.BaseMethodFault // nil for a task that cannot be cancelled
	cancel chan struct{}                // closed when it was
	once   sync.Once
}

const (
	progressSteps = 4
	cancelTime    = 50 * time.Millisecond // a vCenter, too, answers CancelTask before the task has ended
)

func newSlowTasks(g *gate) *slowTasks {
	return &slowTasks{g, &g.options.taskDelays, map[types.ManagedObjectReference]*slowTask{}}
}

// slow names in the response a running task in the place of the finished one. The finished task cannot be reopened:
// property collectors already hold its "success" and would replay it.
func (s *slowTasks) slow(method string, response *recorder) {
	delay := s.delays.of(method)
	match := taskReference.FindSubmatchIndex(response.Bytes())
	if delay == 0 || match == nil {
		return
	}
	finished := taskByID(string(response.Bytes()[match[4]:match[5]]))
	if finished == nil || finished.Info.State != types.TaskInfoStateSuccess {
		return
	}
	running := simulator.CreateTask(*finished.Info.Entity, finished.Info.Name, nil)
	slow := &slowTask{task: running, vm: *finished.Info.Entity, cancel: make(chan struct{})}
	s.prepare(slow, method, finished.Info.Result)
	change(running, types.PropertyChange{Name: "info.name", Val: finished.Info.Name},
		types.PropertyChange{Name: "info.descriptionId", Val: finished.Info.DescriptionId},
		types.PropertyChange{Name: "info.cancelable", Val: slow.undo != nil},
		types.PropertyChange{Name: "info.startTime", Val: time.Now()},
		types.PropertyChange{Name: "info.state", Val: types.TaskInfoStateRunning})
	body := bytes.Join([][]byte{response.Bytes()[:match[4]], response.Bytes()[match[5]:]}, []byte(running.Self.Value))
	response.Reset()
	response.Write(body)
	s.running[running.Self] = slow
	go s.finish(slow, finished.Info.Result, delay)
}

// prepare says which VM is busy, and how to take the effect back. A clone keeps its source free.
func (s *slowTasks) prepare(slow *slowTask, method string, result types.AnyType) {
	made, ok := result.(types.ManagedObjectReference)
	switch {
	case ok && method == "CreateVM_Task":
		slow.vm = made
	case ok && method == "CloneVM_Task":
		slow.vm = made
		slow.undo = func() types.BaseMethodFault { return s.gate.destroy(made) }
	case ok && method == "CreateSnapshot_Task":
		slow.undo = func() types.BaseMethodFault { return s.gate.forgetSnapshot(made) }
	}
}

func (g *gate) destroy(reference types.ManagedObjectReference) types.BaseMethodFault {
	vm, ok := simulator.Map.Get(reference).(*simulator.VirtualMachine)
	if !ok {
		return nil
	}
	if fault := g.toPower(vm, types.VirtualMachinePowerStatePoweredOff); fault != nil {
		return fault
	}
	_, err := methods.Destroy_Task(context.Background(), g.simulator, &types.Destroy_Task{This: reference})
	return faultOf(err)
}

func (s *slowTasks) finish(slow *slowTask, result types.AnyType, delay time.Duration) {
	for step := 1; step <= progressSteps; step++ {
		select {
		case <-slow.cancel:
			time.Sleep(cancelTime)
			s.end(slow, slow.undone)
			return
		case <-time.After(delay / progressSteps):
		}
		progress := types.PropertyChange{Name: "info.progress", Val: int32(step * 100 / progressSteps)}
		if step == progressSteps {
			s.end(slow, func() []types.PropertyChange {
				return []types.PropertyChange{progress, {Name: "info.result", Val: result}, {Name: "info.state", Val: types.TaskInfoStateSuccess}}
			})
			return
		}
		s.gate.inventory.Lock()
		change(slow.task, progress)
		s.gate.inventory.Unlock()
	}
}

// end decides under the lock: a task that was cancelled at the last moment ends as cancelled.
func (s *slowTasks) end(slow *slowTask, outcome func() []types.PropertyChange) {
	s.gate.inventory.Lock()
	defer s.gate.inventory.Unlock()
	select {
	case <-slow.cancel:
		outcome = slow.undone
	default:
	}
	delete(s.running, slow.task.Self)
	change(slow.task, append([]types.PropertyChange{{Name: "info.completeTime", Val: time.Now()}}, outcome()...)...)
}

// undone takes the effect back, and says how a cancelled task ends.
func (t *slowTask) undone() []types.PropertyChange {
	fault := t.undo()
	if fault == nil {
		fault = &types.RequestCanceled{}
	}
	return []types.PropertyChange{
		{Name: "info.error", Val: types.LocalizedMethodFault{Fault: fault, LocalizedMessage: "The task was canceled by a user."}},
		{Name: "info.state", Val: types.TaskInfoStateError},
	}
}

// cancelTask is missing in the packaged simulator.
func (g *gate) cancelTask(c *call) *answer {
	task := taskByID(c.this.Value)
	if task == nil {
		return nil
	}
	slow := g.tasks.running[c.this]
	switch {
	case slow == nil:
		return refuse(&types.InvalidState{}, "The operation is not allowed in the current state.")
	case slow.undo == nil:
		return refuse(&types.NotSupported{}, "The operation is not supported on the object.")
	}
	slow.once.Do(func() { close(slow.cancel) })
	change(task, types.PropertyChange{Name: "info.cancelled", Val: true})
	return respond(&types.CancelTaskResponse{})
}

// refuseBusy refuses what a vCenter does not do to a VM while one of its tasks runs; nil when nothing runs.
func (s *slowTasks) refuseBusy(method string, body []byte) *answer {
	if len(s.running) == 0 || method == "CloneVM_Task" || !strings.HasSuffix(method, "_Task") && !askGuest[method] {
		return nil
	}
	request, err := decodeCall(body)
	if err != nil {
		return nil
	}
	target := request.this
	if vm, _ := snapshotAndOwner(target); vm != nil {
		target = vm.Self
	}
	for reference, slow := range s.running {
		if slow.vm == target {
			return refuse(&types.TaskInProgress{Task: reference}, "Another task is already in progress.")
		}
	}
	return nil
}

var askGuest = map[string]bool{"ShutdownGuest": true, "RebootGuest": true, "StandbyGuest": true}

// change updates an object as the simulator does for its own changes: under the object's lock, telling all watchers.
func change(object simulatorObject, changes ...types.PropertyChange) {
	simulator.Map.WithLock(object, func() { simulator.Map.Update(object, changes) })
}

// simulatorObject is what the simulator's registry holds.
type simulatorObject interface {
	Reference() types.ManagedObjectReference
}
