package site

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/api"
)

// TestWhatIsHeldBackReachesNobody, wherever the engagement is: who posted it is told
// in its own stream, and nobody else, not even who leads it later.
func TestWhatIsHeldBackReachesNobody(t *testing.T) {
	t.Parallel()
	for _, st := range []State{Queued, Offered, Active} {
		t.Run(string(st), func(t *testing.T) {
			w := newFloor(t)
			w.settings(func(s *Settings) { s.Spam = true })
			ada, bob, cyd, sue := w.logOn(12), w.logOn(13), w.logOn(14), w.logOn(15)
			ann, e := w.enter(0)
			if st != Queued {
				w.ask(ada, 1)
			}
			lead := ClientID(0)
			if st == Active {
				w.accept(ada, e)
				w.confers(ada, e, cyd)
				w.monitors(sue, e)
				lead = w.byKey[ada.Key]
			}
			w.catchUp(ada, bob, cyd, sue, ann)
			before := w.mark()
			if got := w.verdict(ann, e, spam(1)); got != "LINKS" {
				t.Fatalf("held back by %q", got)
			}
			if got := w.since(before); !slices.Equal(got, []string{"PostBlocked", "Posted"}) {
				t.Errorf("recorded %v", got)
			}
			for _, c := range []Caller{ada, bob, cyd, sue} {
				w.told(c)
			}
			b := w.poll(ann)
			if got := tell(b); !slices.Equal(got, []string{"post " + noticeBlocked}) {
				t.Fatalf("Ann is told %q", got)
			}
			if p := b.Deliveries[0].Message.Post; p.SenderType != api.PartySystem || p.Client != lead || p.Only != w.byKey[ann.Key] {
				t.Errorf("it is of %s %d for %d, want the system's in the place of %d", p.SenderType, p.Client, p.Only, lead)
			}
			if n := len(w.live[e].Unreceived); n != 0 {
				t.Errorf("%d posts wait for who follows", n)
			}
			stand := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{}))
			if len(stand.Posts) != 1 || stand.Posts[0].Body != noticeBlocked || stand.Posts[0].Role != api.RoleNone || stand.Posts[0].Name != "" {
				t.Errorf("Ann's page is shown %+v", stand.Posts)
			}
			if st == Active {
				for _, c := range []Caller{ada, cyd, sue} {
					if h := must[History](w.world)(w.History(c, e, Stretch{})); len(h.Posts) != 0 {
						t.Errorf("an agent's history has %+v", h.Posts)
					}
				}
				must[ClientID](w.world)(w.Reroute(ada, e))
			}
			w.ask(bob, 1)
			if st == Offered {
				w.answer(ada, e, api.ActionDecline)
			}
			w.accept(bob, e)
			w.told(bob, "assignment LEAD 1", "joined END_USER Ann Lee")
		})
	}
}

// TestTheNoticeOfWhoReadsNothing is left out, as any post is when a mailbox is full.
func TestTheNoticeOfWhoReadsNothing(t *testing.T) {
	t.Parallel()
	for who := range 2 {
		w, ada, ann, e := checked(t, SpamLimits{})
		w.settings(func(s *Settings) { s.Spam, s.SpamAgents = false, true })
		for range MaxUnreceivedPosts - 1 {
			w.says(ada, e, "hello")
			w.says(ann, e, "hi")
		}
		w.settings(func(s *Settings) { s.Spam = true })
		c := []Caller{ada, ann}[who]
		for i, want := range []string{"PostBlocked Posted", "PostBlocked", "PostBlocked"} {
			before := w.mark()
			if got := w.verdict(c, e, spam(i)); got != "LINKS" {
				t.Errorf("held back by %q", got)
			}
			if got := strings.Join(w.since(before), " "); got != want {
				t.Errorf("post %d is recorded as %q, want %q", i, got, want)
			}
			w.check()
		}
	}
}

// TestRepeatedSpamEndsTheEngagement: the count goes on through a restart, a new
// lead, another session of the visitor and any time; what passes between does not
// start it anew.
func TestRepeatedSpamEndsTheEngagement(t *testing.T) {
	t.Parallel()
	nothing := func(*floor, Caller, *Caller, EngagementID) {}
	for name, c := range map[string]struct {
		limits  SpamLimits
		most    int
		between func(w *floor, ada Caller, ann *Caller, e EngagementID)
	}{
		"the fifth":              {SpamLimits{}, 5, nothing},
		"the site's own second":  {SpamLimits{MaxBlocks: 2}, 2, nothing},
		"the site's own hundred": {SpamLimits{MaxBlocks: maxSpamTries, BurstPosts: maxSpamTries}, maxSpamTries, nothing},
		"with others between": {SpamLimits{}, 5, func(w *floor, _ Caller, ann *Caller, e EngagementID) {
			w.says(*ann, e, fmt.Sprint("sorry ", w.Position()))
		}},
		"after a while":   {SpamLimits{}, 5, func(w *floor, _ Caller, _ *Caller, _ EngagementID) { w.after(9 * time.Minute) }},
		"after a restart": {SpamLimits{}, 5, func(w *floor, _ Caller, _ *Caller, _ EngagementID) { w.restart() }},
		"with another lead": {SpamLimits{}, 5, func(w *floor, _ Caller, _ *Caller, e EngagementID) {
			w.takesOver(w.logOn([]AccountID{15, 16}[w.live[e].LastPost%2]), e)
		}},
		"in another session": {SpamLimits{}, 5, func(w *floor, _ Caller, ann *Caller, _ EngagementID) {
			*ann, _ = w.comes(func(n *EngagementRequest) { n.Identity, n.Resume = "ann", true })
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w, ada, ann, e := checked(t, c.limits)
			for i := range c.most - 1 {
				if got := w.verdict(ann, e, spam(i)); got != "LINKS" {
					t.Fatalf("post %d is held back by %q", i, got)
				}
				c.between(w, ada, &ann, e)
			}
			w.is(e, Active)
			w.catchUp(ann, ada)
			if got := w.verdict(ann, e, spam(-1)); got != "LINKS!" {
				t.Fatalf("the last one is held back by %q", got)
			}
			w.is(e, Concluded)
			w.told(ann, ejected, "concluded END_USER EJECTED -")
			w.hasHeard(w.callerOf(w.agents[w.live[e].Lead].Account), "concluded END_USER EJECTED -")
			w.nothing(Conflict, func() error { _, err := w.PostAsVisitor(ann, spam(-1)); return err })
		})
	}
}

// TestSpamEndsAnEngagementThatWaits, and takes an offer back.
func TestSpamEndsAnEngagementThatWaits(t *testing.T) {
	t.Parallel()
	for _, st := range []State{Queued, Offered} {
		w := newFloor(t)
		w.settings(func(s *Settings) { s.Spam, s.SpamLimits.MaxBlocks = true, 1 })
		ada := w.logOn(12)
		ann, e := w.enter(0)
		if st == Offered {
			w.ask(ada, 1)
		}
		w.is(e, st)
		w.catchUp(ada, ann)
		if got := w.verdict(ann, e, spam(1)); got != "LINKS!" {
			t.Errorf("held back by %q", got)
		}
		w.is(e, "gone")
		w.told(ann, ejected, "concluded END_USER EJECTED -")
		if st == Offered {
			w.told(ada, "concluded END_USER EJECTED -")
			if got := w.agent(ada).Credits; got != 1 {
				t.Errorf("Ada has %d credits, want the one it asked for", got)
			}
		}
	}
}

// TestARepeatOfWhatWasHeldBackIsKnown: it is answered as the first one was, and is
// held back no second time. What ended the engagement was refused, and stays so.
func TestARepeatOfWhatWasHeldBackIsKnown(t *testing.T) {
	t.Parallel()
	text, off := spam(1), spam(2)
	text.MessageID, off.MessageID, off.OffTheRecord = "m1", "m2", true
	again := aFile
	again.ID = "file2"
	for name, c := range map[string]struct {
		limits      SpamLimits
		first, then NewPost
	}{
		"a text":                {SpamLimits{}, text, text},
		"a text off the record": {SpamLimits{}, off, off},
		"a file": {SpamLimits{BurstPosts: 1},
			NewPost{File: &aFile, MessageID: "m3"}, NewPost{File: &again, MessageID: "m3"}},
		"a file off the record": {SpamLimits{BurstPosts: 1},
			NewPost{File: &aFile, MessageID: "m3", OffTheRecord: true}, NewPost{File: &again, MessageID: "m3", OffTheRecord: true}},
	} {
		t.Run(name, func(t *testing.T) {
			w, _, ann, e := checked(t, c.limits)
			w.says(ann, e, "hi")
			if got := w.verdict(ann, e, c.first); got == "" {
				t.Fatal("it was let through")
			}
			for _, between := range []func(){func() {}, w.restart, func() {
				ann, _ = w.comes(func(n *EngagementRequest) { n.Identity, n.Resume = "ann", true })
			}} {
				between()
				w.silent(func() error {
					taken, err := w.PostAsVisitor(ann, c.then)
					if !taken.Repeated || taken.Blocked != nil || taken.File != nil {
						t.Errorf("answered %+v", taken)
					}
					return err
				})
			}
			c.then.MessageID += "x"
			w.restart()
			w.says(ann, e, "ho")
			if got := w.verdict(ann, e, c.then); got == "" {
				t.Error("under another id it is let through")
			}
		})
	}
	t.Run("the last of all", func(t *testing.T) {
		w, _, ann, e := checked(t, SpamLimits{MaxBlocks: 1})
		if got := w.verdict(ann, e, text); got != "LINKS!" {
			t.Errorf("held back by %q", got)
		}
		w.nothing(Conflict, func() error { _, err := w.PostAsVisitor(ann, text); return err })
	})
}

// TestWhatIsHeldBackOffTheRecordLeavesNoText in the journal or a checkpoint; what is
// on the record stands in its event, to be looked at.
func TestWhatIsHeldBackOffTheRecordLeavesNoText(t *testing.T) {
	t.Parallel()
	w, _, ann, e := checked(t, SpamLimits{})
	for _, off := range []bool{true, false} {
		n := spam(4711)
		n.OffTheRecord, n.MessageID = off, fmt.Sprint("m", off)
		if got := w.verdict(ann, e, n); got != "LINKS" {
			t.Errorf("held back by %q", got)
		}
		w.flush()
		everything := slices.Clone(w.journal)
		for _, p := range w.AllParts() {
			everything = append(everything, p.Data...)
		}
		if got := bytes.Contains(everything, []byte(n.Body)); got == off {
			t.Errorf("off the record %t: its text stands in a frame or a part: %t", off, got)
		}
		if len(w.side) != 0 {
			t.Errorf("off the record %t: texts stand apart: %v", off, w.side)
		}
	}
}

// TestAgentsAreCheckedWhereTheSiteSaysSo: whatever they post, and to whomever. They
// are told as visitors are, without the visitor, and are never sent away.
func TestAgentsAreCheckedWhereTheSiteSaysSo(t *testing.T) {
	t.Parallel()
	for name, post := range map[string]func(w *floor, by, ann, other Caller, e EngagementID, n NewPost) (Taken, error){
		"to all": func(w *floor, by, _, _ Caller, e EngagementID, n NewPost) (Taken, error) {
			return w.PostAsAgent(by, e, n)
		},
		"a note": note,
		"a whisper": func(w *floor, by, ann, _ Caller, _ EngagementID, n NewPost) (Taken, error) {
			return w.Whisper(by, w.byKey[ann.Key], api.PartyEndUser, n)
		},
		"between agents": func(w *floor, by, _, other Caller, _ EngagementID, n NewPost) (Taken, error) {
			return w.Whisper(by, w.byKey[other.Key], api.PartyAgent, n)
		},
		"off the record": func(w *floor, by, _, _ Caller, e EngagementID, n NewPost) (Taken, error) {
			n.OffTheRecord = true
			return w.PostAsAgent(by, e, n)
		},
		"as a rich text": func(w *floor, by, _, _ Caller, e EngagementID, n NewPost) (Taken, error) {
			n.RichText = true
			return w.PostAsAgent(by, e, n)
		},
		"of a kind of bot": func(w *floor, by, _, _ Caller, e EngagementID, n NewPost) (Taken, error) {
			n.VAResponse = "{}"
			return w.PostAsAgent(by, e, n)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, ada, ann, e := checked(t, SpamLimits{ExtremeFactor: 1, MaxBlocks: 2, BurstPosts: maxSpamTries})
			bob := w.logOn(13)
			w.confers(ada, e, bob)
			w.catchUp(ada, ann, bob)
			said := must[Taken](w.world)(post(w, ada, ann, bob, e, spam(1)))
			if len(said.Blocked) > 0 {
				t.Errorf("it is held back by %v, and the site says nothing of agents", said.Blocked)
			}
			w.settings(func(s *Settings) { s.SpamAgents = true })
			w.catchUp(ada, ann, bob)
			shown := len(must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})).Posts)
			for i := range 20 {
				taken := must[Taken](w.world)(post(w, ada, ann, bob, e, spam(2+i)))
				if !slices.Equal(taken.Blocked, []SpamCode{SpamLinks}) || taken.Ejected {
					t.Fatalf("answered %+v", taken)
				}
				w.told(ada, "whisper to agents: "+noticeBlocked)
			}
			w.told(ann)
			w.told(bob)
			w.ledBy(e, ada)
			if got := must[VisitorStanding](w.world)(w.VisitorStanding(ann, Stretch{})).Posts; len(got) != shown {
				t.Errorf("the visitor's page is shown %+v", got[shown:])
			}
			w.settings(func(s *Settings) { s.Spam = false }) // and so agents are checked no more
			if got := must[Taken](w.world)(post(w, ada, ann, bob, e, spam(99))); len(got.Blocked) > 0 {
				t.Errorf("it is held back by %v at a site that checks nothing", got.Blocked)
			}
		})
	}
}

func note(w *floor, by, _, _ Caller, e EngagementID, n NewPost) (Taken, error) {
	n.Visibility = api.VisibilityNotEndUser
	return w.PostAsAgent(by, e, n)
}

// TestAMonitorsSpamIsItsOwn: it is told, and the visitor hears of no monitor.
func TestAMonitorsSpamIsItsOwn(t *testing.T) {
	t.Parallel()
	w, ada, ann, e := checked(t, SpamLimits{})
	w.settings(func(s *Settings) { s.SpamAgents = true })
	sue := w.logOn(15)
	w.monitors(sue, e)
	w.catchUp(ada, ann, sue)
	if got := w.verdict(sue, e, spam(1)); got != "LINKS" {
		t.Errorf("held back by %q", got)
	}
	w.told(sue, "whisper to agents: "+noticeBlocked)
	w.told(ada)
	w.told(ann)
}

func TestNothingIsCheckedWhenSpamIsOff(t *testing.T) {
	t.Parallel()
	w, ada, ann, e := checked(t, SpamLimits{})
	w.settings(func(s *Settings) { s.Spam, s.SpamAgents = false, true })
	for _, c := range []Caller{ada, ann} {
		for range 20 {
			if got := w.verdict(c, e, NewPost{Body: strings.Repeat("http://a.example !!!! ", 200)}); got != "" {
				t.Fatalf("held back by %q", got)
			}
		}
	}
	w.settings(func(s *Settings) { s.Spam = true }) // what was posted before is no try
	if got := w.verdict(ann, e, NewPost{Body: "hi"}); got != "" {
		t.Errorf("held back by %q", got)
	}
}
