package scripts

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/rogpeppe/go-internal/testscript"

	"usher/api"
	wire "usher/api/agent"
	"usher/api/sites"
)

// agent is an agent's program. Its verbs:
//
//	logon|override [-as LOGIN]    open a session, or take the live one over
//	available, unavailable        set the activity status
//	ask N                         ask for N engagements; 0 asks no longer
//	accept|decline [VISITOR]      answer an offer
//	poll, wait                    see party.poll
//	post [-to VISITOR] [-id ID] TEXT
//	type [VISITOR]                say that the agent is typing
//	conclude|release [VISITOR]
//	holds                         what the session holds
//	history [VISITOR]             what was posted
//	logoff [-force]
//
// An engagement is named by its visitor; where there is one visitor, by nothing.
type agent struct {
	party
	client int64
}

func (s *story) agentVerb(_ *testscript.TestScript, args []string) ([]string, error) {
	if len(args) < 2 {
		return nil, errors.New("usage: agent NAME VERB [ARG...]")
	}
	name, verb, args := args[0], args[1], args[2:]
	if verb == "logon" || verb == "override" {
		return s.logOn(name, verb == "override", args)
	}
	a := s.agents[name]
	if a == nil {
		return nil, fmt.Errorf("agent %s has not logged on", name)
	}
	return a.run(verb, args)
}

func (s *story) logOn(name string, override bool, args []string) ([]string, error) {
	f := flag.NewFlagSet("logon", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	login := f.String("as", name, "")
	if err := f.Parse(args); err != nil {
		return nil, err
	}
	site, err := s.site()
	if err != nil {
		return nil, err
	}
	a := &agent{party: newParty(s, "/engagement/api/agent/"+site.Site+"/v1/")}
	a.lines = a.read
	header := http.Header{}
	for _, known := range site.Accounts {
		if known.Login == *login {
			(&http.Request{Header: header}).SetBasicAuth(known.Login, known.Password)
		}
	}
	var token sites.AgentToken
	if err := s.do(a.http, http.MethodPost, "/services/rest/crossChannelServices/latest/agentTokens", header, nil, &token); err != nil {
		return nil, err
	}
	var on wire.CreateAutomatedAgentSessionResponse
	a.header = http.Header{"Authorization": {"Bearer " + token.SessionToken}}
	if err := a.do("createAutomatedAgentSession", map[string]any{"logonOverride": override}, &on); err != nil {
		return nil, err
	}
	a.client = on.ClientID
	a.header = http.Header{"X-Jsessionid": {on.SessionID}, "X-Aid": {strconv.FormatInt(on.ChatLogonResult.AccountID, 10)}}
	s.agents[name] = a
	return nil, nil
}

func (a *agent) run(verb string, args []string) ([]string, error) {
	switch verb {
	case "poll":
		return a.poll(args)
	case "wait":
		return a.wait(args)
	case "available":
		return nil, a.do("setActivityStatus", map[string]any{"status": "AVAILABLE", "subTypeId": 0}, new(wire.SetActivityStatusResponse))
	case "unavailable":
		return nil, a.do("setActivityStatus", map[string]any{"status": "UNAVAILABLE", "subTypeId": 0}, new(wire.SetActivityStatusResponse))
	case "ask":
		return nil, a.ask(args)
	case "post":
		return nil, a.post(args)
	case "holds":
		return a.holds()
	case "logoff":
		force := len(args) > 0 && args[0] == "-force"
		return nil, a.do("logoff", map[string]any{"forceLogoff": force}, new(wire.LogoffResponse))
	}
	whose := ""
	if len(args) > 0 {
		whose = args[0]
	}
	id, err := a.story.engagement(whose)
	if err != nil {
		return nil, err
	}
	switch verb {
	case "accept", "decline":
		action := map[string]string{"accept": "ACCEPT", "decline": "DECLINE"}[verb]
		return nil, a.do("assignmentAcknowledgement", map[string]any{
			"engagementId": id, "action": action, "actionType": "AUTO", "assignmentType": "LEAD",
		}, new(wire.AssignmentAcknowledgementResponse))
	case "type":
		return nil, a.do("setInteractionStatus", map[string]any{
			"engagementId": id, "clientId": a.client, "mode": "RESPONDING",
		}, new(wire.SetInteractionStatusResponse))
	case "conclude":
		return nil, a.do("concludeChat", map[string]any{"engagementId": id}, new(wire.ConcludeChatResponse))
	case "release":
		return nil, a.do("releaseChat", map[string]any{"engagementId": id}, new(wire.ReleaseChatResponse))
	case "history":
		return a.history(id)
	}
	return nil, fmt.Errorf("unknown: agent NAME %s", verb)
}

func (a *agent) ask(args []string) error {
	if len(args) != 1 {
		return errors.New("usage: agent NAME ask N")
	}
	n, err := strconv.Atoi(args[0])
	if err != nil {
		return err
	}
	return a.do("requestAssignment", map[string]any{
		"assignmentRequested": n > 0, "idleSessionCount": n, "maxSessionCount": n,
	}, new(wire.RequestAssignmentResponse))
}

func (a *agent) post(args []string) error {
	f := flag.NewFlagSet("post", flag.ContinueOnError)
	f.SetOutput(io.Discard)
	to, id := f.String("to", "", ""), f.String("id", "", "")
	if err := f.Parse(args); err != nil || f.NArg() != 1 {
		return errors.New("usage: agent NAME post [-to VISITOR] [-id ID] TEXT")
	}
	engagement, err := a.story.engagement(*to)
	if err != nil {
		return err
	}
	return a.do("postMessage", map[string]any{
		"body": f.Arg(0), "destinationId": engagement, "destinationType": "ENGAGEMENT", "messageType": "NONE", "messageId": *id,
	}, new(wire.PostMessageResponse))
}

func (a *agent) holds() ([]string, error) {
	site, err := a.story.site()
	if err != nil {
		return nil, err
	}
	var held wire.EngagementsResponse
	err = a.story.do(a.http, http.MethodPost, "/usher/agent/"+site.Site+"/v1/engagements", a.header, map[string]any{}, &held)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, e := range held.Engagements {
		lines = append(lines, fmt.Sprintf("%s %s %s", a.story.whose(e.EngagementID), e.State, e.Role))
	}
	return lines, nil
}

func (a *agent) history(id int64) ([]string, error) {
	site, err := a.story.site()
	if err != nil {
		return nil, err
	}
	var h wire.HistoryResponse
	err = a.story.do(a.http, http.MethodPost, "/usher/agent/"+site.Site+"/v1/history", a.header, map[string]any{"engagementId": id}, &h)
	var lines []string
	for _, p := range h.Posts {
		lines = append(lines, fmt.Sprintf("%d %s %s", p.PostNumber, p.Role, brief(p.Body)))
	}
	return lines, err
}

// read writes the messages of an answer as lines.
func (a *agent) read(body []byte) ([]string, error) {
	var r wire.GetMessagesResponse
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, err
	}
	var lines []string
	for _, m := range r.GetResponseTypes {
		switch {
		case m.ChatGetTimeout != nil:
			if len(r.GetResponseTypes) != 1 {
				return nil, errors.New("the time-out is not alone in its answer")
			}
		case m.ChatEngagementAssignment != nil:
			o := m.ChatEngagementAssignment
			lines = append(lines, fmt.Sprintf("%s #%d offered from queue %d", a.story.whose(o.EngagementID), o.SequenceNumber, o.QueueID))
		case m.ChatEngagementParticipantAdded != nil:
			j := m.ChatEngagementParticipantAdded
			lines = append(lines, fmt.Sprintf("%s #%d %s joined", a.story.whose(j.EngagementID), j.SequenceNumber, j.Role))
		case m.ChatPostMessage != nil:
			p := m.ChatPostMessage
			if p.SenderType != api.PartyEndUser {
				return nil, fmt.Errorf("a post of %s reached an agent", p.SenderType)
			}
			lines = append(lines, fmt.Sprintf("%s #%d says %s", a.story.whose(p.DestinationID), p.SequenceNumber, brief(p.Body)))
		case m.ChatActivitySignal != nil:
			t := m.ChatActivitySignal
			lines = append(lines, fmt.Sprintf("%s is %s", a.story.whose(t.EngagementID), t.Mode))
		case m.ChatDisconnectNotification != nil:
			l := m.ChatDisconnectNotification
			lines = append(lines, fmt.Sprintf("%s #%d %s left: %s", a.story.whose(l.EngagementID), l.SequenceNumber, l.Role, l.Reason))
		default:
			lines = append(lines, m.Name())
		}
	}
	return lines, nil
}
