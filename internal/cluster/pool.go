package cluster

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"usher/internal/cluster/machine"
	"usher/internal/host"
	hosts "usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/metrics"
)

// now is the time since the node started.
type now = time.Duration

// pool is what a node has of its pool: its machine, under a lock, and the timer
// that wakes it.
type pool struct {
	self      journal.Node
	lease     time.Duration
	store     journal.Pool
	journal   journal.Journal
	host      *host.Host
	log       *slog.Logger
	start     time.Time
	left      chan struct{} // closed when the node has left the pool
	peers     atomic.Pointer[map[netip.Addr]bool]
	transport http.RoundTripper
	metrics   *metrics.Metrics
	pass      func(context.Context) (string, error)

	mu        sync.Mutex
	m         *machine.Machine
	timer     *time.Timer
	wakeAt    now
	silent    map[string]now // when a node was last said to be out of reach
	addresses []string       // of the members, as they were last looked up
}

// Options are what a node of a pool is made of.
type Options struct {
	Self journal.Node
	// Lease is how long the others wait for a node that does not answer before they
	// take its sites.
	Lease   time.Duration
	Journal journal.Journal
	Pool    journal.Pool
	// Transport carries requests to the other nodes; nil means one of NewTransport's
	// that trusts what the system does.
	Transport http.RoundTripper
	// Pass makes what a request of this node's own shows to another one, in PassHeader.
	Pass func(context.Context) (string, error)
	// Metrics is told what happens; nil keeps none.
	Metrics *metrics.Metrics
	Log     *slog.Logger
}

// NewNode answers a node that has not joined its pool yet.
func NewNode(o Options) *Node {
	p := &pool{
		self: o.Self, lease: o.Lease, store: o.Pool, journal: o.Journal, log: o.Log, start: time.Now(),
		left: make(chan struct{}), m: machine.New(o.Self, o.Lease), transport: o.Transport, pass: o.Pass, silent: map[string]now{},
		metrics: o.Metrics,
	}
	if p.transport == nil {
		p.transport = NewTransport(nil)
	}
	p.peers.Store(&map[netip.Addr]bool{})
	return &Node{name: o.Self.Name, pool: p}
}

// ForHost answers what the node's host asks of the pool.
func (n *Node) ForHost() host.Pool {
	p := n.pool
	return host.Pool{
		Claim: func(ctx context.Context, site string) (journal.Head, error) {
			at, err := p.store.Claim(ctx, site)
			if err == nil {
				p.input(func(m *machine.Machine, now now) { m.Reclaimed(now, at) })
			}
			return at.Head, err
		},
		Lost: func(site string) {
			p.input(func(m *machine.Machine, now now) {
				if m.Mine(site) { // or it was told already
					p.metrics.Moved(metrics.Lost)
				}
				m.Lost(now, site)
			})
		},
	}
}

// Join makes the node a member of its pool, with the host that is to run its sites.
// It may be asked from then on.
func (n *Node) Join(ctx context.Context, h *host.Host) error {
	p := n.pool
	n.host, p.host = h, h
	asked := p.now()
	v, err := p.store.Renew(ctx, p.lease)
	if err != nil {
		return fmt.Errorf("join the pool: %w", err)
	}
	p.input(func(m *machine.Machine, now now) {
		m.Start(asked)
		m.Effects() // the renewal is done
		m.Renewed(now, time.Now().UnixMicro(), v)
	})
	p.know(v)
	return nil
}

func (p *pool) now() now { return time.Since(p.start) }

// input gives the machine one input and carries out what it wants done.
func (p *pool) input(f func(m *machine.Machine, now now)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f(p.m, p.now())
	p.carryOut()
}

func (p *pool) carryOut() {
	e := p.m.Effects()
	for _, name := range e.Drop {
		p.log.Warn("the site is another node's now", "site", name)
		p.metrics.Moved(metrics.Lost)
		p.host.Drop(name)
	}
	for _, at := range e.Adopt {
		p.log.Info("this node runs the site now", "site", at.Site, "epoch", at.Epoch)
		p.metrics.Moved(metrics.Taken)
		p.host.Adopt(at.Head)
	}
	if e.Lease != 0 {
		p.host.Lease(p.start.Add(e.Lease))
	}
	if e.Renew {
		go p.renew()
	}
	for _, name := range e.Claims {
		go p.claim(name)
	}
	for _, g := range e.Gives {
		go p.give(g)
	}
	for _, a := range e.Found {
		close(a.Tag.(chan struct{}))
	}
	if e.Left {
		go p.leave()
	}
	p.rearm()
}

// rearm sets the timer when the machine wants to be woken earlier than it is set to.
func (p *pool) rearm() {
	at, ok := p.m.Wake()
	if !ok || p.wakeAt != 0 && p.wakeAt <= at {
		return
	}
	p.wakeAt = at
	if p.timer == nil {
		p.timer = time.AfterFunc(at-p.now(), p.tick)
	} else {
		p.timer.Reset(at - p.now())
	}
}

func (p *pool) tick() {
	p.input(func(m *machine.Machine, now now) {
		p.wakeAt = 0
		m.Tick(now)
	})
}

// patience bounds one word with the store: the lease must not run out over it.
func (p *pool) patience() (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.Background(), max(p.lease/2, 500*time.Millisecond))
}

func (p *pool) renew() {
	ctx, cancel := p.patience()
	defer cancel()
	v, err := p.store.Renew(ctx, p.lease)
	if err != nil {
		p.log.Warn("the lease could not be renewed", "err", err)
		p.metrics.RenewalFailed()
		p.input(func(m *machine.Machine, now now) { m.RenewFailed(now) })
		return
	}
	p.input(func(m *machine.Machine, now now) { m.Renewed(now, time.Now().UnixMicro(), v) })
	p.know(v)
}

func (p *pool) claim(name string) {
	ctx, cancel := p.patience()
	defer cancel()
	at, err := p.store.Claim(ctx, name)
	if err != nil && !errors.Is(err, journal.ErrOwned) {
		p.log.Warn("a site could not be claimed", "site", name, "err", err)
	}
	at.Site = name
	p.input(func(m *machine.Machine, now now) { m.Claimed(now, at, err) })
}

func (p *pool) give(g machine.Give) {
	at, err := p.handOver(g)
	if err != nil {
		p.log.Warn("a site could not be handed over", "site", g.Site, "err", err)
		p.metrics.Moved(metrics.Lost)
	} else {
		p.metrics.Moved(metrics.HandedOver)
	}
	at.Site = g.Site
	p.input(func(m *machine.Machine, now now) { m.Given(now, at, err) })
}

// handOverFor bounds the writing of a site's last checkpoint.
const handOverFor = 8 * time.Second

func (p *pool) handOver(g machine.Give) (journal.Placement, error) {
	ctx, cancel := context.WithTimeout(context.Background(), handOverFor)
	defer cancel()
	epoch, err := p.host.HandOver(ctx, g.Site)
	if err != nil {
		p.host.Drop(g.Site)
		return journal.Placement{}, err
	}
	return p.store.Give(ctx, g.Site, epoch, g.To)
}

func (p *pool) leave() {
	ctx, cancel := p.patience()
	defer cancel()
	if err := p.store.Leave(ctx); err != nil {
		p.log.Warn("the pool could not be left in order: its nodes wait for the lease to run out", "err", err)
	}
	close(p.left)
}

func (p *pool) stop(ctx context.Context) error {
	p.input(func(m *machine.Machine, now now) { m.Stop(now) })
	select {
	case <-p.left:
	case <-ctx.Done():
		return fmt.Errorf("hand the sites over: %w", context.Cause(ctx))
	}
	p.announce(ctx)
	select { // what was sent here before that is told, before the door is shut, where to go
	case <-time.After(underway):
	case <-ctx.Done():
	}
	return nil
}

// look answers when a view has been taken that was asked for after now.
func (p *pool) look(ctx context.Context) error {
	a := &machine.Ask{}
	if err := p.await(ctx, a, (*machine.Machine).LookFor); err != nil {
		return fmt.Errorf("look how the pool stands: %w", err)
	}
	return a.Err
}

// await asks the machine and waits until it has found the answer, or for ctx.
func (p *pool) await(ctx context.Context, a *machine.Ask, ask func(*machine.Machine, now, *machine.Ask)) error {
	found := make(chan struct{})
	a.Tag = found
	p.input(func(m *machine.Machine, now now) { ask(m, now, a) })
	select {
	case <-found:
		return nil
	case <-ctx.Done():
		p.input(func(m *machine.Machine, _ now) { m.Gone(a) })
		return context.Cause(ctx)
	}
}

// noteSilence says that a node cannot be reached, once in a lease.
func (p *pool) noteSilence(incarnation string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if last, ok := p.silent[incarnation]; ok && p.now() < last+p.lease {
		return
	}
	if len(p.silent) > 100 { // nodes of long ago
		clear(p.silent)
	}
	p.silent[incarnation] = p.now()
	n := p.m.Member(incarnation)
	p.log.Warn("a node cannot be reached, or sends requests back: is its --advertise right?", "node", n.Name, "address", n.Address)
}

func (p *pool) mine(site string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m.Mine(site)
}

func (p *pool) known(site string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.m.Known(site)
}

func (p *pool) locate(ctx context.Context, name string, epoch int64) (Place, error) {
	if p.mine(name) {
		return Place{Here: true}, nil
	}
	defer p.metrics.Seeking()()
	a := &machine.Ask{Site: name, Epoch: epoch}
	if err := p.await(ctx, a, (*machine.Machine).Locate); err != nil {
		return Place{}, fmt.Errorf("find the node of site %s: %w", name, err)
	}
	p.mu.Lock()
	owner := p.m.Member(a.At.Owner)
	p.mu.Unlock()
	return Place{Here: a.Here, Node: a.Node, Epoch: a.At.Epoch, Owner: owner}, a.Err
}

func (p *pool) create(ctx context.Context, name string) error {
	head, err := p.journal.Create(ctx, name)
	if err != nil {
		return fmt.Errorf("create site %s: %w", name, err)
	}
	place, err := p.locate(ctx, name, head.Epoch)
	if err != nil {
		return err
	}
	if !place.Here {
		return hosts.ErrMoved
	}
	return nil
}

func (p *pool) standings(ctx context.Context, ago time.Duration) ([]Standing, error) {
	p.mu.Lock()
	fresh := p.now()-p.m.Viewed() <= ago
	p.mu.Unlock()
	if !fresh {
		if err := p.look(ctx); err != nil {
			return nil, err
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	names := map[string]string{}
	for _, n := range p.m.Members(p.now()) {
		names[n.Incarnation] = n.Name
	}
	var all []Standing
	for _, at := range p.m.Sites() {
		all = append(all, Standing{Site: at.Site, Owner: names[at.Owner]})
	}
	return all, nil
}

func (p *pool) ready() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if until := p.m.Until(); p.now() >= until {
		return fmt.Errorf("the lease of node %s ran out %v ago: the database does not answer, or too late", p.self.Name, (p.now() - until).Round(time.Millisecond))
	}
	return nil
}

// knowFor bounds the looking up of the other nodes' names.
const knowFor = 2 * time.Second

// know remembers where the other nodes' connections come from. It looks their names up
// when others are there than before; those that cannot be found are tried with the next
// such change.
func (p *pool) know(v journal.View) {
	var addresses []string
	for _, m := range v.Members {
		addresses = append(addresses, m.Address)
	}
	slices.Sort(addresses)
	p.mu.Lock()
	same := slices.Equal(addresses, p.addresses)
	p.addresses = addresses
	p.mu.Unlock()
	if same {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), knowFor)
	defer cancel()
	found := map[netip.Addr]bool{}
	for _, m := range v.Members {
		u, err := url.Parse(m.Address)
		if err != nil {
			continue
		}
		ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
		if err != nil {
			p.log.Warn("a node's address cannot be resolved: its connections count as a stranger's", "node", m.Name, "address", m.Address, "err", err)
		}
		for _, a := range ips {
			found[a.Unmap()] = true
		}
	}
	p.peers.Store(&found)
}

// Peer reports whether an address is another node's of the pool.
func (n *Node) Peer(a netip.Addr) bool {
	return n.pool != nil && (*n.pool.peers.Load())[a.Unmap()]
}
