package machine_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"usher/internal/cluster/machine"
	"usher/internal/journal"
	"usher/internal/journal/memory"
)

// world is a pool of machines over one memory journal, on made-up time: the shells
// around them, their hosts, a store whose answers are late, lost or carried out
// after they were given up, and requests that go from node to node. A seed replays
// it exactly.
type world struct {
	now   time.Duration
	rng   *rand.Rand
	j     *memory.Journal
	sites []string
	nodes []*peer
	queue []event
	order int // of events at one time
	log   strings.Builder

	faults   bool
	requests []*request
	epochs   map[string][]taking // every epoch of every site, in order
	broken   []string            // what must not happen and did
	gives    int                 // hand-overs that were begun
}

// taking is one epoch of a site: who took it or gave it on.
type taking struct {
	epoch int64
	by    string
}

// event is something to come: at a node, unless that is killed first.
type event struct {
	at    time.Duration
	order int
	node  *peer // nil: it happens whatever becomes of nodes
	do    func()
}

// peer is a node with the shell around its machine, and what its host has.
type peer struct {
	journal.Node
	w      *world
	m      *machine.Machine
	pool   journal.Pool
	start  time.Duration
	killed bool
	paused time.Duration // until then it does nothing
	cut    bool          // the store is away for it
	left   int
	until  time.Duration // of the host's lease, in its own time

	host   map[string]*run
	sentTo []func() // breaks the connections on which others wait for this node
	wakeAt time.Duration
	woken  int // ticks at one moment
	renews int
}

// run is a site in a node's host.
type run struct {
	epoch int64
	ready bool // loaded, and not being given an epoch
}

// request is a command on its way: it is asked of a node, which sends it to another.
type request struct {
	site   string
	at     *peer
	done   bool
	failed error
	since  time.Duration // when its node was last asked about the site; 0: it was answered
}

func newWorld(seed uint64, sites int) *world {
	w := &world{now: time.Minute, rng: rand.New(rand.NewPCG(seed, 1)), j: memory.New(), epochs: map[string][]taking{}}
	for i := range sites {
		name := fmt.Sprintf("s%02d", i)
		w.sites = append(w.sites, name)
		if _, err := w.j.Create(context.Background(), name); err != nil {
			panic(err)
		}
	}
	return w
}

func (w *world) note(format string, args ...any) {
	fmt.Fprintf(&w.log, "%v "+format+"\n", append([]any{w.now}, args...)...)
}

func (w *world) wrong(format string, args ...any) {
	w.broken = append(w.broken, fmt.Sprintf("at %v: ", w.now)+fmt.Sprintf(format, args...))
}

func (w *world) after(d time.Duration, n *peer, do func()) {
	w.order++
	w.queue = append(w.queue, event{w.now + d, w.order, n, do})
}

// delay is how long a word takes on its way.
func (w *world) delay() time.Duration {
	d := time.Duration(1+w.rng.IntN(5)) * time.Millisecond
	if w.faults && w.rng.IntN(10) == 0 {
		d = time.Duration(w.rng.Int64N(int64(2 * lease)))
	}
	return d
}

// run lets time pass.
func (w *world) run(d time.Duration) {
	for end := w.now + d; len(w.broken) == 0; {
		if len(w.queue) == 0 {
			w.now = end
			return
		}
		next := slices.MinFunc(w.queue, func(a, b event) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.order, b.order)) })
		if next.at > end {
			w.now = end
			return
		}
		if next.at > w.now {
			w.now = next.at
			for _, n := range w.nodes {
				n.woken = 0
			}
		}
		w.queue = slices.DeleteFunc(w.queue, func(e event) bool { return e.order == next.order })
		switch n := next.node; {
		case n == nil:
			next.do()
		case n.killed:
		case n.paused > w.now:
			w.order++
			w.queue = append(w.queue, event{n.paused, w.order, n, next.do})
		default:
			next.do()
		}
		w.check()
	}
}

// add starts a node.
func (w *world) add(format int) *peer {
	inc := fmt.Sprintf("n%02d", len(w.nodes))
	n := &peer{
		Node: journal.Node{Name: inc, Incarnation: inc, Address: "http://" + inc, Format: format},
		w:    w, start: w.now - 17*time.Second, host: map[string]*run{},
	}
	n.m = machine.New(n.Node, lease)
	n.pool = w.j.Pool(n.Node, func() time.Duration { return w.now })
	w.nodes = append(w.nodes, n)
	w.note("%s starts", inc)
	n.input(func(now time.Duration) { n.m.Start(now) })
	return n
}

func (n *peer) now() time.Duration { return n.w.now - n.start }

// up reports whether a node can be asked.
func (n *peer) up() bool { return !n.killed && n.left == 0 }

func (n *peer) input(f func(now time.Duration)) {
	f(n.now())
	n.carryOut()
}

// carryOut does what the shell does.
func (n *peer) carryOut() {
	w, e := n.w, n.m.Effects()
	for _, name := range e.Drop {
		w.note("%s drops %s", n.Name, name)
		delete(n.host, name)
	}
	for _, at := range e.Adopt {
		w.note("%s adopts %s@%d", n.Name, at.Site, at.Epoch)
		if at.Owner != n.Incarnation {
			w.wrong("%s adopts %s, which is %s's", n.Name, at.Site, at.Owner)
		}
		if n.host[at.Site] == nil {
			n.host[at.Site] = &run{epoch: at.Epoch}
			n.load(at.Site, n.host[at.Site], false)
		}
	}
	if e.Lease != 0 {
		n.until = e.Lease
	}
	if e.Renew {
		n.renews++
		n.renew()
	}
	for _, name := range e.Claims {
		n.claim(name, func(at journal.Placement, err error) { n.m.Claimed(n.now(), at, err) })
	}
	for _, g := range e.Gives {
		w.gives++
		n.give(g)
	}
	for _, a := range e.Found {
		a.Tag.(func())()
	}
	if e.Left {
		n.left++
		w.note("%s leaves", n.Name)
		if n.left > 1 {
			w.wrong("%s leaves again", n.Name)
		}
		if len(n.host) > 0 {
			w.wrong("%s leaves with %v", n.Name, slices.Sorted(maps.Keys(n.host)))
		}
		n.say("leave", func() error { return n.pool.Leave(context.Background()) }, func(error) {})
	}
	n.rearm()
}

// rearm is the shell's: a timer that is set too early stays.
func (n *peer) rearm() {
	at, ok := n.m.Wake()
	if !ok || n.wakeAt != 0 && n.wakeAt <= at {
		return
	}
	n.wakeAt = at
	n.w.after(max(at-n.now(), 0), n, func() {
		if n.wakeAt != at {
			return // it was reset
		}
		n.wakeAt = 0
		if n.woken++; n.woken > 20 {
			n.w.wrong("%s spins", n.Name)
			return
		}
		n.input(n.m.Tick)
	})
}

// errLate: the word was given up before an answer came.
var errLate = errors.New("no answer from the store in time")

// say is one word with the store. It may be carried out late, after its answer was
// given up, or never; and it fails at once while the store is away.
func (n *peer) say(what string, word func() error, answer func(error)) {
	w := n.w
	if n.cut {
		w.after(time.Millisecond, n, func() { n.input(func(time.Duration) { answer(errStore) }) })
		return
	}
	over := false
	end := func(err error) {
		if !over {
			over = true
			n.input(func(time.Duration) { answer(err) })
		}
	}
	w.after(lease/2, n, func() { end(errLate) })
	if w.faults && w.rng.IntN(15) == 0 {
		w.note("%s: %s is lost", n.Name, what)
		return
	}
	// It arrives even if the node is killed meanwhile.
	w.after(w.delay(), nil, func() {
		err := word()
		w.note("%s: %s: %v", n.Name, what, err)
		if w.faults && w.rng.IntN(15) == 0 {
			return // its answer is lost
		}
		w.after(w.delay(), n, func() { end(err) })
	})
}

func (n *peer) renew() {
	var v journal.View
	n.say("renew", func() (err error) {
		v, err = n.pool.Renew(context.Background(), lease)
		return err
	}, func(err error) {
		if err != nil {
			n.m.RenewFailed(n.now())
			return
		}
		n.m.Renewed(n.now(), 0, v)
	})
}

// claim takes an epoch, for the machine or for the host.
func (n *peer) claim(name string, answer func(journal.Placement, error)) {
	var at journal.Placement
	n.say("claim "+name, func() (err error) {
		if at, err = n.pool.Claim(context.Background(), name); err == nil {
			n.w.epochs[name] = append(n.w.epochs[name], taking{at.Epoch, n.Incarnation})
		}
		return err
	}, func(err error) {
		if errors.Is(err, errLate) || errors.Is(err, errStore) {
			at = journal.Placement{}
		}
		at.Site = name
		answer(at, err)
	})
}

// give lets the host go of a site, which may take too long, and gives it on.
func (n *peer) give(g machine.Give) {
	w := n.w
	h := n.host[g.Site]
	delete(n.host, g.Site)
	w.note("%s hands over %s to %s", n.Name, g.Site, g.To)
	epoch := int64(0)
	if h != nil {
		epoch = h.epoch
	}
	if w.faults && w.rng.IntN(15) == 0 {
		w.after(lease, n, func() {
			n.input(func(now time.Duration) { n.m.Given(now, journal.Placement{Head: journal.Head{Site: g.Site}}, errLate) })
		})
		return
	}
	w.after(w.delay(), n, func() {
		var at journal.Placement
		n.say("give "+g.Site, func() (err error) {
			if at, err = n.pool.Give(context.Background(), g.Site, epoch, g.To); err == nil {
				w.epochs[g.Site] = append(w.epochs[g.Site], taking{at.Epoch, n.Incarnation})
			}
			return err
		}, func(err error) {
			if errors.Is(err, errLate) || errors.Is(err, errStore) {
				at = journal.Placement{}
			}
			at.Site = g.Site
			n.m.Given(n.now(), at, err)
		})
	})
}

// load is the host's: it reads a site under the epoch that it was adopted with, or
// takes a new one first.
func (n *peer) load(name string, h *run, raise bool) {
	w := n.w
	mine := func() bool { return n.host[name] == h }
	read := func(epoch int64) {
		var head journal.Head
		n.say("load "+name, func() error {
			st, err := w.j.Load(context.Background(), name)
			head = st.Head
			return err
		}, func(err error) {
			switch {
			case !mine():
			case err != nil:
				w.after(time.Second, n, func() { n.reload(name, h) })
			case head.Epoch != epoch:
				w.note("%s finds %s elsewhere", n.Name, name)
				delete(n.host, name)
				n.m.Lost(n.now(), name)
			default:
				h.epoch, h.ready = epoch, true
			}
		})
	}
	if !raise {
		read(h.epoch)
		return
	}
	n.claim(name, func(at journal.Placement, err error) {
		if err == nil {
			n.m.Reclaimed(n.now(), at)
		}
		switch {
		case !mine():
		case errors.Is(err, journal.ErrOwned):
			w.note("%s finds %s owned", n.Name, name)
			delete(n.host, name)
			n.m.Lost(n.now(), name)
		case err != nil:
			w.after(time.Second, n, func() { n.reload(name, h) })
		default:
			read(at.Epoch)
		}
	})
}

// reload is what a host does after an append of unknown outcome.
func (n *peer) reload(name string, h *run) {
	if n.host[name] == h {
		h.ready = false
		n.load(name, h, true)
	}
}

// ask sends a request for a site to a node.
func (w *world) ask(n *peer, site string) *request {
	w.note("%s is asked for %s", n.Name, site)
	q := &request{site: site, at: n}
	w.requests = append(w.requests, q)
	w.forward(q)
	return q
}

// forward goes on with a request at the node that a client asked.
func (w *world) forward(q *request) {
	n := q.at
	n.input(func(now time.Duration) {
		a := &machine.Ask{Site: q.site}
		q.since = w.now
		a.Tag = func() {
			q.since = 0
			w.found(q, n, a)
		}
		n.m.Locate(now, a)
	})
}

func (w *world) found(q *request, n *peer, a *machine.Ask) {
	if q.done {
		w.wrong("a request for %s was answered twice", q.site)
	}
	again := func() { w.after(w.delay(), n, func() { w.forward(q) }) }
	switch {
	case a.Err != nil:
		q.done, q.failed = true, a.Err
		w.note("%s answers %s: %v", n.Name, q.site, a.Err)
	case a.Here:
		w.after(0, n, func() { w.serve(q, n, again) })
	default:
		to := w.node(a.Node.Incarnation)
		epoch, asked := a.At.Epoch, a.Node.Incarnation
		w.after(w.delay(), nil, func() {
			if to == nil || to.killed || to.paused > w.now {
				w.unreachable(q, n, asked)
				return
			}
			w.locateFor(q, n, to, epoch)
		})
	}
}

// unreachable is a request that a node could not send to another, or whose connection
// broke. It may be repeated.
func (w *world) unreachable(q *request, n *peer, asked string) {
	w.after(w.delay(), n, func() {
		w.note("%s does not reach %s for %s", n.Name, asked, q.site)
		n.input(func(now time.Duration) { n.m.Failed(now, q.site, asked) })
		w.after(w.delay(), n, func() { w.forward(q) })
	})
}

// kill ends a node at once. Its lease stays.
func (w *world) kill(n *peer) {
	w.note("%s is killed", n.Name)
	n.killed = true
	for _, breaks := range n.sentTo {
		breaks()
	}
}

// locateFor is a request that was sent on: the other node carries it out or sends
// it back, and never on.
func (w *world) locateFor(q *request, from, to *peer, epoch int64) {
	over := false
	to.sentTo = append(to.sentTo, func() {
		if !over && !q.done {
			w.unreachable(q, from, to.Incarnation)
		}
	})
	to.input(func(now time.Duration) {
		a := &machine.Ask{Site: q.site, Epoch: epoch}
		a.Tag = func() {
			back := func() {
				over = true
				at, owner := a.At, to.m.Member(a.At.Owner)
				w.after(w.delay(), from, func() {
					from.input(func(now time.Duration) {
						from.m.Meet(now, owner)
						from.m.Learn(now, journal.Placement{Head: journal.Head{Site: q.site, Epoch: at.Epoch}, Owner: at.Owner}, to.Incarnation)
					})
					w.after(w.delay(), from, func() { w.forward(q) })
				})
			}
			if a.Here {
				w.after(0, to, func() { w.serve(q, to, back) })
				return
			}
			back()
		}
		to.m.Locate(now, a)
	})
}

// serve carries a request out when the host has the site in memory and the lease
// is good, holds it until then, and turns it away when the site is not here.
func (w *world) serve(q *request, n *peer, away func()) {
	h := n.host[q.site]
	switch {
	case h == nil:
		away()
	case h.ready && n.now() < n.until:
		q.done = true
		w.note("%s answers %s", n.Name, q.site)
	default:
		w.after(50*time.Millisecond, n, func() { w.serve(q, n, away) })
	}
}

func (w *world) node(inc string) *peer {
	for _, n := range w.nodes {
		if n.Incarnation == inc {
			return n
		}
	}
	return nil
}

// check holds what must be true at every moment: whoever may answer for a site has
// the newest of it, since nobody else has had it since.
func (w *world) check() {
	for _, name := range w.sites {
		for _, n := range w.nodes {
			h := n.host[name]
			if n.killed || h == nil || !h.ready || n.now() >= n.until || !n.m.Mine(name) {
				continue
			}
			for _, x := range w.epochs[name] {
				if x.epoch > h.epoch && x.by != n.Incarnation {
					w.wrong("%s may answer for %s under epoch %d, and %s took %d", n.Name, name, h.epoch, x.by, x.epoch)
				}
			}
			for _, other := range w.nodes {
				if o := other.host[name]; other != n && !other.killed && o != nil && o.ready && other.now() < other.until && other.m.Mine(name) {
					w.wrong("%s and %s may both answer for %s", n.Name, other.Name, name)
				}
			}
		}
	}
}

// owned counts the sites of each node that is up, by name, as the store has it.
func (w *world) owned() map[string]int {
	counts := map[string]int{}
	for _, n := range w.nodes {
		if n.up() {
			counts[n.Name] = 0
		}
	}
	v, err := w.j.Pool(journal.Node{Incarnation: "looker"}, func() time.Duration { return w.now }).Renew(context.Background(), -time.Hour)
	if err != nil {
		panic(err)
	}
	for _, s := range v.Sites {
		if _, ok := counts[s.Owner]; ok {
			counts[s.Owner]++
		}
	}
	return counts
}

// spread is the difference between who has most and who has fewest.
func spread(counts map[string]int) int {
	all := slices.Sorted(maps.Values(counts))
	return all[len(all)-1] - all[0]
}

// newer is an append of the owner's with events of a newer format.
func (w *world) newer(name string, format int) {
	st, err := w.j.Load(context.Background(), name)
	if err != nil {
		panic(err)
	}
	w.j.Append(journal.Append{
		Take: func() (journal.Batch, bool) {
			return journal.Batch{Frame: journal.Frame{Site: name, First: st.Head.Position, Count: 1, Epoch: st.Head.Epoch, Format: format, Events: []byte("{}\n")}}, true
		},
		Done: func(err error) {
			if err != nil {
				panic(err)
			}
		},
	})
	w.j.Step(memory.Durable)
}
