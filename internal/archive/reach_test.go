package archive

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/site"
)

// identified lets a visitor in whom the site's back end has named.
func (w *world) identified(identity string, c site.Contact) site.EngagementID {
	w.t.Helper()
	w.came++
	o, err := w.site.RequestEngagement(site.EngagementRequest{
		Key: visitor(site.EngagementID(w.came)).Key, TokenExpires: site.Time(w.now.Add(1000 * time.Hour).UnixMicro()), Contact: c, Identity: identity,
	})
	w.must(err)
	return o.Engagement
}

// client answers the client of an agent's session.
func (w *world) client(id site.AccountID) site.ClientID {
	_, agents := w.site.Standing()
	i := slices.IndexFunc(agents, func(a site.AgentStanding) bool { return a.Account == id })
	return agents[i].Client
}

// TestReach: an agent finds what was said in its queues and where it took part, and no
// word that was for another agent alone.
func TestReach(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		led := w.chat(site.Contact{}, "plover one", "hello")
		watched := w.enter(site.Contact{})
		w.accept(ada, watched)
		w.asks(watched, "plover two")
		w.must(second(w.site.Monitor(agent(bob), watched)))
		w.must(second(w.site.Whisper(agent(bob), w.client(ada), api.PartyAgent, site.NewPost{Body: "plover three"})))
		joined := w.enter(site.Contact{})
		w.accept(ada, joined)
		w.must(second(w.site.Invite(agent(ada), joined, bob, api.AssignmentConference, "")))
		w.must(second(w.site.AnswerOffer(agent(bob), joined, api.ActionAccept)))
		w.says(bob, joined, "plover four")
		w.flush()
		a := w.worker(open(Options{}))
		w.must(a.follower("demo").catchUp(t.Context()))
		const cy = site.AccountID(14)
		for name, c := range map[string]struct {
			reach   *Reach
			want    []string // found, newest first
			reaches []site.EngagementID
		}{
			"everything":       {nil, []string{"plover four", "plover three", "plover two", "plover one"}, []site.EngagementID{led, watched, joined}},
			"who led":          {&Reach{Account: ada}, []string{"plover four", "plover three", "plover two", "plover one"}, []site.EngagementID{led, watched, joined}},
			"who was asked in": {&Reach{Account: bob}, []string{"plover four"}, []site.EngagementID{joined}},
			"nobody":           {&Reach{Account: cy}, nil, nil},
			"another queue":    {&Reach{Account: cy, Queues: []site.QueueID{2}}, nil, nil},
			"the queue":        {&Reach{Account: cy, Queues: []site.QueueID{1}}, []string{"plover four", "plover two", "plover one"}, []site.EngagementID{led, watched, joined}},
			"all but it":       {&Reach{Account: cy, AllQueues: true, Except: []site.QueueID{1}}, nil, nil},
		} {
			for _, page := range []int{1, 2, 50} {
				var got []string
				q := Query{Text: "plover", Reach: c.reach, Limit: page}
				for more := true; more; {
					hits, err := a.Search(t.Context(), "demo", q)
					w.must(err)
					for _, h := range hits.Hits {
						got = append(got, h.Entry.Post.Text)
						q.After = h.Cursor
					}
					if len(hits.Hits) > page || hits.More && len(hits.Hits) < page {
						t.Errorf("%s: a page of %d has %d hits, more is %t", name, page, len(hits.Hits), hits.More)
					}
					more = hits.More
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("%s, in pages of %d (-want +got):\n%s", name, page, diff)
				}
			}
			for _, e := range []site.EngagementID{led, watched, joined} {
				if ok, err := a.Reaches(t.Context(), "demo", e, c.reach); err != nil || ok != slices.Contains(c.reaches, e) {
					t.Errorf("%s reaches %d: %t, %v", name, e, ok, err)
				}
			}
			if ok, err := a.Reaches(t.Context(), "demo", 999, c.reach); ok || err != nil {
				t.Errorf("%s reaches what there is not: %v", name, err)
			}
		}
	})
}

// TestEarlier: the same identity, address or contact, and nobody else's.
func TestEarlier(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(Options) *Store) {
		w := newWorld(t)
		w.settings(func(n *site.Settings) { n.Results = []site.WrapUpResult{{ID: 1, Name: "Sold"}} })
		over := func(e site.EngagementID) site.EngagementID {
			w.accept(ada, e)
			w.must(second(w.site.NoteWrapUp(agent(ada), e, site.WrapUp{Result: 1, Note: "plover wanted two"})))
			w.after(time.Minute)
			w.end(ada, e)
			return e
		}
		first := over(w.identified("Ann", site.Contact{FirstName: "A", Question: "how much?"}))
		other := over(w.identified("ann", site.Contact{FirstName: "B"}))
		mail := over(w.enter(site.Contact{Email: "Ann@Example.org", ContactID: 7}))
		live := w.enter(site.Contact{ContactID: 7})
		now := w.identified("Ann", site.Contact{Email: "ann@example.org", ContactID: 7})
		w.identified("Ann", site.Contact{}) // is later
		w.flush()
		a := w.worker(open(Options{}))
		w.must(a.follower("demo").catchUp(t.Context()))
		found := func(k Known, r *Reach) (ids []site.EngagementID) {
			all, err := a.Earlier(t.Context(), "demo", now, k, r)
			w.must(err)
			for _, c := range all {
				ids = append(ids, c.Engagement)
			}
			return ids
		}
		for name, c := range map[string]struct {
			known Known
			reach *Reach
			want  []site.EngagementID
		}{
			"nothing":         {Known{}, nil, nil},
			"by identity":     {Known{Identity: "Ann"}, nil, []site.EngagementID{first}},
			"its other case":  {Known{Identity: "ann"}, nil, []site.EngagementID{other}},
			"by address":      {Known{Email: "ANN@example.ORG"}, nil, []site.EngagementID{mail}},
			"by contact":      {Known{ContactID: 7}, nil, []site.EngagementID{live, mail}},
			"by all":          {Known{"Ann", "ann@example.org", 7}, nil, []site.EngagementID{live, mail, first}},
			"in reach":        {Known{"Ann", "", 7}, &Reach{Account: ada}, []site.EngagementID{mail, first}},
			"out of reach":    {Known{"Ann", "", 7}, &Reach{Account: bob, Queues: []site.QueueID{2}}, nil},
			"of its queue":    {Known{"Ann", "", 7}, &Reach{Account: bob, Queues: []site.QueueID{2, 1}}, []site.EngagementID{live, mail, first}},
			"all but a queue": {Known{"Ann", "", 7}, &Reach{Account: bob, AllQueues: true, Except: []site.QueueID{1}}, nil},
			"all queues":      {Known{"Ann", "", 7}, &Reach{Account: bob, AllQueues: true}, []site.EngagementID{live, mail, first}},
		} {
			if diff := cmp.Diff(c.want, found(c.known, c.reach)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", name, diff)
			}
		}
		all, err := a.Earlier(t.Context(), "demo", now, Known{Identity: "Ann"}, nil)
		if err != nil || len(all) != 1 {
			t.Fatal(all, err)
		}
		c := all[0]
		if got := fmt.Sprint(c.Queue.Name, " ", c.Question, " ", c.Result, " ", c.Agent, " ", c.EndedAt.Sub(c.StartedAt)); got != "Support how much? Sold Ada 1m0s" {
			t.Errorf("the earlier one is %q", got)
		}
		hits, err := a.Search(t.Context(), "demo", Query{Text: "plover wanted"})
		if err != nil || len(hits.Hits) != 3 {
			t.Errorf("the notes are found %d times: %v", len(hits.Hits), err)
		}
		for range MaxEarlier {
			w.enter(site.Contact{Email: "many@example.org"})
		}
		last := w.enter(site.Contact{Email: "many@example.org"})
		w.enter(site.Contact{Email: "many@example.org"})
		w.flush()
		w.must(a.follower("demo").catchUp(t.Context()))
		if many, err := a.Earlier(t.Context(), "demo", last+1, Known{Email: "many@example.org"}, nil); err != nil || len(many) != MaxEarlier || many[0].Engagement != last {
			t.Errorf("of many earlier ones %d are told, %v: %v", len(many), many, err)
		}
	})
}
