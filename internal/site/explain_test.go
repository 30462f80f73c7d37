package site

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
)

// TestExplain has one reason after the other for which an engagement waits.
func TestExplain(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		do   func(*floor, Caller) EngagementID // what Ada did
		want string
	}{
		{"who has not asked", func(w *floor, ada Caller) EngagementID { _, e := w.enter(0); return e }, "has not asked for an engagement"},
		{"whose request is over", func(w *floor, ada Caller) EngagementID {
			w.ask(ada, 9)
			w.stops(ada)
			_, e := w.enter(0)
			return e
		}, "has not asked for an engagement"},
		{"who has not said so", func(w *floor, ada Caller) EngagementID {
			w.account(12, "Ada", func(a *Account) { a.Pull = false })
			_, e := w.enter(0)
			return e
		}, "has not said that it is available"},
		{"on a break", func(w *floor, ada Caller) EngagementID {
			w.ask(ada, 9)
			w.rests(ada)
			_, e := w.enter(0)
			return e
		}, "unavailable"},
		{"away", func(w *floor, ada Caller) EngagementID {
			w.ask(ada, 9)
			w.after(120 * time.Second)
			_, e := w.enter(0)
			return e
		}, "absent: no sign of life"},
		{"full", func(w *floor, ada Caller) EngagementID {
			w.chat(ada)
			w.ask(ada, 1)
			_, e := w.enter(0)
			return e
		}, "has no place free"},
		{"allowed none", func(w *floor, ada Caller) EngagementID {
			w.ask(ada, 0)
			_, e := w.enter(0)
			return e
		}, "has no place free"},
		{"who declined", func(w *floor, ada Caller) EngagementID {
			w.ask(ada, 9)
			_, e := w.enter(0)
			w.answer(ada, e, api.ActionDecline)
			return e
		}, "let it go a moment ago"},
		{"who sent it away", func(w *floor, ada Caller) EngagementID {
			_, e := w.chat(ada)
			must[ClientID](w.world)(w.Reroute(ada, e))
			return e
		}, "sent it away itself"},
		{"while it waits for another", func(w *floor, ada Caller) EngagementID {
			w.logOn(13)
			w.ask(ada, 9)
			_, e := w.comes(func(n *EngagementRequest) { n.Account = 13 })
			return e
		}, "it waits for the agent it was meant for"},
		{"who is asked", func(w *floor, ada Caller) EngagementID {
			w.ask(ada, 9)
			_, e := w.enter(0)
			return e
		}, "takes part in it, or is asked to"},
		{"who leads it", func(w *floor, ada Caller) EngagementID {
			_, e := w.chat(ada)
			return e
		}, "takes part in it, or is asked to"},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newFloor(t)
			ada := w.logOn(12)
			e := c.do(w, ada)
			x, err := w.Explain(e)
			if err != nil {
				t.Fatal(err)
			}
			i := slices.IndexFunc(x.Agents, func(a Why) bool { return a.Account == 12 })
			if i < 0 || x.Agents[i].Reason != c.want {
				t.Errorf("of Ada it says %+v, want %q", x.Agents, c.want)
			}
		})
	}
}

// TestExplainTellsWhereItIs: the queue, the place, and who might serve it.
func TestExplainTellsWhereItIs(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.rules(Rules{Enter: []Rule{{Name: "meant", When: Condition{Products: []int64{1}}, Queue: 2, Priority: 3, Account: 14}}})
	w.account(13, "Bob", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{1} })
	ada := w.logOn(12)
	w.logOn(13)
	w.logOn(14)
	since := w.now
	w.enter(2)
	w.after(time.Second)
	_, e := w.comes(func(n *EngagementRequest) { n.Contact.ProductID = 1 })
	_, last := w.enter(2)
	x, err := w.Explain(e)
	if err != nil || x.State != Queued || x.Queue != 2 || x.Priority != 3 || x.Place != 1 || x.Since != since.Add(time.Second) || x.Lead != 0 || x.Target != 14 {
		t.Errorf("answered %+v, %v", x, err)
	}
	var who []AccountID
	for _, a := range x.Agents {
		who = append(who, a.Account)
	}
	if !slices.Equal(who, []AccountID{12, 14}) {
		t.Errorf("it tells of %v", who)
	}
	if x, _ := w.Explain(last); x.Place != 3 {
		t.Errorf("the last has place %d", x.Place)
	}
	w.ask(ada, 1)
	w.takesOver(w.logOn(15), e)
	if x, _ := w.Explain(e); x.State != Active || x.Lead != 15 || x.Place != 0 || x.Target != 0 {
		t.Errorf("answered %+v", x)
	}
	_, err = w.Explain(99)
	w.refused(err, NotFound)
}

// TestExplainOfAWarmTransfer looks at the queue where it is wanted.
func TestExplainOfAWarmTransfer(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	w.account(13, "Bob", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{2} })
	w.account(14, "Cyd", func(a *Account) { a.AllQueues, a.Queues = false, []QueueID{1} })
	ada := w.logOn(12)
	w.logOn(13)
	w.logOn(14)
	_, e := w.chat(ada)
	w.sends(ada, e, NewTransfer{Queue: 2, Warm: true})
	x, err := w.Explain(e)
	if err != nil || x.State != Active || x.Lead != 12 || x.Place != 1 {
		t.Errorf("answered %+v, %v", x, err)
	}
	reasons := map[AccountID]string{}
	for _, a := range x.Agents {
		reasons[a.Account] = a.Reason
	}
	want := map[AccountID]string{12: "takes part in it, or is asked to", 13: "has not asked for an engagement"}
	if diff := cmp.Diff(want, reasons); diff != "" {
		t.Error(diff)
	}
}
