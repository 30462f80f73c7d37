// Package cluster knows which node runs a site. A request goes through it before
// it reaches the host: mine, go on; another node's, forward. With the embedded
// store there is one node, which owns every site.
package cluster

import (
	"context"

	"usher/internal/host"
)

// Node is this node's view of its pool.
type Node struct {
	name string
	host *host.Host
}

// Single answers the only node of a pool: the data directory's lock makes sure
// that there is no other.
func Single(name string, h *host.Host) *Node { return &Node{name: name, host: h} }

// Name answers the node's own name.
func (n *Node) Name() string { return n.name }

// Owner is the node that runs a site, and its host when that is this node.
type Owner struct {
	Node string
	Host *host.Host
}

// Owner answers who runs a site. The error is host.ErrNoSite when there is none
// of that name.
func (n *Node) Owner(_ context.Context, site string) (Owner, error) {
	if !n.host.Has(site) {
		return Owner{}, host.ErrNoSite
	}
	return Owner{Node: n.name, Host: n.host}, nil
}

// Create makes a site on this node if it is nowhere, and answers whether it did.
func (n *Node) Create(ctx context.Context, site string) (bool, error) {
	return n.host.Create(ctx, site)
}

// Sites lists the sites of the pool, in order.
func (n *Node) Sites(context.Context) ([]string, error) { return n.host.Sites(), nil }

// Ready answers nil when this node can serve, and otherwise what keeps it from it.
func (n *Node) Ready() error { return n.host.Healthy() }
