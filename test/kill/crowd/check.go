package crowd

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
)

// Check answers every promise that was broken, a sentence each.
func Check(r *Record, f *Facts) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	c := &checker{record: r, facts: f, bySession: map[string][]delivery{}}
	for _, d := range r.received {
		c.bySession[d.session] = append(c.bySession[d.session], d)
	}
	c.genuine()
	for _, session := range slices.Sorted(maps.Keys(c.bySession)) {
		ds := c.bySession[session]
		c.once(session, ds)
		c.ordered(session, ds)
		c.whole(session, ds)
	}
	c.visitorsToldAll()
	c.oneLead()
	c.postsReach()
	c.transcript()
	c.neverAgain()
	c.inTime()
	c.fresh()
	return append(c.faults, f.faults...)
}

type checker struct {
	record    *Record
	facts     *Facts
	bySession map[string][]delivery
	faults    []string
}

func (c *checker) fault(format string, args ...any) {
	c.faults = append(c.faults, fmt.Sprintf(format, args...))
}

// genuine: what is delivered was sent, with this text, in this engagement, by
// somebody else.
func (c *checker) genuine() {
	for _, d := range c.record.received {
		if d.kind != kindPost {
			continue
		}
		p := c.record.posts[d.post]
		switch {
		case p == nil:
			c.fault("%s received a post %q that nobody sent", d.session, d.post)
		case p.body != d.body || p.engagement != d.engagement:
			c.fault("%s received post %s as %q in engagement %d: it was sent as %q in %d", d.session, d.post, d.body, d.engagement, p.body, p.engagement)
		case p.visitor != d.agent:
			c.fault("%s received post %s of its own side", d.session, d.post)
		}
	}
}

// place is a message's number, unique in a session.
type place struct{ engagement, number int64 }

// once: with positions nothing comes twice. Without, what comes twice has the
// same number and content. A number never has two contents, and a post never two
// numbers.
func (c *checker) once(session string, ds []delivery) {
	contents, numbers := map[place]string{}, map[string]place{}
	for _, d := range ds {
		at := place{d.engagement, d.number}
		before, again := contents[at]
		switch {
		case again && before != d.content:
			c.fault("%s: engagement %d, number %d came with two contents:\n\t%s\n\t%s", session, at.engagement, at.number, before, d.content)
		case again && d.exact:
			c.fault("%s uses positions, and received engagement %d, number %d twice: %s", session, at.engagement, at.number, d.content)
		}
		contents[at] = d.content
		if d.post == "" {
			continue
		}
		if other, ok := numbers[d.post]; ok && other != at {
			c.fault("%s received post %s under two numbers: %d and %d of engagement %d", session, d.post, other.number, at.number, d.engagement)
		}
		numbers[d.post] = at
	}
}

// firsts answers a session's deliveries of one engagement without repeats, by
// number.
func firsts(ds []delivery) map[int64][]delivery {
	seen, byEngagement := map[place]bool{}, map[int64][]delivery{}
	for _, d := range ds {
		if at := (place{d.engagement, d.number}); !seen[at] {
			seen[at] = true
			byEngagement[d.engagement] = append(byEngagement[d.engagement], d)
		}
	}
	return byEngagement
}

// ordered: messages first come in the order of their numbers, and each sender's
// posts in the order in which they were sent.
func (c *checker) ordered(session string, ds []delivery) {
	for engagement, firsts := range firsts(ds) {
		last := int64(0)
		nth := map[string]int{}
		for _, d := range firsts {
			if d.number < last {
				c.fault("%s: engagement %d: number %d first came after %d", session, engagement, d.number, last)
			}
			last = d.number
			p := c.record.posts[d.post]
			if p == nil {
				continue
			}
			if p.nth < nth[p.sender] {
				c.fault("%s: engagement %d: post %d of %s came after its post %d", session, engagement, p.nth, p.sender, nth[p.sender])
			}
			nth[p.sender] = p.nth
		}
	}
}

// whole: the numbers of a session and engagement begin with 1 and leave none out.
func (c *checker) whole(session string, ds []delivery) {
	for engagement, firsts := range firsts(ds) {
		slices.SortFunc(firsts, func(a, b delivery) int { return cmp.Compare(a.number, b.number) })
		for i, d := range firsts {
			if d.number != int64(i+1) {
				c.fault("%s: engagement %d: number %d never came, and %d did", session, engagement, i+1, d.number)
				break
			}
		}
	}
}

// visitorsToldAll: every visitor is told of the end, and of nothing after it.
func (c *checker) visitorsToldAll() {
	for engagement, v := range c.record.visits {
		if !v.heard {
			c.fault("%s was never told that its engagement %d is over", v.session, engagement)
			continue
		}
		ds := firsts(c.bySession[v.session])[engagement]
		if len(ds) == 0 || ds[len(ds)-1].kind != kindConcluded {
			c.fault("%s: the last message of engagement %d is not its end", v.session, engagement)
		}
	}
}

// oneLead: a visitor never has two leads at a time.
func (c *checker) oneLead() {
	for engagement, v := range c.record.visits {
		lead := int64(0)
		for _, d := range firsts(c.bySession[v.session])[engagement] {
			switch {
			case d.kind == kindLeadIn && lead != 0:
				c.fault("engagement %d: client %d joined as the lead while client %d was", engagement, d.client, lead)
			case d.kind == kindLeadOut && lead != d.client:
				c.fault("engagement %d: client %d left as the lead, and client %d was", engagement, d.client, lead)
			}
			switch d.kind {
			case kindLeadIn:
				lead = d.client
			case kindLeadOut:
				lead = 0
			}
		}
	}
}

// postsReach: a post that was answered reaches its receiver: the visitor; or an
// agent who leads the engagement. A visitor's last posts may reach nobody when
// the engagement ended while nobody led it, or when the last lead's session ended
// before they were received; but none is passed over.
func (c *checker) postsReach() {
	delivered := map[string]bool{}
	reached := map[string]int{} // by sender: its last post that an agent received
	for _, d := range c.record.received {
		if p := c.record.posts[d.post]; p != nil {
			delivered[p.id] = true
			reached[p.sender] = max(reached[p.sender], p.nth)
		}
	}
	for _, p := range c.record.sent {
		if !p.answered || delivered[p.id] {
			continue
		}
		switch {
		case !p.visitor && c.record.visits[p.engagement] == nil:
			// The visitor never learnt that its engagement was opened.
		case !p.visitor:
			c.fault("post %s of %s was answered 200, and never reached the visitor of engagement %d", p.id, p.sender, p.engagement)
		case p.nth < reached[p.sender]:
			c.fault("post %s of %s was answered 200, and passed over: a later one reached an agent of engagement %d", p.id, p.sender, p.engagement)
		case !c.facts.excused(p.engagement):
			c.fault("post %s of %s was answered 200, and never reached an agent of engagement %d", p.id, p.sender, p.engagement)
		}
	}
}

// transcript: a post that was answered stands in the record, and none stands
// there twice.
func (c *checker) transcript() {
	for _, p := range c.record.sent {
		switch n := len(c.facts.posted[p.id]); {
		case n == 0 && p.answered:
			c.fault("post %s of %s was answered 200, and does not stand in the journal", p.id, p.sender)
		case n > 1:
			c.fault("post %s of %s stands in the journal %d times", p.id, p.sender, n)
		case n == 1 && c.facts.posted[p.id][0] != p.body:
			c.fault("post %s of %s stands in the journal with another text", p.id, p.sender)
		}
	}
}

// neverAgain: what a former lead is known to have received is not given to the
// next.
func (c *checker) neverAgain() {
	for _, d := range c.record.received {
		if n, known := c.record.known[d.post]; known && d.at > n.at && d.session != n.session {
			c.fault("%s received post %s, which %s had said to have received", d.session, d.post, n.session)
		}
	}
}

// Report tells the first faults; the rest tend to follow from them.
func Report(t interface {
	Helper()
	Errorf(format string, args ...any)
}, faults []string) {
	t.Helper()
	const most = 20
	for i, f := range faults {
		if i == most {
			t.Errorf("and %d more", len(faults)-most)
			return
		}
		t.Errorf("%s", f)
	}
}
