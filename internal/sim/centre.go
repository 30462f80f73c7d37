package sim

import (
	"fmt"
	"time"

	"usher/internal/journal"
	"usher/internal/site"
)

// centre is one site with its people, and what the checkers know of it.
type centre struct {
	w        *world
	name     string
	agents   []*agent
	visitors []*visitor
	claims   *claims
	record   *record
	streams  map[site.SessionKey]*stream
	clients  map[site.ClientID]client
	shown    int64 // how much of the site's history clients were shown
}

// cast is who may log on at each site.
var cast = []site.Account{
	{Login: "ada", Name: "Ada", Greeting: "Hello"},
	{Login: "bob", Name: "Bob", Serving: site.Serving{Pull: true}},
	{Login: "echo", Name: "Echo", Serving: site.Serving{Pull: true}, VirtualAgent: true},
}

func newCentre(w *world, name string) *centre {
	c := &centre{w: w, name: name, claims: newClaims(), streams: map[site.SessionKey]*stream{}, clients: map[site.ClientID]client{}}
	c.record = newRecord(func(k site.SessionKey) int64 {
		if s := c.streams[k]; s != nil {
			return s.last
		}
		return 0
	})
	return c
}

func (c *centre) newStream(who string, k site.SessionKey) *stream {
	s := newStream(who, c.claims)
	c.streams[k] = s
	return s
}

// setUp makes the site and its accounts, without faults.
func (c *centre) setUp(visitors int) {
	c.mustDo(func(s *site.Site) error { return s.Create(c.name) })
	c.mustDo(func(s *site.Site) error {
		set := s.CurrentSettings()
		set.Spam = false // what is said is of no account here
		_, err := s.Admin("test").ChangeSettings(set)
		return err
	})
	c.mustDo(func(s *site.Site) error {
		_, err := s.Admin("test").DefineQueue(site.QueueDefinition{ID: 1, Name: "Support", Default: true})
		return err
	})
	for i, a := range cast {
		a.ID = site.AccountID(i + 1)
		a.AllQueues = true
		c.mustDo(func(s *site.Site) error { _, err := s.Admin("test").DefineAccount(a); return err })
		c.agents = append(c.agents, newAgent(c, a.ID, c.name+"/"+a.Login))
	}
	for i := range visitors {
		c.visitors = append(c.visitors, newVisitor(c, fmt.Sprintf("%s/visitor%d", c.name, i+1)))
	}
}

func (c *centre) mustDo(run func(*site.Site) error) {
	done, home := false, 0
	c.ask(&home, &request{what: "set up", run: func(s *site.Site) (any, error) { return nil, run(s) }, back: func(_ any, err error) {
		done = true
		if err != nil {
			c.w.breaks("set up: %v", err)
		}
	}})
	for i := 0; !done && c.w.broken == nil; i++ {
		if c.w.pass(10 * time.Millisecond); i > 10_000 {
			c.w.breaks("the set-up has no end")
		}
	}
}

// ask sends a request other than a retrieval.
func (c *centre) ask(home *int, q *request) {
	q.c = c
	c.w.request(q, home, !q.once)
}

// act lets one of the people do something.
func (c *centre) act() {
	i := c.w.rnd.IntN(len(c.agents) + len(c.visitors))
	if i < len(c.agents) {
		c.agents[i].act()
	} else {
		c.visitors[i-len(c.agents)].act()
	}
}

// wrote reports whether something was written by a node, and checks that it is the
// one that the store names as the owner.
func (c *centre) wrote(n *node) bool {
	w, before := c.w, c.record.position
	if c.read(); c.record.position == before {
		return false
	}
	if owner := w.owners[c.name]; w.pooled && owner != n.incarnation {
		w.breaks("%s wrote to %s, which is %q's", n.incarnation, c.name, owner)
	}
	return true
}

// read lets the record follow the journal.
func (c *centre) read() {
	err := c.w.store.journal.Read(ctx, c.name, c.record.position, func(f journal.Frame) bool {
		c.w.broke(c.record.follow(f))
		return c.w.broken == nil
	})
	if err != nil {
		c.w.breaks("read the journal: %v", err)
	}
}
