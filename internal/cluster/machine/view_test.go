package machine_test

import (
	"slices"
	"testing"
	"time"

	"usher/internal/cluster/machine"
	"usher/internal/journal"
)

// A site that went to another node and came back is not run on from the old memory.
func TestGivenBackMeanwhile(t *testing.T) {
	r := joined(t, "s@5 a")
	r.find("s@7 a")
	if want := []string{"drop s", "adopt s@7", "lease 9s"}; !slices.Equal(r.done, want) {
		t.Errorf("the view found it at another's epoch and back: %q, want %q", r.done, want)
	}
}

// But an epoch that the node's own host took while it went on is no such thing,
// whichever news of it comes first.
func TestReclaimed(t *testing.T) {
	r := joined(t, "s@5 a")
	r.do(func() { r.m.Reclaimed(r.now, at("s@6 a")) })
	r.want()
	r.find("s@6 a")
	r.want("lease 9s")
	r.do(func() { r.m.Reclaimed(r.now, at("s@6 a")) })
	r.do(func() { r.m.Reclaimed(r.now, at("unheard@6 a")) })
	r.want()
	if !r.m.Mine("s") {
		t.Error("the site is not the node's own any more")
	}
	r.find("s@7 b")
	r.want("drop s", "lease 9s")
	r.do(func() { r.m.Reclaimed(r.now, at("s@6 a")) }) // late
	r.want()
	if r.m.Mine("s") {
		t.Error("late news of an epoch of its own made it the node's again")
	}
}

// A view that was on its way while something newer was learnt takes nothing back.
func TestOldNews(t *testing.T) {
	t.Run("of a site that was claimed since", func(t *testing.T) {
		r := joined(t, "s@5 c")
		r.do(r.ask)
		r.locate("s")
		r.claimed("s@6 a", nil)
		r.done = nil
		r.renewed() // s@5 c
		r.want("lease 9s")
		if !r.m.Mine("s") {
			t.Error("it is not the node's own any more")
		}
	})
	t.Run("of a site that was given away since", func(t *testing.T) {
		r := joined(t, "q@5 a", "r@5 a", "s@5 a")
		r.do(r.ask)
		r.given("s@6 b", nil)
		r.done = nil
		r.renewed() // s@5 a
		r.want("lease 9s")
		r.locate("s")
		r.want("answer b")
	})
	t.Run("of a claim that another node was quicker than", func(t *testing.T) {
		r := joined(t, "s@5 ")
		r.locate("s")
		r.done = nil
		r.do(func() { r.m.Learn(r.now, at("s@7 b"), "b") })
		r.claimed("s@6 c", journal.ErrOwned)
		r.want("answer b")
	})
}

// What a view that was asked for before the request came does not show may be there
// all the same.
func TestUnknownSite(t *testing.T) {
	r := joined(t)
	r.pass(time.Second)
	r.locate("s")
	r.want("renew")
	r.now += time.Millisecond
	r.locate("s")
	r.want()
	r.renewed()
	r.want("lease 8.999s", "answer no site")
	r.pass(49 * time.Millisecond)
	r.want("renew")
	r.view.Sites = places("s@1 ")
	r.renewed()
	r.want("lease 9s", "claim s")
	r.claimed("s@2 a", nil)
	r.want("adopt s@2", "answer here")
}

// Who wants to know how things stand now gets what was asked for after that.
func TestLookFor(t *testing.T) {
	look := func(r *rig) *machine.Ask {
		a := &machine.Ask{}
		r.do(func() { r.m.LookFor(r.now, a) })
		return a
	}
	t.Run("with a view of its own", func(t *testing.T) {
		r := joined(t)
		r.pass(time.Second)
		asked := r.now
		a := look(r)
		r.want("renew")
		r.now += time.Second
		r.renewed()
		if r.asked[a] == "" || a.Err != nil || r.m.Viewed() != asked {
			t.Errorf("answered %q, %v; of %v, want %v", r.asked[a], a.Err, r.m.Viewed(), asked)
		}
	})
	t.Run("not with one that was under way", func(t *testing.T) {
		r := joined(t)
		r.do(r.ask)
		r.now += time.Millisecond
		a := look(r)
		r.done = nil
		r.renewed()
		if r.asked[a] != "" {
			t.Fatal("answered with an older view")
		}
		r.pass(50 * time.Millisecond)
		if !slices.Contains(r.done, "renew") {
			t.Fatalf("%q: nothing is asked for", r.done)
		}
		r.renewed()
		if r.asked[a] == "" || a.Err != nil {
			t.Errorf("answered %q, %v", r.asked[a], a.Err)
		}
	})
	t.Run("not while the store is away", func(t *testing.T) {
		r := joined(t)
		r.pass(time.Second)
		a := look(r)
		r.do(func() { r.m.RenewFailed(r.now) })
		r.pass(time.Minute)
		if r.asked[a] != "" {
			t.Errorf("answered %q", r.asked[a])
		}
		r.m.Gone(a)
		r.renewed()
		if r.asked[a] != "" {
			t.Error("answered although nobody waits")
		}
	})
	t.Run("of a node that leaves, or has left", func(t *testing.T) {
		r := joined(t, "s@5 a")
		a := look(r)
		r.stop()
		r.given("s@6 b", nil)
		b := look(r)
		if a.Err != machine.ErrNobody || b.Err != machine.ErrNobody {
			t.Errorf("%v and %v, want ErrNobody", a.Err, b.Err)
		}
	})
}

// Exactly one node sees to a site that nobody runs and whose timer is due.
func TestCare(t *testing.T) {
	for _, c := range []struct {
		name   string
		format int
		others []journal.Member
		sites  []string // beside s
		cares  bool
	}{
		{"alone", 1, nil, nil, true},
		{"the other has more", 1, []journal.Member{live("b")}, []string{"x@1 b"}, true},
		{"the other has fewer", 1, []journal.Member{live("b")}, []string{"x@1 a"}, false},
		{"as many, and the smaller name", 1, []journal.Member{live("b")}, nil, true},
		{"the other has fewer and has lapsed", 1, []journal.Member{lapsed("b")}, []string{"x@1 a"}, true},
		{"too new for this node", 9, []journal.Member{live("b")}, nil, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := joined(t)
			r.view = journal.View{Members: append([]journal.Member{live("a")}, c.others...), Sites: places(append([]string{"s@5 "}, c.sites...)...)}
			r.view.Sites[0].NextTimer, r.view.Sites[0].Format = 1_000_000, c.format
			r.do(r.ask)
			r.done = nil
			r.renewed()
			if r.claims("s") != c.cares {
				t.Errorf("%q, want a claim: %t", r.done, c.cares)
			}
		})
	}
	t.Run("not before its time", func(t *testing.T) {
		r := joined(t)
		r.view.Sites = places("s@5 ")
		r.view.Sites[0].NextTimer = 1_000_001
		r.do(r.ask)
		r.renewed()
		if r.claims("s") {
			t.Error("it is claimed before it is due")
		}
	})
	t.Run("the only one that can, though an old node has fewer", func(t *testing.T) {
		self := node("a")
		self.Format = 9
		r := begin(t)
		r.m = machine.New(self, lease)
		r.view = journal.View{Members: []journal.Member{{Node: self, Left: lease}, live("b")}, Sites: places("s@5 ", "x@1 a")}
		r.view.Sites[0].NextTimer, r.view.Sites[0].Format = 1, 9
		r.m.Start(r.now)
		r.drain()
		r.renewed()
		if !r.claims("s") {
			t.Errorf("%q: nobody runs the site", r.done)
		}
	})
}

// When the store was away for all, who comes back first takes nothing of the others.
func TestBackFromALapse(t *testing.T) {
	r := joined(t, "s@5 c", "t@5 a")
	(*rig).runOut(r)
	r.done = nil
	r.locate("t")
	r.want("answer here") // where its host holds it
	r.locate("s")
	r.pass(time.Minute) // fails when the machine does not sleep
	r.do(func() { r.m.RenewFailed(r.now) })
	r.do(r.ask)
	r.done = nil
	r.view.Lapsed = true
	r.renewed()
	r.view.Lapsed = false
	if r.claims("s") {
		t.Fatal("the site was claimed at once")
	}
	from := r.now
	for !r.claims("s") && r.now < from+lease {
		r.done = nil
		r.pass(time.Millisecond)
	}
	if got := r.now - from; got != lease/3 {
		t.Errorf("claimed after %v, want %v", got, lease/3)
	}
}

// An only node need not wait for anybody.
func TestBackFromALapseAlone(t *testing.T) {
	r := begin(t)
	r.view = journal.View{Lapsed: true, Members: []journal.Member{live("a")}, Sites: places("s@5 c")}
	r.m.Start(r.now)
	r.drain()
	r.renewed()
	(*rig).runOut(r)
	r.locate("s")
	r.do(func() { r.m.Tick(r.now) })
	r.done = nil
	r.renewed()
	r.want("lease 9s", "claim s")
}

// Whatever fails, the machine sleeps between its tries, and the store is not asked
// more than twenty times a second.
func TestNeverSpins(t *testing.T) {
	for _, c := range []struct {
		name  string
		sites []string
		then  func(r *rig)
	}{
		{"an unknown site", nil, func(r *rig) { r.locate("s") }},
		{"somebody knows more", []string{"s@5 a"}, func(r *rig) { r.locateSince("s", 9) }},
		{"nobody's site", []string{"s@5 "}, func(r *rig) { r.locate("s") }},
		{"a lapsed node's site", []string{"s@5 c"}, func(r *rig) { r.locate("s") }},
		{"a silent node's site", []string{"s@5 b"}, func(r *rig) { r.failed("s", "b"); r.locate("s") }},
		{"once silent", []string{"s@5 b"}, func(r *rig) {
			r.failed("s", "b")
			r.find("s@6 c")
			r.locate("s")
		}},
		{"nothing at all", nil, func(*rig) {}},
	} {
		for _, stopping := range []bool{false, true} {
			t.Run(c.name, func(t *testing.T) {
				r := joined(t, append([]string{"z@1 a"}, c.sites...)...)
				if stopping {
					r.stop()
				}
				c.then(r)
				before := r.renews
				for end := r.now + 5*lease; r.now < end; { // every word with the store fails at once
					if n := r.renews - before; n > 20*int(5*lease/time.Second) {
						t.Fatalf("%d renewals until %v", n, r.now)
					}
					if slices.Contains(r.done, "renew") {
						r.done = nil
						r.do(func() { r.m.RenewFailed(r.now) })
						continue
					}
					if r.claims("s") {
						r.done = nil
						r.claimed("s@0 ", errStore)
						continue
					}
					r.done = nil
					at, ok := r.m.Wake()
					if !ok {
						t.Fatal("the machine sleeps for ever")
					}
					r.now = max(r.now, at)
					r.do(func() { r.m.Tick(r.now) })
					if len(r.done) == 0 {
						r.calm()
					}
				}
			})
		}
	}
}

// The lease is counted from before it was asked for.
func TestLeaseCountsFromTheQuestion(t *testing.T) {
	r := joined(t)
	r.do(r.ask)
	asked := r.now
	r.now += 4 * time.Second
	r.renewed()
	if got, want := r.m.Until(), asked+lease; got != want {
		t.Errorf("the lease ends at %v, want %v", got, want)
	}
}
