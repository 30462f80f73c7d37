package sim

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"usher/api"
	"usher/internal/host/machine"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

// A checker that finds nothing proves nothing. Each of these bugs is planted into
// runs that are sound without it, and has to be found within a few of them.
func TestPlantedBugsAreFound(t *testing.T) {
	const within, steps = 25, 1000
	for _, c := range []struct {
		name  string
		plant tamper
		finds []string // what the complaint says, one of these
	}{
		{
			"answers go out before they are durable",
			tamper{answer: func(c *command) bool { return c.claim != nil }},
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
			"every answer is believed to have arrived",
			tamper{verdict: func(machine.Verdict) machine.Verdict { return machine.Arrived }},
			[]string{"something is lost", "did not reach", "reached no agent", "fleeting news"},
		},
		{
			"a message is missing",
			tamper{batch: rarely(func(_ *rand.Rand, b []site.Delivery) []site.Delivery { return b[1:] })},
			[]string{"something is lost", "did not reach", "reached no agent", "sequenceNumber", "fleeting news"},
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
			[]string{"under the numbers", "was", "came again"},
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
	} {
		t.Run(c.name, func(t *testing.T) {
			for s := uint64(1); s <= within; s++ {
				_, err := newWorld(s, c.plant).run(steps)
				if err == nil {
					continue
				}
				complaint, _, _ := strings.Cut(err.Error(), "\n")
				if !slices.ContainsFunc(c.finds, func(f string) bool { return strings.Contains(complaint, f) }) {
					t.Fatalf("another complaint than expected: %v", err)
				}
				t.Logf("found in run %d: %s", s, complaint)
				return
			}
			t.Errorf("not found in %d runs", within)
		})
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
