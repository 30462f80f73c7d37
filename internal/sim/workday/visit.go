package workday

import (
	"slices"

	"usher/api"
	"usher/internal/site"
)

// visit is an engagement, from its record.
type visit struct {
	id       site.EngagementID
	visitor  site.ClientID
	queue    site.QueueID
	priority int
	since    site.Time // the first waiting time
	queuedAt site.Time
	entered  site.Time // its present queue
	target   site.AccountID
	until    site.Time // it waits for target alone

	offered   site.ClientID // to whom
	expires   site.Time
	accepts   site.Time
	credit    bool
	lead      site.ClientID
	concluded bool
	endedAt   site.Time
	wanted    site.QueueID // a warm transfer
	waitsIn   site.QueueID // where it stands in line, 0 for nowhere

	guests  []guest
	invited []invitation
	letGo   []letGo
	leads   []site.ClientID // all who ever led it
	posts   []*question
	acted   site.Time // somebody last did something
	told    []site.Left
	reason  api.Reason
	product int64
	served  bool
}

type guest struct {
	client site.ClientID
	role   api.Role
}

type invitation struct {
	client  site.ClientID
	kind    api.AssignmentType
	by      site.ClientID
	expires site.Time
	queued  bool
	credit  bool
}

// letGo is who let an engagement go: it comes back after a pause, or never.
type letGo struct {
	client site.ClientID
	at     site.Time
	never  bool
}

func (v *visit) invitation(c site.ClientID) *invitation {
	if i := slices.IndexFunc(v.invited, func(i invitation) bool { return i.client == c }); i >= 0 {
		return &v.invited[i]
	}
	return nil
}

func (v *visit) guest(c site.ClientID) *guest {
	if i := slices.IndexFunc(v.guests, func(g guest) bool { return g.client == c }); i >= 0 {
		return &v.guests[i]
	}
	return nil
}

// agents answers who is in it, the lead first.
func (v *visit) agents() []site.ClientID {
	var in []site.ClientID
	if v.lead != 0 {
		in = append(in, v.lead)
	}
	for _, g := range v.guests {
		in = append(in, g.client)
	}
	return in
}

// involves reports whether an agent has a role in it, or is asked to take one.
func (v *visit) involves(c site.ClientID) bool {
	return v.lead == c || v.offered == c || v.guest(c) != nil || v.invitation(c) != nil
}

func (v *visit) state() site.State {
	switch {
	case v.concluded:
		return site.Concluded
	case v.lead != 0:
		return site.Active
	case v.offered != 0:
		return site.Offered
	}
	return site.Queued
}

// holder is whom the site names as the one who has it.
func (v *visit) holder() site.ClientID { return max(v.lead, v.offered) }

// lines puts a visit in line where it belongs now.
func (o *oracle) lines(v *visit) {
	in := site.QueueID(0)
	switch v.state() {
	case site.Queued:
		in = v.queue
	case site.Active:
		if !slices.ContainsFunc(v.invited, func(i invitation) bool { return i.kind == api.AssignmentTransfer }) {
			in = v.wanted
		}
	}
	if o.visits[v.id] == nil {
		in = 0
	}
	if in != 0 {
		o.changedVisits = append(o.changedVisits, v)
	}
	if in == v.waitsIn {
		return
	}
	if q := o.queues[v.waitsIn]; q != nil {
		q.full(o.now)
		q.waiting = slices.DeleteFunc(q.waiting, func(x *visit) bool { return x == v })
	}
	if q := o.queues[in]; q != nil {
		q.waiting = append(q.waiting, v)
		q.full(o.now)
	}
	v.waitsIn = in
}

// full reports whether a queue takes no more, and notes when it was so last.
func (q *line) full(now site.Time) bool {
	if q.MaxWaiting > 0 && len(q.waiting) >= q.MaxWaiting {
		q.lastFull = now
		return true
	}
	return false
}
