package sim

import (
	"flag"
	"testing"
)

var (
	seeds = flag.Uint64("seeds", 200, "how many seeds TestSeeds runs")
	seed  = flag.Uint64("seed", 0, "the one seed that TestSeeds runs; 0: as many as -seeds says")
	steps = flag.Int("steps", Steps, "the steps of each run")
)

// TestSeeds runs many seeds. What it prints of one that fails runs that one again.
func TestSeeds(t *testing.T) {
	if *seed != 0 {
		r, err := Run(*seed, *steps)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("\n%v", r)
		return
	}
	sum, ran, err := RunMany(1, *seeds, *steps, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d seeds:\n%v", ran, sum)
	// What never happened is not tested.
	if few := sum.Below(20); *seeds >= 100 && len(few) > 0 {
		t.Errorf("in all %d runs together there were fewer than 20 of %v", ran, few)
	}
}

func TestSameSeedSameRun(t *testing.T) {
	hashes := map[uint64]bool{}
	for s := range uint64(12) {
		first, err := Run(s, 400)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Run(s, 400)
		if err != nil {
			t.Fatal(err)
		}
		if first != second {
			t.Errorf("seed %d: first %+v, then %+v", s, first, second)
		}
		hashes[first.Hash] = true
	}
	if len(hashes) != 12 {
		t.Errorf("12 seeds gave %d different runs", len(hashes))
	}
}
