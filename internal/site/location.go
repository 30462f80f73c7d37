package site

import "slices"

// SiteRelocated: the site's server is reached elsewhere, or belongs to another pool.
type SiteRelocated struct {
	Location Location `json:"location"`
}

func (e *SiteRelocated) apply(s *Site, _ Time) { s.state.Location = e.Location }

// Locate tells the site where it is reached. When that is another place than
// before, every session is told (agent-api 4.3, consumer-api 3.9).
func (s *Site) Locate(l Location) {
	if l == s.state.Location || l == (Location{}) {
		return
	}
	known := s.state.Location != Location{}
	s.record(&SiteRelocated{Location: l})
	if known {
		s.mail(Message{Kind: KindConfig, Config: &l}, slices.Concat(sortedKeys(s.agents), sortedKeys(s.visitors))...)
	}
}
