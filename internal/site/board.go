package site

import (
	"cmp"

	"usher/api"
)

// Board is how a site stands, for a supervisor's eyes.
type Board struct {
	Position int64 // of the newest event
	At       Time
	Queues   []QueueOnBoard
	Agents   []AgentOnBoard
}

// QueueOnBoard is a queue, and since when the one waits who waits longest, 0 for nobody.
type QueueOnBoard struct {
	QueueStanding
	Since Time
}

// AgentOnBoard is an agent session with what it has to do.
type AgentOnBoard struct {
	AgentStanding
	StatusSince Time
	// Waiting counts the visitors whom it leads and who wait for its answer, Oldest is since
	// when the first of them does.
	Waiting int
	Oldest  Time
	// GoesAt is when an absent one's session ends.
	GoesAt Time
}

// Board answers how the site stands now.
func (s *Site) Board() Board {
	queues, agents := s.Standing()
	b := Board{Position: s.position, At: s.now}
	for _, q := range queues {
		on := QueueOnBoard{QueueStanding: q}
		for _, e := range s.queues[q.ID].waiting {
			if e.State == Queued {
				on.Since = earlier(on.Since, e.WaitingSince)
			}
		}
		b.Queues = append(b.Queues, on)
	}
	for _, standing := range agents {
		a := s.agents[standing.Client]
		on := AgentOnBoard{AgentStanding: standing, StatusSince: cmp.Or(a.StatusSince, a.StartedAt)}
		for _, id := range a.Holds {
			if e := s.live[id]; e.Lead == a.Client && e.State == Active && e.WaitsSince > 0 {
				on.Waiting++
				on.Oldest = earlier(on.Oldest, e.WaitsSince)
			}
		}
		if a.absent {
			on.GoesAt = s.agentDue(a)
		}
		b.Agents = append(b.Agents, on)
	}
	return b
}

// SetStatus sets an agent's status in its place, which is told by retrieveAgentsAndQueues
// and usher's own operations alone.
func (a Admin) SetStatus(who AccountID, status api.ActivityStatus, subType int32) error {
	s := a.site
	x := s.agents[s.agentOf[who]]
	switch {
	case s.accounts[who] == nil:
		return refuse(NotFound, "account %d is not known at this site", who)
	case x == nil:
		return refuse(Conflict, "account %d is not logged on", who)
	case status != api.StatusAvailable && status != api.StatusUnavailable:
		return refuse(BadRequest, "status is %.40q: expected AVAILABLE or UNAVAILABLE", status)
	}
	s.setStatus(x, status, subType, a.by)
	return nil
}
