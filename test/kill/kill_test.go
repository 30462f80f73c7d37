// Package kill lets visitors and agents talk to the real server while it is
// killed at random moments and started again on the same data, embedded or in a
// PostgreSQL, and checks what they were promised.
package kill

import (
	"context"
	"flag"
	"math/rand/v2"
	"os"
	"testing"
	"time"

	"usher/test/binary"
	"usher/test/kill/crowd"
)

var (
	kills = flag.Int("kills", 25, "how often servers are killed, over all stores")
	seed  = flag.Uint64("seed", 0, "the seed of everything that is random; 0 takes a new one")
)

const (
	siteName       = "demo"
	visitorsAtOnce = 8
	// settleFor is how long everything may take to come to its end when there are
	// no more kills: far more than a client's longest pause.
	settleFor = 90 * time.Second
)

var program string

func TestMain(m *testing.M) {
	flag.Parse()
	os.Exit(binary.InTempDir(func(path string) int {
		program = path
		return m.Run()
	}))
}

func TestKill(t *testing.T) {
	if *seed == 0 {
		*seed = rand.Uint64()
	}
	t.Logf("seed %d", *seed)
	for i, s := range stores {
		share := (*kills + i) / len(stores)
		t.Run(s.name, func(t *testing.T) {
			t.Parallel() // they wait more than they work
			t.Cleanup(func() {
				if t.Failed() {
					// -artifacts keeps the data directory.
					t.Logf("run it again with: go test -race ./test/kill -run '^TestKill$/^%s$' -v -artifacts -outputdir=%s -kills=%d -seed=%d", s.name, os.TempDir(), *kills, *seed)
				}
			})
			torment(t, s, share)
		})
	}
}

// torment kills a server as often as asked while people talk to it, and checks what
// they were promised.
func torment(t *testing.T, s store, kills int) {
	v := newVictim(t, s)
	front := crowd.NewFront(v.listen)
	people, err := crowd.Gather(t.Context(), crowd.Options{
		Front: front, AdminToken: v.running.Ready.AdminToken, Site: siteName, Seed: *seed, Visitors: visitorsAtOnce,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(people.Stop)
	people.Begin()
	v.torment(t, rand.New(rand.NewPCG(*seed, 0)), kills)
	if err := people.Settle(settleFor); err != nil {
		t.Error(err)
	}
	people.Stop()
	if err := v.running.Stop(); err != nil {
		t.Error(err)
	}
	if err := v.running.Alarm(); err != nil {
		t.Error(err)
	}
	ctx := context.WithoutCancel(t.Context())
	j, err := v.open(ctx)
	if err != nil {
		t.Fatal(err)
	}
	facts, err := crowd.Read(ctx, j, siteName)
	if err != nil {
		t.Error(err)
	}
	if err := j.Close(); err != nil {
		t.Error(err)
	}
	if facts == nil {
		return
	}
	faults := crowd.Check(&people.Record, facts)
	crowd.Report(t, faults)
	t.Logf("%d kills: %v; %d faults", kills, people.Record.Sum(), len(faults))
	if n := people.Record.Received(); n < 10*kills {
		t.Errorf("only %d messages were delivered: too few for %d kills to tell anything", n, kills)
	}
}
