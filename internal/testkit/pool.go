package testkit

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
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

// Lease is how long the nodes of a Pool wait for one that does not answer.
const Lease = 5 * time.Second

// Pool is several whole servers over one journal. Node 0 runs the site at first.
type Pool struct {
	T    testing.TB
	Logs *Logs
	// URL is what all nodes say that clients reach them at.
	URL        string
	AdminToken string
	WidgetKey  string

	options Options
	journal *memory.Journal
	began   time.Time
	lan     *lan // nil with Options.Loopback

	mu    sync.Mutex
	nodes []*node
	lanes []*http.Transport // of all clients
}

// node is one of them.
type node struct {
	name      string
	at        netip.AddrPort
	starts    int
	up        atomic.Bool
	closing   context.CancelFunc
	store     *store
	node      *cluster.Node
	host      *host.Host
	server    *http.Server
	transport *http.Transport
	metrics   *metrics.Metrics
}

const firstPort = 8080

// nodeAddress answers where a node of a pool in memory is.
func nodeAddress(i int) netip.AddrPort {
	return netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(i + 1)}), firstPort)
}

func isNode(a netip.Addr) bool { return netip.MustParsePrefix("192.0.2.0/24").Contains(a) }

// NewPool starts nodes that share a journal, which end with the test. Of the options
// TLS is not known; Journal, if it is given, is a *memory.Journal.
func NewPool(t testing.TB, nodes int, o Options) *Pool {
	t.Helper()
	p := &Pool{T: t, Logs: &Logs{}, URL: "http://usher.test:8080", options: o, began: time.Now()}
	if p.journal, _ = o.Journal.(*memory.Journal); p.journal == nil {
		p.journal = memory.NewAuto()
	}
	if !o.Loopback {
		p.lan = newLan()
	}
	if o.Blobs == nil {
		var err error
		if p.options.Blobs, err = blob.OpenFolder(t.TempDir()); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.journal.Create(t.Context(), SiteName); err != nil { // or the first node would look for it a moment longer
		t.Fatal(err)
	}
	keepKey(t, p.journal)
	keys, err := auth.NewKeyring(p.journal).Site(t.Context(), SiteName)
	if err != nil {
		t.Fatal(err)
	}
	p.WidgetKey = keys.WidgetKey
	t.Cleanup(p.stop)
	for i := range nodes {
		p.Start(i)
		if i == 0 {
			s := p.At(0)
			s.define(p.node(0).node.Create)
			p.AdminToken = s.AdminToken
		}
	}
	return p
}

// Start starts a node that was stopped or killed, or a further one: a new incarnation
// at the same place.
func (p *Pool) Start(i int) {
	p.T.Helper()
	p.mu.Lock()
	if i == len(p.nodes) {
		p.nodes = append(p.nodes, &node{name: "n" + strconv.Itoa(i+1), at: nodeAddress(i)})
	}
	p.mu.Unlock()
	n := p.node(i)
	if n.up.Load() {
		p.T.Fatalf("node %d is running", i)
	}
	n.starts++
	listener := p.listen(n)
	log := slog.New(slog.NewTextHandler(p.Logs, &slog.HandlerOptions{Level: slog.LevelDebug})).With("node", n.name)
	self := journal.Node{Name: n.name, Incarnation: n.name + "-" + strconv.Itoa(n.starts), Address: "http://" + n.at.String(), Format: site.EventFormat, Version: "test"}
	n.store = &store{kept: p.journal, pool: p.journal.Pool(self, func() time.Duration { return time.Since(p.began) })}
	n.transport = cluster.NewTransport(nil)
	if p.lan != nil {
		n.transport.DialContext = p.dialer(n.at.Addr(), func(to string) (netip.AddrPort, error) { return netip.ParseAddrPort(to) })
	}
	keys := auth.NewKeyring(n.store)
	n.metrics = metrics.New(build)
	n.node = cluster.NewNode(cluster.Options{Metrics: n.metrics,
		Self: self, Lease: Lease, Journal: n.store, Pool: n.store, Transport: n.transport, Log: log,
		Pass: func(ctx context.Context) (string, error) { return keys.SignPass(ctx, auth.Pass{Node: self.Address}) },
	})
	public, err := url.Parse(p.URL)
	if err != nil {
		p.T.Fatal(err)
	}
	n.host = host.NewPooled(n.store, site.Location{}, n.node.ForHost(), log)
	n.host.Measure(n.metrics)
	n.node.Measure(n.metrics)
	if err := n.node.Join(p.T.Context(), n.host); err != nil {
		p.T.Fatal(err)
	}
	closing, cancel := context.WithCancel(context.WithoutCancel(p.T.Context()))
	n.closing = cancel
	n.server = rest.NewHTTPServer(rest.New(rest.Config{
		Node: n.node, Metrics: n.metrics, Keys: keys, Verifier: auth.NewVerifier(), Public: public, Pool: "1:1", DemoKey: p.WidgetKey,
		TrustedProxies: p.options.TrustedProxies, Blobs: p.options.Blobs, Closing: closing, Mailed: p.options.Mailed, Log: log,
		Archive: newShelf(p.T, n.store, p.options.Blobs, log),
	}), log)
	n.server.MaxHeaderBytes = http.DefaultMaxHeaderBytes // as New has it
	go n.server.Serve(rest.Measured(rest.ListenLimited(listener, p.options.TrustedProxies, n.node.Peer, log), n.metrics))
	n.up.Store(true)
}

// all answers the nodes, those that were stopped too.
func (p *Pool) all() []*node {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.nodes
}

func (p *Pool) node(i int) *node { return p.all()[i] }

func (p *Pool) listen(n *node) net.Listener {
	if p.lan != nil {
		return p.lan.listen(n.at)
	}
	at := "127.0.0.1:0"
	if n.starts > 1 {
		at = n.at.String()
	}
	l, err := net.Listen("tcp", at)
	if err != nil {
		p.T.Fatal(err)
	}
	n.at = l.Addr().(*net.TCPAddr).AddrPort()
	return l
}

// dialer answers what opens connections in memory from an address to wherever to says.
func (p *Pool) dialer(from netip.Addr, to func(asked string) (netip.AddrPort, error)) func(context.Context, string, string) (net.Conn, error) {
	return func(ctx context.Context, _, asked string) (net.Conn, error) {
		at, err := to(asked)
		if err != nil {
			return nil, err
		}
		return p.lan.dial(ctx, from, at)
	}
}

// Stop stops a node in order, as the program does on a signal.
func (p *Pool) Stop(i int) {
	p.T.Helper()
	n := p.node(i)
	ctx, cancel := context.WithTimeout(context.WithoutCancel(p.T.Context()), 9*time.Second)
	defer cancel()
	n.closing()
	err := n.node.Stop(ctx)
	closed := make(chan error, 1)
	go func() { closed <- n.server.Shutdown(ctx) }()
	err = errors.Join(err, n.host.Close(ctx), <-closed, n.server.Close())
	n.transport.CloseIdleConnections()
	n.up.Store(false)
	if err != nil {
		p.T.Errorf("stop node %d: %v", i, err)
	}
}

// Owner answers which running node has a site, -1 when none has.
func (p *Pool) Owner(name string) int {
	for i, n := range p.all() {
		if n.up.Load() && n.host.Has(name) {
			return i
		}
	}
	return -1
}

// Host answers the host of a node.
func (p *Pool) Host(i int) *host.Host { return p.node(i).host }

// Cluster answers a node's view of the pool.
func (p *Pool) Cluster(i int) *cluster.Node { return p.node(i).node }

// Address answers where the other nodes reach a node.
func (p *Pool) Address(i int) string { return "http://" + p.node(i).at.String() }

func (p *Pool) closeIdle() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, t := range p.lanes {
		t.CloseIdleConnections()
	}
}

// stop ends what still runs.
func (p *Pool) stop() {
	p.StoreAway(false)
	p.SlowStore(0)
	p.closeIdle()
	for i, n := range p.all() {
		if n.up.Load() {
			if p.lan != nil {
				p.Resume(i)
			}
			p.Stop(i)
		}
	}
	p.closeIdle()
	if err := p.journal.Close(); err != nil {
		p.T.Errorf("close the journal: %v", err)
	}
}
