package rest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"usher/api"
	"usher/internal/testkit"
)

// TestRepeats: what is asked twice is done once. The second answer is what the
// contract proposes, and nothing is recorded for it.
func TestRepeats(t *testing.T) {
	t.Parallel()
	post := func(to string, id int64) string {
		return fmt.Sprintf(`{"body":"x","destinationType":%q,"destinationId":%d,"messageType":"NONE","messageId":"m-1"}`, to, id)
	}
	again := want{status: 200}
	badRequest := want{400, "BAD_REQUEST", nil}
	for name, c := range map[string]struct {
		operation string
		// by answers who calls, and the body, once everything is ready for it.
		by     func(s *stage) (*testkit.Agent, string)
		second want
	}{
		"accept": {"assignmentAcknowledgement", func(s *stage) (*testkit.Agent, string) { return s.bob, acknowledge(s.ben.Engagement, api.ActionAccept) }, again},
		"accept after the end": {"assignmentAcknowledgement", func(s *stage) (*testkit.Agent, string) {
			s.ok(s.sue, "concludeChat", inEngagement(s.cy.Engagement, ""))
			return s.sue, acknowledge(s.cy.Engagement, api.ActionAccept)
		}, again},
		"decline": {"assignmentAcknowledgement", func(s *stage) (*testkit.Agent, string) {
			return s.bob, acknowledge(s.ben.Engagement, api.ActionDecline)
		}, badRequest},
		"be unavailable": {"assignmentAcknowledgement", func(s *stage) (*testkit.Agent, string) {
			return s.bob, acknowledge(s.ben.Engagement, api.ActionUnavailable)
		}, badRequest},
		"be available": {"assignmentAcknowledgement", func(s *stage) (*testkit.Agent, string) {
			return s.bob, acknowledge(s.ben.Engagement, api.ActionAvailable)
		}, again},
		"join": {"assignmentAcknowledgement", func(s *stage) (*testkit.Agent, string) {
			s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
			return s.tom, acknowledge(s.cy.Engagement, api.ActionAccept)
		}, again},
		"decline to join": {"assignmentAcknowledgement", func(s *stage) (*testkit.Agent, string) {
			s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
			return s.tom, acknowledge(s.cy.Engagement, api.ActionDecline)
		}, badRequest},
		"take a transfer": {"assignmentAcknowledgement", func(s *stage) (*testkit.Agent, string) {
			s.ok(s.sue, "transfer", inEngagement(s.cy.Engagement, `,"accountId":17`))
			return s.tom, acknowledge(s.cy.Engagement, api.ActionAccept)
		}, again},
		"set a status":       {"setActivityStatus", func(s *stage) (*testkit.Agent, string) { return s.tom, `{"status":"AVAILABLE","subTypeId":1}` }, again},
		"post":               {"postMessage", func(s *stage) (*testkit.Agent, string) { return s.sue, post("ENGAGEMENT", s.cy.Engagement) }, again},
		"whisper to visitor": {"postMessage", func(s *stage) (*testkit.Agent, string) { return s.sue, post("END_USER", s.cy.Client) }, again},
		"whisper to agent":   {"postMessage", func(s *stage) (*testkit.Agent, string) { return s.ada, post("AGENT", s.sue.Client) }, again},
		"set a property": {"setEngagementProperty", func(s *stage) (*testkit.Agent, string) {
			return s.tom, inEngagement(s.cy.Engagement, `,"type":"USER","name":"QUESTION","value":"why?"`)
		}, again},
		"modify properties": {"modifyProperties", func(s *stage) (*testkit.Agent, string) {
			return s.tom, inEngagement(s.cy.Engagement, `,"type":"USER","propertiesMap":{"EMAIL":"x","PRODUCT_ID":7},"customFields":[{"name":"c$a","type":"LONG","value":1}]`)
		}, again},
		"reroute":  {"rerouteEngagement", func(s *stage) (*testkit.Agent, string) { return s.sue, inEngagement(s.cy.Engagement, "") }, want{404, "ENGAGEMENT_ID_UNKNOWN", nil}},
		"conclude": {"concludeChat", func(s *stage) (*testkit.Agent, string) { return s.sue, inEngagement(s.cy.Engagement, "") }, again},
		"release": {"releaseChat", func(s *stage) (*testkit.Agent, string) {
			s.ok(s.sue, "concludeChat", inEngagement(s.cy.Engagement, ""))
			return s.sue, inEngagement(s.cy.Engagement, "")
		}, again},
		"release before it was concluded": {"releaseChat", func(s *stage) (*testkit.Agent, string) { return s.sue, inEngagement(s.cy.Engagement, "") }, again},
		"log off":                         {"logoff", func(s *stage) (*testkit.Agent, string) { return s.tom, `{"forceLogoff":false}` }, want{403, "ACCESS_DENIED", nil}},
		"log off by force":                {"logoff", func(s *stage) (*testkit.Agent, string) { return s.sue, `{"forceLogoff":true}` }, want{403, "ACCESS_DENIED", nil}},
		"transfer": {"transfer", func(s *stage) (*testkit.Agent, string) {
			return s.sue, inEngagement(s.cy.Engagement, `,"accountId":17,"note":"a word"`)
		}, again},
		"transfer to a queue": {"transfer", func(s *stage) (*testkit.Agent, string) { return s.sue, inEngagement(s.cy.Engagement, `,"queueId":2`) }, badRequest},
		"transfer to a queue, warm": {"transfer", func(s *stage) (*testkit.Agent, string) {
			return s.sue, inEngagement(s.cy.Engagement, `,"queueId":2,"warm":true`)
		}, again},
		"invite": {"invite", func(s *stage) (*testkit.Agent, string) {
			return s.sue, inEngagement(s.cy.Engagement, `,"accountId":17,"note":"a word"`)
		}, again},
		"invite to monitor": {"invite", func(s *stage) (*testkit.Agent, string) {
			return s.sue, inEngagement(s.cy.Engagement, `,"accountId":17,"type":"MONITOR"`)
		}, again},
		"invite herself": {"invite", func(s *stage) (*testkit.Agent, string) {
			return s.sue, inEngagement(s.ann.Engagement, `,"accountId":16`)
		}, again},
		"monitor": {"monitor", func(s *stage) (*testkit.Agent, string) {
			s.ok(s.bob, "assignmentAcknowledgement", acknowledge(s.ben.Engagement, api.ActionAccept))
			return s.sue, inEngagement(s.ben.Engagement, "")
		}, again},
		"take over what is offered": {"takeOver", func(s *stage) (*testkit.Agent, string) { return s.sue, inEngagement(s.ben.Engagement, "") }, again},
		"take over what is led":     {"takeOver", func(s *stage) (*testkit.Agent, string) { return s.sue, inEngagement(s.ann.Engagement, "") }, again},
		"leave":                     {"leave", func(s *stage) (*testkit.Agent, string) { return s.sue, inEngagement(s.ann.Engagement, "") }, again},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newStage(t)
				a, body := c.by(s)
				before := s.Position()
				first := a.Call(c.operation, body)
				expectStatus(t, first, http.StatusOK)
				done := s.Position()
				if name != "accept after the end" && done == before {
					t.Errorf("the first time nothing was recorded")
				}
				second := a.Call(c.operation, body)
				expectStatus(t, second, c.second.status)
				if c.second.code != "" {
					s.refused(name+", twice", agentForm, c.second, "POST", "", second)
				}
				if now := s.Position(); now != done {
					t.Errorf("the second time %d events were recorded", now-done)
				}
				if c.second.status == http.StatusOK {
					if f, g := asked(first.Body), asked(second.Body); f != g {
						t.Errorf("the first time %s was answered, the second time %s", f, g)
					}
				}
			})
		})
	}
}

// asked cuts out of an answer what transfer and invite say, or "".
func asked(body string) string {
	_, rest, _ := strings.Cut(body, `"askedClientId"`)
	return rest
}

// TestAfterTheEnd: an engagement that is over stays as it ended, whatever its
// agents ask for.
func TestAfterTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newStage(t)
		s.ok(s.sue, "invite", inEngagement(s.cy.Engagement, `,"accountId":17`))
		s.tom.Accept(s.cy.Engagement)
		s.ok(s.sue, "concludeChat", inEngagement(s.cy.Engagement, ""))
		before := s.Position()
		for _, operation := range []string{"concludeChat", "releaseChat", "leave"} { // tom was in it
			s.ok(s.tom, operation, inEngagement(s.cy.Engagement, ""))
		}
		s.ok(s.sue, "concludeChat", inEngagement(s.cy.Engagement, ""))
		s.ok(s.sue, "setInteractionStatus", inEngagement(s.cy.Engagement, `,"clientId":1,"mode":"LISTENING"`))
		expectRefusal(t, s.sue.Call("rerouteEngagement", inEngagement(s.cy.Engagement, "")), http.StatusConflict, api.Conflict)
		expectRefusal(t, s.tom.Call("postMessage", testkit.AgentPost(s.cy.Engagement, "x")), http.StatusConflict, api.Conflict)
		expectRefusal(t, s.tom.Call("assignmentAcknowledgement", acknowledge(s.cy.Engagement, api.ActionAccept)), http.StatusBadRequest, api.BadRequest)
		if now := s.Position(); now != before {
			t.Errorf("%d events were recorded", now-before)
		}
		s.ok(s.sue, "releaseChat", inEngagement(s.cy.Engagement, ""))
		released := s.Position()
		for _, a := range []*testkit.Agent{s.sue, s.tom} {
			for _, operation := range []string{"concludeChat", "releaseChat", "leave"} {
				s.ok(a, operation, inEngagement(s.cy.Engagement, ""))
			}
		}
		if now := s.Position(); now != released || released == before {
			t.Errorf("from %d over %d to %d", before, released, now)
		}
	})
}
