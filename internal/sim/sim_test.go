package sim

import (
	"flag"
	"reflect"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	seeds = flag.Int("seeds", 200, "how many seeds TestSeeds runs")
	seed  = flag.Uint64("seed", 0, "the one seed that TestSeeds runs; 0: as many as -seeds says")
	steps = flag.Int("steps", 800, "the steps of each run")
)

// TestSeeds runs many seeds. What it prints of one that fails runs that one again.
func TestSeeds(t *testing.T) {
	if *seed != 0 {
		r, err := Run(*seed, *steps)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", r)
		return
	}
	var next atomic.Uint64
	var wg sync.WaitGroup
	var mu sync.Mutex
	var sum Report
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for s := next.Add(1); s <= uint64(*seeds) && !t.Failed(); s = next.Add(1) {
				r, err := Run(s, *steps)
				if err != nil {
					t.Errorf("%v\nto see it again: go test ./internal/sim -run 'TestSeeds$' -seed %d -steps %d -v", err, s, *steps)
				}
				mu.Lock()
				sum.add(r)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	t.Logf("%d seeds: %+v", *seeds, sum)
	if *seeds >= 50 && !t.Failed() {
		sum.wants(t)
	}
}

// add sums reports up.
func (r *Report) add(o Report) {
	to, from := reflect.ValueOf(r).Elem(), reflect.ValueOf(o)
	for i := range to.NumField() {
		if f := to.Field(i); f.CanInt() {
			f.SetInt(f.Int() + from.Field(i).Int())
		}
	}
}

// wants fails the test when something of what the simulation is for never
// happened: then nothing would be known about it.
func (r *Report) wants(t *testing.T) {
	v := reflect.ValueOf(*r)
	for i := range v.NumField() {
		if f := v.Field(i); f.CanInt() && f.Int() < 20 {
			t.Errorf("%s is only %d in all runs together", v.Type().Field(i).Name, f.Int())
		}
	}
}

func TestSameSeedSameRun(t *testing.T) {
	hashes := map[uint64]bool{}
	for s := range uint64(5) {
		first, err := Run(s, 600)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Run(s, 600)
		if err != nil {
			t.Fatal(err)
		}
		if first != second {
			t.Errorf("seed %d: first %+v, then %+v", s, first, second)
		}
		hashes[first.Hash] = true
	}
	if len(hashes) != 5 {
		t.Errorf("5 seeds gave %d different runs", len(hashes))
	}
}
