package cluster

import (
	"context"
	"time"

	"usher/internal/metrics"
)

// Measure lets m look at this node and its sites whenever somebody asks.
func (n *Node) Measure(m *metrics.Metrics) {
	m.WatchSites(func(ctx context.Context) []metrics.Site { return n.host.Look(ctx) }, n.Ready)
	if n.pool != nil {
		m.WatchPool(n.pool.standing)
	}
}

// standing answers how the node stands in its pool.
func (p *pool) standing() metrics.Pool {
	wall := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	live := map[string]bool{}
	for _, n := range p.m.Members(now) {
		live[n.Incarnation] = true
	}
	s := metrics.Pool{Lease: p.m.Until() - now, Nodes: len(live)}
	for _, at := range p.m.Sites() {
		if at.NextTimer != 0 && !live[at.Owner] {
			s.Overdue = max(s.Overdue, wall.Sub(time.UnixMicro(at.NextTimer)))
		}
	}
	return s
}
