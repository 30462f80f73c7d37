package sim

import (
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"usher/api"
	cluster "usher/internal/cluster/machine"
	"usher/internal/host/machine"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

// A checker that finds nothing proves nothing. Each of these bugs is planted into
// runs that are sound without it, and has to be found within a thousand of them.
func TestPlantedBugsAreFound(t *testing.T) {
	const within = 1000
	for _, c := range []struct {
		name  string
		plant tamper
		finds []string // what the complaint says, one of these
	}{
		{
			"answers go out before they are durable",
			tamper{answer: func(q *request) bool { return q.claim != nil }},
			[]string{"was answered OK, and stands in the journal 0 times"},
		},
		{
			"a disk that says it has written",
			tamper{outcome: func(o memory.Outcome, m machine.Outcome) machine.Outcome {
				if o == memory.UnknownDidNot || o == memory.Failed {
					return machine.Durable
				}
				return m
			}},
			[]string{"the journal does not say so", "stands in the journal 0 times", "before it is in the journal"},
		},
		{
			"the sync is skipped",
			tamper{unsynced: true},
			[]string{"and once ended at"},
		},
		{
			"the epoch is ignored",
			tamper{epochless: true},
			[]string{"which is"},
		},
		{
			"every answer is believed to have arrived",
			tamper{verdict: func(*retrieval, machine.Verdict) machine.Verdict { return machine.Arrived }},
			[]string{"is said to have received"},
		},
		{
			"a raised number is believed to acknowledge",
			tamper{verdict: func(r *retrieval, v machine.Verdict) machine.Verdict {
				if r.t.q.poll.loop.last.Sequence > r.poll.Numbers.Sequence {
					return machine.Arrived
				}
				return v
			}},
			[]string{"is said to have received", "something is lost"},
		},
		{
			"a mailbox is forgotten on an override",
			tamper{override: func(a *agent, s *site.Site) {
				s.Inferred(a.key, a.c.record.last(a.key))
			}},
			[]string{"is said to have received"},
		},
		{
			"answers are given after the lease ran out",
			tamper{lease: true},
			[]string{"was known already"},
		},
		{
			"sites are taken from nodes whose lease runs",
			tamper{claims: true},
			[]string{"was known already"},
		},
		{
			"retrievals are refused while their site moves",
			tamper{movedPoll: true},
			[]string{"a retrieval was refused", "a retrieval was answered"},
		},
		{
			"a hand-over loses what was queued",
			tamper{forgets: true},
			[]string{"was not answered for", "failed although nothing is wrong"},
		},
		{
			"what another node may have done is sent there again",
			tamper{fate: func(r cluster.Reply, repeatable bool) cluster.Fate { return cluster.After(r, true) }},
			[]string{"stands in the journal 2 times", "was answered", "was refused each time, and is in the journal"},
		},
		{
			"a message is missing",
			tamper{batch: rarely(func(_ *rand.Rand, b []site.Delivery) []site.Delivery { return b[1:] })},
			[]string{"something is lost", "did not reach", "reached no agent", "sequenceNumber", "fleeting news", "is said to have received"},
		},
		{
			"a message comes twice",
			tamper{batch: rarely(func(_ *rand.Rand, b []site.Delivery) []site.Delivery { return append(b, b[len(b)-1]) })},
			[]string{"came again"},
		},
		{
			"a message comes again under the next number",
			tamper{batch: rarely(func(_ *rand.Rand, b []site.Delivery) []site.Delivery {
				d := b[len(b)-1]
				d.Number++
				d.Sequence++
				return append(b, d)
			})},
			[]string{"under the numbers", "was", "came again", "before it is in the journal"},
		},
		{
			"two messages change places",
			tamper{batch: rarely(func(_ *rand.Rand, b []site.Delivery) []site.Delivery {
				slices.Reverse(b)
				return b
			})},
			[]string{"something is lost", "sequenceNumber", "fleeting news"},
		},
		{
			"a repeated message says something else",
			tamper{batch: rarely(func(rnd *rand.Rand, b []site.Delivery) []site.Delivery {
				m := *b[0].Message
				m.At += site.Time(rnd.IntN(1000))
				b[0].Message = &m
				return b
			})},
			[]string{" and is now "},
		},
		{
			"message ids are forgotten",
			tamper{post: func(_ *rand.Rand, n site.NewPost) site.NewPost { n.MessageID = ""; return n }},
			[]string{"stands in the journal 2 times"},
		},
		{
			"a refusal that has changed something",
			tamper{refuse: func(rnd *rand.Rand) bool { return rnd.IntN(50) == 0 }},
			[]string{"was refused each time, and is in the journal"},
		},
		{
			"visitors see what they must not",
			tamper{post: func(_ *rand.Rand, n site.NewPost) site.NewPost { n.Visibility = api.VisibilityAll; return n }},
			[]string{"which visitors must not see"},
		},
		{
			"a receipt says more than was received",
			tamper{batch: receipts(func(r *site.Receipt) { r.Received++ })},
			[]string{"which it has not received", "and that was inferred", "which is not in the journal", "which visitors must not see"},
		},
		{
			"who did not ask is told",
			tamper{batch: rarely(func(_ *rand.Rand, b []site.Delivery) []site.Delivery {
				d := b[len(b)-1]
				d.Fleeting, d.Message = true, &site.Message{Kind: site.KindIdle, Engagement: d.Message.Engagement, Idle: &site.Idle{}}
				return append(b, d)
			})},
			[]string{"and did not ask for it"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := runMany(1, within, Steps, nil, func(seed uint64, steps int) (Report, error) {
				return newWorld(seed, c.plant).run(steps)
			})
			failure, ok := errors.AsType[*Failure](err)
			if !ok {
				t.Fatalf("not found in %d runs", within)
			}
			complaint, _, _ := strings.Cut(err.Error(), "\n")
			if !slices.ContainsFunc(c.finds, func(f string) bool { return strings.Contains(complaint, f) }) {
				t.Fatalf("another complaint than expected: %v", err)
			}
			t.Logf("found in run %d: %s", failure.Seed, complaint)
		})
	}
}

// receipts tampers with the receipts of each answer.
func receipts(f func(*site.Receipt)) func(*rand.Rand, []site.Delivery) []site.Delivery {
	return func(_ *rand.Rand, b []site.Delivery) []site.Delivery {
		for i, d := range b {
			if d.Message.Kind == site.KindReceipt {
				m := *d.Message
				r := *m.Receipt
				f(&r)
				m.Receipt = &r
				b[i].Message = &m
			}
		}
		return b
	}
}

// rarely tampers with few of the answers that hold something durable.
func rarely(f func(*rand.Rand, []site.Delivery) []site.Delivery) func(*rand.Rand, []site.Delivery) []site.Delivery {
	return func(rnd *rand.Rand, b []site.Delivery) []site.Delivery {
		if len(b) == 0 || b[0].Fleeting || b[len(b)-1].Fleeting || rnd.IntN(10) > 0 {
			return b
		}
		return f(rnd, b)
	}
}
