package record

import (
	"cmp"
	"slices"

	"usher/api"
	"usher/internal/site"
)

// VisitReader makes of a site's events what one visitor saw of its engagement: who
// came and went, what was said to it and by it, and the end. It needs the events
// from the engagement's first one on.
type VisitReader struct {
	engagement site.EngagementID
	client     site.ClientID
	ids        ids
	known      map[site.ClientID]Party
	visit      Visit
	size       int
	after      int64
	most       int
	number     int64
}

// Visit is what a visitor saw of its engagement, or a page of it. Its entries are of
// the kinds Joined, Left, Posted and Ended.
type Visit struct {
	Visitor   Party
	StartedAt site.Time
	EndedAt   site.Time // 0 while it goes on
	Entries   []Entry
	// More: there are entries after the last one given.
	More bool
}

// NewVisitReader answers a reader that has seen no event yet. It tells the entries
// after a number, at most so many; 0 means MaxEntries.
func NewVisitReader(e site.EngagementID, visitor site.ClientID, after int64, most int) *VisitReader {
	if most <= 0 || most > MaxEntries {
		most = MaxEntries
	}
	return &VisitReader{engagement: e, client: visitor, ids: idsOf(e), known: map[site.ClientID]Party{}, after: after, most: most}
}

// Matters reports whether the event of a line, as the journal has it, may add to
// the visit.
func (r *VisitReader) Matters(line []byte) bool {
	return r.ids.in(line)
}

// Add reads the next event. It answers false when no later event can matter.
func (r *VisitReader) Add(at site.Time, e site.Event) bool {
	switch e := e.(type) {
	case *site.EngagementRequested:
		if e.Engagement == r.engagement {
			r.visit.StartedAt = at
			r.named(e.Contact.Name())
		}
	case *site.ContactChanged:
		if e.Engagement == r.engagement {
			r.named(e.Contact.Name())
		}
	case *site.Mailed:
		if e.Message.Engagement == r.engagement && r.told(e.To) {
			r.mailed(at, &e.Message)
		}
	case *site.Posted:
		if e.Engagement == r.engagement && (e.Post.Client == r.client || r.told(e.To)) {
			r.add(at, Entry{Kind: Posted, Who: r.sender(&e.Post), Post: postOf(&e.Post)})
		}
	}
	return r.visit.EndedAt == 0 && !r.visit.More
}

// Visit answers what was read. ok is false when the engagement's beginning was not
// among the events.
func (r *VisitReader) Visit() (v Visit, ok bool) { return r.visit, r.visit.StartedAt != 0 }

func (r *VisitReader) told(to []site.Address) bool {
	return slices.ContainsFunc(to, func(a site.Address) bool { return a.Client == r.client })
}

func (r *VisitReader) named(name string) {
	r.visit.Visitor = Party{Client: r.client, Name: name, Role: api.RoleEndUser}
	r.known[r.client] = r.visit.Visitor
}

// mailed reads a message that the visitor was sent.
func (r *VisitReader) mailed(at site.Time, m *site.Message) {
	switch m.Kind {
	case site.KindJoined:
		p := Party{Client: m.Joined.Client, Account: m.Joined.Account, Name: m.Joined.Name, Role: m.Joined.Role}
		r.known[p.Client] = p
		r.add(at, Entry{Kind: Joined, Who: p})
	case site.KindLeft:
		p := r.known[m.Left.Client]
		p.Client, p.Role = m.Left.Client, m.Left.Role
		r.add(at, Entry{Kind: Left, Who: p, Cause: string(m.Left.Reason)})
	case site.KindConcluded:
		p := r.known[m.Left.Client]
		p.Client, p.Role = m.Left.Client, m.Left.Role
		r.add(at, Entry{Kind: Ended, Who: p, Cause: string(m.Left.Reason)})
		r.visit.EndedAt = at
	}
}

// sender answers who posted: nobody, when the system did.
func (r *VisitReader) sender(p *site.Post) Party {
	if p.SenderType == api.PartySystem {
		return Party{}
	}
	return r.known[p.Client]
}

func (r *VisitReader) add(at site.Time, e Entry) {
	r.number++
	e.Number, e.At = r.number, at
	switch {
	case e.Number <= r.after || r.visit.More:
		return
	case len(r.visit.Entries) == r.most, len(r.visit.Entries) > 0 && r.size+e.size() > MaxBytes:
		r.visit.More = true
		return
	}
	r.size += e.size()
	r.visit.Entries = append(r.visit.Entries, e)
}

// postOf is a post as an entry has it.
func postOf(p *site.Post) *Post {
	return &Post{
		Number: p.Number, Text: p.Body, RichText: p.RichText, Visibility: cmp.Or(p.Visibility, api.VisibilityAll), OffTheRecord: p.OffTheRecord,
		File: p.File, System: p.SenderType == api.PartySystem,
	}
}
