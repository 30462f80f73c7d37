package site

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"usher/api"
)

// crowd is a few agents of every sort in front of queues of every sort.
type crowd struct {
	*floor
	agents   []Caller
	visitors []Caller
}

func newCrowd(t fataler) *crowd {
	w := &crowd{floor: &floor{world: emptyWorld(t), parts: map[string][]byte{}}}
	w.settings(func(s *Settings) {
		s.IdleSeconds, s.QueueSeconds, s.WrapUpSeconds, s.NoticeSeconds = 3600, 3600, 40, 20
	})
	w.queue(QueueDefinition{ID: 1, Name: "Support", Default: true, Rank: 3})
	w.queue(QueueDefinition{ID: 2, Name: "Sales", Rank: 2, OverflowSeconds: 50, OverflowQueue: 1})
	w.queue(QueueDefinition{ID: 3, Name: "Night", Rank: 1, MaxWaiting: 3, OverflowSeconds: 30, OverflowQueue: 2})
	for i, v := range []Serving{
		{AllQueues: true, Pull: true}, {AllQueues: true, Pull: true, Policy: StrictPriority}, {AllQueues: true, Places: 2, Policy: StrictPriority},
		{AllQueues: true, Except: []QueueID{3}, Pull: true}, {Queues: []QueueID{1, 3}, Pull: true, Policy: StrictPriority, AutoAccept: true},
		{Queues: []QueueID{2}, Places: 1, NoDecline: true},
	} {
		id := AccountID(11 + i)
		w.profile(Profile{ID: ProfileID(id), Name: fmt.Sprint("profile ", id), Serving: v})
		w.account(id, fmt.Sprint("agent", id), func(a *Account) { a.Profile, a.Supervisor = ProfileID(id), true })
		w.agents = append(w.agents, w.logOn(id))
	}
	var rules []Rule
	for p := range int64(6) {
		rules = append(rules, Rule{Name: fmt.Sprint(p), When: Condition{Products: []int64{p}}, Queue: QueueID(1 + p%3), Priority: int(p/3) - 1})
	}
	w.rules(Rules{Enter: rules, Escalate: []Rule{{When: Condition{Queues: []QueueID{1}}, Queue: 3, Account: 12}, {Queue: 1, Priority: 1}}})
	return w
}

// step does one thing. Whether it is refused is not looked at here, but that it
// leaves the site whole.
func (w *crowd) step(do string, who, which int) {
	w.now += 1000
	w.Tick(w.now)
	i := who % len(w.agents)
	by := w.agents[i]
	e := EngagementID(1)
	if h, err := w.Engagements(by); err == nil && len(h.Held) > 0 {
		e = h.Held[which%len(h.Held)].Engagement
	}
	other := AccountID(11 + which%len(w.agents))
	switch do {
	case "enter":
		n := w.request(func(n *EngagementRequest) {
			if n.Contact.ProductID = int64(which % 8); which%5 == 0 {
				n.Account = AccountID(11 + who%8)
			}
		})
		if _, err := w.RequestEngagement(n); err == nil {
			w.visitors = append(w.visitors, Caller{Key: n.Key})
		}
	case "ask":
		w.RequestAssignment(by, true, 1+which%3, 1+which%4)
	case "stop":
		w.RequestAssignment(by, false, 0, 4)
	case "available":
		w.SetActivityStatus(by, api.StatusAvailable, 1)
	case "unavailable":
		w.SetActivityStatus(by, api.StatusUnavailable, 1)
	case "accept":
		w.AnswerOffer(by, e, api.ActionAccept)
	case "decline":
		w.AnswerOffer(by, e, api.ActionDecline)
	case "conclude":
		w.ConcludeAsAgent(by, e)
	case "release":
		w.Release(by, e)
	case "reroute":
		w.Reroute(by, e)
	case "to queue":
		w.Transfer(by, e, NewTransfer{Queue: QueueID(1 + which%3), Warm: which%2 == 0})
	case "to agent":
		w.Transfer(by, e, NewTransfer{Account: other, Warm: which%2 == 0})
	case "invite":
		w.Invite(by, e, other, []api.AssignmentType{api.AssignmentConference, api.AssignmentMonitor}[which%2], "")
	case "take over":
		w.TakeOver(by, EngagementID(1+which%(1+int(w.LastEngagement))))
	case "leave":
		w.Leave(by, e)
	case "log off":
		w.Logoff(by, true)
		w.agents[i] = w.logOn(by.Account)
	case "change":
		p := *w.profiles[ProfileID(by.Account)]
		p.Places = which % 4
		w.profile(p)
	case "refuse":
		w.settings(func(s *Settings) { s.RefuseWithoutAgents = which%2 == 0 })
	case "restart":
		w.Site = w.rebuilt()
		w.Resumed(w.now)
	case "wait":
		for _, v := range w.visitors {
			_ = w.Alive(v) // so that they stay
		}
		w.now = w.now.Add([]time.Duration{time.Second, 11 * time.Second, 31 * time.Second, 61 * time.Second}[which%4])
		w.Tick(w.now)
		if which%3 > 0 { // else some are absent soon
			for _, a := range w.agents {
				_ = w.Alive(a)
			}
		}
	}
	for i, a := range w.agents { // whose session was lost comes back
		if w.byKey[a.Key] == 0 {
			w.agents[i] = w.logOn(a.Account)
		}
	}
	w.check()
}

// crowded are the things that happen in a crowd, each as often as it stands here.
var crowded = weighted(map[string]int{
	"enter": 5, "ask": 3, "stop": 1, "available": 1, "unavailable": 1, "accept": 3, "decline": 3, "conclude": 1, "release": 2, "reroute": 1,
	"to queue": 3, "to agent": 3, "invite": 6, "take over": 3, "leave": 1, "log off": 1, "change": 1, "refuse": 1, "restart": 1, "wait": 3,
})

func crowds() *rapid.Generator[[]op] {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) op {
		return op{Do: crowded[even(t, 8)%len(crowded)], Who: even(t, 4), Which: even(t, 5)}
	}), 60, 120)
}

// TestNobodyWaitsWhileSomebodyAbleIsFree, whatever happens among agents of every
// sort: the site's own check says so after each step.
func TestNobodyWaitsWhileSomebodyAbleIsFree(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newCrowd(t)
		for _, o := range crowds().Draw(t, "steps") {
			w.step(o.Do, o.Who, o.Which)
		}
		w.sameAfterReplay()
		w.sameAfterCheckpoint()
	})
}

// TestACrowdDoesEverything keeps the test before it honest.
func TestACrowdDoesEverything(t *testing.T) {
	seen := map[string]int{}
	for seed := range 60 {
		w := newCrowd(t)
		for _, o := range crowds().Example(seed) {
			w.step(o.Do, o.Who, o.Which)
		}
		w.flush()
		for _, name := range eventNames(t, w.journal) {
			seen[name]++
		}
	}
	for _, name := range []string{"EngagementOffered", "OfferEnded", "EngagementAssigned", "EngagementQueued", "EngagementMoved", "EngagementReleased",
		"AgentInvited", "InvitationEnded", "GuestJoined", "GuestLeft", "LeadChanged", "TransferWanted", "AgentSessionEnded"} {
		if seen[name] == 0 {
			t.Errorf("%s never happened", name)
		}
	}
	t.Log(seen)
}
