package main

import (
	"bytes"
	"regexp"
	"sync"
	"time"

	"github.com/vmware/govmomi/simulator"
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
// the end. Failures stay immediate.
type slowTasks struct {
	inventory sync.Locker
	delays    *delays
}

const progressSteps = 4

// slow names in the response a running task in the place of the finished one. The finished task cannot be reopened:
// property collectors already hold its "success" and would replay it. Called under the inventory lock.
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
	change(running, types.PropertyChange{Name: "info.name", Val: finished.Info.Name},
		types.PropertyChange{Name: "info.descriptionId", Val: finished.Info.DescriptionId},
		types.PropertyChange{Name: "info.startTime", Val: time.Now()},
		types.PropertyChange{Name: "info.state", Val: types.TaskInfoStateRunning})
	body := bytes.Join([][]byte{response.Bytes()[:match[4]], response.Bytes()[match[5]:]}, []byte(running.Self.Value))
	response.Reset()
	response.Write(body)
	go s.finish(running, finished.Info.Result, delay)
}

func (s *slowTasks) finish(task *simulator.Task, result types.AnyType, delay time.Duration) {
	for step := 1; step <= progressSteps; step++ {
		time.Sleep(delay / progressSteps)
		changes := []types.PropertyChange{{Name: "info.progress", Val: int32(step * 100 / progressSteps)}}
		if step == progressSteps {
			changes = append(changes, types.PropertyChange{Name: "info.result", Val: result},
				types.PropertyChange{Name: "info.completeTime", Val: time.Now()},
				types.PropertyChange{Name: "info.state", Val: types.TaskInfoStateSuccess})
		}
		s.inventory.Lock()
		change(task, changes...)
		s.inventory.Unlock()
	}
}

// change updates an object as the simulator does for its own changes: under the object's lock, telling all watchers.
func change(object simulatorObject, changes ...types.PropertyChange) {
	simulator.Map.WithLock(object, func() { simulator.Map.Update(object, changes) })
}

// simulatorObject is what the simulator's registry holds.
type simulatorObject interface {
	Reference() types.ManagedObjectReference
}
