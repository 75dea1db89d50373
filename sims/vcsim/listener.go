package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/url"

	"github.com/vmware/govmomi/vim25"
)

// listener accepts connections at url, which is the SDK address without credentials.
type listener struct {
	net.Listener
	url *url.URL
}

func listen(options *options) (*listener, error) {
	tcp, err := net.Listen("tcp", options.listen)
	if err != nil {
		return nil, fmt.Errorf("unable to listen on %s: %w", options.listen, err)
	}
	l := &listener{tcp, &url.URL{Scheme: "http", Host: reachable(tcp.Addr().(*net.TCPAddr)), Path: vim25.Path}}
	if !options.tls && options.certFile == "" {
		return l, nil
	}
	certificate, err := serverCertificate(options)
	if err != nil {
		return nil, err
	}
	l.url.Scheme = "https"
	l.Listener = tls.NewListener(tcp, &tls.Config{
		Certificates: []tls.Certificate{*certificate},
		NextProtos:   []string{"http/1.1"},
		MinVersion:   tls.VersionTLS12,
	})
	return l, nil
}

// reachable names the address a local client can use when the listener is open to all interfaces.
func reachable(address *net.TCPAddr) string {
	ip := address.IP
	if ip.IsUnspecified() {
		ip = net.IPv4(127, 0, 0, 1)
	}
	return net.JoinHostPort(ip.String(), fmt.Sprint(address.Port))
}
