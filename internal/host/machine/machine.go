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
//	Stopped  nothing is left to write
//
// # Invariants
//
//   - At most one append is under way.
//   - No answer goes out before every event it was decided on is durable, and
//     answers go out in the order in which they were decided.
//   - No message is handed out before its event is durable.
//   - After an append that failed, nothing decided in its frame or later is
//     answered but with an error.
package machine

import (
	"errors"
	"fmt"
	"slices"
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
	state   State
	site    *site.Site // nil unless it is in memory
	epoch   int64
	base    site.Time     // site time at baseAt
	baseAt  time.Duration // the site's time is base plus what has passed since
	durable int64         // all events before this position are durable
	out     Effects

	appending  bool // an append was asked for or is under way
	taken      bool // its batch was taken
	failing    bool // the last append's outcome was not known, or it was fenced
	takenEnd   int64
	reload     *LoadOrder // to be asked for when the append under way is done
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

// New answers a machine that begins by loading its site under the given epoch.
func New(epoch int64) *Machine {
	m := &Machine{state: Loading, epoch: epoch, retrievals: map[site.SessionKey]*retrieval{}}
	m.out.Load = &LoadOrder{From: epoch}
	return m
}

// State answers where the machine stands.
func (m *Machine) State() State { return m.state }

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
		m.answer(c, ErrStopping)
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
	m.waitFor(waiting{need: m.site.Firm(), call: c})
	m.settle(now)
}

// guard runs f, which may touch the site. A panic in it drops the site's memory:
// what it decided halfway must not be believed.
func (m *Machine) guard(now time.Duration, f func()) (ok bool) {
	defer func() {
		if p := recover(); p != nil {
			m.out.Alarm = fmt.Errorf("panic in a command: %v", p)
			m.drop(LoadOrder{Raise: true, From: m.epoch})
			ok = false
		}
	}()
	f()
	return true
}

func (m *Machine) waitFor(w waiting) {
	if w.need > m.durable {
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
			m.collect(g.Key)
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

// Take is called when the journal is free to write for the site. It answers
// false when there is nothing to write; otherwise Appended must follow.
func (m *Machine) Take(now time.Duration) (Batch, bool) {
	if m.site == nil || m.state == Shut || m.state == Stopped {
		m.appending = false
		m.afterAppend()
		return Batch{}, false
	}
	if m.probe != nil {
		m.taken = true
		return *m.probe, true
	}
	due := m.site.SinceParts() >= checkpointEvents ||
		m.site.SinceParts() > 0 && (m.state == Stopping || now >= m.checkpoint+checkpointEvery)
	if !m.site.Pending() && !due {
		m.appending = false
		return Batch{}, false
	}
	b := Batch{Frame: m.site.TakeFrame(), Epoch: m.epoch, Checkpoint: due}
	if due {
		b.Parts = m.site.TakeParts()
		m.checkpoint = now
	}
	m.lazyAt = 0
	m.taken, m.takenEnd = true, m.site.Position()
	if m.state == Blocked {
		m.probe = &b
	}
	return b, true
}

// Appended tells how the append that was taken ended.
func (m *Machine) Appended(now time.Duration, o Outcome) {
	m.appending, m.taken = false, false
	switch {
	case m.state == Stopped: // it stopped without waiting for this
		return
	case m.reload != nil: // the site was dropped meanwhile
		m.afterAppend()
		return
	}
	switch o {
	case Durable:
		m.written(now)
	case Refused:
		if m.probe != nil {
			m.retryAt = now + probeEvery
			return
		}
		again := m.state == Blocked // refused without being taken: the journal is closing
		if !again {
			m.out.Alarm = errors.New("the journal refuses to write: the site takes no changes until it does")
		}
		m.drop(LoadOrder{From: m.epoch})
		if again {
			m.reload, m.out.Load = m.out.Load, nil
		}
		if m.state != Stopped {
			m.blocked(now)
		}
	case Unknown, Fenced:
		m.drop(LoadOrder{Raise: true, From: m.epoch})
		if m.failing && m.state != Stopped { // the second in a row: do not spin
			m.reload, m.out.Load = m.out.Load, nil
			m.blocked(now)
		}
		m.failing = true
	}
}

func (m *Machine) afterAppend() {
	if m.reload != nil && !m.appending {
		m.out.Load, m.reload = m.reload, nil
	}
}

// written releases what waited for the frame that is durable now.
func (m *Machine) written(now time.Duration) {
	m.durable, m.failing = m.takenEnd, false
	if m.state == Blocked {
		m.state, m.probe = Live, nil
		m.site.Resumed(m.siteTime(now)) // nobody could show signs of life meanwhile
	}
	n := 0
	for n < len(m.waiting) && m.waiting[n].need <= m.durable {
		m.release(m.waiting[n])
		n++
	}
	m.waiting = slices.Delete(m.waiting, 0, n)
	n = 0
	for n < len(m.growing) && m.growing[n].Position <= m.durable {
		m.collect(m.growing[n].Key)
		n++
	}
	m.growing = slices.Delete(m.growing, 0, n)
	switch m.state {
	case Stopping:
		m.drained()
	case Live:
		m.admit(now)
		if m.state == Live {
			m.settle(now)
		}
	}
}

// drop forgets the site's memory: everything decided and not known to be durable
// is answered with ErrUncertain, retrievals stay, and the site is loaded again.
func (m *Machine) drop(order LoadOrder) {
	for _, w := range m.waiting {
		if w.call != nil {
			m.answer(w.call, ErrUncertain)
		} else {
			m.arrive(w.poll)
		}
	}
	m.waiting, m.growing, m.site, m.probe, m.lazyAt = nil, nil, nil, nil, 0
	m.shelve()
	m.reload = &order
	if m.state == Stopping {
		m.reload = nil
		m.state = Stopped
		return
	}
	if m.state != Blocked {
		m.state = Loading
	}
	m.afterAppend()
}

// blocked refuses what has not run.
func (m *Machine) blocked(now time.Duration) {
	m.state = Blocked
	m.retryAt = now + probeEvery
	for _, c := range m.queued {
		m.answer(c, ErrReadOnly)
	}
	m.queued = nil
}

// Loaded gives the machine its site, read from the journal under an epoch. wall
// is the wall clock's time now. It is the only use of that clock: from here on
// the site's time is this, or its last event's if that is later, plus what passes.
func (m *Machine) Loaded(now time.Duration, wall site.Time, s *site.Site, epoch int64) {
	if m.state != Loading && m.state != Blocked {
		return
	}
	m.site, m.epoch, m.durable = s, epoch, s.Position()
	m.base, m.baseAt = max(s.LastAt(), wall), now
	m.checkpoint = now
	if s.Created() {
		s.Resumed(m.base)
	}
	if m.state == Blocked && s.Created() {
		m.ask() // the probe
		return
	}
	m.state = Live
	m.admit(now)
	if m.state == Live {
		m.settle(now)
	}
}

// admit runs what came while there was no site.
func (m *Machine) admit(now time.Duration) {
	queued, arrived := m.queued, m.arrived
	m.queued, m.arrived = nil, nil
	for i, c := range queued {
		if m.state != Live { // a panic in one of them
			m.queued = append(m.queued, queued[i:]...)
			break
		}
		m.run(now, c)
	}
	for _, p := range arrived {
		m.deadlines.remove(p)
		m.Poll(now, p)
	}
}

// LoadFailed tells that the site could not be read. fatal: trying again will not
// help, so the site is shut.
func (m *Machine) LoadFailed(now time.Duration, fatal bool, err error) {
	if m.state == Stopping || m.state == Stopped {
		m.state = Stopped
		return
	}
	m.out.Alarm = fmt.Errorf("load the site: %w", err)
	if !fatal {
		m.reload = &LoadOrder{Raise: true, From: m.epoch}
		m.blocked(now)
		return
	}
	m.state = Shut
	for _, c := range m.queued {
		m.answer(c, ErrShut)
	}
	m.queued = nil
}

// Tick does what is due by itself.
func (m *Machine) Tick(now time.Duration) {
	// The site's time first: the end of a retrieval is a sign of life of its own.
	if m.state == Live && !m.guard(now, func() { m.site.Tick(m.siteTime(now)) }) {
		return
	}
	m.expire(now)
	m.askAgain(now)
	switch {
	case m.state == Live:
		m.settle(now)
		if at, ok := m.writeAt(); ok && now >= at {
			m.ask()
		}
	case m.state == Blocked && now >= m.retryAt && !m.appending:
		m.retryAt = now + probeEvery
		if m.reload != nil {
			m.afterAppend()
		} else if m.site != nil {
			m.ask()
		}
	}
}

// writeAt answers when a frame is due although no answer waits for one: for
// acknowledgements, or for a checkpoint. Not while an append is under way: it
// may take them along.
func (m *Machine) writeAt() (at time.Duration, ok bool) {
	if m.appending {
		return 0, false
	}
	if m.site.SinceParts() > 0 {
		at, ok = m.checkpoint+checkpointEvery, true
	}
	if m.lazyAt != 0 && (!ok || m.lazyAt < at) {
		at, ok = m.lazyAt, true
	}
	return at, ok
}

// Wake answers when Tick is to be called next, and false for never.
func (m *Machine) Wake() (time.Duration, bool) {
	var at time.Duration
	found := false
	earlier := func(t time.Duration) {
		if !found || t < at {
			at, found = t, true
		}
	}
	if p := m.deadlines.first(); p != nil {
		earlier(p.deadline)
	}
	for _, k := range m.asking {
		if r := m.retrievals[k]; r != nil && r.asking {
			earlier(r.askAgain)
		}
	}
	switch m.state {
	case Live:
		if next := m.site.Next(); next != 0 {
			earlier(m.baseAt + next.Sub(m.base))
		}
		if at, ok := m.writeAt(); ok {
			earlier(at)
		}
	case Blocked:
		if !m.appending {
			earlier(m.retryAt)
		}
	}
	return at, found
}

func (m *Machine) siteTime(now time.Duration) site.Time { return m.base.Add(now - m.baseAt) }

// Stop answers all retrievals with the time-out, takes no new work, and writes
// what was decided and a last checkpoint. The machine is done when its state is
// Stopped.
func (m *Machine) Stop(now time.Duration) {
	if m.state == Stopping || m.state == Stopped {
		return
	}
	m.endPolls()
	for _, c := range m.queued {
		m.answer(c, ErrStopping)
	}
	m.queued = nil
	if m.state != Live {
		m.state = Stopped
		m.site, m.reload = nil, nil
		return
	}
	m.state = Stopping
	m.drained()
}

// drained asks for one more append while anything is left to write.
func (m *Machine) drained() {
	switch {
	case m.appending:
	case m.site.Pending() || m.site.SinceParts() > 0:
		m.ask()
	default:
		m.state = Stopped
	}
}
