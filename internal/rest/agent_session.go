package rest

import (
	"net/http"
	"strings"
	"time"

	"usher/api"
	"usher/api/agent"
	"usher/internal/auth"
	"usher/internal/host"
	"usher/internal/site"
)

// bearer answers the token of an Authorization header: the prefix is mandatory.
func bearer(r *http.Request) (string, error) {
	h := r.Header.Get("Authorization")
	if len(h) < 7 || !strings.EqualFold(h[:7], "Bearer ") {
		return "", &site.Error{Code: site.AccessDenied, Message: "header Authorization: expected Bearer and a token"}
	}
	return strings.TrimSpace(h[7:]), nil
}

// logOn logs an account on (agent-api 3.1).
func (s *Server) logOn(w http.ResponseWriter, r *http.Request) (any, error) {
	started, name := time.Now(), r.PathValue("site")
	owner, err := s.node.Owner(r.Context(), name)
	if err != nil {
		return nil, err
	}
	token, err := s.agentToken(r, name)
	if err != nil {
		return nil, err
	}
	b, err := body(w, r)
	if err != nil {
		return nil, err
	}
	f := parse(b, false)
	sequence := f.int64("sequenceNumber", false)
	f.int64("timeCreated", false)
	session := auth.NewAgentSessionID()
	n := site.LogOn{
		Account: site.AccountID(token.AccountID), Key: site.SessionKey(auth.SessionHash(session)),
		Override: f.boolean("logonOverride", false), Data: f.pairs("messageDataMap"),
	}
	if f.err != nil {
		return nil, f.err
	}
	ctx, cancel := command(r)
	defer cancel()
	on, err := host.Do(ctx, owner.Host, name, func(s *site.Site) (site.LoggedOn, error) { return s.StartAgentSession(n) })
	if err != nil {
		return nil, err
	}
	return agent.CreateAutomatedAgentSessionResponse{
		Envelope: newAgentEnvelope(on.Client, sequence, session, started),
		ChatLogonResult: &agent.ChatLogonResult{
			ClientID: int64(on.Client), ClientIDString: text(on.Client),
			AccountID: int64(on.Agent.Account), AccountIDString: text(on.Agent.Account),
			AgentInfo: agentInformation(on.Agent), PoolID: s.pool,
		},
	}, nil
}

// agentToken verifies the token of a log-on. Whatever is wrong with it is 403.
func (s *Server) agentToken(r *http.Request, name string) (auth.AgentToken, error) {
	token, err := bearer(r)
	if err != nil {
		return auth.AgentToken{}, err
	}
	keys, err := s.keys.Site(r.Context(), name)
	if err != nil {
		return auth.AgentToken{}, err
	}
	t, err := keys.Signer.VerifyAgent(token, name, time.Now())
	if err != nil {
		return auth.AgentToken{}, &site.Error{Code: site.AccessDenied, Message: err.Error()}
	}
	return t, nil
}

// setActivityStatus is agent-api 3.3.
func setActivityStatus(c *call, h *host.Host) (any, error) {
	status := enum(c.fields, "status", true, api.StatusNone, api.StatusAvailable, api.StatusUnavailable)
	subType := c.int32("subTypeId", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.SetActivityStatus(c.caller, status, subType) })
	return agent.SetActivityStatusResponse{
		Envelope:                       c.agentEnvelope(client),
		ChatActivityStatusChangeResult: &agent.ChatActivityStatusChangeResult{Status: status, SubTypeID: subType},
	}, err
}

// requestAssignment is agent-api 3.4.
func requestAssignment(c *call, h *host.Host) (any, error) {
	requested := c.boolean("assignmentRequested", true)
	idle, most := c.int32("idleSessionCount", true), c.int32("maxSessionCount", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) {
		return s.RequestAssignment(c.caller, requested, int(idle), int(most))
	})
	return agent.RequestAssignmentResponse{
		Envelope:                    c.agentEnvelope(client),
		ChatRequestAssignmentResult: &agent.ChatRequestAssignmentResult{AssignmentRequested: requested},
	}, err
}

// assignmentAcknowledgement is agent-api 3.5.
func assignmentAcknowledgement(c *call, h *host.Host) (any, error) {
	id := c.int64("engagementId", true)
	action := enum(c.fields, "action", true, api.ActionNone, api.ActionAccept, api.ActionDecline, api.ActionUnavailable, api.ActionAvailable)
	enum(c.fields, "actionType", true, api.ActionTypeNone, api.ActionTypeManual, api.ActionTypeAuto)
	enum(c.fields, "assignmentType", true, api.AssignmentNone, api.AssignmentConference, api.AssignmentLead, api.AssignmentTransfer, api.AssignmentMonitor)
	a, err := do(c, h, func(s *site.Site) (site.Answered, error) {
		return s.AnswerOffer(c.caller, site.EngagementID(id), action)
	})
	return agent.AssignmentAcknowledgementResponse{
		Envelope: c.agentEnvelope(a.Client),
		ChatAssignmentAcknowledgementResult: &agent.ChatAssignmentAcknowledgementResult{
			EngagementID: id, EngagementIDString: text(id), ClientList: clientList(a.Participants),
		},
	}, err
}

// logoff is agent-api 3.15.
func logoff(c *call, h *host.Host) (any, error) {
	force := c.boolean("forceLogoff", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.Logoff(c.caller, force) })
	return agent.LogoffResponse{Envelope: c.agentEnvelope(client), ChatLogoffResult: &agent.ChatLogoffResult{}}, err
}

// engagements is usher's own: what this session holds.
func engagements(c *call, h *host.Host) (any, error) {
	all, err := do(c, h, func(s *site.Site) (site.Holdings, error) { return s.Engagements(c.caller) })
	answer := agent.EngagementsResponse{Envelope: c.agentEnvelope(all.Client), LastNumber: all.Last, LastNumberString: text(all.Last)}
	for _, x := range all.Held {
		state := agent.EngagementState(x.State)
		if x.State == site.Concluded {
			state = agent.StateWrapUp
		}
		held := agent.HeldEngagement{
			EngagementID: int64(x.Engagement), EngagementIDString: text(x.Engagement), State: state, Role: x.Role,
			Since: x.Since.Millis(), SinceString: text(x.Since.Millis()), QueueID: int64(x.Queue), QueueIDString: text(x.Queue),
			LastSequenceNumber: x.LastSequence, LastSequenceNumberString: text(x.LastSequence),
			OfferExpires: x.OfferExpires.Millis(), OfferExpiresString: text(x.OfferExpires.Millis()),
			WrapUpEnds: x.WrapUpEnds.Millis(), WrapUpEndsString: text(x.WrapUpEnds.Millis()), Participants: partners(x.Participants),
			LastPost: x.LastPost, LastPostString: text(x.LastPost), WaitsSince: x.WaitsSince.Millis(), WaitsSinceString: text(x.WaitsSince.Millis()),
			IdleEnds: x.IdleEnds.Millis(), IdleEndsString: text(x.IdleEnds.Millis()), VisitorName: x.Visitor,
			Result: x.WrapUp.Result, Note: x.WrapUp.Note,
		}
		if x.Offer != nil { // as it was sent
			m := &site.Message{Kind: site.KindAssignment, At: x.Since, Engagement: x.Engagement, Assignment: x.Offer}
			held.Offer = assignment(site.Delivery{Sequence: x.LastSequence, Message: m}, all.Client)
		}
		answer.Engagements = append(answer.Engagements, held)
	}
	return answer, err
}

// partners answers the others in an engagement, with how far they are.
func partners(in []site.Partner) api.List[agent.StandingParticipant] {
	var list api.List[agent.StandingParticipant]
	for _, p := range in {
		r := p.Receipt
		list = append(list, agent.StandingParticipant{
			ChatClientInfo: clientInfo(p.Participant), ConnectionState: p.State,
			ReceivedPost: r.Received, ReceivedPostString: text(r.Received), SeenPost: r.Seen, SeenPostString: text(r.Seen),
		})
	}
	return list
}
