package rest_test

import (
	"fmt"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/api/agent"
	"usher/internal/site"
	"usher/internal/testkit"
)

// bobSupervises makes bob a supervisor.
func bobSupervises(s *testkit.Server) {
	s.T.Helper()
	testkit.Do(s, func(x *site.Site) (site.Account, error) {
		bob, _ := x.AccountByID(testkit.Bob)
		bob.Supervisor = true
		return x.Admin("test").DefineAccount(bob)
	})
}

// settled lets everybody in a chat retrieve what there is.
func settled(a *testkit.Agent, v *testkit.Visitor, others ...*testkit.Agent) {
	v.Poll()
	for _, x := range append(others, a) {
		x.Poll("")
	}
}

// TestAgentTransfer: to another agent with a note, as all three are told of it.
func TestAgentTransfer(t *testing.T) {
	written(t, "agent_transfer", func(t *testing.T, x *transcript) {
		a, v := x.Chat("ada")
		b := x.LogOn("bob")
		v.Post("first")
		settled(a, v)
		a.Ack = "3"
		v.Post("not received by ada")
		time.Sleep(10 * time.Second)
		x.agent("ada transfers", a, "transfer", inEngagement(v.Engagement, `,"sequenceNumber":8,"accountId":13,"note":"wants a refund"`))
		x.agent("bob holds", b, "engagements", "")
		x.agent("bob is asked", b, "getMessages", "")
		b.Ack = "1"
		x.agent("bob accepts", b, "assignmentAcknowledgement", inEngagement(v.Engagement, `,"action":"ACCEPT","actionType":"MANUAL","assignmentType":"TRANSFER"`))
		x.agent("bob", b, "getMessages", "")
		x.agent("ada", a, "getMessages", "")
		x.visitor("the visitor", v, "getMessages", "")
		expectHolds(t, a, "")
		x.agent("bob transfers it to a queue", b, "transfer", inEngagement(v.Engagement, `,"queueId":2`))
		expectHolds(t, b, "")
	})
}

// TestAgentConference: invited, as a conferee who leads when the lead leaves.
func TestAgentConference(t *testing.T) {
	written(t, "agent_conference", func(t *testing.T, x *transcript) {
		a, v := x.Chat("ada")
		b, bot := x.LogOn("bob"), x.LogOn("echo")
		settled(a, v)
		a.Ack = "2"
		x.agent("ada invites", a, "invite", inEngagement(v.Engagement, `,"accountId":13,"sequenceNumber":9`))
		x.agent("ada invites a monitor", a, "invite", inEngagement(v.Engagement, `,"accountId":14,"type":"MONITOR","note":"listen"`))
		b.Accept(v.Engagement)
		x.agent("the monitor accepts", bot, "assignmentAcknowledgement", inEngagement(v.Engagement, `,"action":"ACCEPT","actionType":"AUTO","assignmentType":"MONITOR"`))
		x.agent("bob holds", b, "engagements", "")
		x.agent("the monitor holds", bot, "engagements", "")
		b.Post(v.Engagement, "I am here as well")
		bot.Post(v.Engagement, "nobody but you sees this")
		x.agent("ada whispers to bob", a, "postMessage", fmt.Sprintf(`{"body":"psst","destinationType":"AGENT","destinationId":%d,"messageType":"NONE"}`, b.Client))
		x.agent("ada whispers to the visitor", a, "postMessage", fmt.Sprintf(`{"body":"only you","destinationType":"END_USER","destinationId":%d,"messageType":"NONE"}`, v.Client))
		x.agent("ada", a, "getMessages", "")
		a.Ack = "7"
		x.agent("bob", b, "getMessages", "")
		x.agent("the monitor", bot, "getMessages", "")
		x.visitor("the visitor", v, "getMessages", "")
		x.agent("bob's history", b, "history", inEngagement(v.Engagement, ""))
		x.agent("ada leaves", a, "leave", inEngagement(v.Engagement, `,"sequenceNumber":10`))
		x.visitor("the visitor is told", v, "getMessages", "")
		expectHolds(t, b, fmt.Sprintf("%d ACTIVE", v.Engagement))
		x.agent("the monitor leaves", bot, "leave", inEngagement(v.Engagement, ""))
		x.visitor("the visitor is told nothing", v, "getMessages", "")
	})
}

// TestAgentSupervisor: watches, takes over, and gives back.
func TestAgentSupervisor(t *testing.T) {
	written(t, "agent_supervisor", func(t *testing.T, x *transcript) {
		bobSupervises(x.Server)
		a, v := x.Chat("ada")
		b := x.LogOn("bob")
		settled(a, v)
		x.agent("bob watches", b, "monitor", inEngagement(v.Engagement, `,"sequenceNumber":11`))
		v.Post("help!")
		x.agent("bob takes over", b, "takeOver", inEngagement(v.Engagement, `,"sequenceNumber":12`))
		x.agent("ada holds", a, "engagements", "")
		x.agent("ada", a, "getMessages", "")
		x.agent("bob", b, "getMessages", "")
		x.visitor("the visitor", v, "getMessages", "")
		expectStatus(t, b.Call("concludeChat", inEngagement(v.Engagement, "")), http.StatusOK)
		x.agent("bob wraps up", b, "engagements", "")
		x.agent("ada is out", a, "engagements", "")
	})
}

// roles answers who an agent says is in an engagement with it.
func roles(t *testing.T, a *testkit.Agent, engagement int64) []string {
	t.Helper()
	got := testkit.Decode[agent.AssignmentAcknowledgementResponse](a.Server, a.Call("assignmentAcknowledgement", acknowledge(engagement, api.ActionAccept)))
	var in []string
	for _, c := range got.ChatAssignmentAcknowledgementResult.ClientList {
		in = append(in, fmt.Sprintf("%s %s", c.Name, c.Role))
	}
	return in
}

// TestTransfers: each way that a transfer may end.
func TestTransfers(t *testing.T) {
	for name, c := range map[string]struct {
		transfer string
		then     func(a, b *testkit.Agent, engagement int64)
		holdsA   string
		holdsB   string
		left     []string // as ada is told
	}{
		"accepted":       {`,"accountId":13`, func(_, b *testkit.Agent, e int64) { b.Accept(e) }, "", "1 ACTIVE", []string{"LEAD PARTICIPANT_LEFT"}},
		"accepted, warm": {`,"accountId":13,"warm":true`, func(_, b *testkit.Agent, e int64) { b.Accept(e) }, "1 ACTIVE", "1 ACTIVE", nil},
		"declined": {`,"accountId":13`, func(_, b *testkit.Agent, e int64) {
			expectStatus(b.T.(*testing.T), b.Call("assignmentAcknowledgement", acknowledge(e, api.ActionDecline)), http.StatusOK)
		}, "1 ACTIVE", "", []string{"TRANSIENT PARTICIPANT_LEFT"}},
		"not answered": {`,"accountId":13`, func(a, b *testkit.Agent, _ int64) {
			b.Poll("") // the question
			b.Poll("")
			b.Poll("")
		}, "1 ACTIVE", "", []string{"TRANSIENT IDLE_TIMEOUT"}},
		"logged off": {`,"accountId":13`, func(a, b *testkit.Agent, _ int64) {
			expectStatus(b.T.(*testing.T), b.Call("logoff", `{"forceLogoff":true}`), http.StatusOK)
			*b = *b.LogOn("bob")
		}, "1 ACTIVE", "", []string{"TRANSIENT EJECTED"}},
		"to a queue":         {`,"queueId":1`, func(_, b *testkit.Agent, e int64) { b.Ask(1); b.Accept(e) }, "", "1 ACTIVE", []string{"LEAD TRANSFERRED_TO_QUEUE"}},
		"to a queue, warm":   {`,"queueId":1,"warm":true`, func(_, b *testkit.Agent, e int64) { b.Ask(1); b.Accept(e) }, "1 ACTIVE", "1 ACTIVE", nil},
		"to an absent queue": {`,"queueId":1,"warm":true`, func(a, b *testkit.Agent, e int64) {}, "1 ACTIVE", "", nil},
	} {
		t.Run(name, func(t *testing.T) {
			inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
				a, v := s.Chat("ada")
				b := s.LogOn("bob")
				settled(a, v)
				a.Ack = "2"
				expectStatus(t, a.Call("transfer", inEngagement(v.Engagement, c.transfer)), http.StatusOK)
				expectHolds(t, a, map[bool]string{true: "", false: "1 ACTIVE"}[name == "to a queue"])
				c.then(a, b, v.Engagement)
				expectHolds(t, a, c.holdsA)
				expectHolds(t, b, c.holdsB)
				got := a.Poll("")
				expectLeft(t, got, c.left...)
				v.Post("who is there?")
				if c.holdsB == "1 ACTIVE" {
					a.Ack, b.Ack = "", ""
					want := []string{"Ann Lee END_USER"}
					if c.holdsA != "" {
						want = append(want, "Ada CONFEREE")
					}
					if diff := cmp.Diff(want, roles(t, b, v.Engagement)); diff != "" {
						t.Errorf("with bob are (-want +got):\n%s", diff)
					}
				}
			})
		})
	}
}

// TestTransferWithoutAgents: where a site lets nobody wait for nobody, a lead
// cannot either; and an agent who became absent cannot be asked.
func TestTransferWithoutAgents(t *testing.T) {
	inBubble(t, testkit.Options{}, func(t *testing.T, s *testkit.Server) {
		a, v := s.Chat("ada")
		s.LogOn("bob")
		testkit.Do(s, func(x *site.Site) (site.Settings, error) {
			set := x.CurrentSettings()
			set.RefuseWithoutAgents = true
			return x.Admin("test").ChangeSettings(set)
		})
		expectRefusal(t, a.Call("transfer", inEngagement(v.Engagement, `,"queueId":2`)), http.StatusConflict, api.Conflict)
		for range 5 { // bob shows no sign of life for 120 s
			a.Poll("")
		}
		expectRefusal(t, a.Call("transfer", inEngagement(v.Engagement, `,"accountId":13`)), http.StatusConflict, api.Conflict)
		expectHolds(t, a, "1 ACTIVE")
	})
}

// TestTooManyParticipants: an engagement has room for 20 agents beside its lead.
func TestTooManyParticipants(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		testkit.Do(s.Server, func(x *site.Site) (struct{}, error) {
			sue, _ := x.AccountByID(sueID)
			for i := range 22 {
				if _, err := x.Admin("test").DefineAccount(site.Account{ID: site.AccountID(100 + i), Login: fmt.Sprint("many", i), Name: "Many", PasswordHash: sue.PasswordHash}); err != nil {
					return struct{}{}, err
				}
			}
			return struct{}{}, nil
		})
		for i := range 22 {
			present(s.Server, site.AccountID(100+i))
		}
		invite := func(i int) testkit.Answer {
			return s.sue.Call("invite", inEngagement(s.cy.Engagement, fmt.Sprintf(`,"accountId":%d`, 100+i)))
		}
		for i := range 20 {
			expectStatus(t, invite(i), http.StatusOK)
		}
		for what, a := range map[string]testkit.Answer{
			"invite": invite(20), "transfer": s.sue.Call("transfer", inEngagement(s.cy.Engagement, `,"accountId":121`)),
		} {
			expectRefusal(t, a, http.StatusTooManyRequests, api.BadRequest)
			if a.Header.Get("Retry-After") == "" {
				t.Errorf("%s: no Retry-After", what)
			}
		}
	})
}
