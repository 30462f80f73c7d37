package rest

import (
	"usher/api"
	"usher/api/agent"
	"usher/internal/host"
	"usher/internal/site"
)

// ownAgentMessage writes one of usher's own messages (agent-api 4.11). None of them has
// a sender: the server says it.
func ownAgentMessage(d site.Delivery) agent.SystemMessage {
	m := d.Message
	id, ids, head := int64(m.Engagement), text(m.Engagement), engagementHeader(d, 0, api.PartySystem)
	switch m.Kind {
	case site.KindReceipt:
		r := m.Receipt
		return agent.SystemMessage{UsherReceipt: &agent.UsherReceipt{
			EngagementID: id, EngagementIDString: ids, ClientID: int64(r.Client), ClientIDString: text(r.Client),
			ReceivedPost: r.Received, ReceivedPostString: text(r.Received), SeenPost: r.Seen, SeenPostString: text(r.Seen), Header: head,
		}}
	case site.KindConnection:
		c := m.Connection
		return agent.SystemMessage{UsherConnection: &agent.UsherConnection{
			EngagementID: id, EngagementIDString: ids, ClientID: int64(c.Client), ClientIDString: text(c.Client),
			Role: c.Role, ConnectionState: c.State, SecondsToDisconnect: c.Seconds, Header: head,
		}}
	case site.KindVisitor:
		return agent.SystemMessage{UsherVisitor: &agent.UsherVisitor{
			EngagementID: id, EngagementIDString: ids, ClientID: int64(m.Visitor), ClientIDString: text(m.Visitor), Header: head,
		}}
	default:
		return agent.SystemMessage{UsherIdle: &agent.UsherIdle{
			EngagementID: id, EngagementIDString: ids, Ends: m.Idle.Ends.Millis(), EndsString: text(m.Idle.Ends.Millis()), Header: head,
		}}
	}
}

// agentSeen is usher's own: the agent has looked at the posts of an engagement.
func agentSeen(c *call, h *host.Host) (any, error) {
	id, number := c.int64("engagementId", true), c.int64("postNumber", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) {
		return s.SeenByAgent(c.caller, site.EngagementID(id), number)
	})
	return agent.SeenResponse{Envelope: c.agentEnvelope(client)}, err
}
