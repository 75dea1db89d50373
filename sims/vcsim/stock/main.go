// Program stock is govmomi's simulator as it is packaged, without our gate: the conformance suite runs on it too, with its limits declared.
package main

import (
	"fmt"
	"io"
	"log"
	"os"

	"github.com/vmware/govmomi/simulator"
)

func main() {
	log.SetOutput(io.Discard)
	model := simulator.VPX()
	if err := model.Create(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	server := model.Service.NewServer()
	password, _ := server.URL.User.Password()
	fmt.Printf("%s://%s%s %s %s\n", server.URL.Scheme, server.URL.Host, server.URL.Path, server.URL.User.Username(), password)
	_, _ = io.Copy(io.Discard, os.Stdin) // ends with the process that started it
}
