package record_test

import (
	"fmt"
	"strings"
	"testing"

	"usher/api"
	"usher/internal/record"
	"usher/internal/site"
)

// led brings ann's engagement, in queue 1, to ada.
func (w *world) led() {
	w.t.Helper()
	w.logOn(ada)
	w.ask(ada)
	w.enter(site.EngagementRequest{Contact: site.Contact{FirstName: "Ann"}})
	w.answer(ada, api.ActionAccept)
}

// TestEndings: how it ended, who ended it and why, and what came after the end.
func TestEndings(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		play func(w *world)
		want string // the record from the entry before the end on
	}{
		"the lead ends it, wraps up and releases": {func(w *world) {
			w.led()
			w.must(second(w.s.ConcludeAsAgent(caller(ada), 1)))
			w.at(30)
			w.must(second(w.s.Release(caller(ada), 1)))
		}, `
3 0s JOINED who=Ada LEAD why=the agent accepted the offer
4 0s ENDED who=Ada LEAD cause=AGENT_CONCLUDED why=the lead ended it
5 0s WRAP_UP who=Ada LEAD why=the lead's place is taken until it releases the engagement
6 30s RELEASED who=Ada LEAD why=the agent released it`},
		"a wrap-up that takes too long": {func(w *world) {
			w.led()
			w.must(second(w.s.ConcludeAsVisitor(ann)))
			for at := 60; at <= 600; at += 60 {
				w.at(at)
				_ = w.s.Alive(caller(ada))
			}
		}, `
4 0s ENDED who=Ann END_USER cause=END_USER_CONCLUDED why=the visitor ended it
5 0s WRAP_UP who=Ada LEAD why=the lead's place is taken until it releases the engagement
6 600s RELEASED who=Ada LEAD cause=EXPIRED why=the time for wrapping up was over`},
		"somebody ejects": {func(w *world) {
			w.led()
			w.must(w.s.Admin("cy").Eject(1))
		}, `
4 0s EJECTED who=cy why=an administrator or supervisor asked for it
5 0s ENDED who=Ann END_USER by=cy cause=EJECTED why=cy ended it and removed the visitor
6 0s WRAP_UP who=Ada LEAD why=the lead's place is taken until it releases the engagement`},
		"the visitor is lost": {func(w *world) {
			w.logOn(ada)
			w.enter(site.EngagementRequest{Contact: site.Contact{FirstName: "Ann"}})
			w.at(120)
			w.at(240)
		}, `
1 0s REQUESTED who=Ann END_USER queue=1 Support why=no rule matched: the default queue
2 240s ENDED who=Ann END_USER cause=EJECTED why=the visitor showed no sign of life`},
		"nobody comes": {func(w *world) {
			w.enter(site.EngagementRequest{})
			for at := 60; at <= 1800; at += 60 {
				_ = w.s.Alive(ann)
				w.at(at)
			}
		}, `
1 0s REQUESTED who= END_USER queue=1 Support why=no rule matched: the default queue
2 1800s ENDED who= END_USER cause=QUEUE_TIMEOUT why=it waited for an agent for as long as the site allows`},
		"nobody does anything": {func(w *world) {
			w.led()
			for at := 60; at <= 600; at += 60 {
				_, _ = w.s.Alive(ann), w.s.Alive(caller(ada))
				w.at(at)
			}
		}, `
4 600s ENDED who=Ann END_USER cause=IDLE_TIMEOUT why=nobody did anything for as long as the site allows
5 600s WRAP_UP who=Ada LEAD why=the lead's place is taken until it releases the engagement`},
		"the last agent goes": {func(w *world) {
			n := w.s.CurrentSettings()
			n.RefuseWithoutAgents = true
			w.must(second(w.s.Admin("root").ChangeSettings(n)))
			w.led()
			w.must(second(w.s.Logoff(caller(ada), true)))
		}, `
4 0s ENDED who=Ann END_USER cause=NO_AGENTS_AVAILABLE why=nobody was left who could serve its queue
5 0s WRAP_UP who=Ada LEAD why=the lead's place is taken until it releases the engagement
6 0s RELEASED who=Ada LEAD cause=LOGGED_OFF why=the agent's session was logged off`},
		"while it is offered": {func(w *world) {
			w.logOn(ada)
			w.ask(ada)
			w.enter(site.EngagementRequest{Account: bob})
			w.must(second(w.s.ConcludeAsVisitor(ann)))
		}, `
1 0s REQUESTED who= END_USER queue=1 Support target=Bob until=60s why=no rule matched: the default queue
2 0s OFFERED who=Ada NONE until=60s why=first of 1 free agents: holds 0, free since 22:13:20
3 0s ENDED who= END_USER cause=END_USER_CONCLUDED why=the visitor ended it`},
		"it overflows, and nobody answers": {func(w *world) {
			w.must(second(w.s.Admin("root").DefineQueue(site.QueueDefinition{ID: 1, Name: "Support", Default: true, OverflowSeconds: 20, OverflowQueue: 7})))
			w.enter(site.EngagementRequest{})
			w.at(20)
			w.logOn(ada)
			w.ask(ada)
			w.at(80)
			w.must(w.s.Admin("root").Remove(site.DefinedAccount, ada))
			w.must(second(w.s.ConcludeAsVisitor(ann)))
		}, `
2 20s MOVED queue=7 Cards why=it waited 20 s in queue 1
3 20s OFFERED who=Ada NONE until=80s why=first due for the agent, who holds 0; it waited since 22:13:20
4 80s OFFER_ENDED who=Ada NONE cause=EXPIRED why=the agent did not answer in time
5 80s ENDED who= END_USER cause=END_USER_CONCLUDED why=the visitor ended it`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			c.play(w)
			first := strings.Fields(c.want)[0]
			got, ok := w.read(record.Wanted{Engagement: 1, After: int64(first[0]-'0') - 1})
			if !ok {
				t.Fatal("the engagement was not found")
			}
			var lines []string
			for _, e := range got.Entries {
				lines = append(lines, fmt.Sprint(e.Number, " ", line(e)))
			}
			if text := strings.Join(lines, "\n"); text != strings.TrimSpace(c.want) {
				t.Errorf("got:\n%s\nwant:%s", text, c.want)
			}
			if last := got.Entries[len(got.Entries)-1].At; got.EndedAt == 0 || got.EndedAt > last {
				t.Errorf("it ended at %d, its last entry is of %d", got.EndedAt, last)
			}
		})
	}
}

// TestALargeRecord: a page stays within its bytes, and the pages together have it all.
func TestALargeRecord(t *testing.T) {
	t.Parallel()
	r := func(after int64) (record.Record, int) {
		r := record.NewReader(record.Wanted{Engagement: 1, After: after})
		r.Add(0, &site.EngagementRequested{Engagement: 1, Client: 1})
		text := strings.Repeat("x", site.MaxPostBytes)
		for n := range int64(2000) {
			r.Add(1, &site.Posted{Engagement: 1, Post: site.Post{Number: n + 1, Client: 1, Body: text}})
		}
		got, _ := r.Record()
		bytes := 0
		for _, e := range got.Entries {
			if e.Post != nil {
				bytes += len(e.Post.Text)
			}
		}
		return got, bytes
	}
	count, pages := 0, 0
	for after, more := int64(0), true; more; pages++ {
		got, bytes := r(after)
		if bytes > record.MaxBytes || len(got.Entries) == 0 {
			t.Fatalf("a page of %d entries has %d bytes", len(got.Entries), bytes)
		}
		count += len(got.Entries)
		after, more = got.Entries[len(got.Entries)-1].Number, got.More
	}
	if count != 2001 || pages < 4 {
		t.Errorf("%d entries came on %d pages", count, pages)
	}
}

// TestWhatWasRecordedBeforeReasonsWere: events of the first format have none.
func TestWhatWasRecordedBeforeReasonsWere(t *testing.T) {
	t.Parallel()
	r := record.NewReader(record.Wanted{Engagement: 1})
	for _, e := range []site.Event{
		&site.EngagementRequested{Engagement: 1, Client: 9, Queue: 1},
		&site.AgentSessionStarted{Client: 5, Account: 12},
		&site.EngagementOffered{Engagement: 1, Client: 5},
		&site.OfferEnded{Engagement: 1, Client: 5},
		&site.EngagementAssigned{Engagement: 1, Client: 5},
		&site.EngagementQueued{Engagement: 1, Client: 5, Queue: 1},
	} {
		if !r.Add(0, e) {
			t.Fatalf("after %T nothing more was wanted", e)
		}
	}
	got, _ := r.Record()
	var kinds []string
	for _, e := range got.Entries {
		kinds = append(kinds, string(e.Kind)+" "+e.Who.Name)
		if e.Why == "" {
			t.Errorf("%s has no why", e.Kind)
		}
	}
	want := "REQUESTED |OFFERED account 12|OFFER_ENDED account 12|JOINED account 12|LEFT account 12|QUEUED "
	if strings.Join(kinds, "|") != want {
		t.Errorf("got %q", kinds)
	}
	if !r.Add(1, &site.EngagementConcluded{Engagement: 2}) || !r.Add(1, &site.EngagementConcluded{Engagement: 1}) {
		t.Error("after its end, or another's, the visitor may still rate it")
	}
	late := site.Time(1).Add(site.AfterChat)
	if !r.Add(late, &site.EngagementRated{Engagement: 1, Rating: site.Rating{Stars: 4}}) {
		t.Error("a rating is the last that is wanted")
	}
	if r.Add(late.Add(site.AfterChat), &site.EngagementRated{Engagement: 2}) {
		t.Error("long after its end more is wanted")
	}
}
