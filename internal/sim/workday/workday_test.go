package workday

import (
	"flag"
	"math/rand/v2"
	"os"
	"reflect"
	"runtime/debug"
	"testing"

	"usher/api"
	"usher/internal/site"
)

// busyDay is the seed of a day on which people have to wait.
const busyDay = 1

var (
	seed     = flag.Uint64("seed", busyDay, "the seed of the full day")
	days     = flag.Int("days", 3, "how many small days with drawn seeds")
	visitors = flag.Int("visitors", 20_000, "the visitors of the full day")
	all      = flag.Bool("all", false, "go on after the first complaint, and report one of each kind")
)

// TestMain lets garbage wait: a day makes much of it, and keeps little.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

func play(t *testing.T, p Plan) Report {
	t.Helper()
	p.All = *all
	r, err := Run(p)
	if err != nil {
		t.Log(r)
		t.Fatalf("%v\nto see it again: go test ./internal/sim/workday -run 'TestFullDay$' -seed %d -visitors %d -v", err, p.Seed, p.Visitors)
	}
	return r
}

// TestFullDay plays a whole day of a large centre.
func TestFullDay(t *testing.T) {
	t.Parallel()
	r := play(t, Plan{Seed: *seed, Visitors: *visitors})
	t.Log(r)
	if *seed == busyDay && *visitors >= 20_000 && !t.Failed() {
		r.wants(t)
	}
}

// wants fails the test when something of what the day is for never happened: then
// nothing would be known about it.
func (r Report) wants(t *testing.T) {
	t.Helper()
	for _, reason := range []api.Reason{
		api.ReasonAgentConcluded, api.ReasonEndUserConcluded, api.ReasonQueueTimeout, api.ReasonIdleTimeout, api.ReasonEjected,
		api.ReasonNoAgentsAvailable,
	} {
		if r.Reasons[reason] == 0 {
			t.Errorf("no engagement ended by %s", reason)
		}
	}
	for _, result := range []api.ResultType{api.ResultNoAgentsAvailable, api.ResultOutOfHours, api.ResultRuleDequeue} {
		if r.TurnedAway[result] == 0 {
			t.Errorf("nobody was turned away by %s", result)
		}
	}
	for _, e := range []site.Event{
		&site.EngagementMoved{}, &site.EngagementEjected{}, &site.TransferWanted{}, &site.AgentInvited{}, &site.InvitationEnded{},
		&site.GuestJoined{}, &site.GuestLeft{}, &site.LeadChanged{}, &site.OfferEnded{}, &site.EngagementQueued{}, &site.PostsForwarded{},
		&site.AgentSessionRenewed{}, &site.AgentSessionEnded{}, &site.DefinitionRemoved{}, &site.VisitorSessionEnded{},
	} {
		if r.Kinds[kindOf(e)] == 0 {
			t.Errorf("%s was never recorded", kindOf(e))
		}
	}
	for cause, least := range map[site.Cause]int{
		site.Declined: 100, site.Expired: 100, site.Absent: 1, site.Lost: 1, site.LoggedOff: 1, site.Removed: 1, site.Withdrawn: 1,
		site.Rerouted: 100, site.Transferred: 100, site.TakenOver: 10, site.WentAway: 10,
	} {
		if r.Causes[cause] < least {
			t.Errorf("only %d times something ended by %s", r.Causes[cause], cause)
		}
	}
}

// TestSmallDays plays days that nobody has seen before.
func TestSmallDays(t *testing.T) {
	t.Parallel()
	for range *days {
		t.Log(play(t, Plan{Seed: rand.Uint64() >> 32, Visitors: 1000}))
	}
}

func TestSameSeedSameDay(t *testing.T) {
	t.Parallel()
	hashes := map[uint32]bool{}
	for seed := range uint64(3) {
		first := play(t, Plan{Seed: seed, Visitors: 300})
		if second := play(t, Plan{Seed: seed, Visitors: 300}); !reflect.DeepEqual(first, second) {
			t.Errorf("seed %d: first %+v, then %+v", seed, first, second)
		}
		hashes[first.Hash] = true
	}
	if len(hashes) != 3 {
		t.Errorf("3 seeds gave %d different days", len(hashes))
	}
}
