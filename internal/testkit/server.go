// Package testkit runs the whole server for tests, journal to wire, on a network
// in memory: inside a testing/synctest bubble its time is made up and exact.
package testkit

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"usher/internal/auth"
	"usher/internal/blob"
	"usher/internal/cluster"
	"usher/internal/host"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/metrics"
	"usher/internal/rest"
	"usher/internal/site"
)

// The site that every Server has, as the demo is: queue 1, the default, is served
// by ada and bob, who pull; queue 2 by echo. All have the same Password.
const (
	SiteName = "demo"
	Support  = 1
	Echo     = 2
	Ada      = 12
	Bob      = 13
	Bot      = 14
	Password = "correct horse battery staple"
)

// Server is a running server.
type Server struct {
	T   testing.TB
	URL string
	// HTTP holds every exchange against the OpenAPI documents; what they do not
	// say fails the test.
	HTTP       *http.Client
	AdminToken string
	WidgetKey  string
	Keys       *auth.Keyring
	Host       *host.Host
	Metrics    *metrics.Metrics
	// Logs is everything that was logged, at every level.
	Logs *Logs

	journal journal.Journal
	server  *http.Server
	dial    func(ctx context.Context, network, address string) (net.Conn, error) // nil for a real socket
	trust   *tls.Config                                                          // what a client needs to reach it; nil without TLS
}

// Options change what a Server is made of.
type Options struct {
	// Journal is a memory journal of its own when nil.
	Journal journal.Journal
	// Loopback serves on a real socket, for tests of what the kernel tells. Such
	// a server cannot run in a bubble.
	Loopback bool
	// TLS is Loopback over HTTPS, as the program serves it: HTTP/1.1 alone, with a
	// self-signed certificate, which HTTP trusts.
	TLS bool
	// TrustedProxies are as the server's own.
	TrustedProxies []netip.Prefix
	// Blobs is where files are kept: a folder of the test's own when nil.
	Blobs blob.Store
	// Mailed is as the server's own: nil when no mail server is named.
	Mailed func()
	// AnyQuery lets requests be taken whose query has parameters that are not
	// documented. The server ignores them.
	AnyQuery bool
}

// hashed is Password's hash. It is costly, and the same for all tests.
var hashed = sync.OnceValue(func() string {
	h, err := auth.HashPassword(Password)
	if err != nil {
		panic(err)
	}
	return h
})

// signingKey is the site's in every test: an RSA key takes most of a second under the
// race detector.
var signingKey = sync.OnceValues(auth.NewSigningKey)

// keepKey gives a journal the site's signing key, under the name that a keyring seeks.
func keepKey(t testing.TB, j auth.Vault) {
	t.Helper()
	if _, err := j.Secret(t.Context(), SiteName, "signing-key", signingKey); err != nil {
		t.Fatal(err)
	}
}

// New starts a server, which ends with the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	s := &Server{T: t, Logs: &Logs{}, Metrics: metrics.New(build), journal: o.Journal}
	if s.journal == nil {
		s.journal = memory.NewAuto()
	}
	keepKey(t, s.journal)
	log := slog.New(slog.NewTextHandler(s.Logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if s.Host, err = host.New(t.Context(), s.journal, site.Location{}, log); err != nil {
		t.Fatal(err)
	}
	s.Host.Measure(s.Metrics)
	s.Keys = auth.NewKeyring(s.journal)
	s.define(s.Host.Create)
	var listener net.Listener
	transport := &http.Transport{}
	if o.Loopback || o.TLS {
		if listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			t.Fatal(err)
		}
		s.URL = "http://" + listener.Addr().String()
	} else {
		pipes := newNetwork()
		listener, s.dial = pipes, pipes.dial
		s.URL, transport.DialContext = "http://usher.test:8080", s.dial
	}
	if o.TLS {
		own := selfSigned()
		s.trust = &tls.Config{RootCAs: x509.NewCertPool(), ServerName: "127.0.0.1"}
		s.trust.RootCAs.AddCert(own.Leaf)
		listener = tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{own}, NextProtos: []string{"http/1.1"}, MinVersion: tls.VersionTLS12})
		s.URL, transport.TLSClientConfig = "https://"+listener.Addr().String(), s.trust
	}
	s.HTTP = &http.Client{Transport: checked{t, transport, o.AnyQuery}}
	if o.Blobs == nil {
		if o.Blobs, err = blob.OpenFolder(t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	public, err := url.Parse(s.URL)
	if err != nil {
		t.Fatal(err)
	}
	node := cluster.Single("n1", s.Host)
	node.Measure(s.Metrics)
	s.server = rest.NewHTTPServer(rest.New(rest.Config{
		Node: node, Metrics: s.Metrics, Keys: s.Keys, Verifier: auth.NewVerifier(), Public: public, Pool: "1:1",
		TrustedProxies: o.TrustedProxies, DemoKey: s.WidgetKey, Blobs: o.Blobs, Mailed: o.Mailed, Log: log,
		Archive: newShelf(t, s.journal, o.Blobs, log),
	}), log)
	s.server.MaxHeaderBytes = http.DefaultMaxHeaderBytes // tests put bad bodies into the query of a GET too
	go s.server.Serve(rest.Measured(rest.ListenLimited(listener, o.TrustedProxies, nil, log), s.Metrics))
	t.Cleanup(s.stop)
	return s
}

// selfSigned answers a certificate for 127.0.0.1, the same for all tests of a run.
var selfSigned = sync.OnceValue(func() tls.Certificate {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour),
		IsCA: true, BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}
})

// define makes the site if it is not there.
func (s *Server) define(create func(context.Context, string) (bool, error)) {
	s.T.Helper()
	ctx := s.T.Context()
	made, err := create(ctx, SiteName)
	if err != nil {
		s.T.Fatal(err)
	}
	keys, err := s.Keys.Site(ctx, SiteName)
	if err != nil {
		s.T.Fatal(err)
	}
	s.WidgetKey = keys.WidgetKey
	if s.AdminToken, err = s.Keys.AdminToken(ctx); err != nil {
		s.T.Fatal(err)
	}
	Do(s, func(x *site.Site) (struct{}, error) {
		if made {
			open := x.CurrentSettings()
			open.Spam, open.MaxPerAddress = false, 0 // as the demo has it
			if _, err := x.Admin("test").ChangeSettings(open); err != nil {
				return struct{}{}, err
			}
		}
		for _, q := range []site.QueueDefinition{{ID: Support, Name: "Support", Default: true}, {ID: Echo, Name: "Echo bot"}} {
			if _, err := x.Admin("test").DefineQueue(q); err != nil {
				return struct{}{}, err
			}
		}
		for _, a := range []site.Account{
			{ID: Ada, Login: "ada", Name: "Ada", Greeting: "Hello, this is Ada.", Serving: site.Serving{AllQueues: true, Except: []site.QueueID{Echo}, Pull: true}},
			{ID: Bob, Login: "bob", Name: "Bob", Greeting: "Hello, this is Bob.", Serving: site.Serving{AllQueues: true, Except: []site.QueueID{Echo}, Pull: true}},
			{ID: Bot, Login: "echo", Name: "Echo", Serving: site.Serving{Queues: []site.QueueID{Echo}, Pull: true}, VirtualAgent: true},
		} {
			a.PasswordHash = hashed()
			if _, err := x.Admin("test").DefineAccount(a); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
}

// Do runs a command of the site, past the wire.
func Do[T any](s *Server, fn func(*site.Site) (T, error)) T {
	s.T.Helper()
	v, err := host.Do(s.T.Context(), s.Host, SiteName, fn)
	if err != nil {
		s.T.Fatal(err)
	}
	return v
}

// Position answers how many events the site has recorded: a request that changed
// nothing leaves it as it was.
func (s *Server) Position() int64 {
	s.T.Helper()
	return Do(s, func(x *site.Site) (int64, error) { return x.Position(), nil })
}

func (s *Server) stop() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.T.Context()), 10*time.Second)
	defer cancel()
	if err := s.Host.Close(ctx); err != nil {
		s.T.Errorf("stop the sites: %v", err)
	}
	s.HTTP.CloseIdleConnections()
	if err := s.server.Close(); err != nil {
		s.T.Errorf("stop the server: %v", err)
	}
	if err := s.journal.Close(); err != nil {
		s.T.Errorf("close the journal: %v", err)
	}
}

// Logs collects what is logged.
type Logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *Logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

// network is a listener whose connections are pipes.
type network struct {
	conns chan net.Conn
	over  chan struct{}
	once  sync.Once
}

func newNetwork() *network { return &network{conns: make(chan net.Conn), over: make(chan struct{})} }

func (n *network) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	client, server := net.Pipe()
	select {
	case n.conns <- server:
		return client, nil
	case <-n.over:
		return nil, net.ErrClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// Dial opens a connection to the server, for tests that write requests by hand.
func (s *Server) Dial() net.Conn {
	s.T.Helper()
	var c net.Conn
	var err error
	if s.dial != nil {
		c, err = s.dial(s.T.Context(), "", "")
	} else {
		_, address, _ := strings.Cut(s.URL, "://")
		c, err = net.Dial("tcp", address)
	}
	if err != nil {
		s.T.Fatal(err)
	}
	if s.trust != nil {
		c = tls.Client(c, s.trust)
	}
	return c
}

func (n *network) Accept() (net.Conn, error) {
	select {
	case c := <-n.conns:
		return c, nil
	case <-n.over:
		return nil, net.ErrClosed
	}
}

func (n *network) Close() error {
	n.once.Do(func() { close(n.over) })
	return nil
}

func (n *network) Addr() net.Addr { return address{} }

type address struct{}

func (address) Network() string { return "pipe" }
func (address) String() string  { return "usher.test:8080" }
