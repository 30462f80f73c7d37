package site

import (
	"fmt"
	"slices"

	"usher/api"
)

// AgentSession is one log-on of an account.
type AgentSession struct {
	session
	Account AccountID          `json:"account"`
	Status  api.ActivityStatus `json:"status"`
	SubType int32              `json:"subType,omitempty"`
	// Credits are offers asked for and not yet made; Max is the most engagements
	// the session asked to hold, once SaidMax.
	Credits int               `json:"credits,omitempty"`
	Max     int               `json:"max,omitempty"`
	SaidMax bool              `json:"saidMax,omitempty"`
	Data    map[string]string `json:"data,omitempty"`
	// Holds are the engagements that take a place: offered, active, wrapping up.
	Holds []EngagementID `json:"holds,omitempty"`
	// Watches are those that take none: monitored, or asked to monitor.
	Watches []EngagementID `json:"watches,omitempty"`
	// Past are the newest engagements it held before, offers too: programs
	// release whatever they are told is over.
	Past []EngagementID `json:"past,omitempty"`
	// StatusSince is when it last said another status, or logged on.
	StatusSince Time `json:"statusSince,omitempty"`
	// FreeSince is when it last gave an engagement back, or logged on.
	FreeSince Time `json:"freeSince"`
	// AskedAt is when it last asked for engagements: an agent who asks again
	// may be offered what it let go before.
	AskedAt Time `json:"askedAt,omitempty"`
	// Warned: it was told that its account serves no queue.
	Warned bool `json:"warned,omitempty"`

	absent bool // fleeting: no sign of life for a while
	seat   seat
}

// AgentSessionStarted: an account logged on.
type AgentSessionStarted struct {
	Client  ClientID          `json:"client"`
	Account AccountID         `json:"account"`
	Key     SessionKey        `json:"key"`
	Data    map[string]string `json:"data,omitempty"`
}

func (e *AgentSessionStarted) apply(s *Site, at Time) {
	a := &AgentSession{
		session: session{Client: e.Client, Key: e.Key, StartedAt: at, seenAt: at},
		Account: e.Account, Status: api.StatusNone, Data: e.Data, FreeSince: at, StatusSince: at,
	}
	s.LastClient = e.Client
	s.addAgent(a)
	s.touchSession(e.Client)
}

func (s *Site) addAgent(a *AgentSession) {
	s.agents[a.Client] = a
	s.agentOrder = append(s.agentOrder, a.Client)
	s.byKey[a.Key] = a.Client
	s.agentOf[a.Account] = a.Client
	if s.staffed {
		s.seat(a)
	}
	s.schedule(s.agentDue(a), timerAgent, int64(a.Client))
}

// AgentSessionRenewed: a new log-on took the session over. Engagements, status
// and what was not received are kept; key and counts are new.
type AgentSessionRenewed struct {
	Client ClientID          `json:"client"`
	Key    SessionKey        `json:"key"`
	Data   map[string]string `json:"data,omitempty"`
}

func (e *AgentSessionRenewed) apply(s *Site, at Time) {
	a := s.agents[e.Client]
	delete(s.byKey, a.Key)
	s.ended = append(s.ended, a.Key)
	a.Key, a.StartedAt, a.seenAt, a.polls, a.absent = e.Key, at, at, 0, false
	if len(e.Data) > 0 { // the journal does not tell an empty map from none
		a.Data = e.Data
	}
	s.byKey[a.Key] = a.Client
	a.Mailbox.renew()
	a.own = false
	s.unsettle(a)
	s.touchSession(e.Client)
}

// AgentSessionEnded: the session is over. Its engagements were given back first.
type AgentSessionEnded struct {
	Client ClientID `json:"client"`
	Lost   bool     `json:"lost,omitempty"` // no sign of life; otherwise it logged off
}

func (e *AgentSessionEnded) apply(s *Site, _ Time) {
	a := s.agents[e.Client]
	s.getUp(a)
	delete(s.agents, a.Client)
	delete(s.byKey, a.Key)
	delete(s.agentOf, a.Account)
	s.agentOrder = slices.DeleteFunc(s.agentOrder, func(c ClientID) bool { return c == a.Client })
	s.ended = append(s.ended, a.Key)
	s.unwantAll(&a.Mailbox)
	s.touchSession(e.Client)
}

// AgentStatusChanged: the agent set its activity status.
type AgentStatusChanged struct {
	Client  ClientID           `json:"client"`
	Status  api.ActivityStatus `json:"status"`
	SubType int32              `json:"subType,omitempty"`
	By      string             `json:"by,omitempty"` // who administers and set it in the agent's place
}

func (e *AgentStatusChanged) apply(s *Site, at Time) {
	a := s.agents[e.Client]
	a.Status, a.SubType, a.StatusSince = e.Status, e.SubType, at
	if e.Status == api.StatusUnavailable {
		s.withdraw(a)
	}
	s.unsettle(a)
	s.touchSession(e.Client)
}

// AssignmentRequested: the agent asked for engagements, or no longer does.
type AssignmentRequested struct {
	Client  ClientID `json:"client"`
	Credits int      `json:"credits"`
	Max     int      `json:"max"`
}

func (e *AssignmentRequested) apply(s *Site, at Time) {
	a := s.agents[e.Client]
	if e.Credits == 0 {
		s.withdraw(a)
	} else {
		a.AskedAt = at
	}
	a.Credits, a.Max, a.SaidMax = e.Credits, e.Max, true
	s.unsettle(a)
	s.touchSession(e.Client)
}

// withdraw takes the agent's wish for engagements back: no offer that ends
// gives it a credit again.
func (s *Site) withdraw(a *AgentSession) {
	a.Credits = 0
	for _, id := range a.Holds {
		e := s.live[id]
		if e.Lead == a.Client && e.UsedCredit {
			e.UsedCredit = false
			s.touchEngagement(id)
		}
		if i := e.invitation(a.Client, ""); i != nil && i.UsedCredit {
			i.UsedCredit = false
			s.touchEngagement(id)
		}
	}
}

// LogOn is what createAutomatedAgentSession asks for (agent-api 3.1).
type LogOn struct {
	Account AccountID
	Key     SessionKey
	// Override takes a live session of the account over.
	Override bool
	Data     map[string]string
}

// LoggedOn is what a log-on answers.
type LoggedOn struct {
	Client ClientID
	Agent  AgentInfo
}

// StartAgentSession logs an account on.
func (s *Site) StartAgentSession(n LogOn) (LoggedOn, error) {
	acc := s.accounts[n.Account]
	if acc == nil {
		return LoggedOn{}, refuse(AccessDenied, "account %d is not known at this site", n.Account)
	}
	if size := dataSize(n.Data); size > MaxPostBytes {
		return LoggedOn{}, refuse(TooLarge, "messageDataMap has %d bytes: expected at most %d", size, MaxPostBytes)
	}
	client, live := s.agentOf[n.Account]
	switch {
	case live && !n.Override:
		return LoggedOn{}, refuse(BadRequest, "account %d has a live session: send logonOverride true to take it over", n.Account)
	case live:
		s.present(s.agents[client])
		s.record(&AgentSessionRenewed{Client: client, Key: n.Key, Data: n.Data})
		s.routeAgent(s.agents[client]) // it may have been absent until now
	case len(s.agents) >= MaxAgentSessions:
		return LoggedOn{}, refuse(TooMany, "the site has %d agent sessions, which is the most it may have", MaxAgentSessions)
	default:
		client = s.LastClient + 1
		s.record(&AgentSessionStarted{Client: client, Account: n.Account, Key: n.Key, Data: n.Data})
	}
	return LoggedOn{Client: client, Agent: s.agentInfo(s.agents[client])}, nil
}

// EnsurePermanentSession gives a Permanent account its session under this key,
// and changes nothing when it has it.
func (s *Site) EnsurePermanentSession(a AccountID, k SessionKey) error {
	if client, ok := s.agentOf[a]; ok && s.agents[client].Key == k {
		return nil
	}
	_, err := s.StartAgentSession(LogOn{Account: a, Key: k, Override: true})
	return err
}

func (s *Site) agentInfo(a *AgentSession) AgentInfo {
	acc := s.accounts[a.Account]
	return AgentInfo{
		Client: a.Client, Account: a.Account, Name: acc.Name, Status: a.Status, SubType: a.SubType, Profile: acc.Profile, Group: acc.Group,
	}
}

// SetActivityStatus sets whether the agent wants engagements (agent-api 3.3).
// Unavailable stops new offers and withdraws a pending request.
func (s *Site) SetActivityStatus(c Caller, status api.ActivityStatus, subType int32) (ClientID, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, err
	}
	s.setStatus(a, status, subType, "")
	return a.Client, nil
}

func (s *Site) setStatus(a *AgentSession, status api.ActivityStatus, subType int32, by string) {
	if a.Status == status && a.SubType == subType {
		return
	}
	s.record(&AgentStatusChanged{Client: a.Client, Status: status, SubType: subType, By: by})
	s.routeAgent(a)
	if status == api.StatusUnavailable {
		s.unkeep(a.Account)
	}
}

// unkeep offers to others what waits for an agent who cannot be asked now.
func (s *Site) unkeep(a AccountID) {
	s.settle()
	for _, e := range slices.Clone(s.meant[a]) {
		s.route(e)
	}
}

// RequestAssignment asks for engagements, or withdraws the wish (agent-api 3.4).
// The newest call replaces the former one.
func (s *Site) RequestAssignment(c Caller, requested bool, idle, most int) (ClientID, error) {
	a, err := s.callingAgent(c)
	switch {
	case err != nil:
		return 0, err
	case idle < 0:
		return 0, refuse(BadRequest, "idleSessionCount is %d: expected 0 or more", idle)
	case most < 0:
		return 0, refuse(BadRequest, "maxSessionCount is %d: expected 0 or more", most)
	}
	most = min(most, MaxConcurrent)
	credits := 0
	if requested && most > 0 {
		credits = max(1, min(idle, most-len(a.Holds)))
	}
	s.record(&AssignmentRequested{Client: a.Client, Credits: credits, Max: most})
	s.warnIdle(a)
	s.routeAgent(a)
	return a.Client, nil
}

// warnIdle tells an agent who asks for engagements that none can come, because its
// account serves no queue (agent-api 4.9). It is told once.
func (s *Site) warnIdle(a *AgentSession) {
	s.settle()
	idle := a.Credits > 0 && len(a.seat.desk.queues) == 0
	if idle && !a.Warned {
		s.mail(Message{Kind: KindError, Error: &Trouble{
			Condition: Conflict, Text: fmt.Sprintf("account %d serves no queue, so no engagement can be assigned: give it queues or a profile", a.Account),
		}}, a.Client)
	}
	if idle != a.Warned {
		s.record(&AgentWarned{Client: a.Client, Warned: idle})
	}
}

// AgentWarned: the agent was told that it asks in vain, or no longer does.
type AgentWarned struct {
	Client ClientID `json:"client"`
	Warned bool     `json:"warned"`
}

func (e *AgentWarned) apply(s *Site, _ Time) {
	s.agents[e.Client].Warned = e.Warned
	s.touchSession(e.Client)
}

// Logoff ends an agent session (agent-api 3.15). Engagements still held go back
// to their queue when it is forced, and forbid it otherwise.
func (s *Site) Logoff(c Caller, force bool) (ClientID, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return 0, err
	}
	if !force {
		for _, id := range a.Holds {
			if e := s.live[id]; e.State != Concluded {
				return 0, refuse(BadRequest, "engagement %d is still held: conclude it, or send forceLogoff true", id)
			}
		}
	}
	s.endAgent(a, LoggedOff)
	return a.Client, nil
}

// endAgent gives back what the agent holds and ends its session.
func (s *Site) endAgent(a *AgentSession, cause Cause) {
	held := slices.Concat(a.Holds, a.Watches)
	var freed []ClientID
	for _, id := range held {
		freed = append(freed, s.giveBack(a, s.live[id], cause)...)
	}
	s.settle()
	desk := a.seat.desk
	s.record(&AgentSessionEnded{Client: a.Client, Lost: cause == Lost})
	for _, id := range held {
		if e := s.live[id]; e != nil {
			s.route(e)
		}
	}
	s.routeFreed(freed)
	s.unkeep(a.Account)
	for _, q := range desk.queues {
		s.abandonAll(q)
	}
}

// hold takes a place for an engagement.
func (s *Site) hold(a *AgentSession, e EngagementID) {
	if !slices.Contains(a.Holds, e) {
		a.Holds = append(a.Holds, e)
	}
	s.unsettle(a)
	s.touchSession(a.Client)
}

// watch notes an engagement that takes no place.
func (s *Site) watch(a *AgentSession, e EngagementID) {
	if !slices.Contains(a.Watches, e) {
		a.Watches = append(a.Watches, e)
	}
	s.touchSession(a.Client)
}

func (s *Site) unwatch(a *AgentSession, e EngagementID) {
	a.Watches = slices.DeleteFunc(a.Watches, func(x EngagementID) bool { return x == e })
	s.touchSession(a.Client)
}

// letGo frees the place of an engagement that the agent had taken, or watched.
func (s *Site) letGo(a *AgentSession, e EngagementID, at Time) {
	if slices.Contains(a.Holds, e) {
		a.Holds = slices.DeleteFunc(a.Holds, func(x EngagementID) bool { return x == e })
		a.FreeSince = at
	}
	s.unwatch(a, e)
	a.was(e)
	s.unsettle(a)
}

// offerOver frees the place of an offer that was not taken, and gives back the
// credit that it used.
func (s *Site) offerOver(a *AgentSession, e EngagementID, credit bool) {
	s.letGo(a, e, a.FreeSince)
	if credit {
		a.Credits++
	}
}

// spend uses a credit, if the agent has one.
func (a *AgentSession) spend() bool {
	if a.Credits == 0 {
		return false
	}
	a.Credits--
	return true
}

// was remembers an engagement that the agent had, or was offered.
func (a *AgentSession) was(e EngagementID) {
	a.Past = append(slices.DeleteFunc(a.Past, func(x EngagementID) bool { return x == e }), e)
	if n := len(a.Past) - PastEngagements; n > 0 {
		a.Past = slices.Delete(a.Past, 0, n)
	}
}
