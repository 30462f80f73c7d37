package sim

import (
	"strings"
	"testing"

	"usher/internal/journal"
	"usher/internal/site"
)

// The record finds histories that must not happen; the site makes none of them,
// so they are written by hand.
func TestRecordFinds(t *testing.T) {
	post := func(from site.ClientID, to ...site.Address) site.Event {
		return &site.Posted{Engagement: 1, Post: site.Post{Client: from, Data: map[string]string{mark: "p"}}, To: to}
	}
	to := func(c site.ClientID, n int64) site.Address { return site.Address{Client: c, Number: n} }
	const visitor, ada, bob = 10, 20, 30
	sound := []site.Event{
		&site.AgentSessionStarted{Client: ada, Key: "ada"},
		&site.AgentSessionStarted{Client: bob, Key: "bob"},
		&site.EngagementRequested{Engagement: 1, Client: visitor, Key: "v"},
		post(visitor), // before anybody leads
		&site.EngagementAssigned{Engagement: 1, Client: ada},
	}
	forwarded := &site.PostsForwarded{Engagement: 1, Count: 1, To: to(ada, 1)}
	for _, c := range []struct {
		name   string
		events []site.Event
		want   string // "": nothing is wrong
	}{
		{"nothing", []site.Event{forwarded, post(ada, to(visitor, 1)), post(visitor, to(ada, 2))}, ""},
		{"two leads", []site.Event{&site.EngagementAssigned{Engagement: 1, Client: bob}}, "two leads"},
		{"one lead after the other", []site.Event{
			forwarded, &site.EngagementQueued{Engagement: 1, Client: ada}, &site.EngagementAssigned{Engagement: 1, Client: bob},
			&site.PostsForwarded{Engagement: 1, Count: 1, To: to(bob, 1)},
		}, ""},
		{"the next lead gets what was received", []site.Event{
			forwarded, &site.Acknowledged{Client: ada, UpTo: 1}, &site.EngagementQueued{Engagement: 1, Client: ada},
			&site.EngagementAssigned{Engagement: 1, Client: bob}, &site.PostsForwarded{Engagement: 1, Count: 1, To: to(bob, 1)},
		}, "not known to be received"},
		{"the lead does not get all", []site.Event{
			forwarded, post(visitor, to(ada, 2)), &site.EngagementQueued{Engagement: 1, Client: ada},
			&site.EngagementAssigned{Engagement: 1, Client: bob}, &site.PostsForwarded{Engagement: 1, Count: 1, To: to(bob, 1)},
		}, "not known to be received"},
		{"forwarded to somebody else", []site.Event{&site.PostsForwarded{Engagement: 1, Count: 1, To: to(bob, 1)}}, "the lead is 20"},
		{"taken from who does not lead", []site.Event{&site.EngagementQueued{Engagement: 1, Client: bob}}, "its lead is 20"},
		{"posted by who does not lead", []site.Event{post(bob, to(visitor, 1))}, "the lead is 20"},
		{"posted past the lead", []site.Event{post(visitor, to(bob, 1))}, "the lead is 20"},
		{"posted to nobody", []site.Event{post(visitor)}, "the lead is 20"},
		{"posted after the end", []site.Event{&site.EngagementConcluded{Engagement: 1}, post(visitor, to(ada, 1))}, "is concluded"},
		{"concluded twice", []site.Event{&site.EngagementConcluded{Engagement: 1}, &site.EngagementConcluded{Engagement: 1}}, "concluded twice"},
		{"taken after the end", []site.Event{
			&site.EngagementQueued{Engagement: 1, Client: ada}, &site.EngagementConcluded{Engagement: 1},
			&site.EngagementAssigned{Engagement: 1, Client: bob},
		}, "is concluded"},
		{"taken without a session", []site.Event{
			&site.EngagementQueued{Engagement: 1, Client: ada}, &site.EngagementAssigned{Engagement: 1, Client: 99},
		}, "without a session"},
		{"a gap in a mailbox", []site.Event{post(visitor, to(ada, 2))}, "number 2 after 0"},
		{"a number given twice", []site.Event{forwarded, post(visitor, to(ada, 1))}, "number 1 after 1"},
		{"mail to nobody", []site.Event{&site.Mailed{Message: site.Message{Engagement: 1}, To: []site.Address{to(99, 1)}}}, "has no session"},
		{"acknowledged before it was given", []site.Event{&site.Acknowledged{Client: ada, UpTo: 1}}, "never given"},
		{"acknowledged before it was received", []site.Event{
			forwarded, post(visitor, to(ada, 2)), &site.Acknowledged{Client: ada, UpTo: 2},
		}, "is said to have received 2, and has received 1"},
		{"ended while it leads", []site.Event{&site.AgentSessionEnded{Client: ada}}, "leads engagement 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRecord(func(site.SessionKey) int64 { return 1 })
			for _, e := range sound {
				if err := r.event(e); err != nil {
					t.Fatal(err)
				}
			}
			var err error
			for _, e := range c.events {
				if err == nil {
					err = r.event(e)
				}
			}
			switch {
			case c.want == "" && err != nil:
				t.Errorf("found %v in a sound history", err)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("found %v, want %q", err, c.want)
			}
		})
	}
}

func TestRecordFindsTimeThatGoesBack(t *testing.T) {
	line := func(at string) []byte { return []byte(`{"at":` + at + `,"event":"SiteResumed","data":{}}` + "\n") }
	r := newRecord(func(site.SessionKey) int64 { return 1 })
	if err := r.follow(journal.Frame{First: 0, Count: 1, Events: line("5")}); err != nil {
		t.Fatal(err)
	}
	if err := r.follow(journal.Frame{First: 1, Count: 1, Events: line("4")}); err == nil || !strings.Contains(err.Error(), "older") {
		t.Errorf("found %v", err)
	}
	if err := r.follow(journal.Frame{First: 3, Count: 1, Events: line("6")}); err == nil || !strings.Contains(err.Error(), "belongs") {
		t.Errorf("found %v", err)
	}
}

func TestRecordFindsAnEpochThatGoesBack(t *testing.T) {
	frame := func(first, epoch int64) journal.Frame {
		return journal.Frame{First: first, Count: 1, Epoch: epoch, Events: []byte(`{"at":5,"event":"SiteResumed","data":{}}` + "\n")}
	}
	r := newRecord(nil)
	for i, epoch := range []int64{3, 3, 7} {
		if err := r.follow(frame(int64(i), epoch)); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.follow(frame(3, 6)); err == nil || !strings.Contains(err.Error(), "after one under 7") {
		t.Errorf("found %v", err)
	}
}
