package journal

import (
	"context"
	"errors"
	"time"
)

var (
	// ErrOwned: a node whose lease has not run out owns the site.
	ErrOwned = errors.New("journal: another node owns the site")
	// ErrLapsed: this node's own lease has run out, so it may take no site.
	ErrLapsed = errors.New("journal: this node's lease has run out")
)

// Node is one start of a server that shares its journal with others.
type Node struct {
	// Name is what operators call it. Of two starts under one name only the
	// Incarnation tells which is meant.
	Name        string
	Incarnation string
	// Address is where the other nodes reach it, such as http://10.0.0.7:8080.
	Address string
	// Format is the newest event format that it knows.
	Format int
	// Version is the program's, for people.
	Version string
}

// Member is a node that has not left, as the store knows it.
type Member struct {
	Node
	// Left is what is left of its lease; zero or less when it has run out.
	Left time.Duration
}

// Placement is a site's head, and the incarnation of the node that took its epoch:
// "" when that has given it up.
type Placement struct {
	Head
	Owner string
}

// View is a shared journal at one moment.
type View struct {
	// Lapsed: the node's own lease had run out before this renewal, or it had none.
	// Then sites that it owned may be others' by now.
	Lapsed  bool
	Members []Member // this node too
	Sites   []Placement
}

// Pool is what a journal is beside that several nodes share: it knows the nodes
// and which of them owns which site. Epochs alone make writing safe; leases say
// when a site may be taken from a node that does not answer. All time is the
// store's own. A Pool speaks for one node, with which it was opened.
type Pool interface {
	// Renew gives the node a lease of d from now on, and answers how things stand
	// after that. Members whose lease ran out long ago are forgotten.
	Renew(ctx context.Context, d time.Duration) (View, error)
	// Claim takes a new epoch for a site and makes this node its owner, if the site
	// is its own already, nobody's, or that of a node whose lease has run out. From
	// then on the old epoch's appends are fenced, one that is under way included. The
	// error is ErrOwned when a live node owns it, ErrLapsed when this node's own
	// lease has run out, ErrNewer when the site's events have a format that the node
	// does not know, and ErrNoSite. The placement is right in each case but the last.
	Claim(ctx context.Context, site string) (Placement, error)
	// Give hands a site on to another node, or with "" to nobody, under a new epoch
	// if its epoch is still the given one and this node owns it; else ErrFenced.
	Give(ctx context.Context, site string, epoch int64, to string) (Placement, error)
	// Leave ends the node's lease. What it still owns can be claimed at once.
	Leave(ctx context.Context) error
}
