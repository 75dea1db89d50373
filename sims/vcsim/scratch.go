package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const (
	scratchPattern = "dcm-vcsim-%d-"
	sharedMemory   = "/dev/shm"
	roomy          = 1 << 30 // bytes, for about 50,000 VMs
)

// openScratch makes the folder that holds every datastore of this process and removes the folders that killed
// processes of the same kind have left. The simulator finds it because it makes its folders below TMPDIR.
func openScratch() (remove func(), err error) {
	removeAbandoned(os.TempDir())
	removeAbandoned(sharedMemory)
	folder, err := os.MkdirTemp(scratchParent(), fmt.Sprintf(scratchPattern, os.Getpid()))
	if err != nil {
		return nil, err
	}
	return func() { _ = os.RemoveAll(folder) }, os.Setenv("TMPDIR", folder)
}

// scratchParent is memory where there is enough of it. Each VM is a handful of small files, and ext4 looks for a free
// inode past all that were deleted in the last seconds: after many deletions that took 40 % of the simulator's time.
func scratchParent() string {
	var memory syscall.Statfs_t
	if syscall.Statfs(sharedMemory, &memory) != nil || memory.Bavail*uint64(memory.Bsize) < roomy {
		return os.TempDir()
	}
	if syscall.Access(sharedMemory, 2 /* W_OK */) != nil {
		return os.TempDir()
	}
	return sharedMemory
}

func removeAbandoned(parent string) {
	folders, _ := filepath.Glob(filepath.Join(parent, "dcm-vcsim-*"))
	for _, folder := range folders {
		var pid int
		if _, err := fmt.Sscanf(filepath.Base(folder), scratchPattern, &pid); err != nil {
			continue
		}
		if syscall.Kill(pid, 0) == syscall.ESRCH {
			_ = os.RemoveAll(folder)
		}
	}
}
