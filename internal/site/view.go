package site

// View is a site's definition, as administration sees it.
type View struct {
	Name       string
	Settings   Settings
	Queues     []QueueDefinition
	Accounts   []Account // without password hashes
	Profiles   []Profile
	Groups     []Group
	Interfaces []Interface
	Hours      []Hours
	Replies    []Reply // the team's
	Rules      Rules
}

// View answers the site's definition, each list in the order of its ids.
func (s *Site) View() View {
	v := View{Name: s.Name(), Settings: s.CurrentSettings(), Rules: s.CurrentRules()}
	for _, id := range sortedKeys(s.queues) {
		v.Queues = append(v.Queues, s.queues[id].QueueDefinition)
	}
	for _, id := range sortedKeys(s.accounts) {
		a := s.accounts[id].clone()
		a.PasswordHash = ""
		v.Accounts = append(v.Accounts, a)
	}
	for _, id := range sortedKeys(s.profiles) {
		p := *s.profiles[id]
		p.Serving = p.Serving.clone()
		v.Profiles = append(v.Profiles, p)
	}
	for _, id := range sortedKeys(s.groups) {
		v.Groups = append(v.Groups, *s.groups[id])
	}
	for _, id := range sortedKeys(s.interfaces) {
		v.Interfaces = append(v.Interfaces, *s.interfaces[id])
	}
	for _, id := range sortedKeys(s.hours) {
		v.Hours = append(v.Hours, s.hours[id].clone())
	}
	for _, id := range sortedKeys(s.replies) {
		v.Replies = append(v.Replies, s.replies[id].clone())
	}
	return v
}
