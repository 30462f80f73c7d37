package machine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"usher/internal/cluster/machine"
	"usher/internal/journal"
)

const lease = 9 * time.Second

// rig drives one machine by hand: it is the clock, the store, the host and the
// requests. Nothing happens but what a test says.
type rig struct {
	t    *testing.T
	m    *machine.Machine
	now  time.Duration
	view journal.View // what the next renewal finds

	renews int
	done   []string // what the machine wanted, in words
	asked  map[*machine.Ask]string
	left   int
}

// The nodes of the tests: a is the machine's own, c's lease has run out, and d
// knows newer events.
func node(inc string) journal.Node {
	n := journal.Node{Name: "node-" + inc, Incarnation: inc, Address: "http://" + inc, Format: 1}
	if inc == "d" {
		n.Format = 9
	}
	return n
}

// begin answers a rig whose machine has asked for nothing yet, at an odd time.
func begin(t *testing.T) *rig {
	return &rig{t: t, m: machine.New(node("a"), lease), now: 1000 * time.Second, asked: map[*machine.Ask]string{}}
}

// live is a member that does not lapse while a test lasts, unless it says so.
func live(inc string) journal.Member { return journal.Member{Node: node(inc), Left: time.Hour} }

func lapsed(inc string) journal.Member { return journal.Member{Node: node(inc), Left: -time.Second} }

// at is where a site is, in words: "s@5 a" is site s under epoch 5, owned by a.
func at(words string) journal.Placement {
	place, owner, _ := strings.Cut(words, " ")
	name, epoch, _ := strings.Cut(place, "@")
	p := journal.Placement{Head: journal.Head{Site: name}, Owner: owner}
	if _, err := fmt.Sscan(epoch, &p.Epoch); err != nil {
		panic(words)
	}
	return p
}

func places(words ...string) []journal.Placement {
	var all []journal.Placement
	for _, w := range words {
		all = append(all, at(w))
	}
	return all
}

// joined answers a rig with a whole lease, in a pool of a, b and the lapsed c.
func joined(t *testing.T, sites ...string) *rig {
	r := begin(t)
	r.view = journal.View{Lapsed: true, Members: []journal.Member{live("a"), live("b"), lapsed("c")}, Sites: places(sites...)}
	r.m.Start(r.now)
	r.drain()
	r.renewed()
	r.view.Lapsed, r.done = false, nil
	return r
}

// drain takes note of what the machine wants.
func (r *rig) drain() {
	r.t.Helper()
	e := r.m.Effects()
	say := func(format string, args ...any) { r.done = append(r.done, fmt.Sprintf(format, args...)) }
	for _, s := range e.Drop {
		say("drop %s", s)
	}
	for _, p := range e.Adopt {
		say("adopt %s@%d", p.Site, p.Epoch)
	}
	if e.Lease != 0 {
		say("lease %v", e.Lease-r.now)
		if e.Lease != r.m.Until() {
			r.t.Fatalf("a lease until %v is wanted, the machine has it until %v", e.Lease, r.m.Until())
		}
	}
	if e.Renew {
		r.renews++
		say("renew")
	}
	for _, s := range e.Claims {
		say("claim %s", s)
	}
	for _, g := range e.Gives {
		say("give %s to %s", g.Site, g.To)
	}
	for _, a := range e.Found {
		if old, again := r.asked[a]; again && old != "" {
			r.t.Fatalf("an ask that was answered %q is answered again", old)
		}
		r.asked[a] = found(a)
		say("%s", r.asked[a])
	}
	if e.Left {
		r.left++
		say("left")
	}
}

func found(a *machine.Ask) string {
	switch {
	case a.Err != nil:
		return "answer " + word(a.Err)
	case a.Here:
		return "answer here"
	}
	return "answer " + a.Node.Incarnation
}

func word(err error) string {
	for _, x := range []struct {
		err  error
		word string
	}{
		{machine.ErrNoSite, "no site"}, {machine.ErrNobody, "nobody"}, {machine.ErrNewer, "newer"},
	} {
		if errors.Is(err, x.err) {
			return x.word
		}
	}
	return err.Error()
}

// want compares what the machine wanted since the last time.
func (r *rig) want(words ...string) {
	r.t.Helper()
	if !slices.Equal(words, r.done) {
		r.t.Fatalf("at %v:\nwant %q\n got %q", r.now, words, r.done)
	}
	r.done = nil
}

func (r *rig) do(f func()) {
	r.t.Helper()
	f()
	r.drain()
}

func (r *rig) locate(site string) *machine.Ask { return r.locateSince(site, 0) }

// locateSince asks as a node does that knows the site at an epoch.
func (r *rig) locateSince(site string, epoch int64) *machine.Ask {
	r.t.Helper()
	a := &machine.Ask{Site: site, Epoch: epoch}
	r.do(func() { r.m.Locate(r.now, a) })
	return a
}

// renewed answers the renewal that is under way with the rig's view.
func (r *rig) renewed() {
	r.t.Helper()
	r.do(func() { r.m.Renewed(r.now, int64(1_000_000), r.view) })
}

// ask lets time pass until the machine wants to renew, if it does not already.
func (r *rig) ask() {
	r.now += lease / 3
	r.m.Tick(r.now)
}

// find is a renewal that finds sites placed so.
func (r *rig) find(sites ...string) {
	r.t.Helper()
	r.view.Sites = places(sites...)
	r.view.Lapsed = false
	r.do(r.ask)
	r.done = slices.DeleteFunc(r.done, func(s string) bool { return s == "renew" })
	r.renewed()
}

func (r *rig) claimed(words string, err error) {
	r.t.Helper()
	r.do(func() { r.m.Claimed(r.now, at(words), err) })
}

func (r *rig) given(words string, err error) {
	r.t.Helper()
	r.do(func() { r.m.Given(r.now, at(words), err) })
}

func (r *rig) failed(site, inc string) {
	r.t.Helper()
	r.do(func() { r.m.Failed(r.now, site, inc) })
}

func (r *rig) stop() {
	r.t.Helper()
	r.do(func() { r.m.Stop(r.now) })
}

// pass lets time pass and wakes the machine whenever it wants to be. Renewals are
// not answered.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	for end := r.now + d; ; {
		at, ok := r.m.Wake()
		if !ok || at > end {
			r.now = end
			return
		}
		r.now = max(r.now, at)
		r.do(func() { r.m.Tick(r.now) })
		r.calm()
	}
}

// calm fails the test when the machine, just woken, wants to be woken again at once.
func (r *rig) calm() {
	r.t.Helper()
	if at, ok := r.m.Wake(); ok && at <= r.now {
		r.t.Fatalf("at %v the machine was woken, and wants to be woken at %v", r.now, at)
	}
}
