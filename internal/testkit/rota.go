package testkit

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"

	"usher/internal/auth"
)

// At answers a client of one node. As of those of a Server, nobody knows its address.
func (p *Pool) At(i int) *Server { return p.From(netip.Addr{}, func() int { return i }) }

// Round answers a client each of whose requests goes to another node than the last.
func (p *Pool) Round() *Server {
	var last atomic.Int64
	return p.From(netip.Addr{}, func() int {
		for {
			all := p.all()
			if i := int(last.Add(1)) % len(all); all[i].up.Load() {
				return i
			}
		}
	})
}

// Anywhere answers a client that begins with one node, and goes to the next when a
// connection is refused.
func (p *Pool) Anywhere(first int) *Server {
	s := p.From(netip.Addr{}, func() int { return first })
	c := s.HTTP.Transport.(checked)
	r := c.next.(rota)
	r.goesOn = true
	c.next = r
	s.HTTP.Transport = c
	return s
}

// From answers a client at an address, each of whose requests goes to the node that
// pick says.
func (p *Pool) From(address netip.Addr, pick func() int) *Server {
	p.T.Helper()
	s := &Server{
		T: p.T, URL: p.URL, AdminToken: p.AdminToken, WidgetKey: p.WidgetKey, Keys: auth.NewKeyring(p.journal), Host: p.node(max(0, p.Owner(SiteName))).host, Logs: p.Logs, journal: p.journal,
		dial: func(ctx context.Context, _, _ string) (net.Conn, error) { return p.connect(ctx, address, pick()) },
	}
	r := rota{p: p, pick: pick, lanes: &sharedLanes{}}
	r.lanes.open = func(i int) *http.Transport {
		t := &http.Transport{MaxIdleConnsPerHost: 16, DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) { return p.connect(ctx, address, i) }}
		p.mu.Lock()
		defer p.mu.Unlock()
		p.lanes = append(p.lanes, t)
		return t
	}
	for i := range p.all() {
		r.lanes.to(i)
	}
	s.HTTP = &http.Client{Transport: checked{p.T, r, p.options.AnyQuery}}
	return s
}

// connect opens a client's connection to a node.
func (p *Pool) connect(ctx context.Context, from netip.Addr, i int) (net.Conn, error) {
	if p.lan != nil {
		return p.lan.dial(ctx, from, p.node(i).at)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", p.node(i).at.String())
}

// rota carries a client's requests to the nodes of a pool, with connections of its
// own to each.
type rota struct {
	p      *Pool
	pick   func() int
	goesOn bool // to the next node, when a connection is refused
	lanes  *sharedLanes
}

type sharedLanes struct {
	mu   sync.Mutex
	all  []*http.Transport
	open func(i int) *http.Transport
}

func (l *sharedLanes) to(i int) *http.Transport {
	l.mu.Lock()
	defer l.mu.Unlock()
	for len(l.all) <= i {
		l.all = append(l.all, l.open(len(l.all)))
	}
	return l.all[i]
}

func (r rota) RoundTrip(q *http.Request) (*http.Response, error) {
	first := r.pick()
	for tried := 0; ; tried++ {
		answer, err := r.lanes.to((first + tried) % len(r.p.all())).RoundTrip(q)
		op, ok := errors.AsType[*net.OpError](err)
		if !r.goesOn || !ok || op.Op != "dial" || tried+1 >= len(r.p.all()) {
			return answer, err
		}
		q = q.Clone(q.Context())
		if q.GetBody != nil {
			if q.Body, err = q.GetBody(); err != nil {
				return nil, err
			}
		}
	}
}

// CloseIdleConnections serves http.Client's method of that name.
func (r rota) CloseIdleConnections() {
	r.lanes.mu.Lock()
	defer r.lanes.mu.Unlock()
	for _, t := range r.lanes.all {
		t.CloseIdleConnections()
	}
}
