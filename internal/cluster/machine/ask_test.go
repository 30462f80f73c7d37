package machine_test

import (
	"slices"
	"testing"
	"time"

	"usher/internal/journal"
)

func TestLearn(t *testing.T) {
	t.Run("an old word asks the store", func(t *testing.T) {
		r := joined(t, "s@5 b")
		r.pass(time.Second)
		r.do(func() { r.m.Learn(r.now, at("s@5 c"), "b") })
		r.want("renew")
		r.locate("s")
		r.want() // b sent it back a moment ago
		r.pass(99 * time.Millisecond)
		r.want()
		r.pass(time.Millisecond)
		r.want("answer b")
	})
	t.Run("what is known besides is kept", func(t *testing.T) {
		r := joined(t)
		r.view.Sites = places("s@5 d")
		r.view.Sites[0].Format = 9
		r.view.Members = append(r.view.Members, live("d"))
		r.do(r.ask)
		r.renewed()
		r.do(func() { r.m.Learn(r.now, at("s@6 c"), "d") })
		r.done = nil
		r.locate("s")
		r.want("answer d") // a cannot run it: c's lease has run out, and the format is too new
	})
	t.Run("that it is this node's own: the store has to say so", func(t *testing.T) {
		r := joined(t, "s@5 b")
		r.pass(time.Second)
		r.do(func() { r.m.Learn(r.now, at("s@6 a"), "b") })
		r.want("renew")
		r.locate("s")
		r.want() // not b again at once: it would be sent back without end
		r.view.Sites = places("s@6 a")
		r.renewed()
		r.want("adopt s@6", "lease 9s", "answer here")
	})
	t.Run("of a site nobody has heard of", func(t *testing.T) {
		r := joined(t)
		r.pass(time.Second)
		r.do(func() { r.m.Learn(r.now, at("s@6 b"), "b") })
		r.want("renew")
	})
}

// A node that joined after the last view is met through another's word.
func TestMeet(t *testing.T) {
	t.Run("and asked", func(t *testing.T) {
		r := joined(t, "s@5 b")
		r.m.Meet(r.now, node("e"))
		r.do(func() { r.m.Learn(r.now, at("s@6 e"), "b") })
		r.locate("s")
		r.want("answer e")
		if got := r.m.Member("e"); got != node("e") {
			t.Errorf("it is %+v", got)
		}
	})
	t.Run("also by a node that stops", func(t *testing.T) {
		r := joined(t, "s@5 b")
		r.stop()
		r.m.Meet(r.now, node("e"))
		r.do(func() { r.m.Learn(r.now, at("s@6 e"), "b") })
		r.locate("s")
		r.want("left", "answer e")
	})
	t.Run("for no longer than a lease", func(t *testing.T) {
		r := joined(t)
		r.m.Meet(r.now, node("e"))
		for range 2 {
			r.pass(lease / 2)
			r.m.RenewFailed(r.now)
			r.m.Meet(r.now, node("e")) // the same news again is none
		}
		if slices.Contains(r.m.Members(r.now), node("e")) {
			t.Error("it is still a member")
		}
	})
	t.Run("the store knows better", func(t *testing.T) {
		r := joined(t)
		r.m.Meet(r.now, journal.Node{Incarnation: "b", Address: "http://elsewhere"})
		r.m.Meet(r.now, node("c")) // whose lease has run out
		r.m.Meet(r.now, journal.Node{})
		if got, want := r.m.Members(r.now), []journal.Node{node("a"), node("b")}; !slices.Equal(got, want) {
			t.Errorf("members %v, want %v", got, want)
		}
		r.m.Meet(r.now, node("e"))
		r.find()
		if got, want := r.m.Members(r.now), []journal.Node{node("a"), node("b")}; !slices.Equal(got, want) {
			t.Errorf("members %v, want %v", got, want)
		}
		if got, want := r.m.Member("unheard"), (journal.Node{Incarnation: "unheard"}); got != want {
			t.Errorf("of somebody unheard of it says %+v", got)
		}
	})
}

// Who forwarded a request knew something newer than this node: its own old
// knowledge is no answer.
func TestLocateSince(t *testing.T) {
	r := joined(t, "s@5 a")
	r.pass(time.Second)
	r.locateSince("s", 6)
	r.want("renew")
	r.locate("s")
	r.want("answer here")
	r.view.Sites = places("s@6 b")
	r.renewed()
	r.want("drop s", "lease 9s", "answer b")

	r.locateSince("s", 6)
	r.want("answer b") // that is known by now
}

func TestGone(t *testing.T) {
	for _, c := range []struct {
		name  string
		sites []string
	}{{"of an unknown site", nil}, {"that waits for a claim", []string{"s@5 "}}} {
		t.Run(c.name, func(t *testing.T) {
			r := joined(t, c.sites...)
			a := r.locate("s")
			b := r.locate("s")
			r.done = nil
			r.m.Gone(a)
			r.view.Sites = places("s@6 b")
			r.do(r.ask)
			r.renewed()
			r.claimed("s@6 b", journal.ErrOwned)
			if r.asked[a] != "" || r.asked[b] != "answer b" {
				t.Errorf("who has gone was answered %q, who waits %q", r.asked[a], r.asked[b])
			}
		})
	}
}

// A node that does not answer is asked again each tenth of a second, until its
// lease has run out.
func TestSilent(t *testing.T) {
	r := joined(t)
	r.view.Members = []journal.Member{live("a"), {Node: node("b"), Left: 5 * time.Second}}
	r.find("s@5 b")
	from, tries := r.now, 0
	for {
		a := r.locate("s")
		for r.asked[a] == "" && !r.claims("s") {
			r.pass(10 * time.Millisecond)
			r.do(func() { r.m.RenewFailed(r.now) }) // nor is there any news
		}
		if r.claims("s") {
			break
		}
		if tries++; tries > 50 {
			t.Fatalf("more than 50 tries in %v", r.now-from)
		}
		r.done = nil
		r.failed("s", "b")
	}
	if took := r.now - from; took != 5*time.Second || tries != 50 {
		t.Errorf("claimed after %v and %d tries, want 5s and 50", took, tries)
	}
}

// claims reports whether a claim was wanted since the last look.
func (r *rig) claims(site string) bool { return slices.Contains(r.done, "claim "+site) }

// A node that has left hears no news. It goes on asking those whom it knew, each once
// in a tenth of a second, for as long as its requests last.
func TestLeftNodeAnswers(t *testing.T) {
	t.Run("the only other", func(t *testing.T) {
		r := joined(t)
		r.view.Members = []journal.Member{live("a"), {Node: node("b"), Left: time.Second}}
		r.find("s@5 b")
		r.stop()
		r.done = nil
		for range 200 { // far beyond b's lease, and its own
			r.failed("s", "b")
			r.locate("s")
			r.pass(100*time.Millisecond - 1)
			r.want()
			r.pass(1)
			r.want("answer b")
		}
		if r.pass(time.Hour); r.renews != 2 {
			t.Errorf("%d renewals: a node that has left renews its lease", r.renews)
		}
	})
	t.Run("not those whose lease was over before", func(t *testing.T) {
		r := joined(t, "s@5 c")
		r.stop()
		r.done = nil
		r.locate("s")
		r.want("answer b")
	})
	t.Run("others in between", func(t *testing.T) {
		r := joined(t)
		r.view.Members = []journal.Member{live("a"), live("b"), live("e")}
		r.find("s@5 b", "x@1 b")
		r.stop()
		r.done = nil
		for range 3 {
			r.locate("s")
			r.want("answer b")
			r.failed("s", "b")
			r.locate("s")
			r.want("answer e") // it finds the site, or takes it
			r.failed("s", "e")
			r.locate("s")
			r.want()
			r.pass(100 * time.Millisecond)
			r.want("answer b")
		}
	})
}
