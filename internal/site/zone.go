package site

// Zone answers the time zone in which the site's days begin: that of the hours of the queue
// to which visitors go for whom nothing else was chosen, else of the hours with the lowest
// id, else UTC.
func (s *Site) Zone() string {
	if q := s.queues[s.defaultQueue()]; q != nil && s.hours[q.Hours] != nil {
		return s.hours[q.Hours].zoneName()
	}
	for _, id := range sortedKeys(s.hours) {
		return s.hours[id].zoneName()
	}
	return "UTC"
}
