package rest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"usher/api"
	"usher/internal/site"
	"usher/internal/testkit"
)

// crowd is a stage with an engagement in every state that sue may meet, and
// agents in every state that somebody may ask for:
//
//	cy    led by sue, who has asked tom to join
//	ida   led by sue, who has asked tom to take over
//	eve   concluded by sue, who wraps up
//	fay   released by sue
//	gil   offered to sue
//	hal   waits
//	una   is UNAVAILABLE, vic not logged on, ada has no place free, xen is free;
//	wes   may not decline what is offered to her: wyn
type crowd struct {
	*stage
	una, wes, xen                *testkit.Agent
	eve, fay, gil, hal, ida, wyn *testkit.Visitor
}

// The accounts and queues of a crowd.
const (
	unaID, vicID, wesID, xenID  = 18, 19, 22, 23
	closedQueue, fullQueue, pit = 4, 5, 6
)

func newCrowd(t *testing.T) *crowd {
	t.Helper()
	s := &crowd{stage: newStage(t)}
	testkit.Do(s.Server, func(x *site.Site) (struct{}, error) {
		admin := x.Admin("test")
		ada, _ := x.AccountByID(testkit.Ada)
		_, err := admin.DefineHours(site.Hours{ID: 1, Name: "never", Zone: "UTC"})
		for _, q := range []site.QueueDefinition{
			{ID: closedQueue, Name: "Closed", Hours: 1}, {ID: fullQueue, Name: "Full", MaxWaiting: 1}, {ID: pit, Name: "Pit"},
		} {
			if err == nil {
				_, err = admin.DefineQueue(q)
			}
		}
		for _, a := range []site.Account{
			{ID: unaID, Login: "una", Name: "Una"}, {ID: vicID, Login: "vic", Name: "Vic"}, {ID: xenID, Login: "xen", Name: "Xen"},
			{ID: wesID, Login: "wes", Name: "Wes", Serving: site.Serving{Queues: []site.QueueID{pit}, Pull: true, NoDecline: true}},
		} {
			a.PasswordHash = ada.PasswordHash
			if err == nil {
				_, err = admin.DefineAccount(a)
			}
		}
		return struct{}{}, err
	})
	s.una, s.wes, s.xen = present(s.Server, unaID), present(s.Server, wesID), present(s.Server, xenID)
	s.ok(s.una, "setActivityStatus", `{"status":"UNAVAILABLE","subTypeId":2}`)
	s.Enter(fullQueue)
	s.wes.Ask(1)
	s.wyn = s.Enter(pit)

	s.sue.Ask(6)
	s.eve, s.fay, s.ida = s.Enter(desk), s.Enter(desk), s.Enter(desk)
	for _, v := range []*testkit.Visitor{s.eve, s.fay, s.ida} {
		s.sue.Accept(v.Engagement)
	}
	s.ok(s.sue, "concludeChat", inEngagement(s.eve.Engagement, ""))
	s.ok(s.sue, "releaseChat", inEngagement(s.fay.Engagement, ""))
	s.sue.Ask(1 + 4) // which is one more than she holds
	s.gil, s.hal = s.Enter(desk), s.Enter(desk)
	s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
	s.ok(s.sue, "transfer", inEngagement(s.ida.Engagement, `,"accountId":17`))
	expectHolds(t, s.sue, fmt.Sprintf("%d ACTIVE, %d ACTIVE, %d WRAP_UP, %d ACTIVE, %d OFFERED, %d ACTIVE",
		s.cy.Engagement, s.dee.Engagement, s.eve.Engagement, s.ida.Engagement, s.gil.Engagement, s.ann.Engagement))
	expectHolds(t, s.tom, fmt.Sprintf("%d OFFERED, %d OFFERED", s.cy.Engagement, s.ida.Engagement))
	expectHolds(t, s.wes, fmt.Sprintf("%d OFFERED", s.wyn.Engagement))
	return s
}

// ok calls an operation that must succeed.
func (s *stage) ok(a *testkit.Agent, operation, body string) {
	s.T.Helper()
	if got := a.Call(operation, body); got.Status != http.StatusOK {
		s.T.Fatalf("%s %s: %d %s", operation, body, got.Status, got.Body)
	}
}

// outOfReach is a request that is well formed and cannot be carried out.
type outOfReach struct {
	operation string
	what      string
	by        *testkit.Agent
	body      string
	want      want
}

// noSuchRequest are operations whose well-formed requests are all carried out.
var noSuchRequest = []string{"getMessages", "setActivityStatus", "engagements", "replies", "deleteReply"}

func (s *crowd) requests() []outOfReach {
	bad := func(says ...string) want { return want{400, "BAD_REQUEST", says} }
	field := func(says ...string) want { return want{400, "INVALID_FIELD", says} }
	denied := func(says ...string) want { return want{403, "ACCESS_DENIED", says} }
	unknown := want{404, "ENGAGEMENT_ID_UNKNOWN", nil}
	conflict := func(says ...string) want { return want{409, "CONFLICT", says} }
	in := func(v *testkit.Visitor, more string) string { return inEngagement(v.Engagement, more) }
	nowhere := func(more string) string { return inEngagement(4711, more) }
	post := func(to string, id int64) string {
		return fmt.Sprintf(`{"body":"x","destinationType":%q,"destinationId":%d,"messageType":"NONE"}`, to, id)
	}
	property := func(v *testkit.Visitor, kind, name, value string) string {
		return in(v, fmt.Sprintf(`,"type":%q,"name":%q,"value":%s`, kind, name, value))
	}
	answer := func(v *testkit.Visitor, action api.AssignmentAction) string { return acknowledge(v.Engagement, action) }
	lists := `,"includeAgentInformation":false,"includeQueueInformation":false,"includeQueueStatistics":false}`

	rows := []outOfReach{
		{"requestAssignment", "fewer idle than none", s.xen, `{"assignmentRequested":true,"idleSessionCount":-1,"maxSessionCount":1}`, bad("idleSessionCount", "-1", "0 or more")},
		{"requestAssignment", "at most fewer than none", s.xen, `{"assignmentRequested":true,"idleSessionCount":1,"maxSessionCount":-1}`, bad("maxSessionCount", "-1", "0 or more")},

		{"assignmentAcknowledgement", "nothing said", s.bob, answer(s.ben, api.ActionNone), bad("NONE")},
		{"assignmentAcknowledgement", "nothing like it", s.bob, acknowledge(4711, api.ActionAccept), bad("4711", "not offered")},
		{"assignmentAcknowledgement", "another's offer", s.ada, answer(s.ben, api.ActionAccept), bad("not offered")},
		{"assignmentAcknowledgement", "what waits", s.sue, answer(s.hal, api.ActionAccept), bad("not offered")},
		{"assignmentAcknowledgement", "what was released", s.sue, answer(s.fay, api.ActionAccept), bad("not offered")},
		{"assignmentAcknowledgement", "too late to decline", s.sue, answer(s.cy, api.ActionDecline), bad("not offered")},
		{"assignmentAcknowledgement", "too late to be unavailable", s.sue, answer(s.eve, api.ActionUnavailable), bad("not offered")},
		{"assignmentAcknowledgement", "no right to decline", s.wes, answer(s.wyn, api.ActionDecline), bad("does not allow declining")},
		{"assignmentAcknowledgement", "no right to be unavailable", s.wes, answer(s.wyn, api.ActionUnavailable), bad("does not allow declining")},

		{"postMessage", "nothing like it", s.sue, post("ENGAGEMENT", 4711), field("destinationId", "4711")},
		{"postMessage", "another's", s.ada, post("ENGAGEMENT", s.cy.Engagement), field("destinationId")},
		{"postMessage", "only offered", s.sue, post("ENGAGEMENT", s.gil.Engagement), conflict("accept it first")},
		{"postMessage", "only asked to join", s.tom, post("ENGAGEMENT", s.cy.Engagement), conflict("accept it first")},
		{"postMessage", "concluded", s.sue, post("ENGAGEMENT", s.eve.Engagement), conflict("concluded")},
		{"postMessage", "released", s.sue, post("ENGAGEMENT", s.fay.Engagement), conflict("over")},
		{"postMessage", "a whisper to nobody", s.sue, post("AGENT", 4711), field("destinationId", "4711", "AGENT")},
		{"postMessage", "a whisper to a visitor of no engagement of hers", s.ada, post("END_USER", s.cy.Client), field("destinationId")},
		{"postMessage", "a whisper to an agent of no engagement of hers", s.sue, post("AGENT", s.xen.Client), field("destinationId", "AGENT")},
		{"postMessage", "a whisper to an agent who is only asked", s.sue, post("AGENT", s.tom.Client), field("destinationId", "AGENT")},
		{"postMessage", "a whisper to herself", s.sue, post("AGENT", s.sue.Client), field("destinationId", "AGENT")},
		{"postMessage", "a whisper to a visitor as an agent", s.ada, post("AGENT", s.ann.Client), field("destinationId", "AGENT")},
		{"postMessage", "a whisper to an agent as a visitor", s.ada, post("END_USER", s.sue.Client), field("destinationId", "END_USER")},
		{"postMessage", "a monitor's whisper to the visitor", s.sue, post("END_USER", s.ann.Client), field("monitor")},
		{"postMessage", "a whisper into what is concluded", s.sue, post("END_USER", s.eve.Client), conflict("concluded")},

		{"setEngagementProperty", "nothing like it", s.ada, nowhere(`,"type":"USER","name":"EMAIL","value":"x"`), bad("engagementId", "4711")},
		{"setEngagementProperty", "what is gone", s.sue, property(s.fay, "USER", "EMAIL", `"x"`), bad("not live")},
		{"setEngagementProperty", "not the engagement's", s.ada, property(s.ann, "ENGAGEMENT", "EMAIL", `"x"`), bad("name", "EMAIL", "ENGAGEMENT")},
		{"setEngagementProperty", "not the user's", s.ada, property(s.ann, "USER", "INCIDENT_ID", "1"), bad("name", "INCIDENT_ID", "USER")},
		{"setEngagementProperty", "no digits", s.ada, property(s.ann, "USER", "PRODUCT_ID", `"seven"`), bad("value", "seven", "PRODUCT_ID")},
		{"setEngagementProperty", "an empty id", s.ada, property(s.ann, "USER", "PRODUCT_ID", `""`), bad("value", "PRODUCT_ID")},
		{"setEngagementProperty", "a fraction", s.ada, property(s.ann, "USER", "PRODUCT_ID", `1.5`), bad("value", "1.5")},
		{"setEngagementProperty", "below zero", s.ada, property(s.ann, "USER", "PRODUCT_ID", `-1`), bad("value", "-1")},
		{"setEngagementProperty", "beyond what clients hold", s.ada, property(s.ann, "USER", "CONTACT_ID", `9007199254740992`), bad("value", "9007199254740992")},
		{"setEngagementProperty", "beyond 64 bits", s.ada, property(s.ann, "ENGAGEMENT", "INCIDENT_ID", `"9223372036854775808"`), bad("value")},

		{"modifyProperties", "nothing like it", s.ada, nowhere(`,"type":"USER"`), bad("engagementId", "4711")},
		{"modifyProperties", "what is gone", s.sue, in(s.fay, `,"type":"USER","propertiesMap":{"EMAIL":"x"}`), bad("not live")},
		{"modifyProperties", "an engagement's own fields", s.ada, in(s.ann, `,"type":"ENGAGEMENT","customFields":[{"name":"c$a","type":"STRING","value":"x"}]`), bad("customFields", "USER")},

		{"retrieveAgentsAndQueues", "another type, though it is not needed", s.ada, `{"id":0,"type":"SUPERVISOR"` + lists, field("type", "SUPERVISOR", "PROFILE")},
		{"retrieveAgentsAndQueues", "an empty type", s.ada, `{"id":0,"type":""` + lists, field("type")},

		{"rerouteAvailabilityByPost", "nothing like it", s.ada, nowhere(""), unknown},
		{"rerouteAvailabilityByPost", "what is gone", s.sue, in(s.fay, ""), unknown},
		{"rerouteAvailability", "nothing like it", s.ada, nowhere(""), unknown},
		{"rerouteAvailability", "what is gone", s.sue, in(s.fay, ""), unknown},
		{"rerouteAvailability", "below zero", s.sue, inEngagement(-1, ""), unknown},

		{"rerouteEngagement", "no id", s.sue, `{}`, field("engagementId", "missing")},
		{"rerouteEngagement", "null", s.sue, `{"engagementId":null}`, field("engagementId", "missing")},
		{"rerouteEngagement", "nothing like it", s.sue, nowhere(""), unknown},
		{"rerouteEngagement", "another's", s.ada, in(s.cy, ""), unknown},
		{"rerouteEngagement", "watched", s.sue, in(s.ann, ""), unknown},
		{"rerouteEngagement", "only asked to take over", s.tom, in(s.ida, ""), unknown},
		{"rerouteEngagement", "what waits", s.sue, in(s.hal, ""), unknown},
		{"rerouteEngagement", "what is gone", s.sue, in(s.fay, ""), unknown},
		{"rerouteEngagement", "only offered", s.sue, in(s.gil, ""), conflict("accept it first")},
		{"rerouteEngagement", "concluded", s.sue, in(s.eve, ""), conflict("concluded")},

		{"logoff", "with engagements", s.sue, `{"forceLogoff":false}`, bad("forceLogoff")},
		{"logoff", "with an offer", s.bob, `{"forceLogoff":false}`, bad("forceLogoff")},
		{"logoff", "asked to join", s.tom, `{"forceLogoff":false}`, bad("forceLogoff")},

		{"history", "before the first post", s.ada, in(s.ann, `,"afterPost":-1`), bad("afterPost")},
		{"history", "fewer than none", s.ada, in(s.ann, `,"limit":-1`), bad("limit")},
		{"history", "what is gone", s.sue, in(s.fay, ""), bad("engagementId")},

		{"history", "both ways", s.ada, in(s.ann, `,"afterPost":1,"beforePost":2`), bad("afterPost", "beforePost")},
		{"history", "after the newest", s.ada, in(s.ann, `,"afterPost":1,"newest":true`), bad("afterPost", "newest")},
		{"history", "before what is before the first", s.ada, in(s.ann, `,"beforePost":-1`), bad("beforePost")},

		{"seen", "what is gone", s.sue, in(s.fay, `,"postNumber":1`), bad("engagementId")},
		{"seen", "no such post", s.sue, in(s.cy, `,"postNumber":4711`), bad("postNumber", "4711")},
		{"seen", "nothing", s.sue, in(s.cy, `,"postNumber":0`), bad("postNumber")},

		{"wrapUp", "watched", s.sue, in(s.ann, ""), bad("not led")},
		{"wrapUp", "another's", s.ada, in(s.cy, ""), bad("not led")},
		{"wrapUp", "what is gone", s.sue, in(s.fay, ""), bad("not led")},
		{"wrapUp", "only offered", s.sue, in(s.gil, ""), conflict("accept it first")},
		{"wrapUp", "no such result", s.sue, in(s.cy, `,"result":4711`), bad("result", "4711")},
		{"wrapUp", "a result below zero", s.sue, in(s.cy, `,"result":-1`), bad("result")},

		{"saveReply", "no title", s.ada, `{"title":"","text":"x"}`, bad("title")},
		{"saveReply", "no text", s.ada, `{"title":"x","text":""}`, bad("text")},
		{"saveReply", "none of one's own", s.ada, `{"id":4711,"title":"x","text":"x"}`, bad("4711")},
		{"saveReply", "below zero", s.ada, `{"id":-1,"title":"x","text":"x"}`, bad("-1")},

		{"search", "more than a page", s.ada, `{"limit":201}`, bad("limit", "200")},
		{"search", "fewer than none", s.ada, `{"limit":-1}`, bad("limit")},
		{"search", "after what is before the first", s.ada, `{"after":-1}`, bad("after")},
		{"search", "a time before all", s.ada, `{"from":-1}`, bad("from")},
		{"search", "a time beyond all", s.ada, `{"to":9007199254740991}`, bad("to")},

		{"record", "nothing like it", s.ada, nowhere(""), bad("4711", "may read")},
		{"record", "more than a page", s.ada, in(s.ann, `,"limit":10001`), bad("limit", "10000")},
		{"record", "after what is before the first", s.ada, in(s.ann, `,"after":-1`), bad("after")},

		{"visitor", "another's", s.ada, in(s.cy, ""), bad("engagementId")},
		{"visitor", "nothing like it", s.ada, nowhere(""), bad("engagementId", "4711")},
		{"visitor", "what waits", s.sue, in(s.hal, ""), bad("engagementId")},
		{"visitor", "what is gone", s.sue, in(s.fay, ""), bad("engagementId")},

		{"leave", "alone", s.sue, in(s.cy, ""), conflict("alone")},
		{"leave", "concluded", s.sue, in(s.eve, ""), conflict("release it")},

		{"monitor", "no supervisor", s.ada, in(s.cy, ""), denied("supervisor")},
		{"monitor", "nothing like it", s.sue, nowhere(""), bad("4711")},
		{"monitor", "what waits", s.sue, in(s.hal, ""), conflict("nobody leads")},
		{"monitor", "offered to another", s.sue, in(s.ben, ""), conflict("nobody leads")},
		{"monitor", "offered to her", s.sue, in(s.gil, ""), conflict("already")},
		{"monitor", "her own", s.sue, in(s.cy, ""), conflict("already")},
		{"monitor", "concluded", s.sue, in(s.eve, ""), conflict("already")},
		{"monitor", "what is gone", s.sue, in(s.fay, ""), bad("not live")},

		{"takeOver", "no supervisor", s.ada, in(s.cy, ""), denied("supervisor")},
		{"takeOver", "nothing like it", s.sue, nowhere(""), bad("4711")},
		{"takeOver", "concluded", s.sue, in(s.eve, ""), conflict("concluded")},
		{"takeOver", "what is gone", s.sue, in(s.fay, ""), bad("not live")},

		{"transfer", "to nobody", s.sue, in(s.cy, ""), bad("accountId, queueId", "one of them")},
		{"transfer", "to account and queue 0", s.sue, in(s.cy, `,"accountId":0,"queueId":0`), bad("accountId, queueId")},
		{"transfer", "to both", s.sue, in(s.cy, `,"accountId":23,"queueId":1`), bad("accountId, queueId")},
		{"transfer", "to no account", s.sue, in(s.cy, `,"accountId":4711`), bad("accountId", "4711")},
		{"transfer", "to an account below zero", s.sue, in(s.cy, `,"accountId":-1`), bad("accountId", "-1")},
		{"transfer", "to no queue", s.sue, in(s.cy, `,"queueId":4711`), bad("queueId", "4711")},
		{"transfer", "to a queue below zero", s.sue, in(s.cy, `,"queueId":-1`), bad("queueId", "-1")},
		{"transfer", "to a queue that is closed", s.sue, in(s.cy, fmt.Sprintf(`,"queueId":%d`, closedQueue)), conflict("closed")},
		{"transfer", "to a queue that is full", s.sue, in(s.cy, fmt.Sprintf(`,"queueId":%d,"warm":true`, fullQueue)), conflict("full")},
		{"transfer", "while somebody is asked", s.sue, in(s.ida, `,"accountId":23`), conflict("Tom")},
		{"transfer", "to a queue while somebody is asked", s.sue, in(s.ida, `,"queueId":1`), conflict("already")},

		{"invite", "as its lead", s.sue, in(s.cy, `,"accountId":23,"type":"LEAD"`), bad("type", "CONFERENCE, MONITOR", "LEAD")},
		{"invite", "to take over", s.sue, in(s.cy, `,"accountId":23,"type":"TRANSFER"`), bad("type", "TRANSFER")},
		{"invite", "as nothing", s.sue, in(s.cy, `,"accountId":23,"type":"NONE"`), bad("type", "NONE")},
		{"invite", "no account", s.sue, in(s.cy, `,"accountId":4711`), bad("accountId", "4711")},
		{"invite", "an account below zero", s.sue, in(s.cy, `,"accountId":-1`), bad("accountId", "-1")},
		{"invite", "herself, and no supervisor", s.ada, in(s.ann, `,"accountId":12`), denied("supervisor")},
		{"invite", "herself, who leads it", s.sue, in(s.cy, `,"accountId":16`), conflict("already")},
		{"invite", "herself, where nobody leads", s.sue, in(s.hal, `,"accountId":16`), conflict("nobody leads")},
		{"invite", "herself, where nothing is", s.sue, nowhere(`,"accountId":16`), bad("4711")},
	}
	for _, operation := range []string{"setInteractionStatus", "history", "concludeChat", "releaseChat", "leave"} {
		more := ""
		if operation == "setInteractionStatus" {
			more = `,"clientId":1,"mode":"LISTENING"`
		}
		early := bad("engagement")
		if operation == "leave" {
			early = conflict("offered")
		}
		rows = append(rows,
			outOfReach{operation, "nothing like it", s.sue, nowhere(more), bad("4711")},
			outOfReach{operation, "below zero", s.sue, inEngagement(-1, more), bad("-1")},
			outOfReach{operation, "another's", s.ada, in(s.cy, more), bad("engagement")},
			outOfReach{operation, "only offered", s.sue, in(s.gil, more), early},
			outOfReach{operation, "only asked to join", s.tom, in(s.cy, more), early},
			outOfReach{operation, "only asked to take over", s.tom, in(s.ida, more), early},
			outOfReach{operation, "what waits", s.sue, in(s.hal, more), bad("engagement")})
	}
	for _, operation := range []string{"transfer", "invite"} {
		rows = append(rows,
			outOfReach{operation, "nothing like it", s.sue, nowhere(`,"accountId":23`), bad("4711")},
			outOfReach{operation, "another's", s.ada, in(s.cy, `,"accountId":23`), bad("engagementId")},
			outOfReach{operation, "what waits", s.sue, in(s.hal, `,"accountId":23`), bad("engagementId")},
			outOfReach{operation, "what is gone", s.sue, in(s.fay, `,"accountId":23`), bad("engagementId")},
			outOfReach{operation, "watched", s.sue, in(s.ann, `,"accountId":23`), conflict("only its lead")},
			outOfReach{operation, "only asked to join", s.tom, in(s.cy, `,"accountId":23`), conflict("only its lead")},
			outOfReach{operation, "only offered", s.sue, in(s.gil, `,"accountId":23`), conflict("accept it first")},
			outOfReach{operation, "concluded", s.sue, in(s.eve, `,"accountId":23`), conflict("concluded")},
			outOfReach{operation, "somebody who is not logged on", s.sue, in(s.dee, `,"accountId":19`), conflict("19", "not logged on")},
			outOfReach{operation, "somebody who is unavailable", s.sue, in(s.dee, `,"accountId":18`), conflict("18", "not available")},
			outOfReach{operation, "somebody without a place", s.sue, in(s.dee, `,"accountId":12`), conflict("12", "no place free")},
			outOfReach{operation, "somebody who is asked otherwise", s.sue, in(map[string]*testkit.Visitor{"transfer": s.cy, "invite": s.ida}[operation], `,"accountId":17`), conflict("17", "already")})
	}
	return rows
}

// TestOutOfReach: what is well formed and cannot be is refused with its status,
// its word and a sentence that says why, and changes nothing.
func TestOutOfReach(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newCrowd(t)
		token := s.AgentToken("ada")
		s.refuses("createAutomatedAgentSession: a live session", agentForm, want{400, "BAD_REQUEST", []string{"logonOverride"}}, "POST",
			testkit.AgentPath("createAutomatedAgentSession"), `{"logonOverride":false}`, "Authorization", "Bearer "+token)
		s.refuses("createAutomatedAgentSession: too much data", agentForm, want{413, "BAD_REQUEST", []string{"messageDataMap"}}, "POST",
			testkit.AgentPath("createAutomatedAgentSession"), `{"logonOverride":true,"messageDataMap":{"k":"`+strings.Repeat("x", 16<<10)+`"}}`, "Authorization", "Bearer "+token)
		for _, r := range s.requests() {
			method, path, body := "POST", testkit.AgentPath(strings.TrimSuffix(r.operation, "ByPost")), r.body
			if r.operation == "rerouteAvailability" {
				method = "GET"
				path, body = operation{path: path, inQuery: true}.at(body)
			}
			s.refuses(r.operation+": "+r.what, agentForm, r.want, method, path, body,
				"X-JSESSIONID", r.by.Session, "X-AID", strconv.FormatInt(r.by.Account, 10))
		}
	})
}

// TestEveryAgentOperationHasRows: an operation that agents are served is among
// those whose bodies and fields are spoiled, and has rows of what cannot be.
func TestEveryAgentOperationHasRows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newCrowd(t)
		spoiled, rows := map[string]bool{}, map[string]bool{"createAutomatedAgentSession": true}
		for _, o := range s.operations() {
			spoiled[o.method+" "+strings.TrimSuffix(o.path, "?pool=1:1")] = true
		}
		for _, r := range s.requests() {
			rows[r.operation] = true
		}
		found := 0
		for _, o := range testkit.Operations() {
			if !strings.Contains(o.Path, "/agent/{site}/") {
				continue
			}
			found++
			if slices.Contains([]string{"agentSendsFile", "logIn", "whoIsIn", "logOut"}, o.ID) {
				continue // a body that is a file, and no session: TestBadFiles, TestAgentFileRefusals, TestLogInIsRefused
			}
			if path := strings.Replace(o.Path, "{site}", testkit.SiteName, 1); !spoiled[o.Method+" "+path] {
				t.Errorf("%s %s: no test spoils its fields", o.Method, path)
			}
			if rows[o.ID] == slices.Contains(noSuchRequest, o.ID) {
				t.Errorf("%s: rows of what cannot be: %t; every request can be: %t", o.ID, rows[o.ID], !rows[o.ID])
			}
		}
		if found != 15+1+19 { // the contract's, one of them with two methods, and usher's own
			t.Errorf("%d operations of agents are documented", found)
		}
	})
}
