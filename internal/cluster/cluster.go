// Package cluster knows which node runs a site. A request goes through it before
// it reaches the host: mine, go on; another node's, forward. With the embedded
// store there is one node, which owns every site; nodes that share a database form
// a pool. What to do when is decided by package machine; this package is the shell
// of clock, goroutines and database around it.
package cluster

import (
	"context"
	"errors"
	"time"

	"usher/internal/cluster/machine"
	"usher/internal/host"
	hosts "usher/internal/host/machine"
	"usher/internal/journal"
)

// Node is this node's view of its pool.
type Node struct {
	name string
	host *host.Host
	pool *pool // nil when it is alone
}

// Single answers the only node of a pool: the data directory's lock makes sure
// that there is no other.
func Single(name string, h *host.Host) *Node { return &Node{name: name, host: h} }

// Name answers the node's own name.
func (n *Node) Name() string { return n.name }

// Pooled reports whether there may be other nodes.
func (n *Node) Pooled() bool { return n.pool != nil }

// Owner is the node that runs a site, and its host, which is this node's.
type Owner struct {
	Node string
	Host *host.Host
}

// Owner answers the host of a site that this node runs. The error is host.ErrNoSite
// when there is none of that name, and host/machine.ErrMoved when another node runs it.
func (n *Node) Owner(_ context.Context, site string) (Owner, error) {
	switch {
	case n.pool != nil && !n.pool.mine(site):
		if !n.pool.known(site) {
			return Owner{}, host.ErrNoSite
		}
		return Owner{}, hosts.ErrMoved
	case n.pool == nil && !n.host.Has(site):
		return Owner{}, host.ErrNoSite
	}
	return Owner{Node: n.name, Host: n.host}, nil
}

// Place is where a site is to be asked: here, or at another node.
type Place struct {
	Here bool
	Node journal.Node
	// Epoch and Owner are what is known of the site: the node that took its last epoch,
	// of which not more than the incarnation may be known.
	Epoch int64
	Owner journal.Node
}

// Locate answers where a site is to be asked. In a pool it may wait: until another
// node's lease has run out, or a site is handed over. epoch is what the node knew
// that forwarded the request here, 0 for a client's. The error is host.ErrNoSite,
// machine.ErrNobody, machine.ErrNewer or the context's.
func (n *Node) Locate(ctx context.Context, site string, epoch int64) (Place, error) {
	if n.pool == nil {
		_, err := n.Owner(ctx, site)
		return Place{Here: true}, err
	}
	place, err := n.pool.locate(ctx, site, epoch)
	if errors.Is(err, machine.ErrNoSite) {
		err = host.ErrNoSite
	}
	return place, err
}

// Look answers when this node has looked how things stand in the pool.
func (n *Node) Look(ctx context.Context) error { return n.pool.look(ctx) }

// Failed tells that a node could not be reached when it was asked about a site.
func (n *Node) Failed(site, incarnation string) {
	n.pool.noteSilence(incarnation)
	n.pool.input(func(m *machine.Machine, now now) { m.Failed(now, site, incarnation) })
}

// Learn takes the word of the node from, which sent a request back, on where the
// site is. owner is as far as that node knows it.
func (n *Node) Learn(site string, epoch int64, owner journal.Node, from string) {
	at := journal.Placement{Head: journal.Head{Site: site, Epoch: epoch}, Owner: owner.Incarnation}
	n.pool.input(func(m *machine.Machine, now now) {
		m.Meet(now, owner)
		m.Learn(now, at, from)
	})
}

// Create makes a site if it is nowhere, and answers whether it did. The error is
// host/machine.ErrMoved when another node runs the site.
func (n *Node) Create(ctx context.Context, site string) (bool, error) {
	if n.pool != nil {
		if err := n.pool.create(ctx, site); err != nil {
			return false, err
		}
	}
	return n.host.Create(ctx, site)
}

// Standing is a site, and the name of the node that runs it: "" when none does.
type Standing struct {
	Site  string
	Owner string
}

// Sites lists the sites of the pool, in order, as they stood at most so long ago.
func (n *Node) Sites(ctx context.Context, ago time.Duration) ([]Standing, error) {
	if n.pool != nil {
		return n.pool.standings(ctx, ago)
	}
	var all []Standing
	for _, name := range n.host.Sites() {
		all = append(all, Standing{Site: name, Owner: n.name})
	}
	return all, nil
}

// Own lists the sites that this node runs, in order.
func (n *Node) Own() []string { return n.host.Sites() }

// Ready answers nil when this node can serve, and otherwise what keeps it from it.
func (n *Node) Ready() error {
	if n.pool != nil {
		if err := n.pool.ready(); err != nil {
			return err
		}
	}
	return n.host.Healthy()
}

// Stop hands this node's sites over to the others and leaves the pool. Requests that
// come afterwards are told where the sites are.
func (n *Node) Stop(ctx context.Context) error {
	if n.pool == nil {
		return n.host.Close(ctx)
	}
	return n.pool.stop(ctx)
}
