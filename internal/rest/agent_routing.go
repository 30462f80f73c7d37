package rest

import (
	"math"
	"net/http"
	"slices"
	"strings"

	"usher/api/agent"
	"usher/internal/host"
	"usher/internal/site"
)

// retrieveAgentsAndQueues is agent-api 3.10.
func retrieveAgentsAndQueues(c *call, h *host.Host) (any, error) {
	n := site.Inquiry{
		ID: c.int64("id", true), Agents: c.boolean("includeAgentInformation", true),
		Queues: c.boolean("includeQueueInformation", true), Statistics: c.boolean("includeQueueStatistics", true),
	}
	n.Type = informationType(c.fields, n.Agents)
	o, err := do(c, h, func(s *site.Site) (site.Overview, error) { return s.AgentsAndQueues(c.caller, n) })
	answer := agent.RetrieveAgentsAndQueuesResponse{Envelope: c.agentEnvelope(o.Client)}
	for _, a := range o.Agents {
		answer.Agents = append(answer.Agents, agentInformation(a.AgentInfo))
	}
	for _, q := range o.Queues {
		info := agent.QueueInformation{QueueID: int64(q.ID), QueueIDString: text(q.ID), Name: q.Name}
		for _, p := range q.Profiles {
			info.ProfileIDsList = append(info.ProfileIDsList, int64(p))
		}
		if n.Statistics {
			st := queueStatistics(q)
			info.QueueStatistics = &st
		}
		answer.Queues = append(answer.Queues, info)
	}
	return answer, err
}

// informationType reads which agents are asked for. A wrong word is the one thing
// that the contract has INVALID_FIELD for here.
func informationType(f *fields, required bool) site.AgentsWanted {
	t := agent.InformationType(f.text("type", required))
	if f.err == nil && f.get("type", false) != nil && !slices.Contains(agent.InformationTypes, t) {
		f.fail(site.InvalidField, "type: expected NONE, ALL, AGENT, GROUP, PROFILE, QUEUE or ENGAGEMENT, got %.40q", string(t))
	}
	return site.AgentsWanted(t)
}

func queueStatistics(q site.QueueStanding) agent.QueueStatistics {
	return agent.QueueStatistics{
		AvailableAgentSessions: int32(q.Sessions), TotalAvailableAgents: int32(q.Agents), EngagementsInQueue: int32(q.Waiting),
		ExpectedWaitSeconds: int32(min(q.Wait.ExpectedSeconds, math.MaxInt32)),
	}
}

// short answers a number that the contract has 32 bits for, 0 when it needs more.
func short[T ~int64](n T) int32 {
	if n > math.MaxInt32 {
		return 0
	}
	return int32(n)
}

// rerouteAvailability is agent-api 3.11.
func rerouteAvailability(c *call, h *host.Host) (any, error) {
	type available struct {
		client site.ClientID
		queue  site.QueueStanding
	}
	c.parameter()
	id := c.int64("engagementId", true)
	got, err := do(c, h, func(s *site.Site) (a available, err error) {
		a.client, a.queue, err = s.RerouteAvailability(c.caller, site.EngagementID(id))
		return a, err
	})
	q := got.queue
	return agent.RerouteAvailabilityResponse{
		Envelope: c.agentEnvelope(got.client), QueueID: int64(q.ID), QueueIDString: text(q.ID), ChatRouteID: short(q.ID),
		QueueStatistics: queueStatistics(q),
	}, err
}

// parameter reads the query's request, a JSON object. The body of a GET does not
// count; the members of the parameter count before those of a POST's body. Line
// breaks are taken out, since clients encode them where JSON has no place for them.
func (c *call) parameter() {
	if c.r.Method == http.MethodGet {
		c.fields = &fields{}
	}
	given := c.r.URL.Query().Get("request")
	if given == "" {
		if c.r.Method == http.MethodGet {
			c.fail(site.BadRequest, "request is missing from the query: expected a JSON object, encoded for a URL")
		}
		return
	}
	f := parse([]byte(strings.NewReplacer("\r", "", "\n", "").Replace(given)), false)
	if e, ok := f.err.(*site.Error); ok {
		c.fail(e.Code, "request: %s", strings.Replace(e.Message, "the body", "the parameter", 1))
	}
	c.raw = append(c.raw, f.raw...)
}

// rerouteEngagement is agent-api 3.12.
func rerouteEngagement(c *call, h *host.Host) (any, error) {
	if c.get("engagementId", false) == nil {
		c.fail(site.InvalidField, "engagementId is missing") // the contract's word for it here
	}
	id := c.int64("engagementId", true)
	client, err := do(c, h, func(s *site.Site) (site.ClientID, error) { return s.Reroute(c.caller, site.EngagementID(id)) })
	return agent.RerouteEngagementResponse{Envelope: c.agentEnvelope(client)}, err
}
