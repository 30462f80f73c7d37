package record_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/record"
	"usher/internal/site"
)

const began = site.Time(1_700_000_000_000_000) // 2023-11-14 22:13:20 UTC

// world is a site with queue 1, the default, and queue 7, Cards; ada and bob serve
// both, cy supervises and serves none.
type world struct {
	t        *testing.T
	s        *site.Site
	now      site.Time
	events   []byte
	visitors int // who came in a random history
}

const ada, bob, cy = 12, 13, 30

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{t: t, s: site.New(), now: began}
	w.at(0)
	w.must(w.s.Create("demo"))
	a := w.s.Admin("root")
	for id, name := range map[site.QueueID]string{1: "Support", 7: "Cards"} {
		w.must(second(a.DefineQueue(site.QueueDefinition{ID: id, Name: name, Default: id == 1})))
	}
	for _, x := range []site.Account{
		{ID: ada, Login: "ada", Name: "Ada", Serving: site.Serving{AllQueues: true, Pull: true}},
		{ID: bob, Login: "bob", Name: "Bob", Serving: site.Serving{AllQueues: true, Pull: true}},
		{ID: cy, Login: "cy", Name: "Cy", Supervisor: true, Serving: site.Serving{Pull: true}},
	} {
		w.must(second(a.DefineAccount(x)))
	}
	w.must(second(a.DefineRules(site.Rules{
		Enter:    []site.Rule{{Name: "cards", When: site.Condition{Products: []int64{5}}, Queue: 7, Priority: 2}},
		Escalate: []site.Rule{{Name: "up", Queue: 1, Priority: 9}},
	})))
	return w
}

// second leaves the first result out.
func second[T any](_ T, err error) error { return err }

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// at moves the time to so many seconds after the beginning.
func (w *world) at(seconds int) {
	w.now = began + site.Time(seconds)*1_000_000
	w.s.Tick(w.now)
}

// caller is the session of an account.
func caller(account int) site.Caller {
	return site.Caller{Key: site.SessionKey(fmt.Sprint("agent ", account)), Account: site.AccountID(account), Agent: true}
}

var ann = site.Caller{Key: "ann"}

func (w *world) logOn(account int) {
	w.t.Helper()
	w.must(second(w.s.StartAgentSession(site.LogOn{Account: site.AccountID(account), Key: caller(account).Key})))
}

func (w *world) ask(account int) {
	w.t.Helper()
	w.must(second(w.s.RequestAssignment(caller(account), true, 1, 4)))
}

func (w *world) answer(account int, action api.AssignmentAction) {
	w.t.Helper()
	w.must(second(w.s.AnswerOffer(caller(account), 1, action)))
}

// enter opens ann's engagement, which is number 1.
func (w *world) enter(r site.EngagementRequest) {
	w.t.Helper()
	r.Key, r.TokenExpires = ann.Key, w.now+3600_000_000
	w.must(second(w.s.RequestEngagement(r)))
}

func (w *world) says(account int, n site.NewPost) {
	w.t.Helper()
	w.must(second(w.s.PostAsAgent(caller(account), 1, n)))
}

// read gives all events so far to a reader.
func (w *world) read(wanted record.Wanted) (record.Record, bool) {
	w.t.Helper()
	w.events = append(w.events, w.s.TakeFrame().Events...)
	all, some := record.NewReader(wanted), record.NewReader(wanted)
	wantAll, wantSome := true, true
	for line := range bytes.Lines(w.events) {
		line = bytes.TrimSuffix(line, []byte{'\n'})
		at, e, err := site.DecodeEvent(line)
		w.must(err)
		wantAll = wantAll && all.Add(at, e)
		if some.Matters(line) {
			wantSome = wantSome && some.Add(at, e)
		}
	}
	whole, ok := all.Record()
	if less, there := some.Record(); ok != there || wantAll != wantSome || cmp.Diff(whole, less) != "" {
		w.t.Errorf("without the events that do not matter the record is another one:\n%s", cmp.Diff(whole, less))
	}
	return whole, ok
}

// expect compares the record of engagement 1, a line an entry.
func (w *world) expect(wanted record.Wanted, want string) record.Record {
	w.t.Helper()
	wanted.Engagement = 1
	got, ok := w.read(wanted)
	if !ok {
		w.t.Fatal("the engagement was not found")
	}
	var lines []string
	for i, e := range got.Entries {
		if e.Number != int64(i)+1 {
			w.t.Errorf("entry %d has the number %d", i+1, e.Number)
		}
		lines = append(lines, line(e))
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(want), "\n"), lines); diff != "" {
		w.t.Errorf("record (-want +got):\n%s", diff)
	}
	return got
}

func party(p record.Party) string {
	if p.Role == "" {
		return p.Name
	}
	return p.Name + " " + string(p.Role)
}

func line(e record.Entry) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%ds %s", (e.At-began)/1_000_000, e.Kind)
	field := func(name, value string) {
		if value != "" {
			b.WriteString(" " + name + "=" + value)
		}
	}
	field("who", party(e.Who))
	field("by", party(e.By))
	field("type", string(e.Type))
	if e.Queue.ID != 0 {
		field("queue", fmt.Sprint(e.Queue.ID, " ", e.Queue.Name))
	}
	if e.Priority != 0 {
		field("priority", fmt.Sprint(e.Priority))
	}
	field("target", e.Target.Name)
	if e.Until != 0 {
		field("until", fmt.Sprint((e.Until-began)/1_000_000, "s"))
	}
	if p := e.Post; p != nil {
		field("post", fmt.Sprint(p.Number))
		field("only", party(p.Only))
		field("visibility", string(p.Visibility))
		if p.OffTheRecord {
			b.WriteString(" off-the-record")
		}
		field("text", p.Text)
	}
	for _, c := range e.Changes {
		field(c.Name, c.Before+">"+c.After)
	}
	if e.Note != 0 {
		field("note", fmt.Sprint(e.Note))
	}
	field("cause", e.Cause)
	field("why", e.Why)
	return b.String()
}

// TestALongStory: everything that can happen on the way is in the record, with who
// and why.
func TestALongStory(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.logOn(ada)
	w.logOn(bob)
	w.logOn(cy)
	w.at(1)
	w.enter(site.EngagementRequest{Contact: site.Contact{FirstName: "Ann", ProductID: 5}})
	w.must(second(w.s.PostAsVisitor(ann, site.NewPost{Body: "hello"})))
	w.at(2)
	w.ask(ada)
	w.answer(ada, api.ActionDecline)
	w.at(3)
	w.ask(bob)
	w.at(5)
	w.answer(bob, api.ActionAccept)
	w.says(bob, site.NewPost{Body: "hi", Visibility: api.VisibilityAll})
	w.says(bob, site.NewPost{Body: "secret", Visibility: api.VisibilityAll, OffTheRecord: true})
	w.must(second(w.s.SetProperty(caller(bob), 1, site.OfUser, site.LastName, "Lee")))
	w.at(10)
	w.must(second(w.s.Invite(caller(bob), 1, ada, api.AssignmentConference, "look at this")))
	w.answer(ada, api.ActionDecline)
	w.at(11)
	w.must(second(w.s.Invite(caller(bob), 1, ada, api.AssignmentConference, "")))
	w.answer(ada, api.ActionAccept)
	w.must(second(w.s.Monitor(caller(cy), 1)))
	w.must(second(w.s.Whisper(caller(cy), 2, api.PartyAgent, site.NewPost{Body: "take it"})))
	w.at(12)
	w.must(second(w.s.TakeOver(caller(cy), 1)))
	w.at(13)
	w.must(second(w.s.Reroute(caller(cy), 1)))
	w.at(14)
	w.ask(ada)
	w.answer(ada, api.ActionAccept)
	w.must(second(w.s.Transfer(caller(ada), 1, site.NewTransfer{Account: bob})))
	w.at(15)
	w.answer(bob, api.ActionAccept)
	w.at(16)
	w.must(second(w.s.Transfer(caller(bob), 1, site.NewTransfer{Queue: 7, Warm: true})))
	w.at(20)
	w.must(second(w.s.ConcludeAsVisitor(ann)))
	whole := w.expect(record.Wanted{}, `
1s REQUESTED who=Ann END_USER queue=7 Cards priority=2 why=rule enter[0] "cards" matched
1s POST who=Ann END_USER post=1 visibility=ALL text=hello
2s OFFERED who=Ada NONE until=62s why=first due for the agent, who holds 0; it waited since 22:13:21
2s OFFER_ENDED who=Ada NONE cause=DECLINED why=the agent declined
3s OFFERED who=Bob NONE until=63s why=first due for the agent, who holds 0; it waited since 22:13:21
5s JOINED who=Bob LEAD why=the agent accepted the offer
5s FORWARDED who=Bob LEAD why=no lead was known to have received 1 post
5s POST who=Bob LEAD post=2 visibility=ALL text=hi
5s POST who=Bob LEAD post=3 visibility=ALL off-the-record
5s CONTACT_CHANGED who=Bob LEAD lastName=>Lee why=an agent changed what is known of the visitor
10s POST who=Bob LEAD post=4 visibility=NOT_ENDUSER text=look at this
10s INVITED who=Ada TRANSIENT by=Bob LEAD type=CONFERENCE until=70s note=4 why=asked by the lead
10s INVITATION_ENDED who=Ada TRANSIENT cause=DECLINED why=the agent declined
11s INVITED who=Ada TRANSIENT by=Bob LEAD type=CONFERENCE until=71s why=asked by the lead
11s JOINED who=Ada CONFEREE by=Bob LEAD why=the agent accepted the invitation
11s JOINED who=Cy MONITOR why=a supervisor joined by its own right
11s POST who=Cy MONITOR post=5 only=Bob LEAD visibility=NOT_ENDUSER text=take it
12s ROLE_CHANGED who=Cy LEAD cause=TAKEN_OVER why=the agent leads in place of Bob: a supervisor took it over
12s ROLE_CHANGED who=Bob CONFEREE cause=TAKEN_OVER why=the former lead stays
12s FORWARDED who=Cy LEAD why=no lead was known to have received 1 post
13s LEFT who=Ada CONFEREE cause=REROUTED why=the lead sent it to where the escalation rules say
13s LEFT who=Bob CONFEREE cause=REROUTED why=the lead sent it to where the escalation rules say
13s LEFT who=Cy LEAD cause=REROUTED why=rule escalate[0] "up" matched
13s QUEUED queue=1 Support priority=9 cause=REROUTED why=rule escalate[0] "up" matched; it keeps its first waiting time
13s OFFERED who=Ada NONE until=73s why=first of 1 free agents: holds 0, free since 22:13:33
14s JOINED who=Ada LEAD why=the agent accepted the offer
14s FORWARDED who=Ada LEAD why=no lead was known to have received 1 post
14s INVITED who=Bob TRANSIENT by=Ada LEAD type=TRANSFER until=74s why=transferred by the lead
15s JOINED who=Bob LEAD cause=TRANSFERRED why=the agent leads in place of Ada: it was transferred
15s LEFT who=Ada LEAD cause=TRANSFERRED why=it was transferred
16s TRANSFER_WANTED who=Bob LEAD queue=7 Cards why=the lead goes on until somebody of the queue takes it
16s INVITED who=Ada TRANSIENT by=Bob LEAD type=TRANSFER until=76s why=first of 1 free agents: holds 0, free since 22:13:35
20s ENDED who=Ann Lee END_USER cause=END_USER_CONCLUDED why=the visitor ended it
20s WRAP_UP who=Bob LEAD why=the lead's place is taken until it releases the engagement`)
	if whole.StartedAt != began+1_000_000 || whole.EndedAt != began+20_000_000 || whole.More {
		t.Errorf("it went from %d to %d, more %t", whole.StartedAt, whole.EndedAt, whole.More)
	}
	if whole.Visitor.Name != "Ann Lee" || whole.Queue != (record.Queue{ID: 1, Name: "Support"}) {
		t.Errorf("the visitor is %+v, the queue %+v", whole.Visitor, whole.Queue)
	}

	// A transcript has the same numbers.
	talk, _ := w.read(record.Wanted{Engagement: 1, Talk: true})
	var want []record.Entry
	for _, e := range whole.Entries {
		if e.Kind == record.Posted || e.Kind == record.Joined || e.Kind == record.Left || e.Kind == record.Ended {
			want = append(want, e)
		}
	}
	if diff := cmp.Diff(want, talk.Entries); diff != "" {
		t.Errorf("transcript (-want +got):\n%s", diff)
	}

	// Pages, put together, are the whole; each knows when it began and ended.
	for _, only := range []bool{false, true} {
		for most := 1; most < 5; most++ {
			var all []record.Entry
			for page := (record.Record{More: true}); page.More; {
				after := int64(0)
				if n := len(all); n > 0 {
					after = all[n-1].Number
				}
				page, _ = w.read(record.Wanted{Engagement: 1, Talk: only, After: after, Most: most})
				all = append(all, page.Entries...)
				if len(page.Entries) == 0 || len(page.Entries) > most || page.EndedAt != whole.EndedAt || page.Visitor != whole.Visitor {
					t.Fatalf("a page of %d: %+v", most, page)
				}
			}
			want := whole.Entries
			if only {
				want = talk.Entries
			}
			if diff := cmp.Diff(want, all); diff != "" {
				t.Errorf("pages of %d (-want +got):\n%s", most, diff)
			}
		}
	}
	if _, ok := w.read(record.Wanted{Engagement: 2}); ok {
		t.Error("engagement 2 was found, and never was")
	}
}
