package site

import "cmp"

// Account is somebody, or some program, who may log on as an agent.
type Account struct {
	ID    AccountID `json:"id"`
	Login string    `json:"login"`
	// PasswordHash is in PHC form; "" means that nobody can log in.
	PasswordHash string `json:"passwordHash,omitempty"`
	Name         string `json:"name"`
	Greeting     string `json:"greeting,omitempty"`
	// Profile says what the account serves, and how; 0: its own Serving does.
	Profile ProfileID `json:"profile,omitempty"`
	Group   GroupID   `json:"group,omitempty"`
	Serving
	VirtualAgent bool `json:"virtualAgent,omitempty"`
	// Supervisor may watch, join and take over engagements of others, and administer.
	Supervisor bool `json:"supervisor,omitempty"`
	// Permanent: the account's session never ends for want of a sign of life.
	Permanent bool `json:"permanent,omitempty"`
}

func (a *Account) clone() Account {
	c := *a
	c.Serving = a.Serving.clone()
	return c
}

// AccountDefined makes an account or replaces its definition.
type AccountDefined struct {
	Account Account `json:"account"`
	By      string  `json:"by,omitempty"`
}

func (e *AccountDefined) apply(s *Site, at Time) {
	old := s.accounts[e.Account.ID]
	if old != nil {
		delete(s.logins, old.Login)
	}
	a := e.Account
	s.changed(at, e.By, partAccount.of(int64(a.ID)), withoutPassword(old), withoutPassword(&a))
	s.accounts[a.ID] = &a
	s.logins[a.Login] = a.ID
	s.touch(partAccount, int64(a.ID), 0)
	if c, ok := s.agentOf[a.ID]; ok {
		s.restaff()
		if !a.Permanent { // it may have been until now
			s.schedule(s.agentDue(s.agents[c]), timerAgent, int64(c))
		}
	}
}

func withoutPassword(a *Account) any {
	if a == nil {
		return nil
	}
	c := *a
	c.PasswordHash = ""
	return c
}

// DefineAccount makes an account or replaces its definition. Without a
// PasswordHash an existing one is kept.
func (a Admin) DefineAccount(n Account) (Account, error) {
	s := a.site
	switch {
	case n.ID <= 0:
		return Account{}, refuse(BadRequest, "the account's id is %d: expected a positive number", n.ID)
	case n.Login == "" || len(n.Login) > MaxNameBytes:
		return Account{}, refuse(BadRequest, "login: expected 1 to %d bytes", MaxNameBytes)
	case len(n.Name) > MaxNameBytes || len(n.Greeting) > MaxNameBytes:
		return Account{}, refuse(BadRequest, "name and greeting: at most %d bytes each", MaxNameBytes)
	case n.Profile != 0 && s.profiles[n.Profile] == nil:
		return Account{}, refuse(BadRequest, "profile: %d is not a profile of this site: make the profile first", n.Profile)
	case n.Group != 0 && s.groups[n.Group] == nil:
		return Account{}, refuse(BadRequest, "group: %d is not a group of this site: make the group first", n.Group)
	}
	if err := n.Serving.check(s); err != nil {
		return Account{}, err
	}
	if other, ok := s.logins[n.Login]; ok && other != n.ID {
		return Account{}, refuse(Conflict, "login %q belongs to account %d", n.Login, other)
	}
	old := s.accounts[n.ID]
	if old == nil && len(s.accounts) >= MaxAccounts {
		return Account{}, refuse(TooMany, "the site has %d accounts, which is the most it may have", MaxAccounts)
	}
	if old != nil && n.PasswordHash == "" {
		n.PasswordHash = old.PasswordHash
	}
	s.record(&AccountDefined{Account: n.clone(), By: a.by})
	s.staffChanged()
	return s.accounts[n.ID].clone(), nil
}

// AccountByLogin answers the account with this login, for authentication.
func (s *Site) AccountByLogin(login string) (Account, bool) {
	id, ok := s.logins[login]
	if !ok {
		return Account{}, false
	}
	return s.accounts[id].clone(), true
}

// Workplace is what an account's program may know of its site before it logs on.
type Workplace struct {
	Account Account
	// Serving is its profile's, or its own; Places is how many engagements it has at once
	// unless requestAssignment says otherwise.
	Serving  Serving
	Places   int
	Queues   []QueueDefinition // of the site, in the order of their ids
	Settings Settings
}

// WorkplaceOf answers where an account works; false when there is no such account.
func (s *Site) WorkplaceOf(id AccountID) (Workplace, bool) {
	a, ok := s.accounts[id]
	if !ok {
		return Workplace{}, false
	}
	w := Workplace{Account: a.clone(), Serving: s.serving(a).clone(), Settings: s.CurrentSettings()}
	w.Places = cmp.Or(w.Serving.Places, PushCapacity)
	for _, q := range sortedKeys(s.queues) {
		w.Queues = append(w.Queues, s.queues[q].QueueDefinition)
	}
	return w, true
}

// AccountByID answers an account, for authentication.
func (s *Site) AccountByID(id AccountID) (Account, bool) {
	a, ok := s.accounts[id]
	if !ok {
		return Account{}, false
	}
	return a.clone(), true
}
