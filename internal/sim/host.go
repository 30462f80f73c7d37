package sim

import (
	"errors"
	"slices"
	"time"

	cluster "usher/internal/cluster/machine"
	hosting "usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

// This file is the shell that package host is around the machines of its sites.

// host runs the sites of a node.
type host struct {
	n       *node
	closing bool
	until   time.Duration // when the lease runs out, in the node's time
	heads   map[string]journal.Head
	keepers map[string]*keeper
	alarms  map[string]*event
}

func newHost(n *node) host {
	return host{n: n, heads: map[string]journal.Head{}, keepers: map[string]*keeper{}, alarms: map[string]*event{}}
}

// all lists the keepers in the order of their sites.
func (h *host) all() []*keeper {
	var all []*keeper
	for _, c := range h.n.w.centres {
		if k := h.keepers[c.name]; k != nil {
			all = append(all, k)
		}
	}
	return all
}

// keeper answers the keeper of a site, which begins to load it if need be.
func (h *host) keeper(name string) (*keeper, error) {
	if k := h.keepers[name]; k != nil {
		return k, nil
	}
	head, ok := h.heads[name]
	switch {
	case !ok && h.n.m != nil:
		return nil, machine.ErrMoved
	case !ok:
		return nil, hosting.ErrNoSite
	case h.closing:
		return nil, machine.ErrStopping
	}
	k := newKeeper(h, name, head.Epoch)
	h.keepers[name] = k
	delete(h.heads, name)
	k.begin()
	return k, nil
}

func (h *host) adopt(hd journal.Head) {
	if h.keepers[hd.Site] != nil {
		return
	}
	h.heads[hd.Site] = hd
	if hd.NextTimer != 0 && !h.closing {
		w := h.n.w
		due := site.Time(hd.NextTimer).Sub(h.n.wall())
		h.alarms[hd.Site] = w.clock(w.now+due, h.n, func() { h.keeper(hd.Site) })
	}
}

func (h *host) lease(until time.Duration) {
	if h.n.w.tamper.lease {
		until = forever
	}
	h.until = until
	for _, k := range h.all() {
		k.input(func(m *machine.Machine, now time.Duration) { m.Lease(now, until) })
	}
}

// handOver lets a site go when everything decided there is written, and answers its
// epoch.
func (h *host) handOver(name string, until time.Duration, done func(epoch int64, err error)) {
	k, head := h.keepers[name], h.heads[name]
	if k == nil {
		h.forget(name)
		done(head.Epoch, nil)
		return
	}
	over := false
	k.onStop = append(k.onStop, func() {
		if !over {
			over = true
			h.remove(k)
			done(k.m.Epoch(), nil)
		}
	})
	h.n.w.clock(until, h.n, func() {
		if !over {
			over = true
			done(0, errSlowStop)
		}
	})
	if k.over {
		k.tellStopped()
		return
	}
	k.input(func(m *machine.Machine, now time.Duration) { m.HandOver(now) })
}

var errSlowStop = errors.New("the site could not be handed over in time")

// drop lets go of a site that is another node's.
func (h *host) drop(name string) {
	k := h.keepers[name]
	h.forget(name)
	if k != nil {
		k.input(func(m *machine.Machine, now time.Duration) { m.Lost(now) })
	}
}

func (h *host) forget(name string) {
	delete(h.heads, name)
	delete(h.keepers, name)
	h.n.w.cancel(h.alarms[name])
	delete(h.alarms, name)
}

// remove forgets the site of a keeper, unless it has another by now.
func (h *host) remove(k *keeper) {
	if h.keepers[k.site] == k {
		h.forget(k.site)
	}
}

// close stops all sites of a node that is alone.
func (h *host) close() {
	h.closing = true
	left := len(h.keepers)
	for _, c := range h.n.w.centres {
		h.n.w.cancel(h.alarms[c.name])
	}
	for _, k := range h.all() {
		k.onStop = append(k.onStop, func() {
			if left--; left == 0 {
				h.n.shutDown()
			}
		})
		k.input(func(m *machine.Machine, now time.Duration) { m.Stop(now) })
	}
	if len(h.all()) == 0 {
		h.n.shutDown()
	}
}

// takeEpoch takes a new epoch for a site, so that no append of before can land any
// more.
func (h *host) takeEpoch(name string, from int64, done func(epoch int64, err error)) {
	n := h.n
	if n.m != nil {
		var at journal.Placement
		n.say(0, func() (err error) {
			at, err = n.claims(name)
			return err
		}, func(err error) {
			switch {
			case err == nil:
				n.input(func(m *cluster.Machine, now time.Duration) { m.Reclaimed(now, at) })
			case errors.Is(err, journal.ErrOwned), errors.Is(err, journal.ErrNewer):
				err = errors.Join(errElsewhere, err)
			}
			done(at.Epoch, err)
		})
		return
	}
	var head journal.Head
	n.say(0, func() (err error) {
		head, err = n.w.store.journal.RaiseEpoch(ctx, name, from)
		if errors.Is(err, journal.ErrFenced) { // an earlier raise, whose outcome was not known
			head, err = n.w.store.journal.RaiseEpoch(ctx, name, n.w.store.head(name).Epoch)
		}
		return err
	}, func(err error) { done(head.Epoch, err) })
}

var errElsewhere = errors.New("another node owns the site")

// forever is a lease that does not run out.
const forever = 1 << 62

// without answers a list without one of its entries.
func without[T comparable](list []T, x T) []T {
	return slices.DeleteFunc(list, func(y T) bool { return x == y })
}
