package site

import (
	"testing"

	"usher/api"
)

// whisper posts to one participant.
func whisper(w *floor, from, to Caller, party api.PartyType, text string) error {
	_, err := w.Whisper(from, w.byKey[to.Key], party, NewPost{Body: text})
	return err
}

func TestAWhisperReachesOne(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, cyd, sue := w.logOn(12), w.logOn(13), w.logOn(14), w.logOn(15)
	ann, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.confers(ada, e, cyd)
	w.monitors(sue, e)
	all := []Caller{ada, bob, cyd, sue, ann}
	for _, c := range []struct {
		name     string
		from, to Caller
		party    api.PartyType
		told     string
	}{
		{"the lead to a conferee", ada, bob, api.PartyAgent, "whisper to agents: psst"},
		{"a conferee to the lead", bob, ada, api.PartyAgent, "whisper to agents: psst"},
		{"between conferees", bob, cyd, api.PartyAgent, "whisper to agents: psst"},
		{"a monitor to the lead", sue, ada, api.PartyAgent, "whisper to agents: psst"},
		{"a conferee to the monitor", cyd, sue, api.PartyAgent, "whisper to agents: psst"},
		{"the lead to the visitor", ada, ann, api.PartyEndUser, "whisper: psst"},
		{"a conferee to the visitor", bob, ann, api.PartyEndUser, "whisper: psst"},
	} {
		w.catchUp(all...)
		if err := whisper(w, c.from, c.to, c.party, "psst"); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		for _, o := range all {
			if o.Key == c.to.Key {
				w.told(o, c.told)
			} else {
				w.told(o)
			}
		}
	}
}

// TestAWhisperInTheHistory is for those whom it concerned.
func TestAWhisperInTheHistory(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, cyd := w.logOn(12), w.logOn(13), w.logOn(14)
	_, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.confers(ada, e, cyd)
	w.says(ada, e, "to all")
	if err := whisper(w, ada, bob, api.PartyAgent, "psst"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		by    Caller
		posts int
	}{{ada, 2}, {bob, 2}, {cyd, 1}} {
		if h := must[History](w.world)(w.History(c.by, e, Stretch{})); len(h.Posts) != c.posts {
			t.Errorf("account %d reads %+v", c.by.Account, h.Posts)
		}
	}
}

// TestWhispersThatCannotBe has one obstacle in each row.
func TestWhispersThatCannotBe(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob, cyd, sue := w.logOn(12), w.logOn(13), w.logOn(14), w.logOn(15)
	ann, e := w.chat(ada)
	ben, _ := w.chat(cyd)
	over, o := w.chat(ada)
	must[ClientID](w.world)(w.ConcludeAsAgent(ada, o))
	w.stops(ada)
	w.invites(ada, e, 13, api.AssignmentConference)
	w.monitors(sue, e)
	for _, c := range []struct {
		name     string
		from, to Caller
		party    api.PartyType
		text     string
		want     Code
	}{
		{"to an agent elsewhere", ada, cyd, api.PartyAgent, "psst", InvalidField},
		{"to a visitor elsewhere", ada, ben, api.PartyEndUser, "psst", InvalidField},
		{"to who is only asked", ada, bob, api.PartyAgent, "psst", InvalidField},
		{"from who is only asked", bob, ada, api.PartyAgent, "psst", InvalidField},
		{"from who is only asked, to the visitor", bob, ann, api.PartyEndUser, "psst", Conflict},
		{"to oneself", ada, ada, api.PartyAgent, "psst", InvalidField},
		{"to an agent as a visitor", ada, sue, api.PartyEndUser, "psst", InvalidField},
		{"to a visitor as an agent", ada, ann, api.PartyAgent, "psst", InvalidField},
		{"to nobody", ada, Caller{Key: "nobody"}, api.PartyAgent, "psst", InvalidField},
		{"of another kind", ada, sue, api.PartyQueue, "psst", InvalidField},
		{"after the end", ada, over, api.PartyEndUser, "psst", Conflict},
		{"from a monitor to the visitor", sue, ann, api.PartyEndUser, "psst", InvalidField},
		{"of nothing", ada, sue, api.PartyAgent, "", BadRequest},
		{"too long", ada, sue, api.PartyAgent, string(make([]byte, MaxPostBytes+1)), TooLarge},
		{"by nobody", Caller{Key: "nobody", Agent: true}, sue, api.PartyAgent, "psst", AccessDenied},
	} {
		before := w.Position()
		if got := codeOf(whisper(w, c.from, c.to, c.party, c.text)); got != c.want || w.Position() != before {
			t.Errorf("%s: answered %q, want %q; %d events", c.name, got, c.want, w.Position()-before)
		}
	}
}

// TestAWhisperNeedsOneEngagement: with two in common nobody can tell which is meant.
func TestAWhisperNeedsOneEngagement(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, one := w.chat(ada)
	ben, two := w.chat(ada)
	w.confers(ada, one, bob)
	w.confers(ada, two, bob)
	w.nothing(InvalidField, func() error { return whisper(w, ada, bob, api.PartyAgent, "psst") })
	if err := whisper(w, ada, ben, api.PartyEndUser, "psst"); err != nil { // a visitor has one only
		t.Fatal(err)
	}
	w.leaves(bob, two)
	if err := whisper(w, ada, bob, api.PartyAgent, "psst"); err != nil {
		t.Fatal(err)
	}
}

// TestARepeatedWhisperIsDoneOnce (promise 9), and a full mailbox turns it away
// (promise 6).
func TestARepeatedWhisperIsDoneOnce(t *testing.T) {
	t.Parallel()
	w := newFloor(t)
	ada, bob := w.logOn(12), w.logOn(13)
	_, e := w.chat(ada)
	w.confers(ada, e, bob)
	w.catchUp(ada, bob)
	n := NewPost{Body: "psst", MessageID: "m1"}
	must[Taken](w.world)(w.Whisper(ada, w.byKey[bob.Key], api.PartyAgent, n))
	w.silent(func() error { _, err := w.Whisper(ada, w.byKey[bob.Key], api.PartyAgent, n); return err })
	w.told(bob, "whisper to agents: psst")
	for range MaxUnreceivedPosts {
		must[Taken](w.world)(w.Whisper(ada, w.byKey[bob.Key], api.PartyAgent, NewPost{Body: "psst"}))
	}
	w.nothing(TooMany, func() error { return whisper(w, ada, bob, api.PartyAgent, "psst") })
	w.nothing(TooMany, func() error { _, err := w.post(ada, e, NewPost{Body: "to all"}); return err })
	w.catchUp(bob)
	w.says(ada, e, "to all")
}
