package host

import (
	"context"
	"runtime"
	"slices"
	"strings"
	"time"

	"usher/internal/host/machine"
	"usher/internal/metrics"
	"usher/internal/site"
)

// Measure lets m know from now on what happens at the sites.
func (h *Host) Measure(m *metrics.Metrics) { h.metrics.Store(m) }

func (k *keeper) metrics() *metrics.Metrics { return k.host.metrics.Load() }

// delivered tells how long the posts took that a retrieval is given which waited for
// them.
func (k *keeper) delivered(now time.Duration, r *Retrieval) {
	if r.poll.Batch.Empty() {
		return
	}
	handed := k.m.Time(now)
	r.poll.Batch.Fresh(k.m.Time(r.came), func(posted site.Time) { k.metrics().Delivered(handed.Sub(posted)) })
}

// taken is a frame that the journal took.
type taken struct {
	at            time.Duration
	events, bytes int
}

// written tells how the append ended that was under way, unless the journal closes and
// never took it.
func (k *keeper) written(now time.Duration, o machine.Outcome) {
	if k.taken == nil {
		return
	}
	k.metrics().Appended(o.String(), now-k.taken.at)
	if o == machine.Durable {
		k.metrics().Framed(k.taken.events, k.taken.bytes)
	}
	k.taken = nil
}

// Look answers how each site of this host stands, by name. It takes no turn of a site
// and does not wait for the journal. A site that cannot be looked at before ctx ends,
// because a command keeps it, is said to be busy.
func (h *Host) Look(ctx context.Context) []metrics.Site {
	select { // another look keeps no site for long
	case h.looking <- struct{}{}:
		defer func() { <-h.looking }()
	case <-ctx.Done():
		return nil
	}
	h.mu.RLock()
	keepers := h.allKeepers()
	var all []metrics.Site
	for name := range h.heads {
		all = append(all, metrics.Site{Name: name, State: metrics.States[0]})
	}
	h.mu.RUnlock()
	looks := make(chan metrics.Site, len(keepers)) // so that those who come late need not wait
	missing, asked := map[string]*keeper{}, 0
	for _, k := range keepers {
		missing[k.name] = k
		if !k.looking.CompareAndSwap(false, true) {
			continue // a look of before still waits for it
		}
		asked++
		go func() {
			s := k.look()
			k.looking.Store(false)
			looks <- s
		}()
	}
	for ; asked > 0 && ctx.Err() == nil; asked-- {
		select {
		case s := <-looks:
			delete(missing, s.Name)
			all = append(all, s)
		case <-ctx.Done():
		}
	}
	for name, k := range missing {
		all = append(all, metrics.Site{Name: name, State: k.state().String(), Busy: true})
	}
	slices.SortFunc(all, func(a, b metrics.Site) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// look answers how the site stands. It lets others at the site while it counts.
func (k *keeper) look() metrics.Site {
	k.mu.Lock()
	defer k.mu.Unlock()
	s := metrics.Site{Name: k.name, State: k.m.State().String()}
	s.Parked, s.Held = k.m.Parked()
	x := k.m.Site()
	if x == nil {
		return s
	}
	t := x.Tally(func() {
		k.mu.Unlock()
		runtime.Gosched()
		k.mu.Lock()
	})
	now := k.m.Time(k.now())
	s.Unreceived, s.Deepest, s.Engagements = t.Unreceived, t.Deepest, t.Engagements
	s.Agents, s.Available, s.Letters, s.LetterWait = t.Agents, t.Available, t.Letters, since(now, t.LetterSince)
	for id, q := range t.Queues {
		s.Queues = append(s.Queues, metrics.Queue{ID: int64(id), Waiting: q.Waiting, Longest: since(now, q.Since)})
	}
	return s
}

// since answers how long ago a time was; 0 when there is none, or it is to come.
func since(now, t site.Time) time.Duration {
	if t == 0 {
		return 0
	}
	return max(0, now.Sub(t))
}
