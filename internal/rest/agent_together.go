package rest

import (
	"cmp"

	"usher/api"
	"usher/api/agent"
	"usher/internal/host"
	"usher/internal/site"
)

// transfer is usher's own: an engagement goes to another agent or to a queue.
func transfer(c *call, h *host.Host) (any, error) {
	id := c.int64("engagementId", true)
	n := site.NewTransfer{
		Account: site.AccountID(c.int64("accountId", false)), Queue: site.QueueID(c.int64("queueId", false)),
		Note: c.bounded("note"), Warm: c.boolean("warm", false),
	}
	got, err := do(c, h, func(s *site.Site) (site.Invited, error) { return s.Transfer(c.caller, site.EngagementID(id), n) })
	return asked(c, got), err
}

// invite is usher's own: another agent is asked to join.
func invite(c *call, h *host.Host) (any, error) {
	id, who := c.int64("engagementId", true), c.int64("accountId", true)
	kind := cmp.Or(enum(c.fields, "type", false, api.AssignmentConference, api.AssignmentMonitor), api.AssignmentConference)
	note := c.bounded("note")
	got, err := do(c, h, func(s *site.Site) (site.Invited, error) {
		return s.Invite(c.caller, site.EngagementID(id), site.AccountID(who), kind, note)
	})
	return asked(c, got), err
}

func asked(c *call, i site.Invited) agent.AskedResponse {
	return agent.AskedResponse{
		Envelope: c.agentEnvelope(i.Client), AskedClientID: int64(i.Asked), AskedClientIDString: text(i.Asked),
		Expires: i.Expires.Millis(), ExpiresString: text(i.Expires.Millis()),
	}
}

// monitor is usher's own: a supervisor watches.
func monitor(c *call, h *host.Host) (any, error) {
	id := c.int64("engagementId", true)
	got, err := do(c, h, func(s *site.Site) (site.Invited, error) { return s.Monitor(c.caller, site.EngagementID(id)) })
	return agent.MonitorResponse{Envelope: c.agentEnvelope(got.Client)}, err
}

// takeOver is usher's own: a supervisor leads from now on.
func takeOver(c *call, h *host.Host) (any, error) {
	id := c.int64("engagementId", true)
	got, err := do(c, h, func(s *site.Site) (site.Answered, error) { return s.TakeOver(c.caller, site.EngagementID(id)) })
	return agent.TakeOverResponse{
		Envelope: c.agentEnvelope(got.Client), EngagementID: id, EngagementIDString: text(id), ClientList: clientList(got.Participants),
	}, err
}

// leave is usher's own: the engagement goes on without this session.
func leave(c *call, h *host.Host) (any, error) {
	id := c.int64("engagementId", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.Leave(c.caller, site.EngagementID(id)) })
	return agent.LeaveResponse{Envelope: c.agentEnvelope(client)}, err
}

// clientList answers who else is in an engagement (agent-api 3.5).
func clientList(in []site.Participant) api.List[agent.ChatClientInfo] {
	var list api.List[agent.ChatClientInfo]
	for _, p := range in {
		list = append(list, clientInfo(p))
	}
	return list
}

func clientInfo(p site.Participant) agent.ChatClientInfo {
	return agent.ChatClientInfo{
		ClientID: int64(p.Client), ClientIDString: text(p.Client), Name: p.Name, Role: p.Role,
		AccountID: int64(p.Account), AccountIDString: text(p.Account), VirtualAgent: p.VirtualAgent,
	}
}
