// Package sim runs a whole pool: nodes with the cluster's and the host's own machines,
// the memory journal that they share, a network between them, and several sites with
// clients that behave well and badly, in one goroutine, from one seed and in made-up
// time. Some runs have no pool: one node that has its journal for itself. It breaks
// what can break (nodes, leases, the journal, connections, clocks) and holds the
// outcome to what the clients were promised.
//
// A run is a function of its seed: the same seed gives the same run, so a failure that
// was found once can be looked at as often as needed.
//
// The checkers (claims.go, record.go, stream.go, and those beside what they look at)
// know the promises and the names of the journal's events. They know nothing of how
// the site or the machines keep them.
package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"usher/internal/journal/memory"
	"usher/internal/site"
)

// Steps is how long a run is unless somebody says otherwise.
const Steps = 800

// Run plays steps steps from a seed, then lets all faults stop and everything
// settle. The error is the first promise that was broken, with what happened
// just before it.
func Run(seed uint64, steps int) (Report, error) {
	return newWorld(seed, tamper{}).run(steps)
}

// epoch is where made-up wall clocks begin.
const epoch = site.Time(1_700_000_000_000_000)

// world is all there is in one run.
type world struct {
	rnd    *rand.Rand
	tamper tamper
	faults faults
	agenda agenda
	now    time.Duration // since the run began
	seed   uint64
	steps  int
	calm   bool // faults have stopped
	gentle bool // nothing breaks in all the run: nodes come and go in order
	dense  int  // so many steps follow each other closely

	brinkAt time.Duration // when a lease is to run out in a busy moment

	store   store
	pooled  bool
	lease   time.Duration
	slots   []*slot
	lives   int               // starts of nodes
	placeOf map[string]int    // incarnation → slot
	owners  map[string]string // site → the incarnation that the store names
	open    []*exchange       // requests under way

	centres []*centre
	names   int // for keys and marks that must be unique
	turns   int // commands that ran

	report Report
	hash   uint64
	recent []string // what happened last
	broken error
}

func newWorld(seed uint64, t tamper) *world {
	w := &world{
		seed: seed, rnd: rand.New(rand.NewPCG(seed, 0x75736865722d7369)), tamper: t, calm: true,
		placeOf: map[string]int{}, owners: map[string]string{},
	}
	w.store = store{w: w, journal: memory.New()}
	return w
}

func (w *world) run(steps int) (Report, error) {
	w.report.Steps = steps
	w.setUp()
	w.calm = false
	for w.steps = 1; w.steps <= steps && w.broken == nil; w.steps++ {
		w.step()
	}
	if w.broken == nil {
		w.settle()
	}
	w.report.Elapsed, w.report.Hash = w.now, w.hash
	for _, c := range w.centres {
		c.claims.count(&w.report)
		w.report.Leads += c.record.leads
	}
	if w.broken != nil {
		return w.report, fmt.Errorf("seed %d, step %d, at %v: %w\nbefore that:\n  %s",
			w.seed, w.steps, w.now, w.broken, strings.Join(w.recent, "\n  "))
	}
	return w.report, nil
}

// setUp draws what kind of run it is, and makes nodes and sites, without faults.
func (w *world) setUp() {
	w.pooled = w.rnd.IntN(5) > 0
	w.gentle = w.pooled && w.rnd.IntN(6) == 0 && !w.tamper.claims
	w.lease = []time.Duration{3 * time.Second, 6 * time.Second, 15 * time.Second}[w.rnd.IntN(3)]
	w.faults = drawFaults(w.rnd)
	nodes, sites := 1, 1+w.rnd.IntN(2)
	if w.pooled {
		nodes, sites = 1+w.rnd.IntN(5), 2+w.rnd.IntN(3)
	}
	w.report.Nodes, w.report.Sites = nodes, sites
	for i := range nodes {
		w.slots = append(w.slots, &slot{number: i})
	}
	for i := range sites {
		c := newCentre(w, fmt.Sprintf("site%d", i+1))
		w.centres = append(w.centres, c)
		if _, err := w.store.journal.Create(ctx, c.name); err != nil {
			w.breaks("create the journal: %v", err)
			return
		}
	}
	up := 1 + w.rnd.IntN(nodes)
	for _, s := range w.slots[:up] {
		w.start(s)
	}
	w.pass(100 * time.Millisecond) // until they have joined
	for _, c := range w.centres {
		c.setUp(2 + w.rnd.IntN(2))
	}
}

// step is one thing that somebody does, and some time.
func (w *world) step() {
	w.centres[w.rnd.IntN(len(w.centres))].act()
	w.strikes()
	w.timePasses()
}

// timePasses moves time on: mostly a little, now and then so far that somebody
// is missed.
func (w *world) timePasses() {
	if w.dense == 0 && w.rnd.IntN(100) == 0 {
		w.dense = w.rnd.IntN(40)
	}
	if w.dense > 0 {
		w.dense--
		w.pass(time.Duration(w.rnd.Int64N(int64(400 * time.Microsecond))))
		return
	}
	d := time.Duration(0)
	switch n := w.rnd.IntN(1000); {
	case n < 880:
		d = time.Duration(w.rnd.Int64N(int64(20 * time.Millisecond)))
	case n < 980:
		d = time.Duration(w.rnd.Int64N(int64(2 * time.Second)))
	case n < 998:
		d = time.Duration(w.rnd.Int64N(int64(20 * time.Second)))
	default:
		d = time.Duration(w.rnd.Int64N(int64(400 * time.Second)))
	}
	if before := w.brinkAt - w.now; before > 0 && before <= d {
		d, w.dense = before, 150
	}
	w.pass(d)
}

func (w *world) centre(name string) *centre {
	for _, c := range w.centres {
		if c.name == name {
			return c
		}
	}
	w.breaks("there is no site %s", name)
	return w.centres[0]
}

// slotOf answers where a node was started.
func (w *world) slotOf(incarnation string) int { return w.placeOf[incarnation] }

// checkHeads checks that the journal holds what it once held.
func (w *world) checkHeads() {
	for _, c := range w.centres {
		if p := w.store.head(c.name).Position; p != c.record.position {
			w.breaks("the journal of %s ends at %d, and once ended at %d", c.name, p, c.record.position)
		}
	}
}

// name makes a text that no other is equal to.
func (w *world) name(prefix string) string {
	w.names++
	return fmt.Sprintf("%s%d", prefix, w.names)
}

// chance is true in p of all cases.
func (w *world) chance(p float64) bool { return p > 0 && w.rnd.Float64() < p }

// note remembers what happened.
func (w *world) note(format string, args ...any) {
	line := fmt.Sprintf("%v "+format, append([]any{w.now}, args...)...)
	const prime = 1099511628211 // FNV-1a
	h := w.hash ^ 14695981039346656037
	for i := range len(line) {
		h = (h ^ uint64(line[i])) * prime
	}
	w.hash = h
	const most = 100
	if len(w.recent) == most {
		copy(w.recent, w.recent[1:])
		w.recent = w.recent[:most-1]
	}
	w.recent = append(w.recent, line)
}

// breaks notes the first broken promise.
func (w *world) breaks(format string, args ...any) {
	if w.broken == nil {
		w.broken = fmt.Errorf(format, args...)
	}
}

// broke is breaks for an error that may be none.
func (w *world) broke(err error) {
	if err != nil && w.broken == nil {
		w.broken = err
	}
}
