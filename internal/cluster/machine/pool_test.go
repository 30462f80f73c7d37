package machine_test

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// script is a random history of a pool: what befalls its nodes, and who asks for
// what, and when.
type step struct {
	What  string
	Node  int
	Site  int
	After time.Duration
}

func steps() *rapid.Generator[[]step] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
		return step{
			What: rapid.SampledFrom([]string{
				"ask", "ask", "ask", "ask", "ask", "reload", "reload", "start", "stop", "kill", "pause", "cut", "mend", "calm", "storm", "idle", "idle",
			}).Draw(t, "what"),
			Node:  rapid.IntRange(0, 4).Draw(t, "node"),
			Site:  rapid.IntRange(0, 4).Draw(t, "site"),
			After: time.Duration(rapid.IntRange(0, 3000).Draw(t, "after")) * time.Millisecond,
		}
	}), 1, 40)
}

// play carries a history out in a new world.
func play(seed uint64, nodes int, history []step) *world {
	w := newWorld(seed, 5)
	for range nodes {
		w.add(1)
	}
	w.faults = true
	for _, s := range history {
		w.run(s.After)
		live := slices.DeleteFunc(slices.Clone(w.nodes), func(n *peer) bool { return !n.up() })
		if len(live) == 0 || s.What == "start" && len(live) < 5 {
			w.add(1)
			continue
		}
		n, site := live[s.Node%len(live)], w.sites[s.Site]
		switch s.What {
		case "ask":
			if n.paused <= w.now {
				w.ask(n, site)
			}
		case "reload":
			if h := n.host[site]; h != nil && h.ready {
				n.reload(site, h)
			}
		case "stop":
			if n.paused <= w.now {
				w.note("%s stops", n.Name)
				n.input(n.m.Stop)
			}
		case "kill":
			w.kill(n)
		case "pause":
			n.paused = w.now + time.Duration(w.rng.Int64N(int64(3*lease)))
			w.note("%s is paused until %v", n.Name, n.paused)
		case "cut":
			n.cut = true
			w.note("%s is cut off", n.Name)
		case "mend":
			n.cut = false
			w.note("%s is not cut off", n.Name)
		case "calm":
			w.faults = false
		case "storm":
			w.faults = true
		case "idle":
			w.run(lease / 2)
		}
	}
	return w
}

// settle ends all faults, and gives the pool the time that it may need.
func (w *world) settle() {
	w.faults = false
	for _, n := range w.nodes {
		n.cut, n.paused = false, min(n.paused, w.now)
	}
	if !slices.ContainsFunc(w.nodes, (*peer).up) {
		w.add(1)
	}
	w.run(8 * lease)
}

// TestNoTwoNodesAnswer: whatever happens to the nodes, the store and its answers, no
// node may answer for a site that another has had since; and when all faults end,
// every request has been answered, and every node that was to stop has left.
func TestNoTwoNodesAnswer(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		nodes := rapid.IntRange(1, 5).Draw(t, "nodes")
		history := steps().Draw(t, "history")
		w := play(seed, nodes, history)
		w.settle()
		if len(w.broken) == 0 {
			w.complain()
		}
		if len(w.broken) > 0 {
			t.Fatalf("%s\n%s", strings.Join(w.broken, "\n"), w.log.String())
		}
	})
}

// complain finds what is not as it must be in the end.
func (w *world) complain() {
	for _, q := range w.requests {
		// A node that has left goes on trying for as long as the request lasts.
		if !q.done && (q.at.up() || q.at.left > 0 && q.since > 0 && w.now > q.since+lease) {
			w.wrong("a request for %s at %s was never answered", q.site, q.at.Name)
		}
	}
	if len(w.broken) > 0 {
		return
	}
	// Whoever is asked now knows where to ask.
	for _, n := range w.nodes {
		if !n.up() {
			continue
		}
		for _, site := range w.sites {
			w.ask(n, site)
		}
	}
	w.run(2 * lease)
	for _, q := range w.requests {
		if !q.done && q.at.up() {
			w.wrong("a request for %s at %s was not answered although nothing was wrong", q.site, q.at.Name)
		}
	}
}

// TestReplay: the same history gives the same effects at the same times.
func TestReplay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := rapid.Uint64().Draw(t, "seed")
		nodes := rapid.IntRange(1, 5).Draw(t, "nodes")
		history := steps().Draw(t, "history")
		first, second := play(seed, nodes, history).log.String(), play(seed, nodes, history).log.String()
		if sha256.Sum256([]byte(first)) != sha256.Sum256([]byte(second)) {
			t.Fatalf("first:\n%s\nsecond:\n%s", first, second)
		}
	})
}

// TestGrowAndShrink: sites spread over the nodes that come, no further than is
// needed, stay where they are once they are spread, and go to those that are left.
func TestGrowAndShrink(t *testing.T) {
	for _, sites := range []int{1, 4, 5, 7, 20, 43} {
		t.Run(fmt.Sprint(sites), func(t *testing.T) {
			w := newWorld(7, sites)
			w.add(1)
			w.run(time.Second)
			for _, s := range w.sites {
				w.ask(w.nodes[0], s)
			}
			w.run(lease)
			if got := w.owned()["n00"]; got != sites {
				t.Fatalf("the only node has %d of %d sites", got, sites)
			}
			for range 4 {
				w.add(1)
				w.run(lease / 2)
			}
			w.run(time.Duration(sites+5) * 2 * lease)
			if d := spread(w.owned()); d > 1 {
				t.Errorf("five nodes have %v", w.owned())
			}
			if w.gives > 2*sites {
				t.Errorf("%d moves to spread %d sites over five nodes", w.gives, sites)
			}
			before := w.gives
			w.run(20 * lease)
			if w.gives != before {
				t.Errorf("%d more moves when all was spread: %v", w.gives-before, w.owned())
			}
			for i, n := range w.nodes[:4] {
				n.input(n.m.Stop)
				w.run(lease / 2)
				if n.left != 1 {
					t.Fatalf("%s has not left", n.Name)
				}
				for _, s := range w.sites { // one may have been on its way to who left
					w.ask(w.nodes[4], s)
				}
				w.run(time.Second)
				total := 0
				for _, c := range w.owned() {
					total += c
				}
				if total != sites {
					t.Fatalf("%d of %d sites are owned after %d nodes stopped", total, sites, i+1)
				}
			}
			if len(w.broken) > 0 {
				t.Errorf("%q\n%s", w.broken, w.log.String())
			}
		})
	}
}

// TestTakeOver: the sites of a node that was killed are run by another within its
// lease and a moment.
func TestTakeOver(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(seed, 3)
		for range 3 {
			w.add(1)
		}
		w.run(time.Second)
		for _, s := range w.sites {
			w.ask(w.nodes[0], s)
		}
		w.run(time.Duration(seed) * lease / 20)
		w.kill(w.nodes[0])
		var asked []*request
		for _, s := range w.sites {
			asked = append(asked, w.ask(w.nodes[1+int(seed)%2], s))
		}
		w.run(lease + 500*time.Millisecond)
		for _, q := range asked {
			if !q.done || q.failed != nil {
				t.Errorf("seed %d: a request for %s: done %t, %v\n%s", seed, q.site, q.done, q.failed, w.log.String())
			}
		}
		if len(w.broken) > 0 {
			t.Error(w.broken)
		}
	}
}

// TestStopFailsNothing: requests that come through other nodes while one stops are
// all answered, in a moment.
func TestStopFailsNothing(t *testing.T) {
	for seed := range uint64(20) {
		w := newWorld(seed, 6)
		for range 3 {
			w.add(1)
		}
		w.run(time.Second)
		for i, s := range w.sites {
			w.ask(w.nodes[i%3], s)
		}
		w.run(time.Second)
		w.nodes[seed%3].input(w.nodes[seed%3].m.Stop)
		for range 20 {
			for i, s := range w.sites {
				w.ask(w.nodes[(int(seed)+1+i%2)%3], s)
			}
			w.run(2 * time.Millisecond)
		}
		w.run(300 * time.Millisecond)
		for _, q := range w.requests {
			if !q.done || q.failed != nil {
				t.Fatalf("seed %d: a request for %s at %s: done %t, %v\n%s", seed, q.site, q.at.Name, q.done, q.failed, w.log.String())
			}
		}
	}
}

// TestRollingUpgrade: a site with newer events is run by new nodes alone, wherever
// it is asked for.
func TestRollingUpgrade(t *testing.T) {
	w := newWorld(3, 4)
	old, first, second := w.add(1), w.add(2), w.add(2)
	w.run(time.Second)
	for _, s := range w.sites {
		w.ask(first, s)
	}
	w.run(time.Second)
	for _, s := range w.sites { // the new version writes
		w.newer(s, 2)
	}
	w.run(20 * lease)
	for _, n := range []*peer{first, second} {
		for _, s := range w.sites {
			w.ask(old, s)
		}
		w.run(time.Second)
		n.input(n.m.Stop)
		w.run(2 * time.Second)
	}
	for _, q := range w.requests {
		if !q.done || q.failed != nil {
			t.Errorf("a request for %s: done %t, %v", q.site, q.done, q.failed)
		}
	}
	for _, s := range w.sites {
		if old.host[s] != nil {
			t.Errorf("the old node runs %s", s)
		}
	}
	if len(w.broken) > 0 {
		t.Error(w.broken)
	}
}
