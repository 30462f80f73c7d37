package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// agent is an agent's session.
type agent struct {
	account string
	session string
	ack     int64 // position of its mailbox
}

// newAgent makes an account that serves one queue of its own, logs it on, and
// asks for one engagement.
func (s *site) newAgent(ctx context.Context, id int64) (*agent, error) {
	account := strconv.FormatInt(id, 10)
	login := "bench-" + account
	if err := s.admin(ctx, http.MethodPut, "/queues/"+account, map[string]any{"name": "Bench " + account, "default": false}); err != nil {
		return nil, err
	}
	err := s.admin(ctx, http.MethodPut, "/accounts/"+account, map[string]any{
		"login": login, "password": benchPassword, "name": "Agent " + account, "greeting": "Hello",
		"queues": []int64{id}, "pull": true, "virtualAgent": true,
	})
	if err != nil {
		return nil, err
	}
	var token struct {
		SessionToken string `json:"sessionToken"`
	}
	if err := s.bootstrap(ctx, "agentTokens", login, benchPassword, struct{}{}, &token); err != nil {
		return nil, err
	}
	var created struct {
		SessionID string `json:"sessionId"`
	}
	_, err = s.do(ctx, step{
		method: http.MethodPost, path: s.agentTarget("createAutomatedAgentSession"),
		header: map[string]string{"Authorization": "Bearer " + token.SessionToken}, body: struct{}{},
	}, &created)
	if err != nil {
		return nil, err
	}
	a := &agent{account: account, session: created.SessionID}
	if err := s.as(ctx, a, "setActivityStatus", map[string]any{"status": "AVAILABLE", "subTypeId": 1}, nil); err != nil {
		return nil, err
	}
	err = s.as(ctx, a, "requestAssignment", map[string]any{"assignmentRequested": true, "idleSessionCount": 1, "maxSessionCount": 1}, nil)
	return a, err
}

// as calls an agent operation in an agent's name and moves its position on.
func (s *site) as(ctx context.Context, a *agent, operation string, body, out any) error {
	header, err := s.do(ctx, step{
		method: http.MethodPost, path: s.agentTarget(operation),
		header: map[string]string{"X-JSESSIONID": a.session, "X-AID": a.account, "Usher-Ack": strconv.FormatInt(a.ack, 10)},
		body:   body,
	}, out)
	if err != nil {
		return err
	}
	a.ack, err = position(header, a.ack)
	return err
}

// accept waits for the offer of an engagement and takes it.
func (s *site) accept(ctx context.Context, a *agent, engagement int64) error {
	const mostPolls = 5 // two and a half minutes of nothing
	for sequence := range mostPolls {
		var answer struct {
			Types []struct {
				Assignment *struct {
					EngagementID int64 `json:"engagementId"`
				} `json:"ChatEngagementAssignment"`
			} `json:"getResponseTypes"`
		}
		body := map[string]any{"sequenceNumber": sequence + 1, "timeCreated": time.Now().UnixMilli()}
		if err := s.as(ctx, a, "getMessages", body, &answer); err != nil {
			return err
		}
		for _, t := range answer.Types {
			if t.Assignment != nil && t.Assignment.EngagementID == engagement {
				return s.as(ctx, a, "assignmentAcknowledgement", map[string]any{
					"engagementId": engagement, "action": "ACCEPT", "actionType": "AUTO", "assignmentType": "LEAD",
				}, nil)
			}
		}
	}
	return fmt.Errorf("agent %s was not offered engagement %d in %d polls", a.account, engagement, mostPolls)
}

// agentPollCall is an agent's getMessages.
func (s *site) agentPollCall(a *agent) call {
	return call{
		target: s.agentTarget("getMessages"),
		header: [][2]string{
			{"Content-Type", "application/json; charset=UTF-8"},
			{"X-JSESSIONID", a.session},
			{"X-AID", a.account},
			{"Usher-Ack", ackMark},
		},
		body: fmt.Sprintf(`{"sequenceNumber":%s,"timeCreated":%d}`, serialMark, time.Now().UnixMilli()),
	}
}
