package rest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/api"
	"usher/internal/site"
	"usher/internal/testkit"
)

// alwaysEmpty are the members that nothing fills, with the reason.
var alwaysEmpty = map[string]string{
	"ChatEngagementAssignment.asyncRequestId":                             "usher serves no messaging channels",
	"ChatEngagementAssignment.contactInfo.coBrowseEnabled":                "usher does not co-browse",
	"ChatEngagementAssignment.contactInfo.coBrowsePremiumSupported":       "usher does not co-browse",
	"ChatEngagementAssignment.contactInfo.engagementEngineId":             "another product's",
	"ChatEngagementAssignment.contactInfo.engagementEngineSessionId":      "another product's",
	"ChatEngagementAssignment.contactInfo.estaraFsguid":                   "another product's",
	"ChatEngagementAssignment.contactInfo.mediaList.autoInitiate":         "a chat begins with its first word",
	"ChatEngagementAssignment.contactInfo.mediaList.environmentErrorList": "a chat needs nothing",
	"ChatEngagementAssignment.agentInfo.mediaList.autoInitiate":           "a chat begins with its first word",
	"ChatEngagementAssignment.agentInfo.mediaList.environmentErrorList":   "a chat needs nothing",
	"ChatEngagementAssignment.senderId":                                   "the server's own",
	"ChatConfigChangeNotification.senderId":                               "the server's own",
	"ChatDisconnectNotification.senderId":                                 "the server's own",
	"ChatEngagementParticipantAdded.senderId":                             "the server's own",
	"ChatEngagementParticipantAdded.messageDataMap":                       "null in the contract's format",
	"RNEngagementParticipantAddedMessage.messageDataMap":                  "null in the contract's format",
}

// filled notes which members of messages had a value, and which there are.
type filled map[string]bool

func (f filled) note(path string, v any) {
	switch v := v.(type) {
	case map[string]any:
		for name, x := range v {
			if strings.HasSuffix(path, "messageDataMap") {
				f[path] = true // its members are the sender's own
				continue
			}
			if _, twin := v[strings.TrimSuffix(name, "String")]; twin && strings.HasSuffix(name, "String") {
				continue // what it says is compared elsewhere
			}
			f.note(path+"."+name, x)
		}
	case []any:
		f[path] = f[path] || len(v) > 0
		for _, x := range v {
			f.note(path, x)
		}
	default:
		f[path] = f[path] || v != nil && v != "" && v != false && fmt.Sprint(v) != "0"
	}
}

// agent and visitor note what a retrieval answered, and hold it to the rule of twins.
func (f filled) agent(t *testing.T, a *testkit.Agent) {
	t.Helper()
	var answer struct {
		ContainsDisconnect bool                         `json:"containsDisconnect"`
		GetResponseTypes   []map[string]json.RawMessage `json:"getResponseTypes"`
	}
	body := a.Call("getMessages", "").Body
	f.decode(t, body, &answer)
	disconnect := false
	for _, m := range answer.GetResponseTypes {
		for name, raw := range m {
			var v map[string]any
			f.decode(t, string(raw), &v)
			f.note(name, v)
			f[name] = true
			disconnect = disconnect || name == "ChatDisconnectNotification"
		}
	}
	if answer.ContainsDisconnect != disconnect {
		t.Errorf("containsDisconnect is %t in %s", answer.ContainsDisconnect, body)
	}
}

func (f filled) visitor(t *testing.T, v *testkit.Visitor) {
	t.Helper()
	var answer struct {
		SystemMessages []map[string]any `json:"systemMessages"`
	}
	f.decode(t, v.Call("getMessages", "").Body, &answer)
	for _, m := range answer.SystemMessages {
		name := m["messageName"].(string)
		f.note(name, m)
		f[name] = true
	}
}

func (f filled) decode(t *testing.T, body string, into any) {
	t.Helper()
	if err := json.Unmarshal([]byte(body), into); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	for _, wrong := range twins(t, body) {
		t.Error(wrong)
	}
}

// TestEveryFieldIsFilled: every member of every message has a value by a real
// cause, but for those that nothing can fill.
func TestEveryFieldIsFilled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		f := filled{}
		staffed(s.Server)
		testkit.Do(s.Server, func(x *site.Site) (struct{}, error) {
			x.Locate(site.Location{Domain: "old.example.org", Port: 8080, Pool: "1:1"})
			_, err := x.Admin("test").DefineInterface(site.Interface{ID: 1, Name: "Shop", Language: "en_US"})
			return struct{}{}, err
		})
		s.ok(s.ada, "setActivityStatus", `{"status":"AVAILABLE","subTypeId":1}`)
		v := visit(s.Server, attributes)
		v.Poll()
		time.Sleep(10 * time.Second)
		s.ada.Ask(2)
		f.agent(t, s.ada) // an offer to an agent with a profile, a group and a status
		s.ada.Accept(v.Engagement)
		expectStatus(t, v.Call("postMessage", `{"body":"<b>hello</b>","richText":true,"offTheRecord":true,"messageId":"v-1","messageDataMap":{"k":"v"}}`), http.StatusOK)
		set(t, s.Server, `{"sneakPreview":true}`)
		expectStatus(t, v.Call("activity", `{"mode":"RESPONDING","sneakPreviewText":"hel","sneakPreviewFocus":true}`), http.StatusOK)
		f.agent(t, s.ada)
		s.ok(s.ada, "postMessage", fmt.Sprintf(`{"body":"<i>which?</i>","destinationType":"ENGAGEMENT","destinationId":%d,"messageType":"CHOICE","richText":true,"offTheRecord":true,`+
			`"messageId":"a-1","messageDataMap":{"k":"v"},"vaResponse":"{}"}`, v.Engagement))
		s.ok(s.ada, "setInteractionStatus", inEngagement(v.Engagement, `,"clientId":1,"mode":"RESPONDING","sneakPreview":"whi","sneakPreviewFocus":true`))
		f.visitor(t, v)
		time.Sleep(10 * time.Second)

		// A warm transfer with a note: an offer that tells of an engagement that is led,
		// agents who hear of agents, another role, and another lead.
		bot := s.LogOn("echo")
		s.ok(s.ada, "transfer", inEngagement(v.Engagement, `,"accountId":14,"note":"wants a refund","warm":true`))
		f.agent(t, bot)
		bot.Accept(v.Engagement)
		s.ok(bot, "postMessage", fmt.Sprintf(`{"body":"x","destinationType":"ENGAGEMENT","destinationId":%d,"messageType":"NONE","vaResponse":"{\"a\":1}"}`, v.Engagement))
		f.agent(t, s.ada)
		f.visitor(t, v)
		s.ok(s.ada, "leave", inEngagement(v.Engagement, ""))
		f.agent(t, bot)
		f.visitor(t, v)

		// Back into a queue of which it is known how long others waited.
		s.ok(s.ada, "rerouteEngagement", inEngagement(s.ann.Engagement, ""))
		f.visitor(t, s.ann)

		// Another server, an agent who asks in vain, and the end.
		testkit.Do(s.Server, func(x *site.Site) (struct{}, error) {
			x.Locate(site.Location{Domain: "new.example.org", Port: 8443, Pool: "2:1"})
			ada, _ := x.AccountByID(tomID)
			ada.Queues = nil
			_, err := x.Admin("test").DefineAccount(ada)
			return struct{}{}, err
		})
		s.tom.Ask(1)
		f.agent(t, s.tom)
		f.agent(t, s.tom)
		expectStatus(t, bot.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		f.visitor(t, v)

		for _, name := range []string{
			"ChatActivitySignal", "ChatConfigChangeNotification", "ChatDisconnectNotification", "ChatEngagementAssignment", "ChatEngagementParticipantAdded",
			"ChatGetTimeout", "ChatPostMessage", "ChatSystemError",
			"RNEngagementActivityChangedMessage", "RNEngagementConcludedMessage", "RNEngagementConfigurationChangedMessage", "RNEngagementMessagePostedMessage",
			"RNEngagementParticipantAddedMessage", "RNEngagementParticipantLeftMessage", "RNEngagementRoleChangedMessage", "RNEngagementWaitInformationChangedMessage",
		} {
			if !f[name] {
				t.Errorf("no %s came", name)
			}
		}
		for _, path := range slices.Sorted(maps.Keys(f)) {
			switch why, empty := alwaysEmpty[path]; {
			case !f[path] && !empty:
				t.Errorf("%s was never filled", path)
			case f[path] && empty:
				t.Errorf("%s was filled, and should not be: %s", path, why)
			}
		}
		for path := range alwaysEmpty {
			if _, there := f[path]; !there {
				t.Errorf("%s never came", path)
			}
		}
	})
}

// TestRelocated: when the server is reached elsewhere everybody is told once, with
// the new pool, in the words of both contracts.
func TestRelocated(t *testing.T) {
	written(t, "messages_config", func(t *testing.T, x *transcript) {
		locate := func(l site.Location) {
			testkit.Do(x.Server, func(s *site.Site) (struct{}, error) { s.Locate(l); return struct{}{}, nil })
		}
		locate(site.Location{Domain: "chat.example.org", Port: 443, Pool: "1:1"})
		a, v := x.Chat("ada")
		settled(a, v)
		before := x.Position()
		locate(site.Location{Domain: "chat.example.org", Port: 443, Pool: "1:1"})
		if x.Position() != before {
			t.Error("the same place again was recorded")
		}
		locate(site.Location{Domain: "chat.example.org", Port: 8443, Pool: "297:1"})
		x.agent("the agent", a, "getMessages", "")
		x.visitor("the visitor", v, "getMessages", "")
	})
}

// TestAsksInVain: an agent whose account serves no queue is told so once, and again
// only after it served one.
func TestAsksInVain(t *testing.T) {
	written(t, "messages_error", func(t *testing.T, x *transcript) {
		serving := func(q ...site.QueueID) {
			testkit.Do(x.Server, func(s *site.Site) (site.Account, error) {
				bot, _ := s.AccountByID(testkit.Bot)
				bot.Queues = q
				return s.Admin("test").DefineAccount(bot)
			})
		}
		bot := x.LogOn("echo")
		serving()
		bot.Ask(1)
		x.agent("asked in vain", bot, "getMessages", "")
		bot.Ask(1)
		x.agent("it knows", bot, "getMessages", "")
		serving(testkit.Echo)
		bot.Ask(1)
		v := x.Enter(testkit.Echo)
		expectHolds(t, bot, fmt.Sprintf("%d OFFERED", v.Engagement))
		expectStatus(t, bot.Call("assignmentAcknowledgement", acknowledge(v.Engagement, api.ActionDecline)), http.StatusOK)
		settledBot := bot.Poll("")
		if len(settledBot.GetResponseTypes) != 1 {
			t.Errorf("got %v", agentKinds(settledBot))
		}
		serving()
		x.agent("in vain again", bot, "getMessages", "")
	})
}
