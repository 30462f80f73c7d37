package site

import (
	"slices"
	"testing"
	"time"

	"usher/api"
)

func (w *world) queue(q QueueDefinition) {
	w.t.Helper()
	must[QueueDefinition](w)(w.Admin("test").DefineQueue(q))
}

func (w *world) profile(p Profile) {
	w.t.Helper()
	must[Profile](w)(w.Admin("test").DefineProfile(p))
}

func (w *world) hoursOf(h Hours) {
	w.t.Helper()
	must[Hours](w)(w.Admin("test").DefineHours(h))
}

func (w *world) rules(r Rules) {
	w.t.Helper()
	must[Rules](w)(w.Admin("test").DefineRules(r))
}

// request is a visitor's request with a fresh token.
func (w *world) request(change func(*EngagementRequest)) EngagementRequest {
	n := EngagementRequest{Key: w.key("visitor"), TokenExpires: w.now.Add(time.Hour), Contact: Contact{FirstName: "Ann", LastName: "Lee"}}
	if change != nil {
		change(&n)
	}
	return n
}

// comes brings a visitor who asks for what change says.
func (w *world) comes(change func(*EngagementRequest)) (Caller, EngagementID) {
	w.t.Helper()
	n := w.request(change)
	o := must[EngagementOpened](w)(w.RequestEngagement(n))
	return Caller{Key: n.Key}, o.Engagement
}

// turnedAway fails unless a visitor for a queue is refused with this result.
func (w *world) turnedAway(q QueueID, want api.ResultType) {
	w.t.Helper()
	before := w.Position()
	_, err := w.RequestEngagement(w.request(func(n *EngagementRequest) { n.Queue = q }))
	w.refused(err, Conflict)
	if got := err.(*Error).Result; got != want {
		w.t.Fatalf("turned away with %q, want %q", got, want)
	}
	if w.Position() != before {
		w.t.Fatalf("a refusal recorded %d events", w.Position()-before)
	}
}

// inQueue fails unless the engagement waits in this queue.
func (w *world) inQueue(e EngagementID, q QueueID) {
	w.t.Helper()
	w.is(e, Queued)
	if got := w.live[e].Queue; got != q {
		w.t.Fatalf("engagement %d waits in queue %d, want %d", e, got, q)
	}
}

// ledBy fails unless the engagement is active with this lead.
func (w *world) ledBy(e EngagementID, c Caller) {
	w.t.Helper()
	w.is(e, Active)
	if got := w.live[e].Lead; got != w.byKey[c.Key] {
		w.t.Fatalf("engagement %d is led by client %d, want %d", e, got, w.byKey[c.Key])
	}
}

// has fails unless an agent has this role in an engagement, "" for none.
func (w *world) has(c Caller, e EngagementID, want api.Role) {
	w.t.Helper()
	got := api.Role("")
	if x := w.live[e]; x != nil {
		got = x.roleOf(w.byKey[c.Key])
	}
	if got != want {
		w.t.Fatalf("in engagement %d the role is %q, want %q", e, got, want)
	}
}

func (w *world) works(c Caller) {
	w.t.Helper()
	must[ClientID](w)(w.SetActivityStatus(c, api.StatusAvailable, 1))
}

func (w *world) rests(c Caller) {
	w.t.Helper()
	must[ClientID](w)(w.SetActivityStatus(c, api.StatusUnavailable, 1))
}

// stops takes an agent's wish for engagements back.
func (w *world) stops(c Caller) {
	w.t.Helper()
	must[ClientID](w)(w.RequestAssignment(c, false, 0, 9))
}

func (w *world) release(c Caller, e EngagementID) {
	w.t.Helper()
	must[ClientID](w)(w.Release(c, e))
}

// sends transfers an engagement.
func (w *world) sends(c Caller, e EngagementID, n NewTransfer) Invited {
	w.t.Helper()
	return must[Invited](w)(w.Transfer(c, e, n))
}

// invites asks somebody to join.
func (w *world) invites(c Caller, e EngagementID, who AccountID, kind api.AssignmentType) Invited {
	w.t.Helper()
	return must[Invited](w)(w.Invite(c, e, who, kind, ""))
}

// confers makes an agent a conferee of an engagement that the lead leads.
func (w *world) confers(lead Caller, e EngagementID, who Caller) {
	w.t.Helper()
	w.invites(lead, e, who.Account, api.AssignmentConference)
	w.accept(who, e)
	w.has(who, e, api.RoleConferee)
}

func (w *world) takesOver(c Caller, e EngagementID) {
	w.t.Helper()
	must[Answered](w)(w.TakeOver(c, e))
	w.ledBy(e, c)
}

func (w *world) monitors(c Caller, e EngagementID) {
	w.t.Helper()
	must[Invited](w)(w.Monitor(c, e))
	w.has(c, e, api.RoleMonitor)
}

func (w *world) leaves(c Caller, e EngagementID) {
	w.t.Helper()
	must[ClientID](w)(w.Leave(c, e))
}

// notes posts a text for the agents only.
func (w *world) notes(c Caller, e EngagementID, text string) {
	w.t.Helper()
	must[ClientID](w)(w.post(c, e, NewPost{Body: text, Visibility: api.VisibilityNotEndUser}))
}

// callerOf answers the live session of an account.
func (w *world) callerOf(a AccountID) Caller {
	return Caller{Key: w.agents[w.agentOf[a]].Key, Account: a, Agent: true}
}

// nothing fails unless the command is refused with this code and records nothing.
func (w *world) nothing(want Code, do func() error) {
	w.t.Helper()
	before := w.Position()
	w.refused(do(), want)
	if got := w.Position() - before; got != 0 {
		w.t.Fatalf("a refusal recorded %d events", got)
	}
}

// silent fails when a command that succeeds records anything.
func (w *world) silent(do func() error) {
	w.t.Helper()
	w.nothing("", do)
}

// since answers the names of the events since a place in the journal.
func (w *world) since(before int) []string {
	w.flush()
	return eventNames(w.t, w.journal[before:])
}

// mark answers the present place in the journal.
func (w *world) mark() int {
	w.flush()
	return len(w.journal)
}

// times answers how often a text stands in a list.
func times(list []string, text string) int {
	n := 0
	for _, x := range list {
		if x == text {
			n++
		}
	}
	return n
}

// moment reads a time such as "2026-03-29T01:59:59Z".
func moment(t testing.TB, text string) Time {
	t.Helper()
	x, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return Time(x.UnixMicro())
}

// becomes moves the world's time to a moment that is yet to come.
func (w *world) becomes(text string) {
	w.t.Helper()
	x, err := time.Parse(time.RFC3339, text)
	if err != nil || Time(x.UnixMicro()) < w.now {
		w.t.Fatalf("%s: %v, or it is over", text, err)
	}
	w.after(Time(x.UnixMicro()).Sub(w.now))
}

// accountsIn answers which agents are in an engagement, the lead first, by account.
func (w *world) accountsIn(e EngagementID) []AccountID {
	var in []AccountID
	for _, c := range w.live[e].agentsIn(0) {
		in = append(in, w.agents[c].Account)
	}
	return in
}

// onlyIn fails unless these agents are in the engagement, the lead first.
func (w *world) onlyIn(e EngagementID, want ...AccountID) {
	w.t.Helper()
	if got := w.accountsIn(e); !slices.Equal(got, want) {
		w.t.Fatalf("in engagement %d are %v, want %v", e, got, want)
	}
}
