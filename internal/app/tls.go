package app

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"
)

// The self-signed certificate stands in the data directory, so that a browser
// which was told to trust it goes on doing so.
const (
	selfSignedCert = "tls-cert.pem"
	selfSignedKey  = "tls-key.pem"
	selfSignedFor  = 365 * 24 * time.Hour
)

// secure makes a listener speak HTTPS if the options say so.
func (a *App) secure(l net.Listener) (net.Listener, error) {
	if !a.options.tls {
		return l, nil
	}
	cert, pool, err := a.options.certificate(a.url.Hostname())
	if err != nil {
		return nil, err
	}
	a.trust = pool
	// The retrieval's evidence needs a connection of its own: HTTP/1.1.
	return tls.NewListener(l, &tls.Config{Certificates: []tls.Certificate{cert}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12}), nil
}

// trusts answers what a client must trust to reach this server, or another node that
// has the same certificate; nil is what the system trusts.
func (a *App) trusts() *tls.Config {
	if a.trust == nil {
		return nil
	}
	return &tls.Config{RootCAs: a.trust, MinVersion: tls.VersionTLS12}
}

// local carries requests of this process to its own server.
func (a *App) local() http.RoundTripper {
	t := http.DefaultTransport.(*http.Transport).Clone()
	if a.trust != nil {
		t.TLSClientConfig = a.trusts()
		t.TLSClientConfig.ServerName = a.url.Hostname()
	}
	return t
}

// certificate answers the certificate to serve with, and what a client in this
// process must trust to reach it; nil is what the system trusts.
func (c checked) certificate(hostname string) (tls.Certificate, *x509.CertPool, error) {
	if !c.TLSSelfSigned {
		cert, err := tls.LoadX509KeyPair(c.TLSCert, c.TLSKey)
		if err != nil {
			return cert, nil, usage("--tls-cert and --tls-key cannot be used: %v", err)
		}
		return cert, trust(cert), nil
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return tls.Certificate{}, nil, usage("--data %s cannot be made: %v", c.Data, err)
	}
	certFile, keyFile := filepath.Join(c.Data, selfSignedCert), filepath.Join(c.Data, selfSignedKey)
	cert, err := tls.LoadX509KeyPair(certFile, keyFile)
	usable := err == nil && time.Until(cert.Leaf.NotAfter) > 24*time.Hour && cert.Leaf.VerifyHostname(hostname) == nil
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return cert, nil, usage("the certificate in %s cannot be used: %v: delete %s and %s to have a new one made", c.Data, err, selfSignedCert, selfSignedKey)
	}
	if !usable {
		if err := makeCertificate(certFile, keyFile, hostname); err != nil {
			return cert, nil, fmt.Errorf("make a certificate: %w", err)
		}
		if cert, err = tls.LoadX509KeyPair(certFile, keyFile); err != nil {
			return cert, nil, fmt.Errorf("read the certificate made: %w", err)
		}
	}
	return cert, trust(cert), nil
}

func trust(cert tls.Certificate) *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	pool.AddCert(cert.Leaf)
	return pool
}

func makeCertificate(certFile, keyFile, hostname string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "usher, self-signed"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(selfSignedFor),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		IsCA: true, BasicConstraintsValid: true,
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	if ip := net.ParseIP(hostname); ip != nil {
		template.IPAddresses = append(template.IPAddresses, ip)
	} else {
		template.DNSNames = append(template.DNSNames, hostname)
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	if err := os.WriteFile(keyFile, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: keyDER}), 0o600); err != nil {
		return err
	}
	return os.WriteFile(certFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o644)
}
