package auth

import (
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// TestPace: a key has its allowance at once, then one now and then, and another
// key's is its own.
func TestPace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		every  time.Duration
		atOnce int
		retry  time.Duration // what a key is told that has none left
	}{
		"several a second":   {50 * time.Millisecond, 200, time.Second},
		"one in two seconds": {2 * time.Second, 3, 2 * time.Second},
		"one at once":        {1500 * time.Millisecond, 1, 2 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := NewPace[string](test.every, test.atOnce)
				for range test.atOnce {
					wantPace(t, p, "a", 0)
				}
				for range 3 { // being refused costs nothing
					wantPace(t, p, "a", test.retry)
				}
				wantPace(t, p, "b", 0)
				time.Sleep(test.every)
				wantPace(t, p, "a", 0)
				wantPace(t, p, "a", test.retry)
				time.Sleep(test.retry) // whoever waits as told is served
				wantPace(t, p, "a", 0)
				time.Sleep(time.Duration(test.atOnce+5) * test.every) // no more is saved up than was there
				for range test.atOnce {
					wantPace(t, p, "a", 0)
				}
				wantPace(t, p, "a", test.retry)
			})
		})
	}
}

// wantPace takes one, and checks what is told: 0 for an allowance.
func wantPace(t *testing.T, p *Pace[string], k string, retry time.Duration) {
	t.Helper()
	err := p.Take(k)
	limited, ok := errors.AsType[*LimitedError](err)
	switch {
	case retry == 0 && err != nil:
		t.Fatalf("%s: %v", k, err)
	case retry > 0 && (!ok || limited.RetryAfter != retry):
		t.Fatalf("%s: got %v, want to be told %v", k, err, retry)
	}
}

// TestPaceIsBounded: whoever comes under many names fills no memory, and those who
// came last are known.
func TestPaceIsBounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPace[int](time.Second, 1)
		for n := range 3 * paceTracked {
			if err := p.Take(n); err != nil {
				t.Fatal(err)
			}
			if got := p.Tracked(); got != min(n+1, paceTracked) {
				t.Fatalf("%d keys are remembered after %d", got, n+1)
			}
		}
		if p.Take(3*paceTracked-1) == nil {
			t.Error("who came last is forgotten")
		}
	})
}

// TestPaceAtOnce: many who take at the same moment get the allowance and no more.
func TestPaceAtOnce(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		p := NewPace[string](time.Second, 10)
		var got atomic.Int64
		var wg sync.WaitGroup
		for range 100 {
			wg.Go(func() {
				if p.Take("a") == nil {
					got.Add(1)
				}
			})
		}
		wg.Wait()
		if got.Load() != 10 {
			t.Errorf("%d took one of 10", got.Load())
		}
	})
}

// TestPaceAtAnyPace: however a key comes back, in no span of time does it get more
// than what it has at once and what grew in that span.
func TestPaceAtAnyPace(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(r *rapid.T) {
		every := time.Duration(rapid.IntRange(1, 3000).Draw(r, "every, in ms")) * time.Millisecond
		atOnce := rapid.IntRange(1, 5).Draw(r, "at once")
		pauses := rapid.SliceOfN(rapid.IntRange(0, 5000), 1, 60).Draw(r, "pauses, in ms")
		var taken []time.Time
		synctest.Test(t, func(*testing.T) {
			p := NewPace[string](every, atOnce)
			for _, pause := range pauses {
				time.Sleep(time.Duration(pause) * time.Millisecond)
				if p.Take("a") == nil {
					taken = append(taken, time.Now())
				}
			}
		})
		if len(taken) == 0 {
			r.Fatal("the first was refused")
		}
		for i, first := range taken {
			for j, last := range taken[i:] {
				most := float64(atOnce) + float64(last.Sub(first))/float64(every) + 1e-6
				if float64(j+1) > most {
					r.Fatalf("%d in %v, of %d at once and one in %v", j+1, last.Sub(first), atOnce, every)
				}
			}
		}
	})
}

// TestNetworkOfAnAddress: who holds an IPv6 network has one allowance for all of
// it, and whose address is not known shares one.
func TestNetworkOfAnAddress(t *testing.T) {
	t.Parallel()
	p := NewPace[netip.Addr](time.Hour, 1)
	for _, c := range []struct {
		address string
		free    bool
	}{
		{"2001:db8::1", true}, {"2001:db8::2", false}, {"2001:db8:0:1::1", true}, {"192.0.2.1", true}, {"::ffff:192.0.2.1", false}, {"192.0.2.2", true},
		{"fe80::1%eth0", true}, {"fe80::1%eth1", false}, {"", true}, {"", false},
	} {
		a, err := netip.ParseAddr(c.address)
		if err != nil && c.address != "" {
			t.Fatal(err)
		}
		if free := p.Take(Network(a)) == nil; free != c.free {
			t.Errorf("%q: free is %t, want %t", c.address, free, c.free)
		}
	}
}
