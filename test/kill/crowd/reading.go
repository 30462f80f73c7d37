package crowd

import (
	"slices"
	"time"
)

// inTime: a post that was answered before another was begun stands before it.
func (c *checker) inTime() {
	for engagement, all := range c.facts.said {
		var early *post // of those that come later, the one that was answered first
		for _, s := range slices.Backward(all) {
			p := c.record.posts[s.id]
			if p == nil {
				continue
			}
			if early != nil && early.done.Before(p.began) {
				c.fault("post %s stands before %s in engagement %d, and was begun %v after that was answered", p.id, early.id, engagement, p.began.Sub(early.done))
			}
			if p.answered && (early == nil || p.done.Before(early.done)) {
				early = p
			}
		}
	}
}

// fresh: who reads what was said in an engagement reads a beginning of what stands
// in the journal: with everything that was answered before it was asked, and with no
// less than anybody was told before. The journal has the posts in one order, and a
// reading is a place in it: so with inTime this is linearizability, and no order has
// to be searched for.
func (c *checker) fresh() {
	for engagement, readings := range group(c.record.readings) {
		all := c.facts.said[engagement]
		at := map[string]int64{} // by message id
		for _, s := range all {
			at[s.id] = s.number
		}
		var told []moment // what somebody knew to be there, and from when on
		for _, p := range c.record.sent {
			if n, ok := at[p.id]; ok && p.answered && p.engagement == engagement {
				told = append(told, moment{p.done, n, "post " + p.id + " was answered"})
			}
		}
		for _, r := range readings {
			told = append(told, moment{r.to, r.last(), r.session + " had read as much"})
		}
		slices.SortFunc(told, func(a, b moment) int { return a.at.Compare(b.at) })
		slices.SortFunc(readings, func(a, b reading) int { return a.from.Compare(b.from) })
		var least moment
		for _, r := range readings {
			for len(told) > 0 && told[0].at.Before(r.from) {
				if told[0].number > least.number {
					least = told[0]
				}
				told = told[1:]
			}
			if n := r.last(); n < least.number {
				c.fault("%s read %d posts of engagement %d, %v after %s, which is %d", r.session, n, engagement, r.from.Sub(least.at), least.what, least.number)
			}
			for _, s := range r.posts {
				if !slices.Contains(all, s) {
					c.fault("%s read post %d of engagement %d as %q (%s): it does not stand so in the journal", r.session, s.number, engagement, s.body, s.id)
				}
			}
		}
	}
}

// moment is from when on a place in what was said was known.
type moment struct {
	at     time.Time
	number int64
	what   string
}

// last is the number of the last post that was read.
func (r reading) last() int64 {
	if len(r.posts) == 0 {
		return 0
	}
	return r.posts[len(r.posts)-1].number
}

// group answers the readings of each engagement.
func group(all []reading) map[int64][]reading {
	by := map[int64][]reading{}
	for _, r := range all {
		by[r.engagement] = append(by[r.engagement], r)
	}
	return by
}
