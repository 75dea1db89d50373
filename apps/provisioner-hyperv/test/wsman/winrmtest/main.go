// Command winrmtest serves the WS-Man mock of github.com/dylanmei/winrmtest behind TLS and Basic, so that a client that sends
// no password in the clear can speak to it. It prints its address and ends with its standard input.
package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strings"

	"net"

	"github.com/dylanmei/winrmtest"
)

func main() {
	remote := winrmtest.NewRemote()
	remote.CommandFunc(winrmtest.MatchText("greet"), func(out, err io.Writer) int {
		fmt.Fprint(out, "grüß dich\r\n")
		return 0
	})
	remote.CommandFunc(winrmtest.MatchText("large"), func(out, err io.Writer) int {
		fmt.Fprint(out, strings.Repeat("The quick brown fox. ", 20000))
		return 259
	})
	behind, _ := url.Parse(fmt.Sprintf("http://%s:%d", remote.Host, remote.Port))
	proxy := httputil.NewSingleHostReverseProxy(behind)
	door := http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		if user, password, ok := r.BasicAuth(); !ok || user != os.Args[3] || password != os.Getenv("WINRMTEST_PASSWORD") {
			rw.Header().Set("WWW-Authenticate", `Basic realm="WSMAN"`)
			rw.WriteHeader(http.StatusUnauthorized)
			return
		}
		proxy.ServeHTTP(rw, r)
	})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	go func() {
		panic(http.ServeTLS(listener, door, os.Args[1], os.Args[2]))
	}()
	fmt.Printf("https://%s/wsman\n", listener.Addr())
	io.Copy(io.Discard, os.Stdin)
	remote.Close()
}
