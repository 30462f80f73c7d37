package sim

import (
	"errors"
	"fmt"
	"maps"
	"slices"

	"usher/internal/host/machine"
	"usher/internal/site"
)

// claim is something that a client asked for and that leaves a mark in the
// journal when it happens: a post, a log-on, a visit. It may be asked for several
// times. It must never happen twice, unless a proxy sent it twice and nothing in it
// tells that.
type claim struct {
	mark   string
	named  bool // it carries an id by which a repeat is known
	copies int  // how often a proxy sent it once more
	sends  int  // requests whose end is not known
	ok     bool // one of them was answered OK
	maybe  bool // the outcome of one of them is not known
}

// post is a claim with a text.
type post struct {
	claim
	text       string
	sender     string
	order      int   // of the sender's posts
	sentAt     int64 // when it was first sent, in turns of the agenda
	done       int64 // when its sender knew it to be posted; 0: not yet
	toAgent    bool
	hidden     bool // from visitors
	engagement site.EngagementID
	received   map[string]bool // by whom
}

// claims is what all clients of a site were told of what they asked for:
//
//   - what was answered OK stands in the journal at that moment, once;
//   - what was refused, before or after it ran, does not;
//   - what is uncertain stands there once or not at all.
type claims struct {
	all   map[string]*claim
	posts map[string]*post
}

func newClaims() *claims { return &claims{all: map[string]*claim{}, posts: map[string]*post{}} }

func (c *claims) add(k *claim) *claim {
	c.all[k.mark] = k
	return k
}

func (c *claims) addPost(p *post) *post {
	c.add(&p.claim)
	c.posts[p.mark] = p
	p.received = map[string]bool{}
	return p
}

// answered checks a site's answer. ran: the command was carried out, or tried.
func (c *claims) answered(k *claim, what string, err error, ran bool, r *record) error {
	_, refused := errors.AsType[*site.Error](err)
	is := func(errs ...error) bool {
		return slices.ContainsFunc(errs, func(e error) bool { return errors.Is(err, e) })
	}
	switch {
	case err == nil && !ran:
		return fmt.Errorf("%s was answered OK and never ran", what)
	case is(machine.ErrReadOnly, machine.ErrStopping, machine.ErrMoved) && ran:
		return fmt.Errorf("%s ran, and was answered %w", what, err)
	case err != nil && !refused && !is(machine.ErrReadOnly, machine.ErrStopping, machine.ErrMoved, machine.ErrUncertain, machine.ErrPanic):
		return fmt.Errorf("%s was answered %w", what, err)
	case err == nil && k != nil && (r.count[k.mark] < 1 || r.count[k.mark] > k.most()):
		return fmt.Errorf("%s was answered OK, and stands in the journal %d times", what, r.count[k.mark])
	}
	return nil
}

// told notes what a client was told in the end.
func (c *claims) told(k *claim, what string, err error, r *record) error {
	if k == nil {
		return nil
	}
	k.sends--
	k.ok = k.ok || err == nil
	k.maybe = k.maybe || errors.Is(err, machine.ErrUncertain) || errors.Is(err, errSlow)
	if err := k.agrees(r); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// most is how often a claim may stand in the journal.
func (k *claim) most() int {
	if k.named {
		return 1
	}
	return 1 + k.copies
}

// agrees checks a claim against the journal.
func (k *claim) agrees(r *record) error {
	n := r.count[k.mark]
	switch {
	case n > k.most():
		return fmt.Errorf("%s stands in the journal %d times", k.mark, n)
	case n == 0 && k.ok:
		return fmt.Errorf("%s was answered OK, and is not in the journal", k.mark)
	case n > 0 && !k.ok && !k.maybe && k.sends == 0:
		return fmt.Errorf("%s was refused each time, and is in the journal", k.mark)
	}
	return nil
}

// agree checks all claims against the journal.
func (c *claims) agree(r *record) error {
	for _, m := range slices.Sorted(maps.Keys(c.all)) {
		if err := c.all[m].agrees(r); err != nil {
			return err
		}
	}
	for _, m := range slices.Sorted(maps.Keys(r.count)) {
		if c.all[m] == nil {
			return fmt.Errorf("%s is in the journal, and nobody asked for it", m)
		}
	}
	return nil
}

func (c *claims) count(r *Report) {
	for _, p := range c.posts {
		r.Posts++
		switch {
		case p.ok:
		case p.maybe:
			r.Uncertain++
		default:
			r.Refused++
		}
	}
}
