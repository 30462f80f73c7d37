package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/site"
)

// Pool is what a host asks of the pool that its node belongs to.
type Pool struct {
	// Claim takes a new epoch of a site for this node. The error wraps
	// journal.ErrOwned when another node owns it.
	Claim func(ctx context.Context, site string) (journal.Head, error)
	// Lost is told of a site that turned out to be another node's. It must return at once.
	Lost func(site string)
}

// NewPooled answers a host of a journal that several nodes share. It runs the sites
// that it is given by Adopt, and answers for them until the time that Lease says.
func NewPooled(j journal.Journal, l site.Location, p Pool, log *slog.Logger) *Host {
	h := newHost(j, l, log)
	h.pool = &p
	return h
}

// Adopt gives the host a site to run, under the epoch of its head. It is loaded by
// its first request, or when its next timer is due.
func (h *Host) Adopt(hd journal.Head) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.keepers[hd.Site] != nil {
		return
	}
	h.heads[hd.Site] = hd
	if hd.NextTimer != 0 && !h.closing {
		due := time.Until(site.Time(hd.NextTimer).Std())
		h.alarms[hd.Site] = time.AfterFunc(due, func() { h.keeper(hd.Site) })
	}
}

// Lease lets the host answer until the given time.
func (h *Host) Lease(until time.Time) {
	end := until.Sub(h.start)
	h.mu.Lock()
	h.until = end
	keepers := h.allKeepers()
	h.mu.Unlock()
	for _, k := range keepers {
		k.input(func(m *machine.Machine, now time.Duration) { m.Lease(now, end) })
	}
}

// HandOver writes what was decided at a site with a last checkpoint, lets go of it,
// and answers its epoch. Who waits there is told machine.ErrMoved.
func (h *Host) HandOver(ctx context.Context, name string) (epoch int64, err error) {
	h.mu.Lock()
	k, head := h.keepers[name], h.heads[name]
	if k == nil {
		h.forget(name)
	}
	h.mu.Unlock()
	if k == nil {
		return head.Epoch, nil
	}
	k.input(func(m *machine.Machine, now time.Duration) { m.HandOver(now) })
	select {
	case <-k.stopped:
	case <-ctx.Done():
		return 0, fmt.Errorf("hand over site %s: %w", name, context.Cause(ctx))
	}
	h.remove(k)
	return k.epoch(), nil
}

// Drop lets go of a site that is another node's.
func (h *Host) Drop(name string) {
	h.mu.Lock()
	k := h.keepers[name]
	h.forget(name)
	h.mu.Unlock()
	if k != nil {
		k.input(func(m *machine.Machine, now time.Duration) { m.Lost(now) })
	}
}

// forget takes a site out of the host's books; h.mu is held.
func (h *Host) forget(name string) {
	delete(h.heads, name)
	delete(h.keepers, name)
	if t := h.alarms[name]; t != nil {
		t.Stop()
		delete(h.alarms, name)
	}
}

// remove forgets the site of a keeper, unless it has another by now.
func (h *Host) remove(k *keeper) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.keepers[k.name] == k {
		h.forget(k.name)
	}
}

// takeEpoch takes a new epoch for a site, so that no append of before can land any
// more. The error wraps errElsewhere when the site is another node's, or must be.
func (h *Host) takeEpoch(ctx context.Context, name string, from int64) (epoch int64, err error) {
	if h.pool != nil {
		head, err := h.pool.Claim(ctx, name)
		if errors.Is(err, journal.ErrOwned) || errors.Is(err, journal.ErrNewer) {
			err = fmt.Errorf("%w: %w", errElsewhere, err)
		}
		return head.Epoch, err
	}
	head, err := h.journal.RaiseEpoch(ctx, name, from)
	if errors.Is(err, journal.ErrFenced) { // an earlier raise, whose outcome was not known
		var st journal.State
		if st, err = h.journal.Load(ctx, name); err == nil {
			head, err = h.journal.RaiseEpoch(ctx, name, st.Head.Epoch)
		}
	}
	return head.Epoch, err
}

// errElsewhere: another node owns the site.
var errElsewhere = errors.New("another node owns the site")
