package site

// Reach is which of a site's engagements an agent may read when they are over: those of
// the queues that it serves, and those in which it took part. A supervisor may read all.
type Reach struct {
	Client     ClientID
	Account    AccountID
	Supervisor bool
	Serving    Serving // its queues
}

// ReachOf answers what the calling agent may read.
func (s *Site) ReachOf(c Caller) (Reach, error) {
	a, err := s.callingAgent(c)
	if err != nil {
		return Reach{}, err
	}
	acc := s.accounts[a.Account]
	return Reach{Client: a.Client, Account: a.Account, Supervisor: acc.Supervisor, Serving: s.serving(acc).clone()}, nil
}
