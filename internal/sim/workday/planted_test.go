package workday

import (
	"slices"
	"strings"
	"testing"

	"usher/api"
	"usher/internal/site"
)

// An oracle that finds nothing proves nothing. Each of these faults is planted
// into days that are sound without it, and has to be found within a few of them.
func TestPlantedFaultsAreFound(t *testing.T) {
	t.Parallel()
	const within, visitors = 5, 1000
	for _, c := range []struct {
		name  string
		plant tamper
		finds []string // what the complaint says, one of these
	}{
		{"an offer to a busy agent", offers(func(d *day, v *visit, w, due *worker) bool {
			return w.client != 0 && len(w.holds) >= d.oracle.places(w)
		}), []string{"holds"}},
		{"an offer to an agent who is not there", offers(func(d *day, v *visit, w, due *worker) bool {
			return !d.oracle.reachable(w, 1) && len(w.holds) < d.oracle.places(w) && d.oracle.wants(w)
		}), []string{"is not there"}},
		{"an offer to an agent who did not ask", offers(func(d *day, v *visit, w, due *worker) bool {
			return !d.oracle.wants(w) && len(w.holds) < d.oracle.places(w)
		}), []string{"did not ask"}},
		{"an offer of another queue", offers(func(d *day, v *visit, w, due *worker) bool {
			return d.oracle.free(w, 0) && !d.oracle.serves(w, v.waitsIn)
		}), []string{"does not serve"}},
		{"an offer to a more loaded agent", offers(func(d *day, v *visit, w, due *worker) bool {
			return d.oracle.free(w, 0) && d.oracle.mayGet(v, w, 0) && len(w.holds) > 0
		}), []string{"is free"}},
		{"an offer to an agent who is free for less long", offers(func(d *day, v *visit, w, due *worker) bool {
			return d.oracle.free(w, 0) && d.oracle.mayGet(v, w, 0)
		}), []string{"is free"}},
		{"an offer to who has just let it go", offers(func(d *day, v *visit, w, due *worker) bool {
			l := v.letGoBy(w.client)
			return l != nil && d.oracle.free(w, 0) && d.oracle.serves(w, v.waitsIn) && d.oracle.now < l.at.Add(site.DeclinePause) && w.askedAt <= l.at
		}), []string{"just let go"}},
		{"an offer that comes back while another agent is free", offers(func(d *day, v *visit, w, due *worker) bool {
			return v.letGoBy(w.client) != nil && v.letGoBy(due.client) == nil && d.oracle.free(w, 0) && d.oracle.mayGet(v, w, 0)
		}), []string{"came back to agent"}},
		{"an offer that is kept for another agent", offers(func(d *day, v *visit, w, due *worker) bool {
			return d.oracle.free(w, 0) && d.oracle.serves(w, v.waitsIn) && d.oracle.keptFrom(v, w, 0)
		}), []string{"which is kept for account"}},
		{"a skipped first due", instead(func(d *day, v, x *visit, w *worker) bool {
			return x.waitsIn == v.waitsIn && d.oracle.mayGet(x, w, 0)
		}), []string{"waits in the same queue", "serves first due", "serves by strict priority"}},
		{"a skipped first due of another queue", instead(func(d *day, v, x *visit, w *worker) bool {
			return x.waitsIn != v.waitsIn && d.oracle.mayGet(x, w, 0) && d.oracle.serving(w.account).Policy == site.FirstDue
		}), []string{"serves first due", "waits in the same queue"}},
		{"a priority that counts for nothing", instead(func(d *day, v, x *visit, w *worker) bool {
			return x.waitsIn == v.waitsIn && x.priority < v.priority && x.since < v.since && d.oracle.mayGet(x, w, 0)
		}), []string{"waits in the same queue", "serves first due", "serves by strict priority"}},
		{"a rank that counts for nothing", instead(func(d *day, v, x *visit, w *worker) bool {
			return d.oracle.queues[x.waitsIn].Rank > d.oracle.queues[v.waitsIn].Rank && d.oracle.mayGet(x, w, 0) &&
				d.oracle.serving(w.account).Policy == site.StrictPriority
		}), []string{"serves by strict priority", "waits in the same queue"}},
		{"an offer that is not made", without(func(e *site.EngagementOffered) bool { return true }), []string{"is free for it"}},
		{"an offer that does not expire", without(func(e *site.OfferEnded) bool { return e.Cause == site.Expired }),
			[]string{"did not expire", "does not wait: it is OFFERED", "was offered engagement"}},
		{"a second lead", changed(func(d *day, e *site.EngagementAssigned) []site.Event {
			other := d.oracle.order[0].client
			if other == e.Client {
				return []site.Event{e}
			}
			return []site.Event{e, &site.EngagementAssigned{Engagement: e.Engagement, Client: other}}
		}), []string{"has two leads"}},
		{"an agent in two roles", changed(func(d *day, e *site.EngagementAssigned) []site.Event {
			return []site.Event{e, &site.GuestJoined{Engagement: e.Engagement, Client: e.Client, Role: api.RoleConferee}}
		}), []string{"is in it already"}},
		{"a lost engagement", changed(func(d *day, e *site.AgentSessionEnded) []site.Event {
			d.oracle.take(d.oracle.workers[e.Client], 1)
			return []site.Event{e}
		}), []string{"and it holds"}},
		{"an agent who is lost and stays", without(func(e *site.AgentSessionEnded) bool { return e.Lost }), []string{"its session lives"}},
		{"a visitor who is lost and stays", without(func(e *site.VisitorSessionEnded) bool { return true }), []string{"its session lives"}},
		{"a post that does not reach the lead", changed(func(d *day, e *site.Posted) []site.Event {
			if e.Post.SenderType == api.PartyEndUser {
				e.To = nil
			}
			return []site.Event{e}
		}), []string{"went to [], want"}},
		{"a post that the new lead is not given", changed(func(d *day, e *site.PostsForwarded) []site.Event {
			e.Count, e.Posts = e.Count-1, e.Posts[:max(0, len(e.Posts)-1)]
			return []site.Event{e}
		}), []string{"is owed", "was given number"}},
		{"posts that the new lead is not given at all", without(func(e *site.PostsForwarded) bool { return true }),
			[]string{"was not given posts", "recorded for it is"}},
		{"a post that comes twice", changed(func(d *day, e *site.Posted) []site.Event {
			if len(e.To) == 0 {
				return []site.Event{e}
			}
			a := e.To[0]
			a.Number++
			again := site.Mailed{Message: site.Message{Kind: site.KindPost, Engagement: e.Engagement, Post: &e.Post}, To: []site.Address{a}}
			return []site.Event{e, &again}
		}), []string{"twice"}},
		{"a whisper that the visitor hears", changed(func(d *day, e *site.Posted) []site.Event {
			if e.Post.Only != 0 {
				v := d.oracle.visits[e.Engagement]
				e.To = append(e.To, site.Address{Client: v.visitor, Number: d.oracle.boxes[v.visitor].last + 1})
			}
			return []site.Event{e}
		}), []string{", want ["}},
		{"a concluded message that is missing", tamper{
			event: without(func(e *site.Mailed) bool { return e.Message.Kind == site.KindConcluded && len(e.To) == 1 }).event,
			batch: func(d *day, c *client, b []site.Delivery) []site.Delivery {
				return slices.DeleteFunc(slices.Clone(b), func(x site.Delivery) bool { return x.Message.Kind == site.KindConcluded })
			},
		}, []string{"its visitor was told []"}},
		{"a visitor who never hears the end", tamper{batch: func(d *day, c *client, b []site.Delivery) []site.Delivery {
			if b[0].Message.Kind == site.KindConcluded {
				c.vanish()
			}
			return b
		}}, []string{"heard the concluded message 0 times"}},
		{"a concluded message that comes twice", changed(func(d *day, e *site.Mailed) []site.Event {
			again := *e
			again.To = slices.Clone(e.To)
			for i := range again.To {
				again.To[i].Number++
			}
			if e.Message.Kind != site.KindConcluded {
				return []site.Event{e}
			}
			return []site.Event{e, &again}
		}), []string{"after its concluded message"}},
		{"a reason that does not fit", changed(func(d *day, e *site.EngagementConcluded) []site.Event {
			e.Reason = api.ReasonIdleTimeout
			return []site.Event{e}
		}), []string{"does not fit"}},
		{"an end that was not asked for", changed(func(d *day, e *site.EngagementAssigned) []site.Event {
			v := d.oracle.visits[e.Engagement]
			return []site.Event{e, &site.EngagementConcluded{Engagement: v.id, Client: v.visitor, Role: api.RoleEndUser, Reason: api.ReasonEndUserConcluded}}
		}), []string{"does not fit"}},
		{"an engagement that is idle for ever", without(func(e *site.EngagementConcluded) bool { return e.Reason == api.ReasonIdleTimeout }),
			[]string{"nobody did anything"}},
		{"a wait that never ends", without(func(e *site.EngagementConcluded) bool { return e.Reason == api.ReasonQueueTimeout }), []string{"waits since"}},
		{"a wrap-up that never ends", without(func(e *site.EngagementReleased) bool { return e.Cause == site.Expired }), []string{"still wraps", "holds"}},
		{"an overflow that does not come", without(func(e *site.EngagementMoved) bool { return true }), []string{"takes what waits for"}},
		{"a rule that counts for nothing", changed(func(d *day, e *site.EngagementRequested) []site.Event {
			e.Queue = 1 + e.Queue%site.QueueID(len(d.centre.queues))
			return []site.Event{e}
		}), []string{"the rules say"}},
		{"an escalation that counts for nothing", changed(func(d *day, e *site.EngagementQueued) []site.Event {
			e.Queue = 1 + e.Queue%site.QueueID(len(d.centre.queues))
			return []site.Event{e}
		}), []string{"the rules say"}},
		{"a visitor who is told of a monitor", changed(func(d *day, e *site.Mailed) []site.Event {
			if e.Message.Kind == site.KindJoined && e.Message.Joined.Role == api.RoleMonitor {
				v := d.oracle.visits[e.Message.Engagement]
				e.To = append(e.To, site.Address{Client: v.visitor, Number: d.oracle.boxes[v.visitor].last + 1})
			}
			return []site.Event{e}
		}), []string{"was told of a monitor"}},
		{"a refusal that records something", tamper{event: func(d *day, at site.Time, e site.Event) []site.Event {
			return []site.Event{e}
		}, refuse: true}, []string{"and something was recorded"}},
		{"an answer that lacks a message", tamper{batch: func(d *day, c *client, b []site.Delivery) []site.Delivery {
			return b[:len(b)-1]
		}}, []string{"was not handed out", "handed out"}},
		{"an answer that begins too late", tamper{batch: func(d *day, c *client, b []site.Delivery) []site.Delivery {
			return b[min(1, len(b)-1):]
		}}, []string{"handed out"}},
		{"two messages that change places", tamper{batch: func(d *day, c *client, b []site.Delivery) []site.Delivery {
			b = slices.Clone(b)
			slices.Reverse(b)
			return b
		}}, []string{"was handed out"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			for seed := uint64(1); seed <= within; seed++ {
				_, err := newDay(Plan{Seed: seed, Visitors: visitors}, c.plant).run()
				if err == nil {
					continue
				}
				complaint, _, _ := strings.Cut(err.Error(), "\n")
				if !slices.ContainsFunc(c.finds, func(f string) bool { return strings.Contains(complaint, f) }) {
					t.Fatalf("another complaint than expected: %v", err)
				}
				t.Logf("found on day %d: %s", seed, complaint)
				return
			}
			t.Errorf("not found in %d days", within)
		})
	}
}

// changed plants other events of one kind.
func changed[E site.Event](change func(*day, E) []site.Event) tamper {
	return tamper{event: func(d *day, _ site.Time, e site.Event) []site.Event {
		if x, ok := e.(E); ok {
			return change(d, x)
		}
		return []site.Event{e}
	}}
}

// without leaves events of one kind out.
func without[E site.Event](some func(E) bool) tamper {
	return changed(func(_ *day, e E) []site.Event {
		if some(e) {
			return nil
		}
		return []site.Event{e}
	})
}

// offers plants another agent into an offer, the last one who meets the condition.
func offers(who func(d *day, v *visit, w, due *worker) bool) tamper {
	return changed(func(d *day, e *site.EngagementOffered) []site.Event {
		v := d.oracle.visits[e.Engagement]
		for _, w := range slices.Backward(d.oracle.order) {
			if w.client != e.Client && who(d, v, w, d.oracle.workers[e.Client]) {
				e.Client = w.client
				break
			}
		}
		return []site.Event{e}
	})
}

// instead plants another engagement into an offer, one that comes after it.
func instead(which func(d *day, due, other *visit, w *worker) bool) tamper {
	return changed(func(d *day, e *site.EngagementOffered) []site.Event {
		v, w := d.oracle.visits[e.Engagement], d.oracle.workers[e.Client]
		for _, q := range d.oracle.ranked {
			for _, x := range q.waiting {
				if x != v && d.oracle.mayGet(v, w, 1) && which(d, v, x, w) {
					e.Engagement = x.id
					return []site.Event{e}
				}
			}
		}
		return []site.Event{e}
	})
}
