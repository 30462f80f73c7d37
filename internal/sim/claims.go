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
// journal when it happens: a post, a log-on, a visit. It may be asked for
// several times, and must never happen twice.
type claim struct {
	mark  string
	sends int  // requests that reached the server, and whose end is not known
	ok    bool // one of them was answered OK
	maybe bool // the outcome of one of them is not known
}

// post is a claim with a text.
type post struct {
	claim
	text       string
	sender     string
	order      int // of the sender's posts
	toAgent    bool
	hidden     bool // from visitors
	engagement site.EngagementID
	received   map[string]bool // by whom
}

// claims is what all clients were told of what they asked for:
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

// sent notes that a request has reached the server.
func (c *claims) sent(k *claim) {
	if k != nil {
		k.sends++
	}
}

// unanswered notes that a request will not be answered.
func (c *claims) unanswered(k *claim) {
	if k != nil {
		k.sends--
		k.maybe = true
	}
}

// answered checks the server's answer. ran: the command was carried out, or tried.
func (c *claims) answered(k *claim, what string, err error, ran bool, r *record) error {
	uncertain := errors.Is(err, machine.ErrUncertain)
	_, refused := errors.AsType[*site.Error](err)
	switch {
	case err == nil && !ran:
		return fmt.Errorf("%s was answered OK and never ran", what)
	case (errors.Is(err, machine.ErrReadOnly) || errors.Is(err, machine.ErrStopping)) && ran:
		return fmt.Errorf("%s ran, and was answered %w", what, err)
	case err != nil && !uncertain && !refused && !errors.Is(err, machine.ErrReadOnly) &&
		!errors.Is(err, machine.ErrStopping) && !errors.Is(err, machine.ErrPanic):
		return fmt.Errorf("%s was answered %w", what, err)
	}
	if k == nil {
		return nil
	}
	k.sends--
	k.ok = k.ok || err == nil
	k.maybe = k.maybe || uncertain
	if err == nil && r.count[k.mark] != 1 {
		return fmt.Errorf("%s was answered OK, and stands in the journal %d times", what, r.count[k.mark])
	}
	return k.agrees(r)
}

// agrees checks a claim against the journal.
func (k *claim) agrees(r *record) error {
	n := r.count[k.mark]
	switch {
	case n > 1:
		return fmt.Errorf("%s stands in the journal %d times", k.mark, n)
	case n == 0 && k.ok:
		return fmt.Errorf("%s was answered OK, and is not in the journal", k.mark)
	case n == 1 && !k.ok && !k.maybe && k.sends == 0:
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
