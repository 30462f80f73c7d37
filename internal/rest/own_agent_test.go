package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"usher/api"
	"usher/api/agent"
	"usher/internal/site"
	"usher/internal/testkit"
)

// askingPoll is a retrieval that asks for usher's own messages.
func askingPoll(a *testkit.Agent, ack string) testkit.Answer {
	a.T.Helper()
	return a.Send("POST", testkit.AgentPath("getMessages"), "", "X-JSESSIONID", a.Session, "X-AID", digits(a.Account), "Usher-Ack", ack, "Usher-Events", "1")
}

// ownMessages lists what of usher's own a session is sent, until nothing more comes.
func ownMessages(a *testkit.Agent) []agent.SystemMessage {
	a.T.Helper()
	var own []agent.SystemMessage
	for ack := "0"; ; {
		got := askingPoll(a, ack)
		batch := testkit.Decode[agent.GetMessagesResponse](a.Server, got).GetResponseTypes
		if len(batch) == 1 && batch[0].ChatGetTimeout != nil {
			return own
		}
		for _, m := range batch {
			if strings.HasPrefix(m.Name(), "Usher") {
				own = append(own, m)
			}
		}
		if last := got.Header.Get("Usher-Last"); last != "" {
			ack = last
		}
	}
}

// visitorPolls lets a visitor's program receive all by position.
func visitorPolls(v *testkit.Visitor) {
	v.T.Helper()
	v.Ack = "0"
	if last := v.Call("getMessages", "").Header.Get("Usher-Last"); last != "" {
		v.Ack = last
	}
	v.Call("activity", `{"mode":"LISTENING"}`) // whose position says that it was received
}

// TestOwnMessagesOfAgents: each of usher's own messages with all its members, to who
// asks for them, and to nobody else.
func TestOwnMessagesOfAgents(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		ownMessages(a) // asks from now on
		at := func(from time.Time) agent.Header {
			return agent.Header{DestinationID: v.Engagement, DestinationIDString: digits(v.Engagement), NoticeHeader: agent.NoticeHeader{
				DestinationType: api.PartyEngagement, SenderIDString: "0", SenderType: api.PartySystem, MessageType: agent.NoMessageType,
				Visibility: api.VisibilityAll, CreatedTime: from.UnixMilli(), CreatedTimeString: digits(from.UnixMilli()),
			}}
		}
		ids := func(of int64) (int64, string, int64, string) {
			return v.Engagement, digits(v.Engagement), of, digits(of)
		}
		expect := func(want ...agent.SystemMessage) {
			t.Helper()
			if diff := cmp.Diff(want, ownMessages(a), cmpopts.IgnoreFields(agent.NoticeHeader{}, "SequenceNumber", "SequenceNumberString")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		}
		engagement, engagementText, visitor, visitorText := ids(v.Client)

		a.Post(v.Engagement, "hello?")
		number := testkit.Decode[agent.EngagementsResponse](s, a.Call("engagements", "")).Engagements[0].LastPost
		visitorPolls(v)
		received := agent.UsherReceipt{EngagementID: engagement, EngagementIDString: engagementText, ClientID: visitor, ClientIDString: visitorText,
			ReceivedPost: number, ReceivedPostString: digits(number), SeenPostString: "0", Header: at(time.Now())}
		expect(agent.SystemMessage{UsherReceipt: &received})

		expectStatus(t, own(v, "POST", "seen", fmt.Sprintf(`{"postNumber":%d}`, number)), http.StatusOK)
		received.SeenPost, received.SeenPostString, received.Header = number, digits(number), at(time.Now())
		expect(agent.SystemMessage{UsherReceipt: &received})

		expectStatus(t, own(v, "POST", "page", `{"url":"https://shop.example/orders","title":"Orders"}`), http.StatusOK)
		expect(agent.SystemMessage{UsherVisitor: &agent.UsherVisitor{EngagementID: engagement, EngagementIDString: engagementText, ClientID: visitor, ClientIDString: visitorText, Header: at(time.Now())}})

		set(t, s, `{"absentSeconds":60}`)
		began := time.Now()
		for len(ownMessages(a)) == 0 && time.Since(began) < 2*time.Minute { // which lets time pass
		}
		visitorPolls(v)
		back := ownMessages(a)
		if len(back) != 1 || back[0].UsherConnection == nil {
			t.Fatalf("the visitor is back: %+v", back)
		}
		if c := *back[0].UsherConnection; c.ConnectionState != api.ConnectionActive || c.SecondsToDisconnect != 0 || c.ClientID != v.Client || c.ClientIDString != visitorText || c.Role != api.RoleEndUser || c.EngagementID != v.Engagement {
			t.Errorf("the visitor is back: %+v", c)
		}

		bob := s.LogOn("bob") // who does not ask
		expectStatus(t, a.Call("invite", inEngagement(v.Engagement, `,"accountId":13`)), http.StatusOK)
		expectStatus(t, bob.Call("assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionAccept)), http.StatusOK)
		v.Post("thanks")
		visitorPolls(v)
		expectStatus(t, own(v, "POST", "page", `{"url":"https://shop.example/help"}`), http.StatusOK)
		bob.Ack = "0"
		for _, m := range bob.Poll("").GetResponseTypes {
			if strings.HasPrefix(m.Name(), "Usher") || m.ChatPostMessage != nil && m.ChatPostMessage.PostNumber != 0 {
				t.Errorf("bob, who did not ask, is sent %s", m.Name())
			}
		}
	})
}

// TestVisitorIsAwayAndIdle: the agent is told that its visitor is away, how long the
// engagement has yet, that it is about to end for want of anything done, and that it goes on.
func TestVisitorIsAwayAndIdle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		set(t, s, `{"absentSeconds":60,"idleSeconds":300}`)
		a, v := s.Chat("ada")
		ownMessages(a)
		next := func() agent.SystemMessage {
			t.Helper()
			for range 20 {
				if own := ownMessages(a); len(own) > 0 {
					if len(own) > 1 {
						t.Fatalf("%d at once: %+v", len(own), own)
					}
					return own[0]
				}
			}
			t.Fatal("nothing was told")
			return agent.SystemMessage{}
		}
		c := next().UsherConnection
		if c == nil || c.ConnectionState != api.ConnectionAbsent || c.SecondsToDisconnect != 60 || c.ClientID != v.Client || c.DestinationID != v.Engagement || c.CreatedTimeString != digits(c.CreatedTime) {
			t.Fatalf("the visitor is away: %+v", c)
		}
		park := func() { // a page that is there, and does nothing
			for range 12 {
				v.Poll()
			}
		}
		var held sync.WaitGroup
		held.Go(park)
		if c := next().UsherConnection; c == nil || c.ConnectionState != api.ConnectionActive {
			t.Fatalf("the visitor is back: %+v", c)
		}
		m := next().UsherIdle
		ends := testkit.Decode[agent.EngagementsResponse](s, a.Call("engagements", "")).Engagements[0].IdleEnds
		if m == nil || m.Ends != ends || m.EndsString != digits(ends) || m.EngagementID != v.Engagement || m.Ends < time.Now().UnixMilli() || m.Ends > time.Now().Add(time.Minute).UnixMilli() {
			t.Fatalf("the warning: %+v, and the end is at %d", m, ends)
		}
		expectStatus(t, a.Call("setInteractionStatus", fmt.Sprintf(`{"clientId":%d,"engagementId":%d,"mode":"RESPONDING"}`, a.Client, v.Engagement)), http.StatusOK)
		if m := next().UsherIdle; m == nil || m.Ends != 0 || m.EndsString != "0" {
			t.Fatalf("somebody did something: %+v", m)
		}
		held.Wait()
	})
}

// TestPostNumbers: whoever posts is told which post it is, also for a repeat and for a
// file; what is held back has none. Whoever asks for usher's own messages gets it with
// a post.
func TestPostNumbers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		numbers := func(x testkit.Answer) string {
			t.Helper()
			expectStatus(t, x, http.StatusOK)
			return x.Header.Get("Usher-Post") + " " + x.Header.Get("Usher-Post-Time")
		}
		expect := func(what, got string, number int, at time.Time) {
			t.Helper()
			if want := fmt.Sprintf("%d %d", number, at.UnixMilli()); got != want {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		began := time.Now()
		agentsPost := agentPost(t, v.Engagement, "a-1", "hello")
		expect("an agent's post", numbers(a.Call("postMessage", agentsPost)), 1, began)
		expect("a visitor's post", numbers(v.Call("postMessage", `{"body":"hi","messageId":"v-1"}`)), 2, began)
		time.Sleep(time.Minute)
		expect("the agent's again", numbers(a.Call("postMessage", agentsPost)), 1, began)
		expect("the visitor's again", numbers(v.Call("postMessage", `{"body":"hi","messageId":"v-1"}`)), 2, began)
		later := time.Now()
		files := testkit.AgentPath("files") + "&engagementId=" + digits(v.Engagement) + "&name=a.txt&messageId=f-1"
		agentsFile := func() testkit.Answer {
			return a.Send("POST", files, "text", "X-JSESSIONID", a.Session, "X-AID", digits(a.Account))
		}
		visitorsFile := func() testkit.Answer {
			return v.Send("POST", testkit.OwnPath("files")+"?name=b.txt&messageId=f-2", "text", "SessionId", v.Session)
		}
		expect("an agent's file", numbers(agentsFile()), 3, later)
		expect("a visitor's file", numbers(visitorsFile()), 4, later)
		time.Sleep(time.Second)
		expect("the agent's file again", numbers(agentsFile()), 3, later)
		expect("the visitor's file again", numbers(visitorsFile()), 4, later)
		expect("a whisper", numbers(a.Call("postMessage", fmt.Sprintf(`{"body":"psst","destinationId":%d,"destinationType":"END_USER","messageType":"NONE"}`, v.Client))), 5, time.Now())

		set(t, s, `{"spam":true,"spamLimits":{"maxCharacters":10}}`)
		if got := numbers(v.Call("postMessage", `{"body":"much more than ten characters","messageId":"v-2"}`)); got != " " {
			t.Errorf("what was held back has the number %q", got)
		}
		if got := numbers(v.Call("postMessage", `{"body":"much more than ten characters","messageId":"v-2"}`)); got != " " {
			t.Errorf("what was held back has the number %q when it comes again", got)
		}
		var with []int64
		for _, m := range testkit.Decode[agent.GetMessagesResponse](s, askingPoll(a, "0")).GetResponseTypes {
			if p := m.ChatPostMessage; p != nil {
				with = append(with, p.PostNumber)
				if p.PostNumberString != digits(p.PostNumber) {
					t.Errorf("the twin of %d is %q", p.PostNumber, p.PostNumberString)
				}
			}
		}
		if diff := cmp.Diff([]int64{2, 4}, with); diff != "" {
			t.Errorf("the posts that the agent is sent (-want +got):\n%s", diff)
		}
		if body := s.Send("POST", testkit.AgentPath("getMessages"), "", "X-JSESSIONID", a.Session, "X-AID", digits(a.Account), "Usher-Ack", "0", "Usher-Events", "0").Body; strings.Contains(body, "postNumber") {
			t.Errorf("who does not ask is sent a number: %s", body)
		}
	})
}

// TestEngagementsInFull: what an agent's page needs to go on after a reload.
func TestEngagementsInFull(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		ownMessages(a)
		began := time.Now()
		v.Post("where is my order?")
		visitorPolls(v)
		held := func() []agent.HeldEngagement {
			t.Helper()
			return testkit.Decode[agent.EngagementsResponse](s, a.Call("engagements", "")).Engagements
		}
		got := held()[0]
		idle := testkit.Do(s, func(x *site.Site) (site.Settings, error) { return x.CurrentSettings(), nil }).IdleSeconds
		if got.LastPost != 1 || got.WaitsSince > began.UnixMilli() || got.WaitsSince == 0 || got.VisitorName != "Ann Lee" || got.Offer != nil || got.Result != 0 || got.Note != "" {
			t.Errorf("%+v", got)
		}
		if want := began.Add(time.Duration(idle) * time.Second).UnixMilli(); got.IdleEnds != want || got.IdleEndsString != digits(want) {
			t.Errorf("it ends at %d, want %d", got.IdleEnds, want)
		}
		a.Post(v.Engagement, "a moment")
		visitorPolls(v)
		expectStatus(t, own(v, "POST", "seen", `{"postNumber":2}`), http.StatusOK)
		got = held()[0]
		want := api.List[agent.StandingParticipant]{{
			ChatClientInfo: agent.ChatClientInfo{ClientID: v.Client, ClientIDString: digits(v.Client), Name: "Ann Lee", Role: api.RoleEndUser, AccountIDString: "0"},
			ReceivedPost:   2, ReceivedPostString: "2", SeenPost: 2, SeenPostString: "2", ConnectionState: api.ConnectionActive,
		}}
		if diff := cmp.Diff(want, got.Participants); diff != "" {
			t.Errorf("the others (-want +got):\n%s", diff)
		}
		if got.WaitsSince != 0 || got.LastPost != 2 {
			t.Errorf("after the answer: %+v", got)
		}

		expectStatus(t, a.Call("requestAssignment", `{"assignmentRequested":true,"idleSessionCount":1,"maxSessionCount":2}`), http.StatusOK)
		other := s.Enter(testkit.Support)
		var sent *agent.ChatEngagementAssignment
		for _, m := range testkit.Decode[agent.GetMessagesResponse](s, askingPoll(a, "0")).GetResponseTypes {
			if x := m.ChatEngagementAssignment; x != nil && x.EngagementID == other.Engagement {
				sent = x
			}
		}
		all := held()
		i := slices.IndexFunc(all, func(e agent.HeldEngagement) bool { return e.EngagementID == other.Engagement })
		if i < 0 {
			t.Fatalf("the offer is not among %+v", all)
		}
		offered := all[i]
		if diff := cmp.Diff(sent, offered.Offer); diff != "" || sent == nil {
			t.Errorf("the offer, as it was sent (-sent +told):\n%s", diff)
		}
		if len(offered.Participants) != 0 || offered.IdleEnds != 0 || offered.State != agent.StateOffered {
			t.Errorf("the offered one: %+v", offered)
		}
	})
}

// TestHistoryBackwards: pages of the newest posts, then of those before them.
func TestHistoryBackwards(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		a, v := s.Chat("ada")
		for i := range 5 {
			v.Post(fmt.Sprint("post ", i+1))
		}
		f := testkit.Decode[agent.FileResponse](s, a.Send("POST", testkit.AgentPath("files")+"&engagementId="+digits(v.Engagement)+"&name=a.txt", "text", "X-JSESSIONID", a.Session, "X-AID", digits(a.Account))).File
		expectStatus(t, a.Call("postMessage", fmt.Sprintf(`{"body":"psst","destinationId":%d,"destinationType":"END_USER","messageType":"NONE"}`, v.Client)), http.StatusOK)
		read := func(more string) agent.HistoryResponse {
			t.Helper()
			return testkit.Decode[agent.HistoryResponse](s, a.Call("history", inEngagement(v.Engagement, more)))
		}
		for more, want := range map[string]string{
			`,"newest":true,"limit":3`: "[5 6 7] true", `,"beforePost":5,"limit":3`: "[2 3 4] true", `,"beforePost":2,"limit":3`: "[1] false", `,"beforePost":1`: "[] false",
			`,"newest":true`: "[1 2 3 4 5 6 7] false", `,"beforePost":4,"newest":true,"limit":1`: "[3] true", `,"afterPost":5`: "[6 7] false", `,"limit":2`: "[1 2] true", `,"beforePost":99,"limit":1`: "[7] true",
		} {
			h := read(more)
			numbers := []int64{}
			for _, p := range h.Posts {
				numbers = append(numbers, p.PostNumber)
			}
			if got := fmt.Sprint(numbers, " ", h.More); got != want {
				t.Errorf("%s: %s, want %s", more, got, want)
			}
		}
		posts := read("").Posts
		if diff := cmp.Diff(f, posts[5].File); diff != "" || posts[0].File != nil {
			t.Errorf("the file (-sent +told):\n%s", diff)
		}
		if posts[6].Only != v.Client || posts[6].OnlyString != digits(v.Client) || posts[5].Only != 0 || posts[5].OnlyString != "0" {
			t.Errorf("whom alone: %+v", posts[6])
		}
		for more, says := range map[string]string{
			`,"afterPost":1,"beforePost":5`: "one or the other", `,"afterPost":1,"newest":true`: "one or the other", `,"beforePost":-1`: "0 or more", `,"newest":1`: "newest", `,"beforePost":"5"`: "beforePost",
		} {
			x := a.Call("history", inEngagement(v.Engagement, more))
			expectStatus(t, x, http.StatusBadRequest)
			expectText(t, x.Body, says)
		}
	})
}

// TestSeenAndWrapUp: what an agent's page reports and notes, and who may not.
func TestSeenAndWrapUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		testkit.Do(s, func(x *site.Site) (site.Settings, error) {
			n := x.CurrentSettings()
			n.Results = []site.WrapUpResult{{ID: 4, Name: "Solved"}}
			return x.Admin("test").ChangeSettings(n)
		})
		a, v := s.Chat("ada")
		bob := s.LogOn("bob")
		v.Post("hello?")
		refused := func(status int, says string, who *testkit.Agent, operation, more string) {
			t.Helper()
			before := s.Position()
			x := who.Call(operation, inEngagement(v.Engagement, more))
			expectStatus(t, x, status)
			expectText(t, x.Body, says)
			if s.Position() != before {
				t.Errorf("%s%s recorded something", operation, more)
			}
		}
		noted := func() string {
			t.Helper()
			e := testkit.Decode[agent.EngagementsResponse](s, a.Call("engagements", "")).Engagements[0]
			return fmt.Sprint(e.Result, " ", e.Note)
		}
		ok := func(operation, more string) {
			t.Helper()
			expectStatus(t, a.Call(operation, inEngagement(v.Engagement, more)), http.StatusOK)
		}
		refused(400, "accepted", bob, "seen", `,"postNumber":1`)
		refused(400, "the newest is 1", a, "seen", `,"postNumber":2`)
		refused(400, "the newest is 1", a, "seen", `,"postNumber":0`)
		refused(400, "the newest is 1", a, "seen", `,"postNumber":-1`)
		ok("seen", `,"postNumber":1`)
		before := s.Position()
		ok("seen", `,"postNumber":1`)
		if s.Position() != before {
			t.Error("what was seen before is recorded again")
		}

		refused(400, "not led", bob, "wrapUp", `,"result":4`)
		refused(400, "result is 5", a, "wrapUp", `,"result":5`)
		refused(413, "16384", a, "wrapUp", `,"note":"`+strings.Repeat("x", 16<<10+1)+`"`)
		ok("wrapUp", `,"result":4,"note":"wants a refund"`)
		if got := noted(); got != "4 wants a refund" {
			t.Errorf("noted: %q", got)
		}
		ok("concludeChat", "")
		ok("wrapUp", `,"note":"refunded"`) // the last one stands, whole
		if got := noted(); got != "0 refunded" {
			t.Errorf("noted in wrap-up: %q", got)
		}
		ok("releaseChat", "")
		refused(400, "not led", a, "wrapUp", `,"result":4`)
	})
}

// TestReplies: the team's and the account's own; nobody sees or changes another's.
func TestReplies(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		testkit.Do(s, func(x *site.Site) (site.Reply, error) {
			return x.Admin("test").DefineReply(site.Reply{ID: 9, Title: "Greeting", Text: "Hello {visitor.firstName}", Language: "en", Queues: []site.QueueID{testkit.Support}})
		})
		ada, bob := s.LogOn("ada"), s.LogOn("bob")
		all := func(a *testkit.Agent) agent.RepliesResponse {
			t.Helper()
			return testkit.Decode[agent.RepliesResponse](s, a.Call("replies", ""))
		}
		save := func(body string) agent.OwnReply {
			t.Helper()
			return testkit.Decode[agent.SaveReplyResponse](s, ada.Call("saveReply", body)).Reply
		}
		bye, other := save(`{"title":"Bye","text":"Have a nice day."}`), save(`{"id":0,"title":"Wait","text":"A moment."}`)
		if diff := cmp.Diff(agent.OwnReply{ID: 1, IDString: "1", Title: "Bye", Text: "Have a nice day."}, bye); diff != "" {
			t.Errorf("saved (-want +got):\n%s", diff)
		}
		save(`{"id":1,"title":"Bye","text":"Good bye."}`)
		expectStatus(t, ada.Call("deleteReply", fmt.Sprintf(`{"id":%d}`, other.ID)), http.StatusOK)
		expectStatus(t, ada.Call("deleteReply", fmt.Sprintf(`{"id":%d}`, other.ID)), http.StatusOK)
		got := all(ada)
		if diff := cmp.Diff(api.List[agent.OwnReply]{{ID: 1, IDString: "1", Title: "Bye", Text: "Good bye."}}, got.Own); diff != "" {
			t.Errorf("ada's own (-want +got):\n%s", diff)
		}
		team := api.List[agent.TeamReply]{{ID: 9, IDString: "9", Title: "Greeting", Text: "Hello {visitor.firstName}", Language: "en", QueueIDs: api.List[int64]{testkit.Support}}}
		if diff := cmp.Diff(team, got.Team); diff != "" {
			t.Errorf("the team's (-want +got):\n%s", diff)
		}
		if got := all(bob); len(got.Own) != 0 || len(got.Team) != 1 {
			t.Errorf("bob has %+v", got)
		}
		for body, says := range map[string]string{
			`{"id":1,"title":"x","text":"y"}`: "not one of this account's own", `{"title":"","text":"y"}`: "title", `{"title":"x","text":""}`: "text",
			`{"text":"y"}`: "title is missing", `{"title":"x"}`: "text is missing", `{"id":-1,"title":"x","text":"y"}`: "not one of",
			`{"title":"x","text":"` + strings.Repeat("x", 16<<10+1) + `"}`: "text", `{"title":"` + strings.Repeat("x", 4<<10+1) + `","text":"y"}`: "title",
		} {
			x := bob.Call("saveReply", body)
			expectStatus(t, x, http.StatusBadRequest)
			expectText(t, x.Body, says)
		}
		expectStatus(t, bob.Call("deleteReply", `{"id":1}`), http.StatusOK) // of his own, of which there is none
		if got := all(ada); len(got.Own) != 1 {
			t.Errorf("bob took ada's away: %+v", got.Own)
		}
	})
}
