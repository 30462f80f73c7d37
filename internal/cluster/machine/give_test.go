package machine_test

import (
	"slices"
	"testing"
	"time"

	"usher/internal/cluster/machine"
	"usher/internal/journal"
)

// After a hand-over of unknown outcome only a new epoch makes the site this node's
// again: the hand-over may still land.
func TestGiveOfUnknownOutcome(t *testing.T) {
	giving := func(t *testing.T) *rig {
		r := joined(t, "q@5 a", "r@5 a", "s@5 a")
		r.find("q@5 a", "r@5 a", "s@5 a")
		r.done = nil
		r.given("s@0 ", errStore)
		r.want()
		return r
	}
	t.Run("a view does not adopt it", func(t *testing.T) {
		r := giving(t)
		r.m.Lost(r.now, "q") // as any reason to look
		r.drain()
		r.done = nil
		r.renewed()
		if slices.Contains(r.done, "adopt s@5") || r.m.Mine("s") {
			t.Errorf("%q: the site is run on under the epoch of a hand-over that may land", r.done)
		}
	})
	t.Run("a claim does", func(t *testing.T) {
		r := giving(t)
		r.pass(200 * time.Millisecond)
		r.want("claim s")
		r.claimed("s@6 a", nil)
		r.want("adopt s@6")
	})
	t.Run("it had landed", func(t *testing.T) {
		r := giving(t)
		a := r.locate("s")
		r.pass(200 * time.Millisecond)
		r.want("claim s")
		r.claimed("s@6 b", journal.ErrOwned)
		r.want("answer b")
		if a.At.Epoch != 6 || a.At.Owner != "b" {
			t.Errorf("the answer is of %+v", a.At)
		}
	})
	t.Run("while the node stops", func(t *testing.T) {
		r := joined(t, "s@5 a", "y@5 b", "z@5 a")
		r.stop()
		r.want("give s to b", "give z to b")
		r.given("s@0 ", errStore)
		r.find("s@5 a", "y@5 b", "z@5 a")
		if slices.Contains(r.done, "adopt s@5") {
			t.Errorf("%q: the site is run on under the epoch of a hand-over that may land", r.done)
		}
	})
}

func TestBalance(t *testing.T) {
	t.Run("two more than the other", func(t *testing.T) {
		r := joined(t, "p@1 a", "q@1 a", "r@1 b")
		r.find("p@1 a", "q@1 a", "r@1 b")
		r.want("lease 9s")
		r.find("p@1 a", "q@1 a", "r@1 ")
		r.want("lease 9s", "give q to b")
	})
	t.Run("one in a lease", func(t *testing.T) {
		sites := []string{"p@1 a", "q@1 a", "r@1 a", "s@1 a", "t@1 a"}
		r := joined(t)
		r.find(sites...)
		r.want("adopt p@1", "adopt q@1", "adopt r@1", "adopt s@1", "adopt t@1", "lease 9s", "give t to b")
		r.given("t@2 b", nil)
		sites[4] = "t@2 b"
		for range 2 {
			r.find(sites...)
			r.want("lease 9s")
		}
		r.find(sites...)
		r.want("lease 9s", "give s to b")
	})
	t.Run("not to a node that knows too little", func(t *testing.T) {
		r := joined(t)
		r.view.Sites = places("p@1 a", "q@1 a")
		r.view.Sites[1].Format = 1
		r.do(r.ask)
		r.done = nil
		old := node("b")
		old.Format = 0
		r.view.Members = []journal.Member{live("a"), {Node: old, Left: time.Hour}}
		r.renewed()
		r.want("adopt p@1", "adopt q@1", "lease 9s", "give p to b")
	})
	t.Run("nor to one that could not be reached", func(t *testing.T) {
		r := joined(t, "s@5 b")
		r.failed("s", "b")
		r.find("s@6 a", "q@1 a")
		r.want("adopt s@6", "adopt q@1", "lease 9s", "give q to b")
	})
}

func TestStop(t *testing.T) {
	t.Run("evenly to the others", func(t *testing.T) {
		r := joined(t)
		r.view.Members = append(r.view.Members, live("d"))
		r.find("p@1 a", "q@1 a", "r@1 a", "s@1 a", "x@1 d")
		r.want("adopt p@1", "adopt q@1", "adopt r@1", "adopt s@1", "lease 9s", "give s to b")
		r.stop()
		r.want("give p to b", "give q to b", "give r to d") // s, which is not there yet, is not counted
	})
	t.Run("nobody is there", func(t *testing.T) {
		r := begin(t)
		r.view = journal.View{Lapsed: true, Members: []journal.Member{live("a")}, Sites: places("s@5 a")}
		r.m.Start(r.now)
		r.drain()
		r.renewed()
		r.done = nil
		r.stop()
		r.want("renew") // somebody may have joined just now
		r.renewed()
		r.want("lease 9s", "give s to ")
		waits := r.locate("s")
		r.given("s@6 ", nil)
		r.want("answer nobody", "left")
		if waits.Err != machine.ErrNobody {
			t.Error(waits.Err)
		}
	})
	t.Run("waits for claims and hand-overs, and for its renewal", func(t *testing.T) {
		r := joined(t, "s@5 a", "u@5 ")
		r.locate("u")
		r.stop()
		r.want("claim u", "give s to b")
		r.given("s@6 b", nil)
		r.want()
		r.do(r.ask)
		r.want("renew")
		r.claimed("u@6 a", nil)
		r.want("adopt u@6", "give u to b")
		r.given("u@7 b", nil)
		r.want("answer b") // the renewal would bring its lease back
		r.view.Sites = places("s@6 b", "u@7 b")
		r.renewed()
		r.want("lease 9s", "left")
		r.stop()
		r.want()
	})
	t.Run("asks that wait for a view are answered when it leaves", func(t *testing.T) {
		r := joined(t, "s@5 a")
		r.locate("unheard")
		r.stop()
		r.want("give s to b")
		r.given("s@6 b", nil)
		r.want("answer nobody", "left")
	})
	t.Run("the store is away", func(t *testing.T) {
		r := joined(t, "s@5 a")
		r.stop()
		r.want("give s to b")
		r.given("s@0 ", errStore)
		r.want("left")
	})
}
