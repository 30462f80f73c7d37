package site

// SiteCreated is a site's first event.
type SiteCreated struct {
	Name     string   `json:"name"`
	Settings Settings `json:"settings"`
}

func (e *SiteCreated) apply(s *Site, at Time) {
	s.state.Name, s.CreatedAt, s.Settings = e.Name, at, e.Settings
}

// SiteResumed is the first event of each epoch after a load.
type SiteResumed struct{}

func (e *SiteResumed) apply(s *Site, at Time) {
	s.resumed = at
	for _, c := range sortedKeys(s.agents) {
		s.agents[c].seenAt = at
	}
	for _, c := range sortedKeys(s.visitors) {
		s.visitors[c].seenAt = at
	}
	s.rebuildTimers()
}

// SettingsChanged replaces the site's settings.
type SettingsChanged struct {
	Settings Settings `json:"settings"`
	By       string   `json:"by,omitempty"`
}

func (e *SettingsChanged) apply(s *Site, at Time) {
	s.changed(at, e.By, "settings", &s.Settings, &e.Settings)
	s.Settings = e.Settings
	s.rebuildTimers()
}

// Mailed puts a system message into mailboxes. Texts that people post have an
// event of their own, Posted.
type Mailed struct {
	Message Message   `json:"message"`
	To      []Address `json:"to"`
}

func (e *Mailed) apply(s *Site, _ Time) {
	m := e.Message
	s.deliver(&m, e.To)
	if x := s.live[m.Engagement]; x != nil && m.Kind == KindJoined && m.Joined.Client != x.Visitor {
		x.know(m.Joined.Client, m.Joined.Name)
		s.touchEngagement(x.ID)
	}
	if m.Kind == KindConcluded {
		for _, a := range e.To {
			if v := s.visitors[a.Client]; v != nil {
				v.LastWords = a.Number
			}
		}
	}
}

// Acknowledged tells that a session has received all messages up to a number.
type Acknowledged struct {
	Client ClientID `json:"client"`
	UpTo   int64    `json:"upTo"`
	// Exact: the client said so itself, by its position; it was not inferred.
	Exact bool `json:"exact,omitempty"`
}

func (e *Acknowledged) apply(s *Site, at Time) {
	x := s.session(e.Client)
	x.Mailbox.Exact = x.Mailbox.Exact || e.Exact
	s.touchSession(e.Client)
	for _, d := range x.Mailbox.received(max(e.UpTo, x.Mailbox.Received)) {
		if d.Message.Kind == KindPost {
			s.postReceived(e.Client, d.Message)
			s.unwant(d.Message.Engagement, d.Message.Post)
		}
	}
	if v := s.visitors[e.Client]; v != nil && v.LastWords > 0 && v.HeardAt == 0 && v.Mailbox.Received >= v.LastWords {
		v.HeardAt = at
		s.schedule(at.Add(ConcludedGrace), timerVisitor, int64(v.Client))
	}
}
