package site

import (
	"cmp"
	"slices"

	"usher/api"
)

// QueueStanding is how a queue stands now (agent-api 3.10 and 3.11, consumer-api
// 2.8 and 2.9).
type QueueStanding struct {
	QueueDefinition
	Profiles []ProfileID // the profiles that serve it
	Opening  Opening
	// Agents are logged on, there, and not unavailable, whether or not they have a
	// place free.
	Agents int
	// Asking are agents who would be offered an engagement now; Sessions counts the
	// places that are free with all who are there, asked or not.
	Asking, Sessions int
	Waiting          int
	// Wait is what somebody who came now would be told.
	Wait Wait
}

// standing answers how a queue stands.
func (s *Site) standing(q *Queue) QueueStanding {
	s.settle()
	st := s.plain(q)
	st.Opening, st.Waiting = s.opening(q.Hours), len(q.waiting)
	for _, d := range q.desks {
		st.Agents += d.available
		st.Asking += len(d.ready)
		st.Sessions += d.open
	}
	st.Wait = s.pace(q).wait(len(q.waiting) + 1)
	return st
}

// QueueStanding answers how a queue stands, for whoever thinks of joining it.
func (s *Site) QueueStanding(id QueueID) (QueueStanding, bool) {
	q := s.queues[id]
	if q == nil {
		return QueueStanding{}, false
	}
	return s.standing(q), true
}

// RouteFor answers which queue the rules would give a would-be engagement, and how
// it stands (consumer-api 2.9).
func (s *Site) RouteFor(named QueueID, x Circumstances) (QueueStanding, Routed, error) {
	x.Language = s.language(x.Language, x.Interface)
	r, err := s.chooseQueue(named, x)
	if err == nil {
		r, err = s.admit(r)
	}
	if err != nil {
		return QueueStanding{}, r, err
	}
	return s.standing(s.queues[r.Queue]), r, nil
}

// AgentStanding is one agent session, as other agents and supervisors see it.
type AgentStanding struct {
	AgentInfo
	Holds, Places int
	Ready         bool // would be offered an engagement now
	Absent        bool
	Since         Time // of the session
}

func (s *Site) agentStanding(a *AgentSession) AgentStanding {
	s.settle()
	return AgentStanding{
		AgentInfo: s.agentInfo(a), Holds: len(a.Holds), Places: s.places(a), Ready: a.seat.ready, Absent: a.absent, Since: a.StartedAt,
	}
}

// Standing answers how all queues stand, by rank, and all agents who are logged on.
func (s *Site) Standing() ([]QueueStanding, []AgentStanding) {
	s.settle()
	var queues []QueueStanding
	for _, q := range s.order {
		queues = append(queues, s.standing(q))
	}
	var agents []AgentStanding
	for _, c := range s.agentOrder {
		agents = append(agents, s.agentStanding(s.agents[c]))
	}
	return queues, agents
}

// AgentsWanted says which agents retrieveAgentsAndQueues answers (agent-api 3.10).
type AgentsWanted string

// The agent information types.
const (
	WantNone       AgentsWanted = "NONE"
	WantAll        AgentsWanted = "ALL"
	WantAgent      AgentsWanted = "AGENT"      // id: an account
	WantGroup      AgentsWanted = "GROUP"      // id: a group
	WantProfile    AgentsWanted = "PROFILE"    // id: a profile
	WantQueue      AgentsWanted = "QUEUE"      // id: a queue that they serve
	WantEngagement AgentsWanted = "ENGAGEMENT" // id: an engagement that they take part in
)

// Inquiry is what retrieveAgentsAndQueues asks for.
type Inquiry struct {
	Agents, Queues, Statistics bool
	Type                       AgentsWanted
	ID                         int64
}

// Overview is its answer. Without Statistics the queues' counts are not to be read.
type Overview struct {
	Client ClientID
	Agents []AgentStanding
	Queues []QueueStanding
}

// AgentsAndQueues answers the agents who are logged on and the site's queues
// (agent-api 3.10).
func (s *Site) AgentsAndQueues(c Caller, n Inquiry) (Overview, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Overview{}, err
	}
	o := Overview{Client: a.Client}
	if n.Agents {
		for _, id := range s.agentOrder {
			b := s.agents[id]
			wanted, err := s.wants(n, b)
			if err != nil {
				return Overview{}, err
			}
			if wanted {
				o.Agents = append(o.Agents, s.agentStanding(b))
			}
		}
	}
	if n.Queues {
		s.settle()
		for _, q := range s.order {
			if n.Statistics {
				o.Queues = append(o.Queues, s.standing(q))
			} else {
				o.Queues = append(o.Queues, s.plain(q))
			}
		}
	}
	return o, nil
}

// plain is a queue without its statistics, which cost a walk over the agents.
func (s *Site) plain(q *Queue) QueueStanding {
	st := QueueStanding{QueueDefinition: q.QueueDefinition}
	for _, id := range sortedKeys(s.profiles) {
		if s.profiles[id].serves(q.ID) {
			st.Profiles = append(st.Profiles, id)
		}
	}
	return st
}

func (s *Site) wants(n Inquiry, a *AgentSession) (bool, error) {
	acc := s.accounts[a.Account]
	switch n.Type {
	case WantNone, WantAll:
		return true, nil
	case WantAgent:
		return int64(acc.ID) == n.ID, nil
	case WantGroup:
		return acc.Group != 0 && int64(acc.Group) == n.ID, nil
	case WantProfile:
		return acc.Profile != 0 && int64(acc.Profile) == n.ID, nil
	case WantQueue:
		return s.queues[QueueID(n.ID)] != nil && s.serving(acc).serves(QueueID(n.ID)), nil
	case WantEngagement:
		e := s.live[EngagementID(n.ID)]
		return isIn(e.roleOf(a.Client)), nil
	}
	return false, refuse(InvalidField, "type is %.40q: expected NONE, ALL, AGENT, GROUP, PROFILE, QUEUE or ENGAGEMENT", n.Type)
}

// Why says for one agent whether it would be offered an engagement now.
type Why struct {
	AgentStanding
	// Reason is empty for who may be offered it.
	Reason string
}

// Explained is why an engagement is where it is now. How it came there stands in
// its record.
type Explained struct {
	Engagement EngagementID
	State      State
	Queue      QueueID
	Priority   int
	Place      int // in the queue; 0: it does not wait
	Since      Time
	Lead       AccountID // offered to, led or wrapped up by; 0: nobody
	Target     AccountID
	Agents     []Why // who serves the queue
}

// Explain tells an operator why an engagement is where it is.
func (s *Site) Explain(id EngagementID) (Explained, error) {
	e := s.live[id]
	if e == nil {
		return Explained{}, refuse(NotFound, "engagement %d is not live at this site: its record has what became of it", id)
	}
	s.settle()
	x := Explained{
		Engagement: id, State: e.State, Queue: e.Queue, Priority: e.Priority, Since: e.WaitingSince, Target: e.Target,
	}
	if l := s.agents[e.Lead]; l != nil {
		x.Lead = l.Account
	}
	q := s.queues[cmp.Or(e.waitsIn(), e.Queue)]
	x.Place = q.place(e)
	for _, c := range s.agentOrder {
		if a := s.agents[c]; slices.Contains(q.desks, a.seat.desk) {
			x.Agents = append(x.Agents, Why{AgentStanding: s.agentStanding(a), Reason: s.whyNot(e, a)})
		}
	}
	return x, nil
}

// whyNot answers what keeps an engagement from an agent, "" for nothing.
func (s *Site) whyNot(e *Engagement, a *AgentSession) string {
	v := s.serving(s.accounts[a.Account])
	d := e.letGoBy(a.Client)
	switch {
	case e.roleOf(a.Client) != "":
		return "takes part in it, or is asked to"
	case a.absent:
		return "absent: no sign of life"
	case a.Status == api.StatusUnavailable:
		return "unavailable"
	case len(a.Holds) >= s.places(a):
		return "has no place free"
	case v.Pull && a.Credits == 0:
		return "has not asked for an engagement"
	case a.Credits == 0 && a.Status != api.StatusAvailable:
		return "has not said that it is available"
	case d != nil && d.Never:
		return "sent it away itself"
	case !s.mayOffer(e, a):
		return "let it go a moment ago"
	case s.keptFrom(e, a):
		return "it waits for the agent it was meant for"
	}
	return ""
}

// LiveEngagement is one line of the list of what is live.
type LiveEngagement struct {
	Engagement EngagementID
	State      State
	Queue      QueueID
	Priority   int
	CreatedAt  Time
	Since      Time      // of the present state
	Lead       AccountID // offered to, led or wrapped up by; 0: nobody
	Guests     []AccountID
	Visitor    string // its name
	// ActiveAt is when somebody last did something, WaitsSince since when the visitor waits
	// for an answer, 0 when it does not.
	ActiveAt, WaitsSince Time
}

// LiveEngagements answers what is live after an id, in order of ids, and whether
// there is more.
func (s *Site) LiveEngagements(after EngagementID, most int) ([]LiveEngagement, bool) {
	var out []LiveEngagement
	for _, id := range sortedKeys(s.live) {
		if id <= after {
			continue
		}
		if len(out) == most {
			return out, true
		}
		e := s.live[id]
		l := LiveEngagement{
			Engagement: id, State: e.State, Queue: e.Queue, Priority: e.Priority, CreatedAt: e.CreatedAt,
			Since: cmp.Or(e.LeadSince, e.QueuedAt), Visitor: e.Contact.Name(),
			ActiveAt: e.ActiveAt, WaitsSince: e.WaitsSince,
		}
		if a := s.agents[e.Lead]; a != nil {
			l.Lead = a.Account
		}
		for _, g := range e.Guests {
			l.Guests = append(l.Guests, s.agents[g.Client].Account)
		}
		out = append(out, l)
	}
	return out, false
}
