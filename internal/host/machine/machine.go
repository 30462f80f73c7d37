// Package machine holds the decisions of the host for one site: when a command
// runs, what an append's outcome means for the answers that wait on it, and what
// each retrieval gets. It is pure: inputs are method calls that carry the time,
// outputs are Effects that the shell around it (package host) or the simulator
// carries out. It has no clock, no goroutine and no I/O.
//
// # States
//
//	Loading  memory is being built; commands queue, retrievals are held
//	Live     commands run, their answers wait for the journal
//	Blocked  the journal refuses: commands are refused before they run,
//	         retrievals are held, a probe is appended every second
//	Shut     what is stored cannot be read: refused, with an alarm
//	Stopping everything decided is being written; nothing new runs
//	Stopped  nothing is left to write, or the site is another node's
//
// In a pool the machine knows until when its node's lease runs. After that it goes
// on deciding, and answers nobody: the site may be another's.
//
// # Invariants
//
//   - At most one append is under way.
//   - No answer goes out before every event it was decided on is durable, and
//     answers go out in the order in which they were decided.
//   - No message is handed out before its event is durable.
//   - Nothing that was asked of the site is answered while the lease has run out.
//   - After an append that failed, nothing decided in its frame or later is
//     answered but with an error.
package machine

import (
	"errors"
	"fmt"
	"time"

	"usher/internal/site"
)

// State is where the machine stands.
type State int

// The states; see the package comment.
const (
	Loading State = iota
	Live
	Blocked
	Shut
	Stopping
	Stopped
)

func (s State) String() string {
	return [...]string{"loading", "live", "blocked", "shut", "stopping", "stopped"}[s]
}

// What a command that cannot be carried out is answered.
var (
	// ErrUncertain: the command ran, but its events may not be durable. Whoever
	// sends it again with the same message id is told its true outcome.
	ErrUncertain = errors.New("the outcome of the request is not known: send it again")
	// ErrReadOnly: the journal takes nothing; the command did not run.
	ErrReadOnly = errors.New("the site takes no changes at the moment, since its journal cannot be written: try again later")
	// ErrShut: the site's stored data cannot be read.
	ErrShut = errors.New("the site is shut because its stored data cannot be read: an operator must look at it")
	// ErrStopping: the server is stopping.
	ErrStopping = errors.New("the server is stopping: try again later")
	// ErrMoved: another node runs the site. The command did not run here, and has
	// to be asked there.
	ErrMoved = errors.New("another node runs the site: ask there")
	// ErrPanic: the command failed in a way that it must not; the site is rebuilt.
	ErrPanic = errors.New("an internal error: the request was not carried out")
)

const (
	// probeEvery is how often a journal that refuses is tried again.
	probeEvery = time.Second
	// lazyFor is how long acknowledgements may wait for a frame (promise 5).
	lazyFor = time.Second
	// checkpointEvents is after how many events the touched entities are written:
	// what a load replays at most, a fraction of a second.
	checkpointEvents = 4096
	// checkpointEvery writes them also on a quiet site, so that a journal shared
	// with busy ones need not be read far back.
	checkpointEvery = 10 * time.Minute
)

// Call is one command. Run is called at most once, with the site at its present
// time; what it puts aside for its caller may be read when the Call comes back
// in Effects.Answered with Err nil.
type Call struct {
	Run func(*site.Site) error
	// Err is the outcome: the error of Run, or why it did not run or its outcome
	// is not known.
	Err error
	// Tag is the shell's own.
	Tag any
}

// Outcome is how an append ended.
type Outcome int

// The outcomes of an append.
const (
	Durable Outcome = iota
	Fenced          // another epoch owns the site
	Unknown         // it may or may not have happened
	Refused         // it did not happen, and will not soon
)

// Batch is what one append writes.
type Batch struct {
	site.Frame
	Epoch      int64
	Checkpoint bool
	Parts      []site.Part
}

// LoadOrder asks for the site to be read from the journal.
type LoadOrder struct {
	// Raise: take a new epoch first, so that an append whose outcome is unknown
	// has either happened or never will.
	Raise bool
	From  int64 // the epoch known so far
}

// Effects is what the machine wants done, in no order but that of each list.
type Effects struct {
	Answered []*Call    // outcomes for their callers
	Polls    []*Poll    // retrievals to answer
	Ask      []*Poll    // answered retrievals whose evidence of receipt is wanted
	Append   bool       // ask the journal for a turn, then call Take
	Load     *LoadOrder // read the site, then call Loaded or LoadFailed
	Alarm    error      // for the operator
}

// Machine is the host's mind for one site. It is not safe for concurrent use.
// now is always the time since the host started.
type Machine struct {
	state    State
	site     *site.Site // nil unless it is in memory
	location site.Location
	epoch    int64
	base     site.Time     // site time at baseAt
	baseAt   time.Duration // the site's time is base plus what has passed since
	durable  int64         // all events before this position are durable
	out      Effects

	appending  bool          // an append was asked for or is under way
	taken      bool          // its batch was taken
	failing    bool          // the last append's outcome was not known, or it was fenced
	leased     bool          // answers need a lease
	until      time.Duration // when it runs out
	gone       error         // of a machine that stops or has stopped: what new commands are told
	takenEnd   int64
	reload     *LoadOrder // to be asked for when the append under way is done
	cause      Cause      // of the newest load
	probe      *Batch     // while Blocked: the batch tried every second
	retryAt    time.Duration
	lazyAt     time.Duration // when acknowledgements must be written, 0: none wait
	checkpoint time.Duration // when the last checkpoint was taken

	queued  []*Call   // not run yet
	waiting []waiting // run, and waiting for durability
	growing []site.Growth

	arrived    []*Poll // came while there was no site to ask
	retrievals map[site.SessionKey]*retrieval
	asking     []site.SessionKey // loops that wait to ask for evidence again
	deadlines  deadlines
}

// waiting is an answer that is held back until all events before need are durable.
type waiting struct {
	need int64
	call *Call
	poll *Poll
}

// New answers a machine that begins by loading its site under the given epoch. A
// site that was reached elsewhere than at l tells its sessions.
func New(epoch int64, l site.Location) *Machine {
	m := &Machine{state: Loading, epoch: epoch, location: l, retrievals: map[site.SessionKey]*retrieval{}}
	m.out.Load = &LoadOrder{From: epoch}
	return m
}

// State answers where the machine stands.
func (m *Machine) State() State { return m.state }

// Epoch answers the epoch under which the machine writes.
func (m *Machine) Epoch() int64 { return m.epoch }

// Durable answers the position up to which everything is durable.
func (m *Machine) Durable() int64 { return m.durable }

// Effects hands over what is to be done since the last call.
func (m *Machine) Effects() Effects {
	e := m.out
	m.out = Effects{}
	return e
}

// Do takes a command.
func (m *Machine) Do(now time.Duration, c *Call) {
	switch m.state {
	case Loading:
		m.queued = append(m.queued, c)
	case Live:
		m.run(now, c)
	case Blocked:
		m.answer(c, ErrReadOnly)
	case Shut:
		m.answer(c, ErrShut)
	case Stopping, Stopped:
		m.answer(c, m.gone)
	}
}

func (m *Machine) answer(c *Call, err error) {
	c.Err = err
	m.out.Answered = append(m.out.Answered, c)
}

// run carries a command out and lets its answer wait for what it was decided on.
func (m *Machine) run(now time.Duration, c *Call) {
	ok := m.guard(now, func() {
		m.site.Tick(m.siteTime(now))
		c.Err = c.Run(m.site)
	})
	if !ok {
		m.answer(c, ErrPanic)
		return
	}
	m.waitFor(now, waiting{need: m.site.Firm(), call: c})
	m.settle(now)
}

// guard runs f, which may touch the site. A panic in it drops the site's memory:
// what it decided halfway must not be believed.
func (m *Machine) guard(now time.Duration, f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			m.out.Alarm = fmt.Errorf("panic in a command: %v", p)
			m.cause = AfterPanic
			m.drop(LoadOrder{Raise: true, From: m.epoch})
			ok = false
		}
	}()
	f()
	return true
}

func (m *Machine) waitFor(now time.Duration, w waiting) {
	if w.need > m.durable || !m.mayAnswer(now) {
		m.waiting = append(m.waiting, w)
		return
	}
	m.release(w)
}

func (m *Machine) release(w waiting) {
	if w.call != nil {
		m.out.Answered = append(m.out.Answered, w.call)
	} else {
		m.finish(w.poll)
	}
}

// settle draws the consequences of whatever the site just decided: retrievals
// that have something now, sessions that ended, and whether to write.
func (m *Machine) settle(now time.Duration) {
	for _, k := range m.site.TakeEnded() {
		m.sessionEnded(k)
	}
	for _, g := range m.site.TakeGrowth() {
		if g.Position <= m.durable {
			m.collect(now, g.Key)
		} else {
			m.growing = append(m.growing, g)
		}
	}
	written := m.durable
	if m.taken {
		written = m.takenEnd
	}
	switch {
	case m.site.Firm() > written:
		m.ask()
	case m.site.Pending() && m.lazyAt == 0:
		m.lazyAt = now + lazyFor
	}
}

func (m *Machine) ask() {
	if !m.appending {
		m.appending = true
		m.out.Append = true
	}
}

func (m *Machine) siteTime(now time.Duration) site.Time { return m.base.Add(now - m.baseAt) }
