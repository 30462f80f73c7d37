package rest_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/api"
	"usher/internal/site"
	"usher/internal/testkit"
)

// heard is every value of an enumeration that was answered to agents and to
// visitors, such as "agents reason EJECTED".
type heard struct {
	next http.RoundTripper
	mu   sync.Mutex
	all  map[string]bool
}

// listen lets everything that a server answers be heard from now on.
func listen(s *testkit.Server) *heard {
	h := &heard{next: s.HTTP.Transport, all: map[string]bool{}}
	s.HTTP.Transport = h
	return h
}

// CloseIdleConnections serves http.Client's method of that name.
func (h *heard) CloseIdleConnections() {
	if c, ok := h.next.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

func (h *heard) RoundTrip(r *http.Request) (*http.Response, error) {
	answer, err := h.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(answer.Body)
	answer.Body.Close()
	answer.Body = io.NopCloser(bytes.NewReader(b))
	for _, side := range []string{"agent", "consumer"} {
		if strings.Contains(r.URL.Path, "/"+side+"/") {
			var v any
			if json.Unmarshal(b, &v) == nil {
				h.mu.Lock()
				h.walk(map[string]string{"agent": "agents", "consumer": "visitors"}[side], "", v)
				h.mu.Unlock()
			}
		}
	}
	return answer, err
}

// enumerations are the members whose values are listed, by their names on the
// wire; what is called type is told apart by the message that it stands in.
var enumerations = map[string]string{
	"reason": "reason", "disconnectReason": "reason", "role": "role", "mode": "mode", "status": "status", "visibility": "visibility",
	"senderType": "senderType", "destinationType": "destinationType", "initiationType": "initiationType", "requestSource": "requestSource",
	"sneakPreviewState": "sneakPreviewState", "messageType": "messageType", "errorCondition": "errorCondition", "agentSessionType": "agentSessionType",
	"resultType": "resultType", "connectionState": "connectionState", "actionType": "actionType",
	"ChatEngagementAssignment.type": "assignment type", "ChatSystemError.type": "error type",
}

func (h *heard) walk(side, in string, v any) {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			h.walk(side, "", x)
		}
	case map[string]any:
		for name, x := range v {
			field := enumerations[name]
			if name == "type" {
				field = enumerations[in+".type"]
			}
			if value, ok := x.(string); ok && field != "" {
				if field == "messageType" && value != "NONE" {
					value = "(the sender's own)"
				}
				h.all[side+" "+field+" "+value] = true
			}
			h.walk(side, name, x)
		}
	}
}

// causes makes every value that the server sends by what really leads to it.
var causes = []struct {
	name string
	// leads are the values that come of it.
	leads []string
	by    func(t *testing.T, s *stage)
}{
	{"a lead concludes, with a conferee", []string{"agents reason AGENT_CONCLUDED", "agents role LEAD", "agents role CONFEREE", "agents role END_USER", "visitors reason AGENT_CONCLUDED", "visitors role LEAD", "visitors role CONFEREE"},
		func(_ *testing.T, s *stage) {
			s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
			s.tom.Accept(s.cy.Engagement)
			s.ok(s.sue, "concludeChat", inEngagement(s.cy.Engagement, ""))
			s.sue.Poll("")
			s.tom.Poll("")
			s.cy.Poll()
		}},
	{"a visitor concludes", []string{"agents reason END_USER_CONCLUDED", "visitors reason END_USER_CONCLUDED", "visitors role END_USER"},
		func(t *testing.T, s *stage) {
			expectStatus(t, s.ann.Call("concludeEngagement", ""), http.StatusOK)
			s.ada.Poll("")
			s.ann.Poll()
		}},
	{"a visitor waits too long", []string{"visitors reason QUEUE_TIMEOUT"}, func(t *testing.T, s *stage) {
		set(t, s.Server, `{"queueSeconds":20}`)
		v := s.Enter(desk)
		v.Poll()
		v.Poll()
	}},
	{"nobody does anything", []string{"agents reason IDLE_TIMEOUT", "visitors reason IDLE_TIMEOUT"}, func(t *testing.T, s *stage) {
		settled(s.ada, s.ann)
		set(t, s.Server, `{"idleSeconds":20}`)
		s.ada.Poll("")
		s.ann.Poll()
	}},
	{"an invitation is not answered", []string{"agents reason IDLE_TIMEOUT", "agents role TRANSIENT", "agents reason TRANSFERRED_TO_QUEUE", "agents role NONE"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
		time.Sleep(61 * time.Second)
		s.tom.Poll("")
		s.sue.Poll("")
	}},
	{"an invitation is declined", []string{"agents reason PARTICIPANT_LEFT", "agents role TRANSIENT"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
		s.ok(s.tom, "assignmentAcknowledgement", acknowledge(s.cy.Engagement, api.ActionDecline))
		s.sue.Poll("")
	}},
	{"who is invited logs off", []string{"agents reason EJECTED", "agents role TRANSIENT"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
		s.ok(s.tom, "logoff", `{"forceLogoff":true}`)
		s.sue.Poll("")
	}},
	{"a visitor is lost", []string{"agents reason EJECTED", "agents role END_USER", "agents mode NONE"}, func(_ *testing.T, s *stage) {
		for range 12 { // 240 s without a sign of life of ann
			s.ada.Poll("")
		}
	}},
	{"a visitor comes back", []string{"agents mode NONE", "agents mode LISTENING"}, func(_ *testing.T, s *stage) {
		for range 6 { // 120 s without a sign of life of ann, and the retrieval that tells
			s.ada.Poll("")
		}
		s.ann.Poll()
		s.ada.Poll("")
	}},
	{"an administrator ends it", []string{"agents reason EJECTED", "visitors reason EJECTED", "visitors role END_USER"}, func(_ *testing.T, s *stage) {
		testkit.Do(s.Server, func(x *site.Site) (struct{}, error) {
			return struct{}{}, x.Admin("test").Eject(site.EngagementID(s.ann.Engagement))
		})
		s.ada.Poll("")
		s.ann.Poll()
	}},
	{"an offer expires", []string{"agents reason TRANSFERRED_TO_QUEUE", "agents role NONE"}, func(_ *testing.T, s *stage) {
		for range 4 { // the offer, 60 s, and the retrieval that tells
			s.bob.Poll("")
		}
	}},
	{"a visitor is away, and back", []string{"agents connectionState ABSENT", "agents connectionState ACTIVE"}, func(_ *testing.T, s *stage) {
		for range 6 { // 120 s without a sign of life of ann
			s.ada.Poll("")
		}
		s.ok(s.ada, "engagements", "")
		s.ann.Poll()
		s.ok(s.ada, "engagements", "")
	}},
	{"a visitor has gone for good", []string{"agents connectionState DISCONNECTED"}, func(t *testing.T, s *stage) {
		expectStatus(t, s.ann.Call("concludeEngagement", ""), http.StatusOK)
		s.ann.Poll()
		s.ann.Poll() // which says that the last word arrived
		for range 3 {
			s.ada.Poll("")
		}
		s.ok(s.ada, "engagements", "")
	}},
	{"a lead is away, and back", []string{"visitors connectionState ABSENT", "visitors connectionState ACTIVE"}, func(_ *testing.T, s *stage) {
		for range 6 { // 120 s without a sign of life of sue
			s.cy.Poll()
		}
		s.sue.Poll("")
		s.cy.Poll()
	}},
	{"the last agent is lost", []string{"visitors connectionState DISCONNECTED"}, func(_ *testing.T, s *stage) {
		refuseWithoutAgents(s.Server)
		s.tom.Ask(1)
		v := s.Enter(testkit.Echo)
		s.tom.Accept(v.Engagement)
		s.ok(s.tom, "logoff", `{"forceLogoff":true}`)
		v.Poll()
	}},
	{"a lead reroutes", []string{"agents reason TRANSFERRED_TO_QUEUE", "agents role LEAD", "visitors reason TRANSFERRED_TO_QUEUE", "visitors role LEAD"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "rerouteEngagement", inEngagement(s.cy.Engagement, ""))
		s.sue.Poll("")
		s.cy.Poll()
	}},
	{"a conferee leaves", []string{"agents reason PARTICIPANT_LEFT", "agents role CONFEREE", "visitors reason PARTICIPANT_LEFT", "visitors role CONFEREE"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
		s.tom.Accept(s.cy.Engagement)
		s.ok(s.tom, "leave", inEngagement(s.cy.Engagement, ""))
		s.sue.Poll("")
		s.cy.Poll()
	}},
	{"a lead leaves", []string{"visitors reason PARTICIPANT_LEFT", "visitors role LEAD", "visitors role CONFEREE"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
		s.tom.Accept(s.cy.Engagement)
		s.ok(s.sue, "leave", inEngagement(s.cy.Engagement, ""))
		s.cy.Poll()
	}},
	{"a monitor leaves", []string{"agents reason PARTICIPANT_LEFT", "agents role MONITOR"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "leave", inEngagement(s.ann.Engagement, ""))
		s.ada.Poll("")
		s.ann.Poll()
	}},
	{"the last agent leaves", []string{"visitors reason NO_AGENTS_AVAILABLE", "visitors role END_USER"}, func(t *testing.T, s *stage) {
		refuseWithoutAgents(s.Server)
		v := s.Enter(testkit.Echo)
		s.ok(s.tom, "logoff", `{"forceLogoff":true}`)
		v.Poll()
	}},
	{"an offer out of a queue", []string{"agents assignment type LEAD", "agents initiationType CONSUMER_STANDARD", "agents requestSource REST_API", "agents destinationType AGENT", "agents senderType SYSTEM"},
		func(_ *testing.T, s *stage) { s.bob.Poll("") }},
	{"a lead transfers", []string{"agents assignment type TRANSFER"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "transfer", inEngagement(s.cy.Engagement, `,"accountId":17`))
		s.tom.Poll("")
	}},
	{"a lead transfers warmly to a queue", []string{"agents assignment type TRANSFER", "visitors role CONFEREE"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "transfer", inEngagement(s.cy.Engagement, `,"queueId":2,"warm":true`))
		s.tom.Ask(1)
		s.tom.Poll("")
		s.tom.Accept(s.cy.Engagement)
		s.cy.Poll()
	}},
	{"a lead invites", []string{"agents assignment type CONFERENCE"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17,"type":"CONFERENCE"`))
		s.tom.Poll("")
	}},
	{"a lead invites to monitor", []string{"agents assignment type MONITOR"}, func(_ *testing.T, s *stage) {
		s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17,"type":"MONITOR"`))
		s.tom.Poll("")
	}},
	{"the visitor types", []string{"agents mode RESPONDING", "agents mode LISTENING", "agents sneakPreviewState DISABLED", "agents senderType END_USER", "visitors sneakPreviewState DISABLED"},
		func(t *testing.T, s *stage) {
			for _, mode := range []string{"RESPONDING", "LISTENING"} {
				expectStatus(t, s.ann.Call("activity", `{"mode":"`+mode+`"}`), http.StatusOK)
				s.ada.Poll("")
			}
		}},
	{"an agent types", []string{"visitors mode RESPONDING", "visitors mode LISTENING"}, func(_ *testing.T, s *stage) {
		for _, mode := range []string{"RESPONDING", "LISTENING"} {
			s.ok(s.ada, "setInteractionStatus", inEngagement(s.ann.Engagement, `,"clientId":1,"mode":"`+mode+`"`))
			s.ann.Poll()
		}
	}},
	{"an agent sets its status", []string{"agents status NONE", "agents status AVAILABLE", "agents status UNAVAILABLE"}, func(_ *testing.T, s *stage) {
		for _, status := range []string{"AVAILABLE", "UNAVAILABLE", "NONE"} {
			s.ok(s.tom, "setActivityStatus", `{"status":"`+status+`","subTypeId":1}`)
			s.ok(s.ada, "retrieveAgentsAndQueues", `{"id":17,"type":"AGENT","includeAgentInformation":true,"includeQueueInformation":false,"includeQueueStatistics":false}`)
		}
	}},
	{"posts", []string{"agents visibility ALL", "agents visibility NOT_ENDUSER", "agents senderType END_USER", "agents senderType AGENT", "agents destinationType ENGAGEMENT", "agents messageType NONE", "agents messageType (the sender's own)", "visitors senderType AGENT"},
		func(_ *testing.T, s *stage) {
			s.ann.Post("hello")
			for _, more := range []string{`"messageType":"NONE","visibility":"NONE"`, `"messageType":"CHOICE","visibility":"NOT_ENDUSER"`} {
				s.ok(s.ada, "postMessage", fmt.Sprintf(`{"body":"x","destinationType":"ENGAGEMENT","destinationId":%d,%s}`, s.ann.Engagement, more))
			}
			s.sue.Poll("")
			s.ann.Poll()
		}},
	{"a rule names an agent", []string{"agents initiationType CONSUMER_TARGETED"}, func(_ *testing.T, s *stage) {
		testkit.Do(s.Server, func(x *site.Site) (site.Rules, error) {
			return x.Admin("test").DefineRules(site.Rules{Enter: []site.Rule{{Name: "hers", Queue: desk, Account: sueID}}})
		})
		s.sue.Ask(3)
		visit(s.Server, `{}`)
		s.sue.Poll("")
	}},
	{"a visitor asks for an agent", []string{"agents initiationType CONSUMER_TARGETED"}, func(_ *testing.T, s *stage) {
		s.sue.Ask(3)
		visit(s.Server, `{"queueId":3,"assigneeId":16}`)
		s.sue.Poll("")
	}},
	{"session information", allSources(), func(_ *testing.T, s *stage) {
		s.sue.Ask(30)
		for _, source := range sources {
			visit(s.Server, fmt.Sprintf(`{"queueId":3,"requestSource":%q}`, strings.ToLower(source)))
		}
		s.sue.Poll("")
	}},
	{"an agent without a queue asks", []string{"agents errorCondition CONFLICT", "agents error type CANCEL"}, func(_ *testing.T, s *stage) {
		testkit.Do(s.Server, func(x *site.Site) (site.Account, error) {
			tom, _ := x.AccountByID(tomID)
			tom.Queues = nil
			return x.Admin("test").DefineAccount(tom)
		})
		s.tom.Ask(1)
		s.tom.Poll("")
	}},
	{"a person joins, and a program", []string{"visitors agentSessionType STANDARD", "visitors agentSessionType AUTOMATED"}, func(_ *testing.T, s *stage) {
		s.ann.Poll()
		bot := s.LogOn("echo")
		bot.Ask(1)
		v := s.Enter(testkit.Echo)
		bot.Accept(v.Engagement)
		v.Poll()
	}},
	{"a post is held back", []string{"visitors senderType SYSTEM"}, func(t *testing.T, s *stage) {
		set(t, s.Server, `{"spam":true,"spamLimits":{"maxLinks":1}}`)
		s.ann.Post("www.a www.b")
		s.ann.Poll()
	}},
	{"a preview where there are none", []string{"agents sneakPreviewState SITE_UNAVAILABLE", "visitors sneakPreviewState DISABLED"}, func(_ *testing.T, s *stage) {
		types(s.ann, "so far")
		s.ada.Poll("")
	}},
	{"a preview", []string{"agents sneakPreviewState ENABLED", "visitors sneakPreviewState ENABLED"}, func(t *testing.T, s *stage) {
		set(t, s.Server, `{"sneakPreview":true}`)
		types(s.ann, "so far")
		s.ada.Poll("")
	}},
	{"a token twice", []string{"visitors resultType SUCCESS", "visitors resultType EXISTING_SESSION"}, func(t *testing.T, s *stage) {
		token := s.VisitorToken(`{}`)
		for range 2 {
			expectStatus(t, enter(s.Server, token), http.StatusOK)
		}
	}},
	{"closed hours", []string{"visitors resultType FAIL_OUT_OF_HOURS"}, func(t *testing.T, s *stage) {
		open(s.Server, site.Hours{ID: 1, Name: "never", Zone: "UTC"})
		expectRefusal(t, enter(s.Server, s.VisitorToken(`{"queueId":3}`)), http.StatusConflict, api.Conflict)
	}},
	{"a holiday", []string{"visitors resultType FAIL_HOLIDAY"}, func(t *testing.T, s *stage) {
		open(s.Server, site.Hours{ID: 1, Name: "ever", Zone: "UTC", Week: everyDay(), Holidays: []site.Holiday{{Name: "New Year", Date: "01-01"}}})
		expectRefusal(t, enter(s.Server, s.VisitorToken(`{"queueId":3}`)), http.StatusConflict, api.Conflict)
	}},
	{"nobody is there", []string{"visitors resultType FAIL_NO_AGENTS_AVAIL"}, func(t *testing.T, s *stage) {
		refuseWithoutAgents(s.Server)
		s.ok(s.tom, "logoff", `{"forceLogoff":true}`)
		expectRefusal(t, enter(s.Server, s.VisitorToken(`{"queueId":2}`)), http.StatusConflict, api.Conflict)
	}},
	{"a rule refuses", []string{"visitors resultType FAIL_RULE_DEQUEUE"}, func(t *testing.T, s *stage) {
		testkit.Do(s.Server, func(x *site.Site) (site.Rules, error) {
			return x.Admin("test").DefineRules(site.Rules{Enter: []site.Rule{{Name: "not now", Refuse: true}}})
		})
		expectRefusal(t, enter(s.Server, s.VisitorToken(`{}`)), http.StatusConflict, api.Conflict)
	}},
}

// sources are all values of requestSource (agent-api 5.8).
var sources = []string{
	"UNKNOWN", "STANDARD", "CUSTOM", "PROACTIVE", "SPROACTIVE", "WS_API", "CONDITIONAL_LINK", "SYNDICATED_CONDITIONAL_LINK", "REST_API",
	"INLAY_CONDITIONAL_CHAT", "INLAY_EMBEDDED_CHAT", "INLAY_PROACTIVE_CHAT", "MESSAGING_APPLE_BUSINESS_CHAT", "MESSAGING_FACEBOOK_MESSENGER",
	"MESSAGING_GOOGLE_BUSINESS_MESSAGES", "MESSAGING_INSTAGRAM_DIRECT", "MESSAGING_SMS", "MESSAGING_TWITTER_DIRECT", "MESSAGING_WECHAT", "MESSAGING_WHATSAPP",
}

func allSources() []string {
	var all []string
	for _, s := range sources {
		all = append(all, "agents requestSource "+s)
	}
	return all
}

func enter(s *testkit.Server, token string) testkit.Answer {
	s.T.Helper()
	return s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+token)
}

// open gives queue desk its hours.
func open(s *testkit.Server, h site.Hours) {
	s.T.Helper()
	testkit.Do(s, func(x *site.Site) (struct{}, error) {
		_, err := x.Admin("test").DefineHours(h)
		if err == nil {
			_, err = x.Admin("test").DefineQueue(site.QueueDefinition{ID: desk, Name: "Desk", Hours: h.ID})
		}
		return struct{}{}, err
	})
}

func refuseWithoutAgents(s *testkit.Server) {
	s.T.Helper()
	testkit.Do(s, func(x *site.Site) (site.Settings, error) {
		set := x.CurrentSettings()
		set.RefuseWithoutAgents = true
		return x.Admin("test").ChangeSettings(set)
	})
}

// TestValues: what docs/values.md says of each value is so. Each that is sent has a
// cause here that leads to it, and no cause leads to one that is never sent.
func TestValues(t *testing.T) {
	documented := valueTable(t)
	led := map[string]bool{}
	for _, c := range causes {
		for _, value := range c.leads {
			led[value] = true
		}
	}
	for value, sent := range documented {
		if sent != led[value] {
			t.Errorf("docs/values.md says that %q is sent: %t; causes of it are here: %t", value, sent, led[value])
		}
	}
	for value := range led {
		if _, known := documented[value]; !known {
			t.Errorf("docs/values.md does not know %q", value)
		}
	}
	for _, c := range causes {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				h := listen(s.Server)
				c.by(t, s)
				for _, value := range c.leads {
					if !h.all[value] {
						t.Errorf("%q was not sent, but %q", value, slices.Sorted(maps.Keys(h.all)))
					}
				}
				for value := range h.all {
					if !documented[value] {
						t.Errorf("%q was sent: docs/values.md does not say so", value)
					}
				}
			})
		})
	}
}

var valueRow = regexp.MustCompile("(?m)^\\| `([^`]+)` \\| ([^|]+) \\| ([^|]+) \\|$")

// valueTable reads docs/values.md: whether each value is sent.
func valueTable(t *testing.T) map[string]bool {
	t.Helper()
	b, err := os.ReadFile("../../docs/values.md")
	if err != nil {
		t.Fatal(err)
	}
	table := map[string]bool{}
	for _, section := range strings.Split(string(b), "\n## ")[1:] {
		field, rest, _ := strings.Cut(section, "\n")
		for _, row := range valueRow.FindAllStringSubmatch(rest, -1) {
			for i, side := range []string{"agents", "visitors"} {
				table[side+" "+field+" "+row[1]] = !strings.HasPrefix(row[2+i], "never: ") && !strings.HasPrefix(row[2+i], "no field")
			}
		}
	}
	if len(table) < 150 {
		t.Errorf("only %d values were found", len(table))
	}
	return table
}

func everyDay() []site.Span {
	var week []site.Span
	for _, day := range []string{"MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"} {
		week = append(week, site.Span{Day: day, From: "00:00", To: "24:00"})
	}
	return week
}
