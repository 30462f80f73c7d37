package site

import (
	"slices"
)

// Account is somebody, or some program, who may log on as an agent.
type Account struct {
	ID    AccountID `json:"id"`
	Login string    `json:"login"`
	// PasswordHash is in PHC form; "" means that nobody can log in.
	PasswordHash string `json:"passwordHash,omitempty"`
	Name         string `json:"name"`
	Greeting     string `json:"greeting,omitempty"`
	// Queues are served; with AllQueues, every queue but the ones in Except,
	// also queues made later.
	Queues    []QueueID `json:"queues,omitempty"`
	AllQueues bool      `json:"allQueues,omitempty"`
	Except    []QueueID `json:"except,omitempty"`
	// Pull: engagements are offered only after requestAssignment. Otherwise an
	// available agent is offered up to PushCapacity engagements unasked.
	Pull         bool `json:"pull,omitempty"`
	VirtualAgent bool `json:"virtualAgent,omitempty"`
	// Permanent: the account's session never ends for want of a sign of life.
	Permanent bool `json:"permanent,omitempty"`
}

// PushCapacity is how many engagements an agent who does not pull is given at
// once, unless requestAssignment named another number.
const PushCapacity = 4

func (a *Account) serves(q QueueID) bool {
	if a.AllQueues {
		return !slices.Contains(a.Except, q)
	}
	return slices.Contains(a.Queues, q)
}

func (a *Account) clone() Account {
	c := *a
	c.Queues, c.Except = slices.Clone(a.Queues), slices.Clone(a.Except)
	return c
}

// DefineAccount makes an account or replaces its definition. Without a
// PasswordHash an existing one is kept.
func (s *Site) DefineAccount(a Account) (Account, error) {
	switch {
	case a.ID <= 0:
		return Account{}, refuse(BadRequest, "the account's id is %d: expected a positive number", a.ID)
	case a.Login == "" || len(a.Login) > MaxNameBytes:
		return Account{}, refuse(BadRequest, "login: expected 1 to %d bytes", MaxNameBytes)
	case len(a.Name) > MaxNameBytes || len(a.Greeting) > MaxNameBytes:
		return Account{}, refuse(BadRequest, "name and greeting: at most %d bytes each", MaxNameBytes)
	case len(a.Queues) > MaxQueues || len(a.Except) > MaxQueues:
		return Account{}, refuse(BadRequest, "queues: at most %d", MaxQueues)
	}
	if other, ok := s.logins[a.Login]; ok && other != a.ID {
		return Account{}, refuse(Conflict, "login %q belongs to account %d", a.Login, other)
	}
	old := s.accounts[a.ID]
	if old == nil && len(s.accounts) >= MaxAccounts {
		return Account{}, refuse(TooMany, "the site has %d accounts, which is the most it may have", MaxAccounts)
	}
	if old != nil && a.PasswordHash == "" {
		a.PasswordHash = old.PasswordHash
	}
	s.record(&AccountDefined{Account: a.clone()})
	s.routeAll()
	return s.accounts[a.ID].clone(), nil
}

// AccountByLogin answers the account with this login, for authentication.
func (s *Site) AccountByLogin(login string) (Account, bool) {
	id, ok := s.logins[login]
	if !ok {
		return Account{}, false
	}
	return s.accounts[id].clone(), true
}

// AccountByID answers an account, for authentication.
func (s *Site) AccountByID(id AccountID) (Account, bool) {
	a, ok := s.accounts[id]
	if !ok {
		return Account{}, false
	}
	return a.clone(), true
}
