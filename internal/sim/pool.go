package sim

import (
	"errors"
	"time"

	cluster "usher/internal/cluster/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

// This file is the shell of the cluster's machine, as package cluster's own.

// handOverFor bounds the writing of a site's last checkpoint, as the cluster's own.
const handOverFor = 8 * time.Second

// join makes a node a member of the pool. One that cannot dies, and is started again.
func (n *node) join() {
	w := n.w
	self := journal.Node{Name: n.incarnation, Incarnation: n.incarnation, Format: site.EventFormat} // slotOf knows where it is
	n.pool = w.store.journal.Pool(self, func() time.Duration { return w.now })
	n.m = cluster.New(self, w.lease)
	n.deaf = true
	asked := n.now()
	var v journal.View
	n.say(n.patience(), func() (err error) {
		v, err = n.pool.Renew(ctx, w.lease)
		return err
	}, func(err error) {
		if err != nil {
			w.note("%s cannot join: %v", n.incarnation, err)
			n.ends()
			n.slot.back = w.now + time.Second
			return
		}
		n.deaf = false
		n.input(func(m *cluster.Machine, now time.Duration) {
			m.Start(asked)
			m.Effects()
			m.Renewed(now, int64(n.wall()), w.seen(v))
		})
	})
}

// say is a word with the store.
func (n *node) say(patience time.Duration, effect func() error, done func(error)) {
	n.w.store.ask(n, &op{patience: patience, effect: effect, done: done})
}

// patience bounds one word with the store: the lease must not run out over it.
func (n *node) patience() time.Duration { return max(n.w.lease/2, 500*time.Millisecond) }

// input gives the node's machine one input and carries out what it wants done.
func (n *node) input(f func(m *cluster.Machine, now time.Duration)) {
	f(n.m, n.now())
	e := n.m.Effects()
	for _, name := range e.Drop {
		n.w.note("%s drops %s", n.incarnation, name)
		n.host.drop(name)
	}
	for _, at := range e.Adopt {
		n.w.note("%s adopts %s at epoch %d", n.incarnation, at.Site, at.Epoch)
		n.host.adopt(at.Head)
	}
	if e.Lease != 0 {
		n.host.lease(e.Lease)
	}
	if e.Renew {
		n.renew()
	}
	for _, name := range e.Claims {
		n.claim(name)
	}
	for _, g := range e.Gives {
		n.soon(func() { n.give(g) })
	}
	for _, a := range e.Found {
		n.soon(func() { a.Tag.(asker).found(a) })
	}
	if e.Left {
		n.leave()
	}
	n.rearm()
}

// rearm sets the clock when the machine wants to be woken earlier than it is set to.
func (n *node) rearm() {
	at, ok := n.m.Wake()
	at += n.began
	if !ok || n.wake != nil && n.wake.at <= at {
		return
	}
	n.w.cancel(n.wake)
	if at > n.w.now {
		n.spins = 0
	} else if n.spins++; n.spins > 20 {
		n.w.breaks("%s wants to be woken again and again", n.incarnation)
	}
	n.wake = n.w.clock(at, n, func() {
		n.wake = nil
		n.input(func(m *cluster.Machine, now time.Duration) { m.Tick(now) })
	})
}

func (n *node) renew() {
	var v journal.View
	n.w.store.ask(n, &op{renewal: true, patience: n.patience(), effect: func() (err error) {
		v, err = n.pool.Renew(ctx, n.w.lease)
		return err
	}, done: func(err error) {
		n.input(func(m *cluster.Machine, now time.Duration) {
			if err != nil {
				n.w.note("%s could not renew its lease: %v", n.incarnation, err)
				m.RenewFailed(now)
				return
			}
			if v.Lapsed && m.Until() != 0 {
				n.w.report.Lapses++
			}
			m.Renewed(now, int64(n.wall()), n.w.seen(v))
		})
	}})
}

func (n *node) claim(name string) {
	var at journal.Placement
	n.say(n.patience(), func() (err error) {
		at, err = n.claims(name)
		return err
	}, func(err error) {
		n.w.note("%s claimed %s: epoch %d, %v", n.incarnation, name, at.Epoch, err)
		if err == errAway || err == errLate || err == errCut {
			at = journal.Placement{}
		}
		at.Site = name
		n.input(func(m *cluster.Machine, now time.Duration) { m.Claimed(now, at, err) })
	})
}

// claims is a claim as it reaches the store.
func (n *node) claims(name string) (journal.Placement, error) {
	was := n.w.owners[name]
	at, err := n.pool.Claim(ctx, name)
	if n.w.tamper.claims && errors.Is(err, journal.ErrOwned) {
		at, err = n.w.claimAnyway(n, name, was)
	}
	if err == nil {
		n.w.report.Claims++
		n.w.owners[name] = n.incarnation
		if was != "" && was != n.incarnation {
			n.w.report.TakeOvers++
		}
	}
	return at, err
}

// give hands a site over: the host lets go of it, then the store is told.
func (n *node) give(g cluster.Give) {
	n.w.note("%s hands %s over to %q", n.incarnation, g.Site, g.To)
	until := n.w.now + handOverFor
	given := func(at journal.Placement, err error) {
		n.w.note("%s gave %s away: epoch %d, %v", n.incarnation, g.Site, at.Epoch, err)
		at.Site = g.Site
		n.input(func(m *cluster.Machine, now time.Duration) { m.Given(now, at, err) })
	}
	n.host.handOver(g.Site, until, func(e int64, err error) {
		if err != nil {
			n.host.drop(g.Site)
			given(journal.Placement{}, err)
			return
		}
		var at journal.Placement
		n.say(until-n.w.now, func() (err error) {
			at, err = n.pool.Give(ctx, g.Site, e, g.To)
			if err == nil {
				n.w.report.Moves++
				n.w.owners[g.Site] = g.To
			}
			return err
		}, func(err error) {
			if err == errAway || err == errLate || err == errCut {
				at = journal.Placement{}
			}
			given(at, err)
		})
	})
}

func (n *node) leave() {
	n.say(n.patience(), func() error { return n.pool.Leave(ctx) }, func(err error) {
		n.w.note("%s has left: %v", n.incarnation, err)
		n.announce()
	})
}

// asker waits for the cluster's word on where a site is.
type asker interface{ found(*cluster.Ask) }

// announceFor bounds the telling of the others that this node leaves.
const announceFor = 2 * time.Second

// announce lets the other nodes look how things stand, so that none of them sends
// anything here any more, and then ends this one.
func (n *node) announce() {
	w, left := n.w, 1
	var asked []*exchange
	over := func() {
		if left--; left == 0 {
			n.shutDown()
		}
	}
	for _, other := range n.m.Members(n.now()) {
		if other.Incarnation == n.incarnation {
			continue
		}
		left++
		asked = append(asked, w.send(&exchange{
			from: n, slot: w.slotOf(other.Incarnation),
			begin:  func(x *exchange) { x.at.look(x) },
			back:   func(answer) { over() },
			broken: func(bool) { over() },
		}))
	}
	over()
	w.clock(w.now+announceFor, n, func() {
		for _, x := range asked {
			if !x.closed {
				x.abandon()
				over()
			}
		}
	})
}

// look answers another node when this one knows how things stand.
func (n *node) look(x *exchange) {
	n.input(func(m *cluster.Machine, now time.Duration) { m.LookFor(now, &cluster.Ask{Tag: looker{n, x}}) })
}

// looker is another node that waits for a look at the pool.
type looker struct {
	n *node
	x *exchange
}

func (l looker) found(*cluster.Ask) { l.x.answers(answer{}) }

// lost tells the machine of a site that turned out to be another node's.
func (n *node) lost(name string) {
	n.input(func(m *cluster.Machine, now time.Duration) { m.Lost(now, name) })
}
