// Command vcsim is a simulated vCenter for DCM's tests and demo: the official govmomi simulator behind a gate that
// adds what a real vCenter does and the packaged simulator does not. README.md lists each difference.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	options, err := parseOptions(os.Args[1:])
	if err != nil {
		os.Exit(2)
	}
	if err := run(options); err != nil {
		fmt.Fprintf(os.Stderr, "vcsim: %s\n", err)
		os.Exit(1)
	}
}

// run serves until a signal arrives, the parent goes away or the listener fails.
func run(options *options) error {
	if !options.verbose {
		log.SetOutput(io.Discard) // the simulator's own chatter; the gate writes its trouble to stderr itself
	}
	removeScratch, err := openScratch()
	if err != nil {
		return fmt.Errorf("unable to make a folder for datastores: %w", err)
	}
	defer removeScratch()
	inventory, err := newInventory(options)
	if err != nil {
		return fmt.Errorf("unable to build the inventory: %w", err)
	}
	gate, err := newGate(options, inventory)
	if err != nil {
		return err
	}
	listener, err := listen(options)
	if err != nil {
		return err
	}
	inventory.announce(listener.url, options)
	server := &http.Server{Handler: gate, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 15 * time.Minute}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	fmt.Printf("READY %s pid=%d\n", listener.url, os.Getpid())
	return waitForEnd(options, server, failed)
}

func waitForEnd(options *options, server *http.Server, failed <-chan error) error {
	ended, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	if options.dieWithParent {
		go func() {
			_, _ = io.Copy(io.Discard, os.Stdin)
			stop()
		}()
	}
	select {
	case <-ended.Done():
		return server.Close()
	case err := <-failed:
		if errors.Is(err, http.ErrServerClosed) {
			return nil
		}
		return err
	}
}
