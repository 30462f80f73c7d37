// Package sim runs one site, with the host's own machine, the memory journal,
// and clients that behave well and badly, in one goroutine, from one seed and in
// made-up time. It breaks what can break (appends, the process, connections, the
// wall clock) and holds the outcome to what the clients were promised.
//
// A run is a function of its seed: the same seed gives the same run, so a
// failure that was found once can be looked at as often as needed.
//
// The checkers (claims.go, record.go, stream.go) know the promises and the names
// of the journal's events. They know nothing of how the site or the machine
// keep them.
package sim

import (
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"time"

	"usher/internal/host/machine"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

// Report counts what a run came through.
type Report struct {
	Seed    uint64
	Steps   int
	Elapsed time.Duration // made-up time

	Posts, Uncertain, Refused  int // posts by how they ended; a post sent twice counts once
	Delivered, Repeated        int // messages that clients got for the first time, and again
	Engagements, Leads         int // visits, and how often an agent took one over
	Appends, Failed, Unknown   int // by outcome
	Loads, Crashes, Stops      int
	Panics, Dropped, WallJumps int // commands that panic, connections that break, jumps of the clock

	// Hash is made of all that happened: equal runs have equal hashes.
	Hash uint64
}

// Run plays steps steps from a seed, then lets all faults stop and everything
// settle. The error is the first promise that was broken, with what happened
// just before it.
func Run(seed uint64, steps int) (Report, error) {
	return newWorld(seed, tamper{}).run(steps)
}

// tamper is where a test plants a bug, to see whether the checkers find it. Each
// is nil in a run without one.
type tamper struct {
	answer  func(c *command) bool                                 // answer at once, before anything is durable
	verdict func(machine.Verdict) machine.Verdict                 // another word on what arrived
	outcome func(memory.Outcome, machine.Outcome) machine.Outcome // another word on what was written
	batch   func(*rand.Rand, []site.Delivery) []site.Delivery     // another answer to a retrieval
	post    func(*rand.Rand, site.NewPost) site.NewPost           // another post than the client sent
	refuse  func(*rand.Rand) bool                                 // do it, and say that it was refused
}

// The site's fixed cast.
const (
	siteName = "demo"
	visitors = 4
)

// epoch is where made-up wall clocks begin.
const epoch = site.Time(1_700_000_000_000_000)

// world is all there is in one run.
type world struct {
	rnd     *rand.Rand
	tamper  tamper
	faults  faults
	now     time.Duration // since the run began
	wallOff time.Duration // how wrong the wall clock is
	steps   int
	calm    bool // faults have stopped

	busy bool     // the machine's wishes are being carried out
	news []func() // for clients

	journal *memory.Journal
	process *process
	network network

	agents   []*agent
	visitors []*visitor

	claims *claims
	record *record
	names  int // for keys and marks that must be unique
	turns  int // commands that ran

	report Report
	hash   uint64
	recent []string // what happened last
	broken error
}

func newWorld(seed uint64, t tamper) *world {
	w := &world{
		rnd: rand.New(rand.NewPCG(seed, 0x75736865722d7369)), tamper: t, journal: memory.New(),
		claims: newClaims(), record: newRecord(), calm: true,
	}
	w.report.Seed = seed
	return w
}

func (w *world) run(steps int) (Report, error) {
	w.report.Steps = steps
	w.setUp()
	w.faults = drawFaults(w.rnd)
	w.calm = false
	for w.steps = 1; w.steps <= steps && w.broken == nil; w.steps++ {
		w.step()
	}
	if w.broken == nil {
		w.settle()
	}
	w.report.Elapsed, w.report.Hash = w.now, w.hash
	w.claims.count(&w.report)
	if w.broken != nil {
		return w.report, fmt.Errorf("seed %d, step %d, at %v: %w\nbefore that:\n  %s",
			w.report.Seed, w.steps, w.now, w.broken, strings.Join(w.recent, "\n  "))
	}
	return w.report, nil
}

// setUp makes the site and its accounts, without faults.
func (w *world) setUp() {
	if _, err := w.journal.Create(ctx, siteName); err != nil {
		w.breaks("create the journal: %v", err)
		return
	}
	w.start()
	w.mustDo(func(s *site.Site) error { return s.Create(siteName) })
	w.mustDo(func(s *site.Site) error {
		set := s.CurrentSettings()
		set.Spam = false // what is said is of no account here
		_, err := s.Admin("test").ChangeSettings(set)
		return err
	})
	w.mustDo(func(s *site.Site) error {
		_, err := s.Admin("test").DefineQueue(site.QueueDefinition{ID: 1, Name: "Support", Default: true})
		return err
	})
	for i, a := range cast {
		a.ID = site.AccountID(i + 1)
		a.AllQueues = true
		w.mustDo(func(s *site.Site) error { _, err := s.Admin("test").DefineAccount(a); return err })
		w.agents = append(w.agents, newAgent(w, a.ID, a.Login))
	}
	for i := range visitors {
		w.visitors = append(w.visitors, newVisitor(w, fmt.Sprintf("visitor%d", i+1)))
	}
}

// cast is who may log on.
var cast = []site.Account{
	{Login: "ada", Name: "Ada", Greeting: "Hello"},
	{Login: "bob", Name: "Bob", Serving: site.Serving{Pull: true}},
	{Login: "echo", Name: "Echo", Serving: site.Serving{Pull: true}, VirtualAgent: true},
}

func (w *world) mustDo(run func(*site.Site) error) {
	done := false
	w.request(&command{what: "set up", run: run, back: func(err error) {
		done = true
		if err != nil {
			w.breaks("set up: %v", err)
		}
	}})
	for i := 0; !done && i < 10; i++ {
		w.process.finishAll()
	}
}

// step is one thing that happens.
func (w *world) step() {
	switch n := w.rnd.IntN(100); {
	case n < 52:
		w.clientActs()
	case n < 70:
		w.network.delivers(w)
	case n < 88:
		w.process.works()
	default:
		w.timePasses()
	}
	w.strikes()
	w.restartIfStopped()
}

func (w *world) clientActs() {
	if i := w.rnd.IntN(len(w.agents) + len(w.visitors)); i < len(w.agents) {
		w.agents[i].act()
	} else {
		w.visitors[i-len(w.agents)].act()
	}
}

// timePasses moves time on: mostly a little, now and then so far that somebody
// is missed. The longest stretches begin with no I/O under way: a load of more
// than the ten minutes for which message ids are remembered is not survived by
// any client's patience.
func (w *world) timePasses() {
	switch n := w.rnd.IntN(1000); {
	case n < 700:
		w.pass(time.Duration(w.rnd.Int64N(int64(30 * time.Millisecond))))
	case n < 950:
		w.pass(time.Duration(w.rnd.Int64N(int64(3 * time.Second))))
	case n < 994 || !w.process.idle():
		w.pass(time.Duration(w.rnd.Int64N(int64(45 * time.Second))))
	default:
		w.pass(time.Duration(w.rnd.Int64N(int64(700 * time.Second))))
	}
}

// pass lets time pass, and wakes the machine exactly when it wants to be.
func (w *world) pass(d time.Duration) {
	end := w.now + d
	for idle := 0; w.broken == nil; {
		at, ok := w.process.wakeAt()
		if !ok || at > end {
			break
		}
		if at > w.now {
			idle = 0
		} else if idle++; idle > 5 {
			w.breaks("the machine wants to be woken again and again at %v", at)
		}
		w.now = max(w.now, at)
		w.process.tick()
	}
	w.now = end
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
	line := fmt.Sprintf("%v %s", w.now, fmt.Sprintf(format, args...))
	h := fnv.New64a()
	fmt.Fprintf(h, "%x %s", w.hash, line)
	w.hash = h.Sum64()
	const most = 60
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

// errNoAnswer is what a client knows whose connection broke.
var errNoAnswer = errors.New("the connection broke")
