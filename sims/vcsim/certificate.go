package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"time"
)

// serverCertificate is the given certificate or one signed by a CA of this process. Both keys stay in memory.
func serverCertificate(options *options) (*tls.Certificate, error) {
	if options.certFile != "" {
		given, err := tls.LoadX509KeyPair(options.certFile, options.keyFile)
		if err != nil {
			return nil, fmt.Errorf("unable to use the certificate %s: %w", options.certFile, err)
		}
		return &given, nil
	}
	authority, err := issue(authorityTemplate(), nil)
	if err != nil {
		return nil, err
	}
	server, err := issue(serverTemplate(options), authority)
	if err != nil {
		return nil, err
	}
	if options.caOut != "" {
		block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: authority.Certificate[0]})
		if err := os.WriteFile(options.caOut, block, 0o644); err != nil {
			return nil, fmt.Errorf("unable to write the CA: %w", err)
		}
	}
	return server, nil
}

func authorityTemplate() *x509.Certificate {
	template := newTemplate("DCM vcsim CA")
	template.IsCA = true
	template.BasicConstraintsValid = true
	template.KeyUsage = x509.KeyUsageCertSign | x509.KeyUsageCRLSign
	return template
}

func serverTemplate(options *options) *x509.Certificate {
	template := newTemplate("vcsim")
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}
	host, _, _ := net.SplitHostPort(options.listen)
	for _, name := range append([]string{"localhost", "127.0.0.1", "::1", host}, options.names...) {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if name != "" {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	return template
}

func newTemplate(name string) *x509.Certificate {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		panic(err) // the system's random source failed: nothing can be signed safely
	}
	return &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: name, Organization: []string{"DCM"}},
		NotBefore:    time.Now().Add(-24 * time.Hour), // clients whose clock is behind must accept it too
		NotAfter:     time.Now().AddDate(1, 0, 0),
	}
}

// issue signs the template with a new key of its own; without an authority it signs itself.
func issue(template *x509.Certificate, authority *tls.Certificate) (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	parent, signer := template, interface{}(key)
	if authority != nil {
		parent, signer = authority.Leaf, authority.PrivateKey
	}
	raw, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		return nil, err
	}
	leaf, err := x509.ParseCertificate(raw)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{raw}, PrivateKey: key, Leaf: leaf}, nil
}
