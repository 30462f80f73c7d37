package site

import "slices"

// Policy says in which order an agent is given what waits in its queues.
type Policy string

// The policies (agent-api 2.5).
const (
	// FirstDue: the longest wait over all queues.
	FirstDue Policy = "FIRST_DUE"
	// StrictPriority: queues in the order of their rank, the longest wait within one.
	StrictPriority Policy = "STRICT_PRIORITY"
)

// Serving is what an agent is given, and how.
type Serving struct {
	// Queues are served; with AllQueues, every queue but the ones in Except,
	// also queues made later.
	Queues    []QueueID `json:"queues,omitempty"`
	AllQueues bool      `json:"allQueues,omitempty"`
	Except    []QueueID `json:"except,omitempty"`
	// Pull: engagements are offered only after requestAssignment. Otherwise an
	// available agent is offered engagements unasked.
	Pull bool `json:"pull,omitempty"`
	// Places is how many engagements an agent has at once: offered, active and in
	// wrap-up. 0 means PushCapacity for who does not pull, and what
	// requestAssignment says for who does. What requestAssignment says may lower
	// it, never raise it.
	Places int `json:"places,omitempty"`
	// Policy is FirstDue when empty.
	Policy Policy `json:"policy,omitempty"`
	// NoDecline: offers cannot be declined.
	NoDecline bool `json:"noDecline,omitempty"`
	// AutoAccept: an offer that is not answered within the site's notice time is
	// accepted for the agent. Otherwise it expires and goes on.
	AutoAccept bool `json:"autoAccept,omitempty"`
}

// PushCapacity is how many engagements an agent who does not pull is given at
// once, unless its profile or requestAssignment name another number.
const PushCapacity = 4

func (v *Serving) serves(q QueueID) bool {
	if v.AllQueues {
		return !slices.Contains(v.Except, q)
	}
	return slices.Contains(v.Queues, q)
}

func (v Serving) clone() Serving {
	v.Queues, v.Except = slices.Clone(v.Queues), slices.Clone(v.Except)
	return v
}

// check answers what is wrong with it at a site.
func (v *Serving) check(s *Site) error {
	switch {
	case len(v.Queues) > MaxQueues || len(v.Except) > MaxQueues:
		return refuse(BadRequest, "queues: at most %d", MaxQueues)
	case v.Places < 0 || v.Places > MaxConcurrent:
		return refuse(BadRequest, "places is %d: expected 0 to %d", v.Places, MaxConcurrent)
	case v.Policy != "" && v.Policy != FirstDue && v.Policy != StrictPriority:
		return refuse(BadRequest, "policy is %.40q: expected FIRST_DUE or STRICT_PRIORITY", v.Policy)
	}
	for i, q := range v.Queues {
		if s.queues[q] == nil {
			return refuse(BadRequest, "queues[%d]: %d is not a queue of this site: make the queue first", i, q)
		}
	}
	for i, q := range v.Except {
		if s.queues[q] == nil {
			return refuse(BadRequest, "except[%d]: %d is not a queue of this site: make the queue first", i, q)
		}
	}
	return nil
}

// names reports whether the definition names the queue.
func (v *Serving) names(q QueueID) bool {
	return slices.Contains(v.Queues, q) || slices.Contains(v.Except, q)
}

// Profile is what several accounts have in common.
type Profile struct {
	ID   ProfileID `json:"id"`
	Name string    `json:"name"`
	Serving
}

// ProfileDefined makes a profile or replaces its definition.
type ProfileDefined struct {
	Profile Profile `json:"profile"`
	By      string  `json:"by,omitempty"`
}

func (e *ProfileDefined) apply(s *Site, at Time) {
	p := e.Profile
	s.changed(at, e.By, partProfile.of(int64(p.ID)), orNil(s.profiles[p.ID]), &p)
	s.profiles[p.ID] = &p
	s.touch(partProfile, int64(p.ID), 0)
	s.restaff()
}

// DefineProfile makes a profile or replaces its definition.
func (a Admin) DefineProfile(p Profile) (Profile, error) {
	s := a.site
	if err := s.definable(partProfile, int64(p.ID), p.Name, s.profiles[p.ID] != nil, len(s.profiles), MaxProfiles); err != nil {
		return Profile{}, err
	}
	if err := p.check(s); err != nil {
		return Profile{}, err
	}
	p.Serving = p.Serving.clone()
	s.record(&ProfileDefined{Profile: p, By: a.by})
	s.staffChanged()
	p.Serving = p.Serving.clone() // the site keeps the other
	return p, nil
}

// definable checks what all definitions have in common.
func (s *Site) definable(kind partKind, id int64, name string, exists bool, count, most int) error {
	switch {
	case id <= 0:
		return refuse(BadRequest, "the %s's id is %d: expected a positive number", partNames[kind], id)
	case name == "" || len(name) > MaxNameBytes:
		return refuse(BadRequest, "name: expected 1 to %d bytes", MaxNameBytes)
	case !exists && count >= most:
		return refuse(TooMany, "the site has %d of kind %s, which is the most it may have", most, partNames[kind])
	}
	return nil
}

// orNil answers an untyped nil for a nil pointer.
func orNil[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

// serving answers what an account's agent is given: its profile's, or its own.
func (s *Site) serving(a *Account) *Serving {
	if p := s.profiles[a.Profile]; p != nil {
		return &p.Serving
	}
	return &a.Serving
}
