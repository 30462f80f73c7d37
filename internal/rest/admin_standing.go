package rest

import (
	"usher/api/sites"
	"usher/internal/site"
)

// viewStanding answers how the queues stand, and who is logged on.
func viewStanding(s *Server, c *adminCall) (any, error) {
	type standing struct {
		queues []site.QueueStanding
		agents []site.AgentStanding
	}
	st, err := adminDo(s, c, func(x *site.Site) (st standing, _ error) {
		st.queues, st.agents = x.Standing()
		return st, nil
	})
	var answer sites.Standing
	for _, q := range st.queues {
		answer.Queues = append(answer.Queues, wireQueue(q))
	}
	for _, a := range st.agents {
		answer.Agents = append(answer.Agents, wireAgent(a))
	}
	return answer, err
}

func wireQueue(q site.QueueStanding) sites.QueueStanding {
	return sites.QueueStanding{
		QueueID: int64(q.ID), Name: q.Name, Opening: sites.Opening(q.Opening), Profiles: ids[int64](q.Profiles), Agents: q.Agents,
		FreePlaces: q.Sessions, Ready: q.Asking, Waiting: q.Waiting, ExpectedSeconds: q.Wait.ExpectedSeconds,
		AverageSeconds: q.Wait.AverageSeconds, Known: q.Wait.Known,
	}
}

func wireAgent(a site.AgentStanding) sites.AgentStanding {
	return sites.AgentStanding{
		AccountID: int64(a.Account), ClientID: int64(a.Client), Name: a.Name, Status: a.Status, SubTypeID: a.SubType,
		Profile: int64(a.Profile), Group: int64(a.Group), Holds: a.Holds, Places: a.Places, Ready: a.Ready, Absent: a.Absent,
		Since: stamp(a.Since),
	}
}
