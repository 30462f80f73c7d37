package site

import (
	"fmt"
	"slices"
	"testing"

	"usher/api"
)

// TestWhoFollowsGetsWhatIsMissing has one way to another lead in each row: Ada
// received "one", was handed out "two" without its being known, and did not fetch
// "three" (promise 7).
func TestWhoFollowsGetsWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		hand func(*floor, Caller, Caller, EngagementID) // from Ada to Bob, who is a supervisor here
	}{
		{"cold to the agent", func(w *floor, ada, bob Caller, e EngagementID) {
			w.sends(ada, e, NewTransfer{Account: 13})
			w.accept(bob, e)
		}},
		{"warm to the agent", func(w *floor, ada, bob Caller, e EngagementID) {
			w.sends(ada, e, NewTransfer{Account: 13, Warm: true})
			w.accept(bob, e)
		}},
		{"cold to a queue", func(w *floor, ada, bob Caller, e EngagementID) {
			w.sends(ada, e, NewTransfer{Queue: 2})
			w.ask(bob, 1)
			w.accept(bob, e)
		}},
		{"warm to a queue", func(w *floor, ada, bob Caller, e EngagementID) {
			w.sends(ada, e, NewTransfer{Queue: 2, Warm: true})
			w.ask(bob, 1)
			w.accept(bob, e)
		}},
		{"rerouted", func(w *floor, ada, bob Caller, e EngagementID) {
			must[ClientID](w.world)(w.Reroute(ada, e))
			w.ask(bob, 1)
			w.accept(bob, e)
		}},
		{"taken over", func(w *floor, _, bob Caller, e EngagementID) { w.takesOver(bob, e) }},
		{"lost, and taken over from the queue", func(w *floor, ada, bob Caller, e EngagementID) {
			must[ClientID](w.world)(w.Logoff(ada, true))
			w.takesOver(bob, e)
		}},
		{"lost, with a conferee who came late", func(w *floor, ada, bob Caller, e EngagementID) {
			w.confers(ada, e, bob)
			must[ClientID](w.world)(w.Logoff(ada, true))
		}},
		{"taken over by a monitor who came late", func(w *floor, _, bob Caller, e EngagementID) {
			w.monitors(bob, e)
			w.takesOver(bob, e)
		}},
		{"left to a conferee who came late", func(w *floor, ada, bob Caller, e EngagementID) {
			w.confers(ada, e, bob)
			w.leaves(ada, e)
		}},
	} {
		for _, off := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, off the record %t", c.name, off), func(t *testing.T) {
				w := newFloor(t)
				w.account(13, "Bob", func(a *Account) { a.Supervisor = true })
				ada, bob := w.logOn(12), w.logOn(13)
				ann, e := w.chat(ada)
				w.stops(ada)
				post := func(text string) {
					must[ClientID](w.world)(w.post(ann, e, NewPost{Body: text, OffTheRecord: off}))
				}
				post("one")
				w.catchUp(ada)
				post("two")
				w.poll(ada)
				post("three")
				w.says(ada, e, "from Ada")
				c.hand(w, ada, bob, e)
				w.ledBy(e, bob)
				post("four")
				if got, want := w.postsTo(bob), []string{"two", "three", "four"}; !slices.Equal(got, want) {
					t.Errorf("Bob is given %q, want %q", got, want)
				}
				w.restart()
				if got := w.postsTo(bob); got != nil {
					t.Errorf("Bob is given %q again", got)
				}
				must[ClientID](w.world)(w.Logoff(bob, true))
				if w.state(e) == Active { // Ada stayed, and leads again
					return
				}
				cyd := w.logOn(14)
				w.ask(cyd, 1)
				w.accept(cyd, e)
				if got := w.postsTo(cyd); got != nil {
					t.Errorf("Cyd is given %q, which Bob has received", got)
				}
			})
		}
	}
}

// postsTo retrieves and acknowledges, and answers the posts of it.
func (w *floor) postsTo(c Caller) []string {
	w.t.Helper()
	var got []string
	for _, d := range w.poll(c).Deliveries {
		if d.Message.Kind == KindPost {
			got = append(got, d.Message.Post.Text())
		}
	}
	w.acknowledge(c)
	w.check()
	w.checkpoint()
	return got
}

// TestAConfereeWhoLeadsGetsNothingTwice: it was given what came since it is in it.
func TestAConfereeWhoLeadsGetsNothingTwice(t *testing.T) {
	t.Parallel()
	for _, received := range []bool{false, true} {
		t.Run(fmt.Sprint(received), func(t *testing.T) {
			w := newFloor(t)
			ada, bob := w.logOn(12), w.logOn(13)
			ann, e := w.chat(ada)
			w.says(ann, e, "one")
			w.confers(ada, e, bob)
			w.says(ann, e, "two")
			want := []string{"two", "one", "three"}
			if received {
				if got := w.postsTo(bob); !slices.Equal(got, []string{"two"}) {
					t.Errorf("the conferee is given %q", got)
				}
				want = []string{"one", "three"}
			}
			must[ClientID](w.world)(w.Logoff(ada, true))
			w.says(ann, e, "three")
			if got := w.postsTo(bob); !slices.Equal(got, want) {
				t.Errorf("the lead is given %q, want %q", got, want)
			}
			if n := len(w.live[e].Unreceived); n != 0 {
				t.Errorf("%d posts still wait for a lead", n)
			}
		})
	}
}

// TestWhatGoesBackToAFormerLead: it has some of it already, received or not.
func TestWhatGoesBackToAFormerLead(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	w.says(ann, e, "one")
	w.catchUp(ada)
	w.says(ann, e, "two") // which waits for Ada, wherever it goes
	w.sends(ada, e, NewTransfer{Account: 13})
	w.accept(bob, e)
	w.says(ann, e, "three")
	w.sends(bob, e, NewTransfer{Account: 12})
	w.accept(ada, e)
	w.says(ann, e, "four")
	if got, want := w.postsTo(ada), []string{"two", "three", "four"}; !slices.Equal(got, want) {
		t.Errorf("Ada is given %q, want %q", got, want)
	}
	if got, want := w.postsTo(bob), []string{"two", "three"}; !slices.Equal(got, want) {
		t.Errorf("Bob is given %q, want %q", got, want)
	}
	w.sends(ada, e, NewTransfer{Account: 13})
	w.accept(bob, e)
	if got := w.postsTo(bob); got != nil {
		t.Errorf("Bob is given %q, which Ada has received", got)
	}
}

// TestAFormerLeadsLateReceiptCounts: what it receives after it gave the engagement
// away is not given to those who follow.
func TestAFormerLeadsLateReceiptCounts(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	w.stops(ada)
	w.says(ann, e, "one")
	w.sends(ada, e, NewTransfer{Queue: 2})
	w.says(ann, e, "two")
	if got := w.postsTo(ada); !slices.Equal(got, []string{"one"}) {
		t.Errorf("Ada is given %q", got)
	}
	w.ask(bob, 1)
	w.accept(bob, e)
	if got := w.postsTo(bob); !slices.Equal(got, []string{"two"}) {
		t.Errorf("Bob is given %q", got)
	}
}

// TestAPostOffTheRecordIsKeptForWhoFollows, and no longer.
func TestAPostOffTheRecordIsKeptForWhoFollows(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	must[ClientID](w.world)(w.post(ann, e, NewPost{Body: "4111", OffTheRecord: true}))
	w.catchUp(bob)
	if n := len(w.side); n != 1 {
		t.Errorf("%d texts stand apart while the lead has yet to receive it, want 1", n)
	}
	w.restart()
	w.leaves(ada, e) // Bob leads, who has received it
	w.checkpoint()
	if n := len(w.side); n != 1 {
		t.Errorf("%d texts stand apart while it waits in Ada's mailbox, want 1", n)
	}
	if got := w.postsTo(ada); !slices.Equal(got, []string{"4111"}) {
		t.Errorf("Ada is given %q", got)
	}
	if n := len(w.side); n != 0 {
		t.Errorf("%d texts are left", n)
	}
	w.answer(bob, e, api.ActionAccept)
	if got := w.postsTo(bob); got != nil {
		t.Errorf("Bob is given %q", got)
	}
}
