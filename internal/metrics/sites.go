package metrics

import (
	"context"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// States are where a site may stand, as Site.State says.
var States = []string{"unloaded", "loading", "live", "blocked", "shut", "stopping", "stopped"}

// Causes are why a site is read from the journal: it was not in memory; an append was
// fenced, had an unknown outcome or was refused; it could not be read before; or a
// command panicked.
var Causes = []string{"needed", "fenced", "unknown", "refused", "failed", "panic"}

// Site is how a site of this node stands.
type Site struct {
	Name  string
	State string // one of States
	// Busy: it could not be looked at in time. Then nothing below is known; nor is it
	// of a site that is unloaded.
	Busy bool

	Parked, Held      int // retrievals that wait, and those that wait for the site itself
	Unreceived        int // messages in mailboxes
	Deepest           int // those in the fullest mailbox
	Engagements       int // live ones
	Agents, Available int // logged on, and of these there and not unavailable
	Letters           int
	LetterWait        time.Duration // of the letter that is due longest
	Queues            []Queue
}

// Queue is how a queue stands.
type Queue struct {
	ID      int64
	Waiting int
	Longest time.Duration // the longest wait; 0 when nobody waits
}

type siteMetrics struct {
	delivery prometheus.Observer
	loads    *prometheus.CounterVec

	watched atomic.Pointer[func(context.Context) []Site]
	ready   atomic.Pointer[func() error]

	readiness, sites, state, busy  *prometheus.Desc
	parked, held                   *prometheus.Desc
	unreceived, deepest            *prometheus.Desc
	engagements, agents, available *prometheus.Desc
	letters, letterWait            *prometheus.Desc
	queueWaiting, queueLongest     *prometheus.Desc
}

// fine are the bounds, in seconds, of what should take milliseconds.
var fine = []float64{.001, .002, .003, .005, .0075, .01, .015, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}

func (x *siteMetrics) make(k *maker) {
	x.delivery = k.histogram("usher_delivery_duration_seconds",
		"Time from a post to its being handed to a retrieval that was waiting for it.", fine)
	x.loads = k.counters("usher_site_loads_total", "Times that a site was read from the journal, by why.", "site", "cause")
	x.readiness = k.looked("usher_ready", "Whether the server can serve: 1 or 0, as /readyz says.")
	x.sites = k.looked("usher_sites", "Sites that this node runs, by where they stand.", "state")
	x.state = k.looked("usher_site_state", "Where a site stands that this node runs: always 1.", "site", "state")
	x.busy = k.looked("usher_sites_busy", "Sites that could not be looked at in time: their other gauges are missing.")
	x.parked = k.looked("usher_retrievals_parked", "Retrievals that wait for messages.", "site")
	x.held = k.looked("usher_retrievals_held", "Retrievals that wait for their site, which is being loaded or cannot be written.", "site")
	x.unreceived = k.looked("usher_mailbox_messages", "Messages that were not received yet.", "site")
	x.deepest = k.looked("usher_mailbox_deepest_messages", "Messages in the fullest mailbox that were not received yet.", "site")
	x.engagements = k.looked("usher_engagements", "Engagements that are live.", "site")
	x.agents = k.looked("usher_agents", "Agents who are logged on.", "site")
	x.available = k.looked("usher_agents_available", "Agents who are there and not unavailable.", "site")
	x.letters = k.looked("usher_letters", "Letters that were not sent yet.", "site")
	x.letterWait = k.looked("usher_letter_longest_wait_seconds", "How long the letter that waits longest could have been sent.", "site")
	x.queueWaiting = k.looked("usher_queue_waiting", "Engagements that wait in a queue.", "site", "queue")
	x.queueLongest = k.looked("usher_queue_longest_wait_seconds", "The longest wait of those who wait in a queue.", "site", "queue")
	k.seen(x.look, x.readiness, x.sites, x.state, x.busy, x.parked, x.held, x.unreceived, x.deepest, x.engagements, x.agents, x.available,
		x.letters, x.letterWait, x.queueWaiting, x.queueLongest)
}

// WatchSites says how the sites of this node are looked at, and whether the server is
// ready. look is to answer when its context ends, with what it has.
func (m *Metrics) WatchSites(look func(context.Context) []Site, ready func() error) {
	if m != nil {
		m.sites.watched.Store(&look)
		m.sites.ready.Store(&ready)
	}
}

// lookFor bounds a look at all sites.
const lookFor = time.Second

func (x *siteMetrics) look(tell send) {
	if ready := x.ready.Load(); ready != nil {
		tell(x.readiness, yes((*ready)() == nil))
	}
	look := x.watched.Load()
	if look == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), lookFor)
	defer cancel()
	all := (*look)(ctx)
	if all == nil && ctx.Err() != nil {
		return // which does not say that there is none
	}
	counts, busy := map[string]int{}, 0
	for _, s := range all {
		counts[s.State]++
		tell(x.state, 1, s.Name, s.State)
		switch {
		case s.Busy:
			busy++
		case s.State != States[0]:
			x.tell(tell, s)
		}
	}
	for _, state := range States {
		tell(x.sites, float64(counts[state]), state)
	}
	tell(x.busy, float64(busy))
}

func (x *siteMetrics) tell(tell send, s Site) {
	for _, g := range []struct {
		of    *prometheus.Desc
		value int
	}{
		{x.parked, s.Parked}, {x.held, s.Held}, {x.unreceived, s.Unreceived}, {x.deepest, s.Deepest}, {x.engagements, s.Engagements},
		{x.agents, s.Agents}, {x.available, s.Available}, {x.letters, s.Letters},
	} {
		tell(g.of, float64(g.value), s.Name)
	}
	tell(x.letterWait, s.LetterWait.Seconds(), s.Name)
	for _, q := range s.Queues {
		id := strconv.FormatInt(q.ID, 10)
		tell(x.queueWaiting, float64(q.Waiting), s.Name, id)
		tell(x.queueLongest, q.Longest.Seconds(), s.Name, id)
	}
}

// Delivered tells that a post was handed to a retrieval that was waiting already when it was
// posted, so long ago.
func (m *Metrics) Delivered(after time.Duration) {
	if m != nil {
		m.sites.delivery.Observe(after.Seconds())
	}
}

// Loading tells that a site is about to be read from the journal, for one of Causes.
func (m *Metrics) Loading(site, cause string) {
	if m == nil {
		return
	}
	for _, c := range Causes { // from the first on all are told, or nobody would see them rise from nothing
		m.sites.loads.WithLabelValues(site, c)
	}
	m.sites.loads.WithLabelValues(site, cause).Inc()
}
