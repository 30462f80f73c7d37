package site

import (
	"slices"
	"strconv"
)

// The text of a post off the record stands apart from the journal's frames. It
// is kept exactly as long as somebody has yet to receive it: while the post is
// among an engagement's unreceived ones, or waits in a mailbox.

// SideText is a text that must not stand in the journal's frames.
type SideText struct{ Key, Text string }

// sideKey names the text of a post off the record.
func sideKey(e EngagementID, post int64) string {
	return strconv.FormatInt(int64(e), 10) + "/" + strconv.FormatInt(post, 10)
}

// want notes one more place that holds a post for somebody who has yet to receive it.
func (s *Site) want(e EngagementID, p *Post) {
	if p.OffTheRecord {
		s.wanted[sideKey(e, p.Number)]++
	}
}

// unwant takes such a place back. With the last one the text goes.
func (s *Site) unwant(e EngagementID, p *Post) {
	if !p.OffTheRecord {
		return
	}
	key := sideKey(e, p.Number)
	if s.wanted[key]--; s.wanted[key] > 0 {
		return
	}
	delete(s.wanted, key)
	delete(s.texts, key)
	if i := slices.IndexFunc(s.side, func(t SideText) bool { return t.Key == key }); i >= 0 {
		s.side = slices.Delete(s.side, i, i+1) // it was never written
		return
	}
	s.sideDeleted = append(s.sideDeleted, key)
}

// unwantAll takes back the places in a mailbox that ends.
func (s *Site) unwantAll(m *Mailbox) {
	for _, d := range m.Waiting {
		if d.Message.Kind == KindPost {
			s.unwant(d.Message.Engagement, d.Message.Post)
		}
	}
}

// rejoin gives a restored post off the record its text back, at a place that wants it.
func (s *Site) rejoin(e EngagementID, p *Post) {
	if p.OffTheRecord {
		p.apart = s.texts[sideKey(e, p.Number)]
		s.want(e, p)
	}
}

func (s *Site) rejoinAll(m *Mailbox) {
	for _, d := range m.Waiting {
		if d.Message.Kind == KindPost {
			s.rejoin(d.Message.Engagement, d.Message.Post)
		}
	}
}
