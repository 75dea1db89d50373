package main

import (
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

const scratchPattern = "dcm-vcsim-%d-"

// openScratch makes the folder that holds every datastore of this process and removes the folders that killed
// processes of the same kind have left. The simulator finds it because it makes its folders below TMPDIR.
func openScratch() (remove func(), err error) {
	removeAbandoned(os.TempDir())
	folder, err := os.MkdirTemp("", fmt.Sprintf(scratchPattern, os.Getpid()))
	if err != nil {
		return nil, err
	}
	return func() { _ = os.RemoveAll(folder) }, os.Setenv("TMPDIR", folder)
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
