package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"usher/api/consumer"
	"usher/api/sites"
	"usher/internal/testkit"
)

// entered opens an engagement with session attributes, and answers its queue.
func entered(s *testkit.Server, attributes string) int64 {
	s.T.Helper()
	return testkit.Decode[consumer.RequestEngagementResponse](s, knock(s, attributes)).QueueID
}

// knock asks for an engagement.
func knock(s *testkit.Server, attributes string) testkit.Answer {
	s.T.Helper()
	return s.Send("POST", testkit.VisitorPath("requestEngagement"), "", "Authorization", "Bearer "+s.VisitorToken(attributes))
}

// TestRulesTakeEffect: a rule routes the next visitor, and a changed one the one
// after; what the rules would do can be asked beforehand, and comes true.
func TestRulesTakeEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		c.ok("PUT", "/interfaces/1", `{"name":"Main"}`)
		c.ok("PUT", "/interfaces/2", `{"name":"Shop"}`)
		c.ok("PUT", "/interfaces/3", `{"name":"Loja","language":"pt-BR"}`)
		for _, q := range []int{3, 4, 5, 6, 7} {
			c.ok("PUT", fmt.Sprintf("/queues/%d", q), fmt.Sprintf(`{"name":"Queue %d"}`, q))
		}
		c.ok("PUT", "/rules", `{"enter":[
			{"name":"gold","when":{"products":[5],"fields":[{"name":"c$tier","op":"EQUALS","value":"gold"}]},"queue":3,"priority":10,"account":12},
			{"name":"product","when":{"products":[5,6]},"queue":4},
			{"name":"category","when":{"categories":[9]},"queue":5},
			{"name":"portuguese","when":{"languages":["pt"]},"queue":6},
			{"name":"shop","when":{"interfaces":[2]},"queue":7},
			{"name":"spam","when":{"fields":[{"name":"c$from","op":"CONTAINS","value":"casino"}]},"refuse":true}]}`)
		for _, v := range []struct {
			visitor, asked string
			queue          int64
			why            string
		}{
			{`"productId":5,"customFields":[{"name":"c$tier","type":"STRING","value":"GOLD"}]`, `"productId":5,"customFields":[{"name":"c$tier","value":"GOLD"}]`, 3, `rule enter[0] "gold" matched`},
			{`"productId":5`, "", 4, `rule enter[1] "product" matched`},
			{`"productId":6`, "", 4, `rule enter[1] "product" matched`},
			{`"categoryId":9`, "", 5, `rule enter[2] "category" matched`},
			{`"auxillaryData":{"LANGUAGE":"pt_BR"}`, `"language":"pt_BR"`, 6, `rule enter[3] "portuguese" matched`},
			{`"interfaceId":3`, "", 6, `rule enter[3] "portuguese" matched`}, // its language, since the visitor names none
			{`"interfaceId":2`, "", 7, `rule enter[4] "shop" matched`},
			{`"productId":7`, "", 1, "no rule matched: the default queue"},
			{`"productId":5,"queueId":2`, "", 2, "the request named the queue"},
		} {
			if v.asked == "" {
				v.asked = v.visitor
			}
			r := decoded[sites.Route](t, c.ok("POST", "/route", "{"+v.asked+"}"))
			if r.QueueID != v.queue || r.Why != v.why || r.Standing.QueueID != v.queue {
				t.Errorf("%s would be sent to %d since %s, standing of %d; expected %d since %s", v.asked, r.QueueID, r.Why, r.Standing.QueueID, v.queue, v.why)
			}
			if gold := v.queue == 3; (r.Priority == 10) != gold || (r.AccountID == 12) != gold {
				t.Errorf("%s: priority %d, account %d", v.asked, r.Priority, r.AccountID)
			}
			if got := entered(s, "{"+v.visitor+"}"); got != v.queue {
				t.Errorf("%s was sent to %d, expected %d", v.visitor, got, v.queue)
			}
		}
		const spam = `{"customFields":[{"name":"c$from","type":"STRING","value":"Big Casino"}]}`
		c.refused(http.StatusConflict, "POST", "/route", `{"customFields":[{"name":"c$from","value":"Big Casino"}]}`, `rule enter[5] "spam" matched and refuses`)
		refused := knock(s, spam)
		expectStatus(t, refused, http.StatusConflict)
		expectText(t, refused.Body, "FAIL_RULE_DEQUEUE")

		// A list that cannot work as a whole changes nothing.
		c.refused(http.StatusBadRequest, "PUT", "/rules", `{"enter":[{"queue":2},{"queue":99}]}`, "enter[1].queue: 99 is not a queue of this site")
		if got := entered(s, `{"productId":5}`); got != 4 {
			t.Errorf("after a refused change the visitor is sent to %d", got)
		}
		c.ok("PUT", "/rules", `{"enter":[{"name":"all","queue":6}]}`)
		if got := entered(s, spam); got != 6 {
			t.Errorf("after the change the visitor is sent to %d", got)
		}
		c.ok("PUT", "/rules", `{"enter":[],"escalate":[]}`)
		if got := entered(s, `{"productId":5}`); got != 1 {
			t.Errorf("without rules the visitor is sent to %d", got)
		}
	})
}

// TestHoursTakeEffect: a queue lets visitors in while its hours are open, on the
// clock of their zone; a rule can send them elsewhere meanwhile.
func TestHoursTakeEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		// It is Saturday, 2000-01-01 00:00 UTC: 01:00 in Vienna.
		hours := func(week, holidays string) {
			t.Helper()
			c.ok("PUT", "/hours/4", fmt.Sprintf(`{"name":"Office","zone":"Europe/Vienna","week":[%s],"holidays":[%s]}`, week, holidays))
		}
		opening := func(want string) {
			t.Helper()
			if got := c.ok("GET", "/standing", ""); strings.Count(got, fmt.Sprintf(`"queueId":1,"name":"Support","opening":%q`, want)) != 1 {
				t.Errorf("expected %s in %s", want, got)
			}
		}
		hours(`{"day":"SAT","from":"00:30","to":"01:30"}`, "")
		c.ok("PUT", "/queues/1", `{"name":"Support","default":true,"hours":4}`)
		opening("OPEN")
		if got := entered(s, `{}`); got != 1 {
			t.Errorf("entered %d", got)
		}
		time.Sleep(30 * time.Minute)
		opening("CLOSED")
		c.refused(http.StatusConflict, "POST", "/route", "{}", "queue 1 (Support) is closed at this time")
		refused := knock(s, `{}`)
		expectStatus(t, refused, http.StatusConflict)
		expectText(t, refused.Body, "OUT_OF_HOURS")
		hours(`{"day":"SAT","from":"00:30","to":"02:00"}`, "") // a longer day, at once
		opening("OPEN")
		if got := entered(s, `{}`); got != 1 {
			t.Errorf("entered %d", got)
		}
		hours(`{"day":"SAT","from":"00:30","to":"02:00"}`, `{"name":"New Year","date":"01-01"}`)
		opening("HOLIDAY")
		expectText(t, knock(s, `{}`).Body, "HOLIDAY")
		hours(`{"day":"SAT","from":"00:30","to":"02:00"}`, `{"name":"New Year","date":"2000-01-01","open":[{"from":"01:00","to":"01:31"}]}`)
		opening("OPEN")
		c.ok("PUT", "/queues/3", `{"name":"Night"}`)
		c.ok("PUT", "/rules", `{"enter":[{"name":"night","when":{"hours":4,"closed":true},"queue":3}]}`)
		if got := entered(s, `{}`); got != 1 {
			t.Errorf("in hours: entered %d", got)
		}
		time.Sleep(time.Minute)
		if got := entered(s, `{}`); got != 3 {
			t.Errorf("out of hours: entered %d", got)
		}
	})
}

// TestProfileTakesEffect: a changed profile counts at once for those logged on: who
// serves another queue now is offered what waits there.
func TestProfileTakesEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		c.ok("PUT", "/queues/3", `{"name":"Cards"}`)
		c.ok("PUT", "/profiles/5", `{"name":"Desk","queues":[2],"places":1}`)
		// Its own members do not count while it has a profile.
		c.ok("PUT", "/accounts/21", fmt.Sprintf(`{"login":"cy","name":"Cy","password":%q,"profile":5,"queues":[3],"places":9}`, testkit.Password))
		cy := s.LogOn("cy")
		expectStatus(t, cy.Call("setActivityStatus", `{"status":"AVAILABLE","subTypeId":1}`), http.StatusOK)
		first, second := s.Enter(3), s.Enter(3)
		expectHolds(t, cy, "")
		c.ok("PUT", "/profiles/5", `{"name":"Desk","queues":[2,3],"places":1}`)
		expectHolds(t, cy, fmt.Sprintf("%d OFFERED", first.Engagement))
		c.ok("PUT", "/profiles/5", `{"name":"Desk","queues":[2,3],"places":2}`)
		expectHolds(t, cy, fmt.Sprintf("%d OFFERED, %d OFFERED", first.Engagement, second.Engagement))

		// Declining is not for everybody.
		cy.Accept(first.Engagement)
		c.ok("PUT", "/profiles/5", `{"name":"Desk","queues":[2,3],"places":2,"allowDecline":false}`)
		expectStatus(t, cy.Call("assignmentAcknowledgement", acknowledge(second.Engagement, "DECLINE")), http.StatusBadRequest)
		c.ok("PUT", "/profiles/5", `{"name":"Desk","queues":[2,3],"places":2}`)
		expectStatus(t, cy.Call("assignmentAcknowledgement", acknowledge(second.Engagement, "DECLINE")), http.StatusOK)

		// Nor is an answer, for who is given what it is offered.
		c.ok("PUT", "/profiles/5", `{"name":"Desk","queues":[2],"places":2,"autoDecline":false}`)
		c.ok("PATCH", "/settings", `{"noticeSeconds":5}`)
		third := s.Enter(2)
		time.Sleep(5 * time.Second)
		expectHolds(t, cy, fmt.Sprintf("%d ACTIVE, %d ACTIVE", first.Engagement, third.Engagement))
	})
}

// TestSettingsTakeEffect: settings of which the contract speaks.
func TestSettingsTakeEffect(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := testkit.New(t, testkit.Options{})
		c := administer(s)
		if got := c.ok("PATCH", "/settings", `{"statusReasons":[],"allowedOrigins":[]}`); !strings.Contains(got, `"statusReasons":[],"allowedOrigins":[]`) {
			t.Errorf("the emptied lists are %s", got)
		}
		c.ok("PATCH", "/settings", `{"refuseWithoutAgents":true}`)
		refused := knock(s, `{}`)
		expectStatus(t, refused, http.StatusConflict)
		expectText(t, refused.Body, "FAIL_NO_AGENTS_AVAIL")
		c.refused(http.StatusConflict, "POST", "/route", "{}", "nobody is there to serve queue 1 (Support)")
		c.ok("PATCH", "/settings", `{"refuseWithoutAgents":false}`)
		a, v := s.Chat("ada")

		c.ok("PATCH", "/settings", `{"wrapUpSeconds":90}`)
		expectStatus(t, v.Call("concludeEngagement", ""), http.StatusOK)
		expectHolds(t, a, fmt.Sprintf("%d WRAP_UP", v.Engagement))
		for range 3 { // signs of life
			time.Sleep(30 * time.Second)
			a.Call("engagements", "")
		}
		expectHolds(t, a, "")

		// A full queue sends on, and turns away.
		c.ok("PUT", "/queues/3", `{"name":"Second line","maxWaiting":1}`)
		c.ok("PUT", "/queues/1", `{"name":"Support","default":true,"maxWaiting":1,"overflowQueue":3}`)
		for i, want := range []int64{1, 3} {
			if got := entered(s, `{}`); got != want {
				t.Errorf("visitor %d entered %d, expected %d", i, got, want)
			}
		}
		c.refused(http.StatusConflict, "POST", "/route", "{}", "queue 3 (Second line) is full")
		expectStatus(t, knock(s, `{}`), http.StatusConflict)
	})
}
