package metrics

import (
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// The kinds of moves of sites, for Moved.
const (
	Taken      = "taken"
	HandedOver = "handed_over"
	Lost       = "lost"
)

// How a request ends that is sent to another node, for Forwarded.
const (
	Answered    = "answered"
	Misdirected = "misdirected" // that node does not have the site
	Unsent      = "unsent"      // that node was not reached
	Cut         = "cut"         // no answer came back
	GivenUp     = "given_up"    // the client went away, or it took too long
)

// Pool is how a node stands in its pool.
type Pool struct {
	Lease time.Duration // what is left of it; below 0 when it has run out
	Nodes int           // whose lease has not run out
	// Overdue is how long the site that waits longest for a node has had something to
	// do by itself; 0 when none does.
	Overdue time.Duration
}

type poolMetrics struct {
	moves, forwarded *prometheus.CounterVec
	renewalsFailed   prometheus.Counter
	seeking          atomic.Int64

	watched atomic.Pointer[func() Pool]

	lease, nodes, overdue, sought *prometheus.Desc
}

func (x *poolMetrics) make(k *maker) {
	x.moves = k.counters("usher_site_moves_total", "Sites that came to this node or went from it, by how.", "kind")
	x.forwarded = k.counters("usher_forwarded_requests_total", "Requests that were sent on to another node, by how that ended.", "reply")
	for _, kind := range []string{Taken, HandedOver, Lost} {
		x.moves.WithLabelValues(kind)
	}
	for _, r := range []string{Answered, Misdirected, Unsent, Cut, GivenUp} {
		x.forwarded.WithLabelValues(r)
	}
	x.renewalsFailed = k.counter("usher_lease_renewal_failures_total", "Times that this node could not renew its lease.")
	x.lease = k.looked("usher_lease_remaining_seconds", "What is left of this node's lease; below 0 when it has run out.")
	x.nodes = k.looked("usher_pool_nodes", "Nodes of the pool whose lease has not run out, as this one knows.")
	x.overdue = k.looked("usher_pool_site_overdue_seconds", "How long the site that waits longest for a node has had something to do; 0 when none waits.")
	x.sought = k.looked("usher_requests_seeking", "Requests that wait to learn which node runs their site.")
	k.seen(x.look, x.lease, x.nodes, x.overdue, x.sought)
}

// WatchPool says how the node's standing in its pool is looked at.
func (m *Metrics) WatchPool(look func() Pool) {
	if m != nil {
		m.pool.watched.Store(&look)
	}
}

func (x *poolMetrics) look(tell send) {
	look := x.watched.Load()
	if look == nil { // a node that is alone
		return
	}
	p := (*look)()
	tell(x.lease, p.Lease.Seconds())
	tell(x.nodes, float64(p.Nodes))
	tell(x.overdue, p.Overdue.Seconds())
	tell(x.sought, float64(x.seeking.Load()))
}

// Moved tells that a site came to this node, or went from it: Taken, HandedOver or Lost.
func (m *Metrics) Moved(kind string) {
	if m != nil {
		m.pool.moves.WithLabelValues(kind).Inc()
	}
}

// Forwarded tells that a request was sent on to another node, and ended in one of the replies.
func (m *Metrics) Forwarded(reply string) {
	if m != nil {
		m.pool.forwarded.WithLabelValues(reply).Inc()
	}
}

// RenewalFailed tells that the node's lease could not be renewed.
func (m *Metrics) RenewalFailed() {
	if m != nil {
		m.pool.renewalsFailed.Inc()
	}
}

// Seeking tells that a request waits to learn which node runs its site, until found is called.
func (m *Metrics) Seeking() (found func()) {
	if m == nil {
		return func() {}
	}
	m.pool.seeking.Add(1)
	return func() { m.pool.seeking.Add(-1) }
}
