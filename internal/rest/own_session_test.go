package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/api"
	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/journal/memory"
	"usher/internal/site"
	"usher/internal/testkit"
)

// own calls one of usher's own operations with a visitor's session.
func own(v *testkit.Visitor, method, operation, body string) testkit.Answer {
	v.T.Helper()
	return v.Send(method, testkit.OwnPath(operation), body, "SessionId", v.Session)
}

// standing asks where a visitor's chat stands.
func standing(v *testkit.Visitor, query string) consumer.SessionResponse {
	v.T.Helper()
	return testkit.Decode[consumer.SessionResponse](v.Server, own(v, "GET", "session"+query, ""))
}

// said lists the posts of a session's answer.
func said(r consumer.SessionResponse) []string {
	words := []string{}
	for _, p := range r.Posts {
		words = append(words, fmt.Sprintf("%d %s %q: %s", p.PostNumber, p.SenderType, p.Name, p.Body))
	}
	return words
}

func expectSaid(t *testing.T, r consumer.SessionResponse, want ...string) {
	t.Helper()
	if diff := cmp.Diff(append([]string{}, want...), said(r)); diff != "" {
		t.Errorf("the posts (-want +got):\n%s", diff)
	}
}

// hidden is an agent's post that the visitor must not see.
func hidden(engagement int64, text string) string {
	return fmt.Sprintf(`{"body":%q,"destinationId":%d,"destinationType":"ENGAGEMENT","messageType":"NONE","visibility":"NOT_ENDUSER"}`, text, engagement)
}

// lastsUntil checks that something is served for half an hour after a session's end,
// and not a second longer.
func lastsUntil(t *testing.T, ended time.Time, call func() testkit.Answer) {
	t.Helper()
	time.Sleep(time.Until(ended.Add(site.AfterChat - time.Second)))
	expectStatus(t, call(), http.StatusOK)
	time.Sleep(2 * time.Second)
	expectRefusal(t, call(), http.StatusForbidden, api.AccessDenied)
}

// leaves lets a visitor hear the end of its chat, and answers when its session ends.
func leaves(v *testkit.Visitor) time.Time {
	v.T.Helper()
	for range 20 {
		a := v.Call("getMessages", "")
		if a.Status != http.StatusOK {
			return time.Now()
		}
		v.Ack = a.Header.Get("Usher-Last")
	}
	v.T.Fatal("the session does not end")
	return time.Time{}
}

// TestSessionStory: at each moment of a chat a page that starts again is told where
// it stands, also by the next server, and for half an hour after its session's end.
func TestSessionStory(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		o := testkit.Options{Journal: memory.NewAuto()}
		s := testkit.New(t, o)
		other := s.Enter(testkit.Support)
		v := s.Enter(testkit.Support)
		st := standing(v, "")
		if st.State != consumer.SessionQueued || st.Position != 2 || st.QueueID != testkit.Support || st.EngagementID != v.Engagement || st.ClientID != v.Client ||
			len(st.Agents) != 0 || !st.Complete || st.More || st.Rating != nil || st.SneakPreviewState != api.SneakPreviewDisabled {
			t.Errorf("in the queue: %+v", st)
		}
		if !st.Files.Allowed || st.Files.MaxBytes != site.DefaultFileBytes || !cmp.Equal([]string(st.Files.Types), site.DefaultFileTypes) {
			t.Errorf("files: %+v", st.Files)
		}
		expectStatus(t, other.Call("concludeEngagement", ""), http.StatusOK)
		if st := standing(v, ""); st.Position != 1 {
			t.Errorf("when the other one has left: position %d", st.Position)
		}
		expectStatus(t, v.Call("postMessage", `{"body":"hello?","messageId":"v-1","messageDataMap":{"page":"/orders"}}`), http.StatusOK)
		expectSaid(t, standing(v, ""), `1 END_USER "Ann Lee": hello?`)

		a := s.LogOn("ada")
		a.Ask(1)
		if st := standing(v, ""); st.State != consumer.SessionQueued || st.Position != 1 {
			t.Errorf("while it is offered: %s, place %d", st.State, st.Position)
		}
		a.Accept(v.Engagement)
		bobSupervises(s)
		b := s.LogOn("bob")
		testkit.Decode[agent.MonitorResponse](s, b.Call("monitor", inEngagement(v.Engagement, "")))
		a.Post(v.Engagement, "Which order?")
		expectStatus(t, a.Call("postMessage", hidden(v.Engagement, "a note")), http.StatusOK)
		expectStatus(t, v.Call("postMessage", `{"body":"my card is 4711","offTheRecord":true}`), http.StatusOK)
		v.Post("4711")
		st = standing(v, "")
		expectSaid(t, st, `1 END_USER "Ann Lee": hello?`, `2 AGENT "Ada": Which order?`, `4 END_USER "Ann Lee": `, `5 END_USER "Ann Lee": 4711`)
		if p := st.Posts[0]; p.MessageID == nil || *p.MessageID != "v-1" || !cmp.Equal(p.MessageDataMap, map[string]string{"page": "/orders"}) || p.ClientID != v.Client {
			t.Errorf("the first post: %+v", p)
		}
		if p := st.Posts[2]; !p.OffTheRecord {
			t.Errorf("the post off the record: %+v", p)
		}
		want := api.List[consumer.SessionAgent]{{ClientID: a.Client, ClientIDString: digits(a.Client), Name: "Ada", Role: api.RoleLead, ConnectionState: api.ConnectionActive,
			ReceivedPostString: "0", SeenPostString: "0"}}
		if st.State != consumer.SessionActive || st.Position != 0 || !cmp.Equal(st.Agents, want) {
			t.Errorf("with an agent: %s, place %d, %+v", st.State, st.Position, st.Agents)
		}

		// A part of it.
		expectSaid(t, standing(v, "?afterPost=4"), `5 END_USER "Ann Lee": 4711`)
		expectSaid(t, standing(v, "?afterPost=5"))
		page := standing(v, "?afterPost=1&limit=2")
		expectSaid(t, page, `2 AGENT "Ada": Which order?`, `4 END_USER "Ann Lee": `)
		if !page.More || st.More {
			t.Errorf("more: %t, and of all %t", page.More, st.More)
		}

		// Backwards.
		expectSaid(t, standing(v, "?newest=false&limit=1"), `1 END_USER "Ann Lee": hello?`)
		for _, query := range []string{"?newest=true&limit=2", "?beforePost=9&limit=2", "?newest=true&beforePost=6&limit=2"} {
			newest := standing(v, query)
			if expectSaid(t, newest, `4 END_USER "Ann Lee": `, `5 END_USER "Ann Lee": 4711`); !newest.More {
				t.Errorf("%s: there are no older ones", query)
			}
		}
		older := standing(v, "?beforePost=4&limit=2")
		if expectSaid(t, older, `1 END_USER "Ann Lee": hello?`, `2 AGENT "Ada": Which order?`); older.More || !older.Complete {
			t.Errorf("before these there are more: %t", older.More)
		}
		expectSaid(t, standing(v, "?beforePost=1"))

		// What the page has received.
		got := v.Call("getMessages", "")
		last := got.Header.Get("Usher-Last")
		if st := standing(v, ""); st.LastNumberString != last || st.ReceivedNumberString >= last {
			t.Errorf("handed out up to %s: last %d, received %d", last, st.LastNumber, st.ReceivedNumber)
		}
		acked := testkit.Decode[consumer.SessionResponse](s, v.Send("GET", testkit.OwnPath("session"), "", "SessionId", v.Session, "Usher-Ack", last))
		if acked.ReceivedNumberString != last {
			t.Errorf("received up to %s: %d", last, acked.ReceivedNumber)
		}

		// The next server says the same.
		before := standing(v, "")
		next := restart(t, s, o, time.Second)
		v, a = visitorAt(next, v), agentAt(next, a)
		if diff := cmp.Diff(before, standing(v, ""), cmpopts.IgnoreFields(consumer.Envelope{}, "ServiceStartTime", "ServiceFinishTime")); diff != "" {
			t.Errorf("after the restart (-before +after):\n%s", diff)
		}

		// The agent is away, and comes back.
		for range 5 {
			time.Sleep(25 * time.Second)
			v.Call("activity", `{"mode":"LISTENING"}`)
		}
		if st := standing(v, ""); len(st.Agents) != 1 || st.Agents[0].ConnectionState != api.ConnectionAbsent {
			t.Errorf("while the agent is away: %+v", st.Agents)
		}
		expectStatus(t, a.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		st = standing(v, "?afterPost=4")
		expectSaid(t, st, `5 END_USER "Ann Lee": 4711`)
		if st.State != consumer.SessionConcluded || len(st.Agents) != 0 || st.QueueID != testkit.Support {
			t.Errorf("after the end: %+v", st)
		}
		expectStatus(t, a.Call("releaseChat", inEngagement(v.Engagement, "")), http.StatusOK)
		if st := standing(v, ""); st.State != consumer.SessionConcluded || len(st.Posts) != 0 || st.QueueID != 0 || st.Complete {
			t.Errorf("when the agent is done: %+v", st)
		}
		ended := leaves(v)
		expectRefusal(t, v.Call("postMessage", `{"body":"x"}`), http.StatusForbidden, api.AccessDenied)
		if st := standing(v, ""); st.State != consumer.SessionConcluded || st.ClientID != v.Client || st.EngagementID != v.Engagement || st.LastNumber != 0 {
			t.Errorf("when the session is over: %+v", st)
		}
		v = visitorAt(restart(t, next, o, time.Second), v)
		lastsUntil(t, ended, func() testkit.Answer { return own(v, "GET", "session", "") })
	})
}

// TestSessionAnswersNobodyElse: no other session learns of a chat, and none that is
// unknown.
func TestSessionAnswersNobodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{Mailed: func() {}})
		set(t, s, `{"mailTranscripts":true}`)
		a, v := s.Chat("ada")
		v.Post("only mine")
		w := s.Enter(testkit.Support)
		for _, o := range [][2]string{{"GET", "session"}, {"GET", "transcript"}} {
			got := own(w, o[0], o[1], "")
			expectStatus(t, got, http.StatusOK)
			if strings.Contains(got.Body, "only mine") || strings.Contains(got.Body, fmt.Sprintf(`"engagementId":%d,`, v.Engagement)) {
				t.Errorf("%s tells another visitor %s", o[1], got.Body)
			}
		}
		for what, session := range map[string]string{
			"unknown": strings.Repeat("0", 26), "none": "", "not yet one": "undefined", "an agent's": a.Session, "longer": v.Session + "0", "shorter": v.Session[1:],
		} {
			for _, o := range [][3]string{
				{"GET", "session", ""}, {"GET", "session?limit=x", ""}, {"GET", "transcript", ""}, {"GET", "transcript?after=-1", ""}, {"POST", "transcript", `{}`},
				{"POST", "transcript", `{"emailAddress":[]}`}, {"POST", "seen", `{"postNumber":1}`}, {"POST", "seen", `{}`}, {"POST", "page", `{"url":"https://shop.example/"}`},
				{"POST", "page", `{"url":"x"}`}, {"POST", "facts", `{"firstName":"x"}`}, {"POST", "facts", `{"fields":5}`}, {"POST", "rating", `{"stars":5}`}, {"POST", "rating", `[`}, {"POST", "files?name=a.txt", "text"}, {"POST", "files", ""},
			} {
				before := s.Position()
				got := s.Send(o[0], testkit.OwnPath(o[1]), o[2], "SessionId", session)
				if got.Status != http.StatusForbidden || !strings.Contains(got.Body, "ACCESS_DENIED") {
					t.Errorf("%s %s with a session that is %s: %d %s", o[0], o[1], what, got.Status, got.Body)
				}
				if s.Position() != before {
					t.Errorf("%s %s with a session that is %s recorded something", o[0], o[1], what)
				}
			}
		}
	})
}
