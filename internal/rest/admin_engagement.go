package rest

import (
	"usher/api/sites"
	"usher/internal/site"
)

// listEngagements answers a page of what is live.
func listEngagements(s *Server, c *adminCall) (any, error) {
	after, most := c.page()
	type page struct {
		live []site.LiveEngagement
		more bool
	}
	p, err := adminDo(s, c, func(x *site.Site) (p page, _ error) {
		p.live, p.more = x.LiveEngagements(site.EngagementID(after), most)
		return p, nil
	})
	answer := sites.Engagements{More: p.more}
	for _, e := range p.live {
		answer.Engagements = append(answer.Engagements, wireLive(e))
	}
	return answer, err
}

func wireLive(e site.LiveEngagement) sites.Engagement {
	return sites.Engagement{
		EngagementID: int64(e.Engagement), State: wireState(e.State), QueueID: int64(e.Queue), Priority: e.Priority,
		CreatedAt: stamp(e.CreatedAt), Since: stamp(e.Since), AccountID: int64(e.Lead), Guests: ids[int64](e.Guests), Visitor: e.Visitor,
		ActiveAt: stamp(e.ActiveAt), UnansweredSince: stampOrNone(e.WaitsSince),
	}
}

// explainEngagement answers why an engagement is where it is now.
func explainEngagement(s *Server, c *adminCall) (any, error) {
	x, err := adminDo(s, c, func(x *site.Site) (site.Explained, error) { return x.Explain(site.EngagementID(c.id)) })
	answer := sites.Explanation{
		EngagementID: int64(x.Engagement), State: wireState(x.State), QueueID: int64(x.Queue), Priority: x.Priority, Place: x.Place,
		WaitingSince: stamp(x.Since), AccountID: int64(x.Lead), TargetID: int64(x.Target),
	}
	for _, a := range x.Agents {
		answer.Agents = append(answer.Agents, sites.Candidate{AgentStanding: wireAgent(a.AgentStanding), Reason: a.Reason})
	}
	return answer, err
}

// ejectEngagement ends an engagement and removes its visitor.
func ejectEngagement(s *Server, c *adminCall) (any, error) {
	return adminDo(s, c, func(x *site.Site) (nothing, error) {
		return nothing{}, x.Admin(c.who.name).Eject(site.EngagementID(c.id))
	})
}

func wireState(s site.State) sites.EngagementState {
	if s == site.Concluded {
		return sites.StateWrapUp
	}
	return sites.EngagementState(s)
}
