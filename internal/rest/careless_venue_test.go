package rest_test

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"sync"
	"testing"
	"time"

	"usher/internal/auth"
	"usher/internal/cluster"
	"usher/internal/rest"
	"usher/internal/testkit"
)

// What the tests of careless and of absent clients share: an address that outlives
// its servers, the roads to it, a visitor's program that speaks raw HTTP, and an
// agent's program.

// venue is an address at which one server follows another over the same journal. It
// serves as the program does, behind a trusted proxy.
type venue struct {
	t       *testing.T
	journal *faulty

	mu     sync.Mutex
	s      *testkit.Server
	server *http.Server
	door   *door // nil while nobody serves
}

// proxyAddress is the trusted proxy's, as the server sees it.
const proxyAddress = "10.0.0.1:4711"

func newVenue(t *testing.T) *venue {
	t.Helper()
	v := &venue{t: t, journal: newFaulty()}
	v.open()
	return v
}

// open starts a server.
func (v *venue) open() {
	v.t.Helper()
	s := testkit.New(v.t, testkit.Options{Journal: v.journal})
	d := &door{conns: make(chan net.Conn), shut: make(chan struct{})}
	log, trusted := slog.New(slog.DiscardHandler), []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	server := rest.NewHTTPServer(rest.New(rest.Config{
		Node: cluster.Single("n1", s.Host), Keys: s.Keys, Verifier: auth.NewVerifier(), Public: &url.URL{Scheme: "http", Host: "usher.test:8080"},
		Pool: "1:1", TrustedProxies: trusted, Log: log,
	}), log)
	go server.Serve(rest.ListenLimited(d, trusted, nil, log))
	v.t.Cleanup(func() { server.Close() })
	v.mu.Lock()
	defer v.mu.Unlock()
	v.s, v.server, v.door = s, server, d
}

// shut takes the address away from the server.
func (v *venue) shut() (*testkit.Server, *http.Server) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.door = nil
	return v.s, v.server
}

// stop stops the server in order, as the program does; the next one starts after
// a while.
func (v *venue) stop(down time.Duration) {
	v.t.Helper()
	s, server := v.shut()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(v.t.Context()), 9*time.Second)
	defer cancel()
	closed := make(chan error, 1)
	go func() { closed <- server.Shutdown(ctx) }()
	if err := s.Host.Close(ctx); err != nil {
		v.t.Errorf("stop: %v", err)
	}
	if <-closed != nil { // whoever does not take its answer is cut off
		server.Close()
	}
	time.Sleep(down)
	v.open()
}

// crash kills the server: its connections break, and only what was durable is left.
func (v *venue) crash(down time.Duration) {
	v.t.Helper()
	s, server := v.shut()
	v.journal = v.journal.crash()
	server.Close()
	s.Host.Close(context.WithoutCancel(v.t.Context())) // what is left of it can write nothing
	time.Sleep(down)
	v.open()
}

// door is the listener of one server.
type door struct {
	conns chan net.Conn
	shut  chan struct{}
	once  sync.Once
}

func (d *door) Accept() (net.Conn, error) {
	select {
	case c := <-d.conns:
		return c, nil
	case <-d.shut:
		return nil, net.ErrClosed
	}
}

func (d *door) Close() error {
	d.once.Do(func() { close(d.shut) })
	return nil
}

func (d *door) Addr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("10.0.0.2:8080"))
}

// road is one client's way to a venue: the network that it is in.
type road struct {
	venue *venue
	from  string // its address there, as the proxy tells it

	mu    sync.Mutex
	clear chan struct{} // closed while answers come through
	lost  bool
	ends  []net.Conn // the client's
}

var (
	errRefused     = errors.New("connection refused")
	errUnreachable = errors.New("network is unreachable")
)

func (v *venue) road(from string) *road {
	r := &road{venue: v, from: from, clear: make(chan struct{})}
	close(r.clear)
	return r
}

func (r *road) dial() (net.Conn, error) {
	r.venue.mu.Lock()
	d := r.venue.door
	r.venue.mu.Unlock()
	client, server := net.Pipe()
	r.mu.Lock()
	lost := r.lost
	r.ends = append(r.ends, client)
	r.mu.Unlock()
	switch {
	case lost:
		return nil, errUnreachable
	case d == nil:
		return nil, errRefused
	}
	select {
	case d.conns <- &farEnd{Conn: server, road: r, closed: make(chan struct{})}:
		return client, nil
	case <-d.shut:
		return nil, errRefused
	}
}

// silence lets no answer come through any more, although all connections stand.
func (r *road) silence() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.clear = make(chan struct{})
}

// speak ends a silence: what was on its way arrives.
func (r *road) speak() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.clear)
}

// lose takes the network away from the client for good. The server is told nothing:
// what it sends from now on is never acknowledged.
func (r *road) lose() {
	r.silence()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.lost = true
	for _, c := range r.ends {
		c.SetDeadline(time.Unix(1, 0))
	}
}

func (r *road) isLost() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.lost
}

// way answers a channel that is closed when answers come through.
func (r *road) way() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.clear
}

// farEnd is the server's end of a connection.
type farEnd struct {
	net.Conn
	road   *road
	closed chan struct{}
	once   sync.Once
}

func (c *farEnd) RemoteAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort(proxyAddress))
}

func (c *farEnd) Write(b []byte) (int, error) {
	select {
	case <-c.road.way():
		return c.Conn.Write(b)
	case <-c.closed:
		return 0, net.ErrClosed
	}
}

func (c *farEnd) Close() error {
	c.once.Do(func() { close(c.closed) })
	return c.Conn.Close()
}
