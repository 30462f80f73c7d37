package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/agent"
	"usher/api/consumer"
	"usher/internal/auth"
	"usher/internal/site"
	"usher/internal/testkit"
)

// knownAs is an agent as the site knows it.
func knownAs(a *testkit.Agent) site.Caller {
	return site.Caller{Key: site.SessionKey(auth.SessionHash(a.Session)), Account: site.AccountID(a.Account), Agent: true}
}

// come lets a visitor in with attributes.
func come(s *testkit.Server, attributes string) *testkit.Visitor {
	s.T.Helper()
	token := s.VisitorToken(attributes)
	e := testkit.Decode[consumer.RequestEngagementResponse](s, s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token))
	return &testkit.Visitor{Server: s, Session: e.SessionID, Client: e.ClientID, Engagement: e.EngagementID}
}

// TestAgentSearch: agents find and read what was said in their queues and where they took
// part, supervisors all; a whisper to one agent is nobody else's.
func TestAgentSearch(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		bobSupervises(s)
		c.ok("PUT", "/queues/7", `{"name":"Cards"}`)
		c.ok("PUT", "/accounts/21", `{"login":"cy","password":"`+testkit.Password+`","name":"Cy","queues":[7],"pull":true}`)
		began := time.Now().UnixMilli()
		ada, ann := s.Chat("ada")
		bob, cy := s.LogOn("bob"), s.LogOn("cy")
		ann.Post("plover is the word")
		time.Sleep(time.Second)
		expectStatus(t, bob.Call("monitor", inEngagement(ann.Engagement, "")), http.StatusOK)
		whisper := fmt.Sprintf(`{"body":"plover is secret","messageId":"w","messageType":"TEXT","destinationType":"AGENT","destinationId":%d}`, ada.Client)
		expectStatus(t, bob.Call("postMessage", whisper), http.StatusOK)
		cards := come(s, `{"firstName":"Ben","queueId":7}`)
		cards.Post("plover in cards")
		search := func(a *testkit.Agent, more string) agent.SearchResponse {
			t.Helper()
			return testkit.Decode[agent.SearchResponse](s, a.Call("search", `{"text":"plover"`+more+`}`))
		}
		said := func(r agent.SearchResponse) (all []string) {
			for _, h := range r.Hits {
				all = append(all, h.Line.Post.Text)
			}
			return all
		}
		for name, x := range map[string]struct {
			who  *testkit.Agent
			more string
			want string
		}{
			"a supervisor":     {bob, "", "plover in cards;plover is secret;plover is the word"},
			"who serves cards": {cy, "", "plover in cards"},
			"one queue":        {bob, `,"queueId":7`, "plover in cards"},
			"another's queue":  {cy, `,"queueId":1`, ""},
			"from then on":     {bob, fmt.Sprintf(`,"from":%d`, began+1000), "plover in cards;plover is secret"},
			"until then":       {bob, fmt.Sprintf(`,"to":%d`, began+1000), "plover is the word"},
			"a page":           {bob, `,"limit":1`, "plover in cards"},
		} {
			if got := strings.Join(said(search(x.who, x.more)), ";"); got != x.want {
				t.Errorf("%s finds %q, want %q", name, got, x.want)
			}
		}
		page := search(bob, `,"limit":1`)
		if rest := search(bob, fmt.Sprintf(`,"after":%d`, page.Hits[0].Cursor)); !page.More || len(rest.Hits) != 2 || rest.More {
			t.Errorf("after a page there are %q", said(rest))
		}
		if h := search(cy, "").Hits[0]; h.EngagementID != cards.Engagement || h.QueueName != "Cards" || h.QueueID != 7 || h.Visitor != "Ben" || h.StartedTime != began+1000 || h.Line.Why != "" {
			t.Errorf("the hit is %+v", h)
		}
		read := func(a *testkit.Agent, e int64, more string) agent.RecordResponse {
			t.Helper()
			return testkit.Decode[agent.RecordResponse](s, a.Call("record", inEngagement(e, more)))
		}
		posts := func(r agent.RecordResponse) (all []string) {
			for _, l := range r.Lines {
				if l.Post != nil {
					all = append(all, l.Post.Text)
				}
			}
			return all
		}
		for name, who := range map[string]*testkit.Agent{"who was told": ada, "who said it": bob} {
			if got := posts(read(who, ann.Engagement, "")); !slices.Equal(got, []string{"plover is the word", "plover is secret"}) {
				t.Errorf("%s reads %q", name, got)
			}
		}
		c.ok("PUT", "/accounts/21", `{"login":"cy","name":"Cy","queues":[7,1],"pull":true}`)
		whole := read(cy, ann.Engagement, "")
		if got := posts(whole); !slices.Equal(got, []string{"plover is the word"}) || whole.QueueID != 1 || whole.EndedTime != 0 || whole.More {
			t.Errorf("who serves the queue now reads %q of %+v", got, whole)
		}
		var lines int
		for after, more := int64(0), true; more; {
			r := read(cy, ann.Engagement, fmt.Sprintf(`,"after":%d,"limit":1`, after))
			lines, after, more = lines+len(r.Lines), r.LastLine, r.More
		}
		if lines != len(whole.Lines) {
			t.Errorf("in pages there are %d lines, at once %d", lines, len(whole.Lines))
		}
		c.ok("PUT", "/accounts/21", `{"login":"cy","name":"Cy","queues":[7],"pull":true}`)
		for what, body := range map[string]string{
			"another's": inEngagement(ann.Engagement, ""), "none": inEngagement(999, ""), "0": inEngagement(0, ""),
		} {
			if a := cy.Call("record", body); a.Status != http.StatusBadRequest || !strings.Contains(a.Body, "may read") {
				t.Errorf("%s: %d %s", what, a.Status, a.Body)
			}
		}
		for operation, bodies := range map[string][]string{
			"search": {`{"limit":201}`, `{"limit":-1}`, `{"after":-1}`, `{"from":-1}`, `{"to":9007199254740991}`},
			"record": {inEngagement(cards.Engagement, `,"after":-1`), inEngagement(cards.Engagement, `,"limit":10001`), "{}"},
		} {
			for _, body := range bodies {
				expectStatus(t, cy.Call(operation, body), http.StatusBadRequest)
			}
		}
	})
}

// TestAgentVisitor: what is known of a visitor, with the page it looks at and its earlier
// chats, for who has the engagement alone.
func TestAgentVisitor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		administer(s).ok("PATCH", "/settings", `{"results":[{"id":1,"name":"Solved"}]}`)
		ada, bob := s.LogOn("ada"), s.LogOn("bob")
		ada.Ask(1)
		first := come(s, `{"firstName":"Ann","emailAddress":"ann@example.org","question":"where is it?","queueId":1}`)
		ada.Accept(first.Engagement)
		testkit.Do(s, func(x *site.Site) (site.ClientID, error) {
			return x.NoteWrapUp(knownAs(ada), site.EngagementID(first.Engagement), site.WrapUp{Result: 1, Note: "on its way"})
		})
		time.Sleep(time.Minute)
		first.Call("concludeEngagement", "{}")
		expectStatus(t, ada.Call("releaseChat", inEngagement(first.Engagement, "")), http.StatusOK)
		ada.Ask(1)
		other := come(s, `{"firstName":"Ann","emailAddress":"other@example.org","queueId":1}`)
		other.Call("concludeEngagement", "{}")
		now := come(s, `{"firstName":"Ann","emailAddress":"ANN@example.org","queueId":1}`)
		ada.Accept(now.Engagement)
		testkit.Do(s, func(x *site.Site) (site.ClientID, error) {
			return x.ViewPage(visitorCaller(now), "https://shop.example/cart", "Cart")
		})
		got := testkit.Decode[agent.VisitorResponse](s, ada.Call("visitor", inEngagement(now.Engagement, "")))
		if got.Contact.FirstName != "Ann" || got.Contact.EmailAddress != "ANN@example.org" || !got.Verified || got.Page == nil || got.Page.URL != "https://shop.example/cart" ||
			got.Page.Title != "Cart" || got.Page.Since != time.Now().UnixMilli() {
			t.Errorf("the visitor is %+v, %+v", got, got.Page)
		}
		if len(got.Earlier) != 1 {
			t.Fatalf("earlier are %+v", got.Earlier)
		}
		e := got.Earlier[0]
		if e.EngagementID != first.Engagement || e.Question != "where is it?" || e.Result != "Solved" || e.AgentName != "Ada" || e.QueueName == "" || e.EndedTime-e.StartedTime != 60_000 {
			t.Errorf("the earlier chat is %+v", e)
		}
		ada.Ask(2)
		token := testkit.Decode[consumer.StartResponse](s, s.Send("POST", testkit.OwnPath("start"), `{"key":"`+s.WidgetKey+`","emailAddress":"ann@example.org","queueId":1}`)).ChannelToken
		claims := testkit.Decode[consumer.RequestEngagementResponse](s, s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token))
		ada.Accept(claims.EngagementID)
		if got := testkit.Decode[agent.VisitorResponse](s, ada.Call("visitor", inEngagement(claims.EngagementID, ""))); got.Verified || got.Page != nil || len(got.Earlier) != 2 {
			t.Errorf("who says itself who it is: %+v", got)
		}
		record := administer(s).ok("GET", fmt.Sprintf("/engagements/%d/record", first.Engagement), "")
		expectText(t, record, `"kind":"WRAP_UP_NOTED"`)
		expectText(t, record, `"result":"Solved","text":"on its way"`)
		for _, who := range []struct {
			agent      *testkit.Agent
			engagement int64
		}{{bob, now.Engagement}, {ada, first.Engagement}, {ada, 999}} {
			expectStatus(t, who.agent.Call("visitor", inEngagement(who.engagement, "")), http.StatusBadRequest)
		}
	})
}
