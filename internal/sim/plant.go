package sim

import (
	"math/rand/v2"
	"slices"
	"time"

	cluster "usher/internal/cluster/machine"
	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

// tamper is where a test plants a bug, to see whether the checkers find it. Each
// is nil or false in a run without one.
type tamper struct {
	answer   func(*request) bool                                   // answer at once, before anything is durable
	verdict  func(*retrieval, machine.Verdict) machine.Verdict     // another word on what arrived
	outcome  func(memory.Outcome, machine.Outcome) machine.Outcome // another word on what was written
	batch    func(*rand.Rand, []site.Delivery) []site.Delivery     // another answer to a retrieval
	post     func(*rand.Rand, site.NewPost) site.NewPost           // another post than the client sent
	refuse   func(*rand.Rand) bool                                 // do it, and say that it was refused
	override func(*agent, *site.Site)                              // before each log-on
	fate     func(cluster.Reply, bool) cluster.Fate                // of a request that was sent to another node

	unsynced  bool // the journal forgets the last of what it called durable when its process dies
	epochless bool // the journal takes frames of any epoch
	claims    bool // sites are taken from nodes whose lease runs
	lease     bool // nodes answer after their lease has run out
	movedPoll bool // retrievals are refused while their site moves
	forgets   bool // a site that is handed over forgets what was queued
}

// seen is a view as a node gets it.
func (w *world) seen(v journal.View) journal.View {
	if !w.tamper.claims {
		return v
	}
	v.Members = slices.Clone(v.Members)
	for i := range v.Members {
		v.Members[i].Left -= w.lease * 9 / 10 // the others seem to be gone early
	}
	return v
}

// claimAnyway takes a site from a node whose lease runs.
func (w *world) claimAnyway(n *node, name, owner string) (journal.Placement, error) {
	p := w.store.journal.Pool(journal.Node{Incarnation: owner}, func() time.Duration { return w.now })
	if err := p.Leave(ctx); err != nil {
		return journal.Placement{}, err
	}
	at, err := n.pool.Claim(ctx, name)
	if s := w.slots[w.slotOf(owner)].node; s != nil && s.incarnation == owner {
		if _, err := s.pool.Renew(ctx, w.lease); err != nil {
			return at, err
		}
	}
	return at, err
}
