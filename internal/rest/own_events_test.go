package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/consumer"
	"usher/internal/auth"
	"usher/internal/journal/memory"
	"usher/internal/site"
	"usher/internal/testkit"
)

// hears retrieves once, and asks for usher's own messages.
func hears(v *testkit.Visitor) consumer.GetMessagesResponse {
	v.T.Helper()
	return testkit.Decode[consumer.GetMessagesResponse](v.Server, v.Send("POST", testkit.VisitorPath("getMessages"), "",
		"SessionId", v.Session, "Usher-Ack", v.Ack, "Usher-Events", "1"))
}

// ownTold lists what a batch has of usher's own.
func ownTold(r consumer.GetMessagesResponse) []string {
	var all []string
	for _, m := range r.SystemMessages {
		switch {
		case m.Receipt != nil:
			all = append(all, fmt.Sprintf("%d received %d, saw %d", m.Receipt.ClientID, m.Receipt.ReceivedPost, m.Receipt.SeenPost))
		case m.Idle != nil && m.Idle.Ends == nil:
			all = append(all, "goes on")
		case m.Idle != nil:
			all = append(all, "ends "+*m.Idle.Ends)
		}
	}
	return all
}

func expectOwn(t *testing.T, r consumer.GetMessagesResponse, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, ownTold(r)); diff != "" {
		t.Errorf("usher's own messages (-want +got):\n%s", diff)
	}
}

// change changes settings in their place.
func change(s *testkit.Server, fn func(*site.Settings)) {
	s.T.Helper()
	testkit.Do(s, func(x *site.Site) (site.Settings, error) {
		n := x.CurrentSettings()
		fn(&n)
		return x.Admin("test").ChangeSettings(n)
	})
}

// callerOf names an agent's session where no request does.
func callerOf(a *testkit.Agent) site.Caller {
	return site.Caller{Key: site.SessionKey(auth.SessionHash(a.Session)), Account: site.AccountID(a.Account), Agent: true}
}

// agentSaw has an agent's page say that all up to a post was looked at.
func agentSaw(s *testkit.Server, a *testkit.Agent, engagement, post int64) {
	s.T.Helper()
	testkit.Do(s, func(x *site.Site) (site.ClientID, error) {
		return x.SeenByAgent(callerOf(a), site.EngagementID(engagement), post)
	})
}

// TestReceiptsForVisitors: who asks is told how far the agent is, what it saw only
// where the site says so; who does not ask is never told, and both are in session.
func TestReceiptsForVisitors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := testkit.Options{Journal: memory.NewAuto()}
		s := testkit.New(t, o)
		a, v := s.Chat("ada")
		v.Ack, a.Ack = "0", "0"
		follow := func() { // the agent receives all there is, and says so
			t.Helper()
			a.Ack = a.Call("getMessages", "").Header.Get("Usher-Last")
			expectStatus(t, a.Call("engagements", ""), http.StatusOK)
		}
		first := hears(v)
		expectKinds(t, visitorKinds(first), "ParticipantAdded")
		v.Ack = digits(first.SystemMessages[0].ParticipantAdded.SequenceNumber)
		v.Post("one")
		follow()
		ada := digits(a.Client)
		expectOwn(t, hears(v), ada+" received 1, saw 0")
		agentSaw(s, a, v.Engagement, 1)
		expectOwn(t, hears(v)) // what it saw is kept from visitors
		if st := standing(v, ""); st.Agents[0].ReceivedPost != 1 || st.Agents[0].SeenPost != 0 {
			t.Errorf("session shows %+v", st.Agents)
		}
		change(s, func(n *site.Settings) { n.ShowSeenToVisitors = true })
		v.Post("two")
		follow()
		agentSaw(s, a, v.Engagement, 2)
		expectOwn(t, hears(v), ada+" received 2, saw 2")

		// The post's number is told to who asks.
		a.Post(v.Engagement, "three")
		batch := hears(v)
		expectKinds(t, visitorKinds(batch), "MessagePosted three")
		if p := batch.SystemMessages[0].MessagePosted; p.PostNumber != 3 || p.PostNumberString != "3" {
			t.Errorf("the post is %+v", p)
		}

		// Who does not ask gets nothing of it, also not what came while it did.
		v.Post("four")
		follow()
		plain := v.Call("getMessages", "")
		expectKinds(t, visitorKinds(testkit.Decode[consumer.GetMessagesResponse](s, plain)), "MessagePosted three")
		for _, word := range []string{"Usher", "postNumber"} {
			if strings.Contains(plain.Body, word) {
				t.Errorf("%s is told to who did not ask: %s", word, plain.Body)
			}
		}
		v.Ack = plain.Header.Get("Usher-Last")
		agentSaw(s, a, v.Engagement, 4)
		if got := v.Call("getMessages", ""); got.Header.Get("Usher-Last") != "" || strings.Contains(got.Body, "Usher") {
			t.Errorf("who does not ask is told %s", got.Body)
		}
		if st := standing(v, ""); st.Agents[0].ReceivedPost != 4 || st.Agents[0].SeenPost != 4 || st.SeenPost != 0 {
			t.Errorf("session shows %+v, seen %d", st.Agents, st.SeenPost)
		}
	})
}

// TestVisitorsSeen: what a visitor's page saw is kept, also by the next server, and
// never goes back; a post that is not there was not seen.
func TestVisitorsSeen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := testkit.Options{Journal: memory.NewAuto()}
		s := testkit.New(t, o)
		a, v := s.Chat("ada")
		a.Post(v.Engagement, "one")
		a.Post(v.Engagement, "two")
		for _, c := range []struct {
			number       string
			status, then int
		}{
			{`1`, 200, 1}, {`"2"`, 200, 2}, {`1`, 200, 2}, {`2`, 200, 2}, {`3`, 400, 2}, {`0`, 400, 2}, {`-1`, 400, 2}, {`9007199254740993`, 400, 2},
		} {
			before := s.Position()
			expectStatus(t, own(v, "POST", "seen", `{"postNumber":`+c.number+`}`), c.status)
			st := standing(v, "")
			if st.SeenPost != int64(c.then) || st.SeenPostString != digits(int64(c.then)) {
				t.Errorf("after %s: seen up to %d", c.number, st.SeenPost)
			}
			if again := s.Position(); c.status != http.StatusOK && again != before {
				t.Errorf("%s is recorded", c.number)
			}
		}
		next := restart(t, s, o, time.Second)
		v, a = visitorAt(next, v), agentAt(next, a)
		if st := standing(v, ""); st.SeenPost != 2 {
			t.Errorf("the next server says %d", st.SeenPost)
		}
		held := testkit.Do(next, func(x *site.Site) (site.Holdings, error) {
			return x.Engagements(callerOf(a))
		})
		if p := held.Held[0].Participants; len(p) != 1 || int64(p[0].Client) != v.Client || p[0].Receipt.Seen != 2 {
			t.Errorf("the agent's engagement shows %+v", p)
		}
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		expectStatus(t, a.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
		expectStatus(t, own(v, "POST", "seen", `{"postNumber":2}`), http.StatusOK) // nobody is there who would be shown it
		leaves(v)
		expectRefusal(t, own(v, "POST", "seen", `{"postNumber":2}`), http.StatusForbidden, api.AccessDenied)
	})
}

// TestIdleEnd: a minute before a chat ends for want of anything done, who asks is told,
// and again when somebody did something; session says when it will.
func TestIdleEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		set(t, s, `{"idleSeconds":300,"absentSeconds":600}`)
		queued := s.Enter(testkit.Support)
		began := time.Now()
		if st := standing(queued, ""); st.IdleEnds != nil || st.QueueEnds == nil || *st.QueueEnds != stamped(began.Add(30*time.Minute)) || st.AbsentSeconds != 600 {
			t.Errorf("in the queue: idle %v, queue %v, absent %d", st.IdleEnds, st.QueueEnds, st.AbsentSeconds)
		}
		expectStatus(t, queued.Call("concludeEngagement", ""), http.StatusOK)
		if st := standing(queued, ""); st.IdleEnds != nil || st.QueueEnds != nil {
			t.Errorf("when it is over: idle %v, queue %v", st.IdleEnds, st.QueueEnds)
		}

		_, v := s.Chat("ada")
		v.Ack = "0"
		v.Ack = digits(hears(v).SystemMessages[0].ParticipantAdded.SequenceNumber)
		v.Post("hello?")
		began = time.Now()
		if st := standing(v, ""); st.QueueEnds != nil || st.IdleEnds == nil || *st.IdleEnds != stamped(began.Add(5*time.Minute)) {
			t.Errorf("with an agent: idle %v, queue %v", st.IdleEnds, st.QueueEnds)
		}
		// next waits for the next of usher's own messages.
		next := func() (string, time.Duration) {
			t.Helper()
			for range 20 {
				if own := ownTold(hears(v)); len(own) > 0 {
					return strings.Join(own, ", "), time.Since(began)
				}
			}
			t.Fatal("nothing is told")
			return "", 0
		}
		told, after := next()
		if told != "ends "+stamped(began.Add(5*time.Minute)) || after != 4*time.Minute {
			t.Errorf("told %q after %v", told, after)
		}
		time.Sleep(10 * time.Second)
		expectStatus(t, v.Call("activity", `{"mode":"LISTENING"}`), http.StatusOK)
		if told, after := next(); told != "goes on" || after != 4*time.Minute+10*time.Second {
			t.Errorf("told %q after %v", told, after)
		}
		began = time.Now()
		if told, after := next(); told != "ends "+stamped(began.Add(5*time.Minute)) || after != 4*time.Minute {
			t.Errorf("the second time: told %q after %v", told, after)
		}
		var end consumer.GetMessagesResponse
		for len(end.SystemMessages) == 0 {
			end = hears(v)
		}
		expectKinds(t, visitorKinds(end), "Concluded IDLE_TIMEOUT")
		if after := time.Since(began); after != 5*time.Minute {
			t.Errorf("it ended after %v", after)
		}
	})
}

// stamped writes a time as the visitor contract does.
func stamped(t time.Time) string { return t.UTC().Format(consumer.TimeLayout) }

// TestSpamNoticesNameThePost: the visitor's page learns which of its posts was held back.
func TestSpamNoticesNameThePost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		set(t, s, `{"spam":true,"spamLimits":{"maxLinks":1}}`)
		_, v := s.Chat("ada")
		const spam = `"body":"http://a.example http://b.example"`
		for message, want := range map[string]map[string]string{
			`{` + spam + `,"messageId":"v-1"}`: {"blockedMessageId": "v-1"}, `{` + spam + `}`: nil,
		} {
			expectStatus(t, v.Call("postMessage", message), http.StatusOK)
			got := v.Call("getMessages", "")
			v.Ack = got.Header.Get("Usher-Last")
			batch := testkit.Decode[consumer.GetMessagesResponse](s, got).SystemMessages
			notice := batch[len(batch)-1].MessagePosted
			if notice == nil || notice.SenderType != api.PartySystem || !cmp.Equal(notice.MessageDataMap, want) {
				t.Errorf("%s: told %s", message, got.Body)
			}
		}
	})
}
