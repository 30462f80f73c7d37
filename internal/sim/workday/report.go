package workday

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"

	"usher/api"
	"usher/internal/site"
)

// Report is what a day came to.
type Report struct {
	Seed                                uint64
	Visitors                            int // who came
	Visits                              int // who were let in
	Served                              int // who were taken by somebody
	Abandoned                           int // who left before
	Decisions                           int // engagements given to agents, taken or not
	Posts, Transfers, Leads             int
	Declined, Expired, Crashes, Dropped int
	Broken                              int // connections
	Events                              int
	LongestWait                         time.Duration
	Reasons                             map[api.Reason]int // how engagements ended
	TurnedAway                          map[api.ResultType]int
	Requests, Refusals                  map[string]int
	Kinds                               map[string]int // of events
	Causes                              map[site.Cause]int

	// Hash is made of all that was recorded: equal days have equal hashes.
	Hash uint32
}

func newReport(p Plan) Report {
	return Report{
		Seed: p.Seed, Visitors: p.Visitors, Reasons: map[api.Reason]int{}, TurnedAway: map[api.ResultType]int{},
		Requests: map[string]int{}, Refusals: map[string]int{}, Kinds: map[string]int{}, Causes: map[site.Cause]int{},
	}
}

// String is the summary for people.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "seed %d: %d visitors, %d let in, %d served, %d abandoned, longest wait %v\n",
		r.Seed, r.Visitors, r.Visits, r.Served, r.Abandoned, r.LongestWait.Round(time.Second))
	fmt.Fprintf(&b, "  decisions %d, leads %d, declined %d, expired %d, transfers %d, posts %d, crashes %d, dropped %d, broken connections %d, events %d\n",
		r.Decisions, r.Leads, r.Declined, r.Expired, r.Transfers, r.Posts, r.Crashes, r.Dropped, r.Broken, r.Events)
	fmt.Fprintf(&b, "  ended by %s\n  turned away %s\n  causes %s\n  requests %s\n  refused %s",
		counts(r.Reasons), counts(r.TurnedAway), counts(r.Causes), counts(r.Requests), counts(r.Refusals))
	return b.String()
}

func counts[K ~string](m map[K]int) string {
	var out []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, fmt.Sprintf("%s %d", k, m[k]))
	}
	return strings.Join(out, ", ")
}

func (r *Report) answered(what string, err error) {
	r.Requests[what]++
	if err != nil {
		r.Refusals[what+" "+string(codeOf(err))]++
	}
}

// recorded counts an event, and the cause of an end.
func (r *Report) recorded(e site.Event) {
	r.Events++
	r.Kinds[kindOf(e)]++
	var c site.Cause
	switch e := e.(type) {
	case *site.OfferEnded:
		c = e.Cause
	case *site.InvitationEnded:
		c = e.Cause
	case *site.EngagementAssigned:
		c = e.Cause
	case *site.EngagementQueued:
		c = e.Cause
	case *site.EngagementReleased:
		c = e.Cause
	case *site.GuestLeft:
		c = e.Cause
	case *site.LeadChanged:
		c = e.Cause
	}
	if c != "" {
		r.Causes[c]++
	}
}

// kindOf is an event's name in the journal.
func kindOf(e site.Event) string { return reflect.TypeOf(e).Elem().Name() }

// refused notes a visitor who was not let in.
func (r *Report) refused(err error) {
	if e, ok := err.(*site.Error); ok {
		r.TurnedAway[e.Result]++
	}
}
