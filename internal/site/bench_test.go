package site

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"testing"
	"time"

	"usher/api"
)

// BenchmarkAssignment measures one decision, who is given what, while so many
// engagements wait: with 2,000 agents at work, 200 queues, and agents who share
// their queues with 49 others (40 desks) or with nobody (1,990).
//
//   - freed: an agent's place is free again, and it gets what is due.
//   - entered: a visitor comes, and one of the few free agents gets it.
//   - declined: an agent says no, and the next one gets it.
//   - kept: as freed, and half of what waits is kept for an agent who has no place.
//
// An operation has more to it than the decision (the agent accepts and concludes,
// somebody else comes), so the decision is timed by itself.
func BenchmarkAssignment(b *testing.B) {
	for _, desks := range []int{40, 1990} {
		for _, waiting := range []int{100, 1000, 10_000} {
			name := func(what string) string { return fmt.Sprintf("%s/desks=%d/waiting=%d", what, desks, waiting) }
			b.Run(name("freed"), func(b *testing.B) { decide(b, newHall(b, desks, waiting), (*hall).freed) })
			b.Run(name("entered"), func(b *testing.B) { decide(b, newHall(b, desks, waiting), (*hall).entered) })
			b.Run(name("declined"), func(b *testing.B) { decide(b, newHall(b, desks, waiting), (*hall).declined) })
			b.Run(name("kept"), func(b *testing.B) {
				h := newHall(b, desks, waiting)
				h.keep()
				decide(b, h, (*hall).freed)
			})
		}
	}
}

// decide repeats an operation that answers how long its decision took.
func decide(b *testing.B, h *hall, op func(*hall) time.Duration) {
	var took []time.Duration
	for b.Loop() {
		took = append(took, op(h))
		h.settleDown()
	}
	slices.Sort(took)
	sum := time.Duration(0)
	for _, t := range took {
		sum += t
	}
	micros := func(t time.Duration) float64 { return float64(t.Nanoseconds()) / 1000 }
	b.ReportMetric(micros(sum)/float64(len(took)), "µs/decision")
	b.ReportMetric(micros(took[len(took)/2]), "µs-median")
	b.ReportMetric(micros(took[len(took)*99/100]), "µs-99%")
	b.ReportMetric(0, "ns/op") // the rest of the operation says nothing
}

// hall is a site with many agents, who each have one place, and who are all at
// work but for a few.
type hall struct {
	*world
	desks   int
	agents  []Caller
	at      []EngagementID // what each agent wraps up, 0 for a free agent
	visitor map[EngagementID]Caller
	turn    int
}

const (
	hallAgents = 2000
	hallQueues = 200
	hallServes = 20 // queues an agent serves
	hallSpare  = 10 // queues in which nobody waits, and their agents are free
)

func newHall(b *testing.B, desks, waiting int) *hall {
	h := &hall{world: emptyWorld(b), desks: desks, visitor: map[EngagementID]Caller{}}
	h.settings(func(n *Settings) {
		n.AbsentSeconds, n.IdleSeconds, n.QueueSeconds, n.OfferSeconds = maxSeconds, maxSeconds, maxSeconds, maxSeconds
		n.WrapUpSeconds, n.TargetSeconds = 0, maxSeconds
	})
	for q := range hallQueues {
		must[QueueDefinition](h.world)(h.Admin("bench").DefineQueue(QueueDefinition{
			ID: QueueID(q + 1), Name: "Queue " + strconv.Itoa(q+1), Rank: q * 7 % hallQueues, Default: q == 0,
		}))
	}
	for i := range hallAgents {
		h.account(AccountID(i+1), "Agent "+strconv.Itoa(i+1), func(a *Account) {
			a.Serving = Serving{Places: 1, Policy: []Policy{FirstDue, StrictPriority}[i%2], Queues: h.queuesOf(i)}
		})
		h.agents = append(h.agents, h.logOn(AccountID(i+1)))
	}
	h.at = make([]EngagementID, hallAgents)
	for i, c := range h.agents {
		if !hallFree(i) {
			must[ClientID](h.world)(h.SetActivityStatus(c, api.StatusAvailable, 1))
			_, e := h.enterHall(h.queuesOf(i)[0])
			h.offeredTo(e, c)
			h.finish(i, e)
		}
	}
	for i, c := range h.agents {
		if hallFree(i) {
			must[ClientID](h.world)(h.SetActivityStatus(c, api.StatusAvailable, 1))
		}
	}
	for n := range waiting {
		h.enterHall(h.busyQueue(n))
	}
	b.Cleanup(func() {
		if n := h.waiting(); n != waiting {
			b.Errorf("%d engagements wait, want %d", n, waiting)
		}
		if n := len(h.Site.deskOf); n != desks+1 { // and the one of the free agents
			b.Errorf("%d desks, want %d", n, desks+1)
		}
	})
	return h
}

// hallFree reports whether an agent is one of the free ones, who serve the spare queues.
func hallFree(i int) bool { return i < hallSpare }

// queuesOf answers what an agent serves: of most queues a few, of the spare ones
// fewer. The free agents serve the spare ones alone. The agents of one desk serve
// the same.
func (h *hall) queuesOf(i int) []QueueID {
	const busy = hallQueues - hallSpare
	if hallFree(i) {
		var spare []QueueID
		for n := range hallSpare {
			spare = append(spare, h.spareQueue(n))
		}
		return spare
	}
	desk := i % h.desks
	rnd := rand.New(rand.NewPCG(1, uint64(desk)))
	queues := []QueueID{h.spareQueue(desk), h.spareQueue(desk + 1)}
	for _, q := range rnd.Perm(busy)[:hallServes-2] {
		queues = append(queues, QueueID(q+1))
	}
	slices.Sort(queues)
	return queues
}

func (h *hall) busyQueue(n int) QueueID { return QueueID(1 + n%(hallQueues-hallSpare)) }

func (h *hall) spareQueue(n int) QueueID { return QueueID(hallQueues - n%hallSpare) }

func (h *hall) waiting() int {
	n := 0
	for _, q := range h.queues {
		n += len(q.waiting)
	}
	return n
}

func (h *hall) enterHall(q QueueID) (Caller, EngagementID) {
	v, e := h.enter(q)
	h.visitor[e] = v
	return v, e
}

// finish lets an agent accept what it is offered and conclude it, so that it wraps up.
func (h *hall) finish(i int, e EngagementID) {
	h.accept(h.agents[i], e)
	must[ClientID](h.world)(h.ConcludeAsAgent(h.agents[i], e))
	h.at[i] = e
}

// keep makes half of what waits wait for one agent, who is at work.
func (h *hall) keep() {
	for n, id := range sortedKeys(h.live) {
		if e := h.live[id]; e.State == Queued && n%2 == 0 {
			e.Target, e.TargetUntil = AccountID(hallSpare+1), h.now.Add(maxSeconds*time.Second)
		}
	}
}

// settleDown lets time pass and forgets what was recorded and who is gone.
func (h *hall) settleDown() {
	h.now = h.now.Add(time.Second)
	h.Tick(h.now)
	h.flush()
	h.journal = h.journal[:0]
}

// gone lets the visitor of an engagement hear that it is over.
func (h *hall) gone(e EngagementID) {
	v := h.visitor[e]
	delete(h.visitor, e)
	h.Inferred(v.Key, h.visitors[h.byKey[v.Key]].Mailbox.Last)
	for _, a := range h.agents {
		if x := h.agent(a); x.Mailbox.Last-x.Mailbox.Received > 50 {
			h.Inferred(a.Key, x.Mailbox.Last)
		}
	}
}

// freed: an agent releases what it wrapped up, and is given what is due.
func (h *hall) freed() time.Duration {
	h.turn++
	i := hallSpare + 1 + h.turn*37%(hallAgents-hallSpare-1)
	c, e := h.agents[i], h.at[i]
	begin := time.Now()
	_, err := h.Release(c, e)
	took := time.Since(begin)
	if holds := h.agent(c).Holds; err != nil || len(holds) != 1 || holds[0] == e {
		h.t.Fatalf("agent %d released %d and holds %v: %v", i, e, holds, err)
	}
	h.gone(e)
	h.finish(i, h.agent(c).Holds[0])
	h.enterHall(h.live[h.at[i]].Queue)
	return took
}

// entered: a visitor comes into a queue that has free agents.
func (h *hall) entered() time.Duration {
	h.turn++
	n := EngagementRequest{Key: h.key("visitor"), TokenExpires: h.now.Add(time.Hour), Queue: h.spareQueue(h.turn), Contact: Contact{FirstName: "Ann"}}
	begin := time.Now()
	o, err := h.RequestEngagement(n)
	took := time.Since(begin)
	if err != nil {
		h.t.Fatalf("enter: %v", err)
	}
	h.is(o.Engagement, Offered)
	h.visitor[o.Engagement] = Caller{Key: n.Key}
	h.end(o.Engagement)
	return took
}

// declined: the agent who was asked says no, and another free one is asked.
func (h *hall) declined() time.Duration {
	h.turn++
	_, e := h.enterHall(h.spareQueue(h.turn))
	c := Caller{Key: h.agents[0].Key, Account: 1, Agent: true}
	if a := h.Site.agents[h.live[e].Lead]; a != nil {
		c.Key, c.Account = a.Key, a.Account
	}
	begin := time.Now()
	_, err := h.AnswerOffer(c, e, api.ActionDecline)
	took := time.Since(begin)
	if err != nil {
		h.t.Fatalf("decline: %v", err)
	}
	h.is(e, Offered)
	h.end(e)
	return took
}

// end lets the visitor of an offered engagement end it.
func (h *hall) end(e EngagementID) {
	must[ClientID](h.world)(h.ConcludeAsVisitor(h.visitor[e]))
	h.gone(e)
}
