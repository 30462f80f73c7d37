package site

import (
	"encoding/json"
	"slices"

	"usher/api"
)

// Admin is a site in the hands of somebody who may change its definition. Each
// change is checked as a whole before it takes effect, takes effect at once, and
// is recorded with who made it.
type Admin struct {
	site *Site
	by   string
}

// Admin answers the site's administration. by names who administers: an account's
// login, or the holder of the admin token.
func (s *Site) Admin(by string) Admin { return Admin{site: s, by: by} }

// Change is one entry of the audit log: who changed what.
type Change struct {
	Number int64  `json:"number"`
	At     Time   `json:"at"`
	By     string `json:"by,omitempty"`
	// What was changed, such as "queue/7", "settings" or "rules".
	What string `json:"what"`
	// Before and After are the definition in JSON, without password hashes. Before
	// is empty for what is new, After for what was removed.
	Before json.RawMessage `json:"before,omitempty"`
	After  json.RawMessage `json:"after,omitempty"`
}

// changed adds an entry to the audit log, which keeps the newest MaxChanges.
func (s *Site) changed(at Time, by, what string, before, after any) {
	s.LastChange++
	c := &Change{Number: s.LastChange, At: at, By: by, What: what}
	if before != nil {
		c.Before = encode(before)
	}
	if after != nil {
		c.After = encode(after)
	}
	s.audit = append(s.audit, c)
	s.touch(partChange, c.Number, 0)
	if len(s.audit) > MaxChanges {
		s.touch(partChange, s.audit[0].Number, 0)
		s.audit = slices.Delete(s.audit, 0, 1)
	}
}

// Changes answers the audit log after an entry's number, oldest first, and
// whether there is more. Entries older than the newest MaxChanges stand in the
// journal only.
func (s *Site) Changes(after int64, most int) ([]Change, bool) {
	var out []Change
	for _, c := range s.audit {
		if c.Number <= after {
			continue
		}
		if len(out) == most {
			return out, true
		}
		out = append(out, *c)
	}
	return out, false
}

// EngagementEjected: a supervisor or an administrator ended an engagement.
type EngagementEjected struct {
	Engagement EngagementID `json:"engagement"`
	By         string       `json:"by,omitempty"`
}

func (ev *EngagementEjected) apply(*Site, Time) {} // EngagementConcluded follows; this tells who

// Eject ends an engagement and removes its visitor. An engagement that is over
// already stays as it is.
func (a Admin) Eject(id EngagementID) error {
	s := a.site
	e := s.live[id]
	switch {
	case e == nil:
		return refuse(NotFound, "engagement %d is not live at this site", id)
	case e.State == Concluded:
		return nil
	}
	s.record(&EngagementEjected{Engagement: id, By: a.by})
	s.conclude(e, e.Visitor, api.RoleEndUser, api.ReasonEjected)
	return nil
}
