package record

import (
	"reflect"
	"time"

	"usher/api"
	"usher/internal/site"
)

// story is what must be known of an engagement to tell of its next event.
type story struct {
	names *names
	told  []Entry // since somebody took them

	Engagement site.EngagementID          `json:"engagement"`
	Visitor    Party                      `json:"visitor"`
	Queue      Queue                      `json:"queue"`
	StartedAt  site.Time                  `json:"startedAt"`
	EndedAt    site.Time                  `json:"endedAt,omitempty"`
	Number     int64                      `json:"number"` // entries so far
	Contact    site.Contact               `json:"contact,omitzero"`
	Lead       site.ClientID              `json:"lead,omitempty"`   // offered to, led by, or wrapped up by
	Active     bool                       `json:"active,omitempty"` // Lead leads it
	Guests     map[site.ClientID]api.Role `json:"guests,omitempty"`
	Ejector    string                     `json:"ejector,omitempty"`
	Gone       site.Time                  `json:"gone,omitempty"` // when it left the site's memory; 0: it has not
}

func newStory(n *names) *story { return &story{names: n, Guests: map[site.ClientID]api.Role{}} }

// afterwards is how long after an engagement has left memory its record may grow: a
// visitor rates the chat, and reads of it by e-mail. A letter that is tried for longer
// stands in the journal only.
const afterwards = site.AfterChat + 10*time.Minute

// past reports whether nothing about the engagement is told at this time any more.
func (s *story) past(at site.Time) bool { return s.Gone > 0 && at > s.Gone.Add(afterwards) }

// head is the record without its entries.
func (s *story) head() Record {
	return Record{Engagement: s.Engagement, Visitor: s.Visitor, Queue: s.Queue, StartedAt: s.StartedAt, EndedAt: s.EndedAt}
}

// engagementOf answers the engagement that an event is about, 0 for none.
func engagementOf(e site.Event) site.EngagementID {
	if id := reflect.Indirect(reflect.ValueOf(e)).FieldByName("Engagement"); id.IsValid() {
		return site.EngagementID(id.Int())
	}
	return 0
}

// add numbers an entry.
func (s *story) add(at site.Time, e Entry) {
	s.Number++
	e.Number, e.At = s.Number, at
	s.told = append(s.told, e)
}

// take answers the entries that were told since the last time.
func (s *story) take() []Entry {
	told := s.told
	s.told = nil
	return told
}

// party answers who a client is, in the role that it has now.
func (s *story) party(c site.ClientID) Party {
	switch {
	case c == 0:
		return Party{}
	case c == s.Visitor.Client:
		return s.Visitor
	}
	role := s.Guests[c]
	if c == s.Lead && role == "" {
		role = api.RoleNone
		if s.Active {
			role = api.RoleLead
		}
	}
	return s.as(c, role)
}

// as answers who an agent is, in a given role.
func (s *story) as(c site.ClientID, role api.Role) Party {
	p := s.account(s.names.Agents[c])
	p.Client, p.Role = c, role
	return p
}

func (s *story) account(id site.AccountID) Party { return s.names.account(id) }

func (s *story) queue(id site.QueueID) Queue { return s.names.queue(id) }
