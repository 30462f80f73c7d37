// Package host runs sites: one command of a site at a time, its events in the
// journal before its answer, and retrievals held until there is something to
// hand out. What to do when is decided by package machine; this package is the
// thin shell of clock, goroutines and journal around it.
//
// Do and Host.Retrieve are the only doors to a site. What they return shares
// nothing with it that can change.
//
// A site has a lock and no goroutine. Nothing waits while holding the lock: a
// command's answer is awaited on a channel, the journal is asked for a turn and
// calls back.
package host

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/metrics"
	"usher/internal/site"
)

// ErrNoSite: there is no site of that name.
var ErrNoSite = errors.New("there is no such site")

// Host runs all sites of this process over one journal, or in a pool those that
// this node owns.
type Host struct {
	journal  journal.Journal
	location site.Location // where clients reach the sites
	log      *slog.Logger
	start    time.Time // all times of the machines count from here, monotonically
	pool     *Pool     // nil when the journal is this process's alone
	appended atomic.Pointer[func(site string, end int64)]
	metrics  atomic.Pointer[metrics.Metrics]
	looking  chan struct{} // holds one while somebody looks at all sites

	mu      sync.RWMutex
	closing bool
	until   time.Duration           // when this node's lease runs out, in a pool
	heads   map[string]journal.Head // sites of this host that are not in memory
	keepers map[string]*keeper
	alarms  map[string]*time.Timer // to load sites whose timers fall due
}

// New answers a host over a journal. Sites are loaded by their first request, or
// when their next timer is due. l is where clients reach them from now on.
func New(ctx context.Context, j journal.Journal, l site.Location, log *slog.Logger) (*Host, error) {
	h := newHost(j, l, log)
	heads, err := j.Heads(ctx)
	if err != nil {
		return nil, fmt.Errorf("read the journal's heads: %w", err)
	}
	for _, hd := range heads {
		h.Adopt(hd)
	}
	return h, nil
}

func newHost(j journal.Journal, l site.Location, log *slog.Logger) *Host {
	return &Host{
		journal: j, location: l, log: log, start: time.Now(), looking: make(chan struct{}, 1),
		heads: map[string]journal.Head{}, keepers: map[string]*keeper{}, alarms: map[string]*time.Timer{},
	}
}

// OnAppend lets fn know of each append: the site's events before end are durable.
// fn must return at once. Of appends before this call nothing is told.
func (h *Host) OnAppend(fn func(site string, end int64)) { h.appended.Store(&fn) }

// Sites lists the names of all sites of this host, in order.
func (h *Host) Sites() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	names := slices.AppendSeq(slices.Collect(maps.Keys(h.heads)), maps.Keys(h.keepers))
	slices.Sort(names)
	return names
}

// Loaded lists the names of the sites that are in memory, in order.
func (h *Host) Loaded() []string {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Sorted(maps.Keys(h.keepers))
}

// Has reports whether there is a site of that name.
func (h *Host) Has(name string) bool {
	h.mu.RLock()
	defer h.mu.RUnlock()
	_, cold := h.heads[name]
	return cold || h.keepers[name] != nil
}

// Create makes a site if it is not there, and answers whether it made it. In a pool
// the site has a head, and this node owns it.
func (h *Host) Create(ctx context.Context, name string) (bool, error) {
	if h.pool == nil {
		head, err := h.journal.Create(ctx, name)
		if err != nil {
			return false, fmt.Errorf("create site %s: %w", name, err)
		}
		h.mu.Lock()
		if h.keepers[name] == nil {
			h.heads[name] = head
		}
		h.mu.Unlock()
	}
	made := false
	err := h.do(ctx, name, func(s *site.Site) error {
		if s.Created() {
			return nil
		}
		made = true
		if err := s.Create(name); err != nil {
			return err
		}
		s.Locate(h.location)
		return nil
	})
	if err != nil {
		return false, fmt.Errorf("create site %s: %w", name, err)
	}
	return made, nil
}

// Do runs a command of a site and waits until what it decided, and what it was
// decided on, is durable. The error is the command's own, ErrNoSite, one of
// package machine's, or the context's. fn must return nothing that the site
// may change afterwards.
func Do[T any](ctx context.Context, h *Host, name string, fn func(*site.Site) (T, error)) (T, error) {
	var out T
	err := h.do(ctx, name, func(s *site.Site) error {
		if !s.Created() {
			return ErrNoSite
		}
		var err error
		out, err = fn(s)
		return err
	})
	if err != nil {
		var none T // out may still be written to when the context ended first
		return none, err
	}
	return out, nil
}

func (h *Host) do(ctx context.Context, name string, run func(*site.Site) error) error {
	k, err := h.keeper(name)
	if err != nil {
		return err
	}
	done := make(chan struct{})
	c := &machine.Call{Run: run, Tag: done}
	k.input(func(m *machine.Machine, now time.Duration) { m.Do(now, c) })
	select {
	case <-done:
		return c.Err
	case <-ctx.Done():
		return fmt.Errorf("wait for site %s: %w", name, context.Cause(ctx))
	}
}

// keeper answers the keeper of a site, which begins to load it if need be.
func (h *Host) keeper(name string) (*keeper, error) {
	h.mu.RLock()
	k := h.keepers[name]
	h.mu.RUnlock()
	if k != nil {
		return k, nil
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if k := h.keepers[name]; k != nil {
		return k, nil
	}
	head, ok := h.heads[name]
	switch {
	case !ok && h.pool != nil:
		return nil, machine.ErrMoved // whether there is such a site is known to the pool
	case !ok:
		return nil, ErrNoSite
	case h.closing:
		return nil, machine.ErrStopping
	}
	k = newKeeper(h, name, head.Epoch)
	h.keepers[name] = k
	delete(h.heads, name)
	return k, nil
}

// Healthy answers nil when every site in memory can be written and read; the
// error names the first that cannot.
func (h *Host) Healthy() error {
	h.mu.RLock()
	keepers := h.allKeepers()
	h.mu.RUnlock()
	for _, k := range keepers {
		if s := k.state(); s == machine.Blocked || s == machine.Shut {
			return fmt.Errorf("site %s is %s: its journal cannot be written or read", k.name, s)
		}
	}
	return nil
}

// Close answers all retrievals with the time-out, takes no new work, and
// returns when everything decided is durable and checkpointed, or ctx ends.
func (h *Host) Close(ctx context.Context) error {
	h.mu.Lock()
	h.closing = true
	for _, t := range h.alarms {
		t.Stop()
	}
	keepers := h.allKeepers()
	h.mu.Unlock()
	for _, k := range keepers {
		k.input(func(m *machine.Machine, now time.Duration) { m.Stop(now) })
	}
	for _, k := range keepers {
		select {
		case <-k.stopped:
		case <-ctx.Done():
			return fmt.Errorf("stop site %s: %w", k.name, context.Cause(ctx))
		}
	}
	return nil
}

// allKeepers answers the keepers of now; h.mu is held.
func (h *Host) allKeepers() []*keeper { return slices.Collect(maps.Values(h.keepers)) }
