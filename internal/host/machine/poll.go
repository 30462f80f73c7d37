package machine

import (
	"slices"
	"time"

	"usher/internal/site"
)

const (
	// loadingHold is how long a retrieval is held when the site, which knows its
	// own hold, is not in memory: the contract's default.
	loadingHold = 30 * time.Second
	// evidenceFor is how long a retrieval waits to learn whether the answer
	// before it arrived (promise 2b).
	evidenceFor = 2 * time.Second
	// evidenceAgain is the pause before asking again; it doubles each time.
	evidenceAgain = 5 * time.Millisecond
	// Retrievals that replace each other more often than maxReplaced in
	// replacedWithin are held for replacedHold first (promise 4).
	maxReplaced    = 5
	replacedWithin = time.Second
	replacedHold   = time.Second
)

// Verdict is what is known of an answer's arrival.
type Verdict int

// The verdicts.
const (
	NotYet  Verdict = iota // something of it is unsent or unacknowledged
	Arrived                // all of it reached the client's machine
	Lost                   // the connection was reset, or the answer never written
)

// Numbers are a retrieval's own numbers (agent API: sequenceNumber and
// timeCreated). Given is false when either is absent.
type Numbers struct {
	Sequence, TimeCreated int64
	Given                 bool
}

// Poll is one retrieval.
type Poll struct {
	Caller  site.Caller
	Numbers Numbers
	// Within is the longest that it may be held; 0 means the site's own hold.
	Within time.Duration

	// The outcome: a refusal, or a batch; an empty one is the time-out. ErrMoved means
	// that it is to be held where the site runs now.
	Err    error
	Client site.ClientID // whose session it is; 0 when the site was never asked
	Batch  site.Batch
	// Tag is the shell's own.
	Tag any

	deadline time.Duration
	index    int // in the heap of deadlines, from 1; 0: not there
	open     bool
}

// retrieval is the loop of one session: it has no more than one poll parked.
type retrieval struct {
	parked *Poll
	held   []*Poll // replaced, and held for a while

	answer     *Poll         // the last answer with durable messages, evidence outstanding
	asking     bool          // the parked poll waits for that evidence
	askSince   time.Duration // when it was first asked for, 0: not yet
	askAgain   time.Duration // when to ask next
	askPause   time.Duration
	last       Numbers // of the last retrieval, and whether it was given a batch
	lastHad    bool
	repeated   bool // the last batch was given twice
	standStill bool // this client's numbers say nothing
	replacedAt []time.Duration
}

// Poll takes a retrieval. It is held while there is nothing, or no site to ask.
func (m *Machine) Poll(now time.Duration, p *Poll) {
	if p.deadline == 0 {
		p.deadline = now + loadingHold
		if p.Within > 0 {
			p.deadline = now + min(loadingHold, p.Within)
		}
	}
	switch m.state {
	case Live:
		m.open(now, p)
	case Stopping, Stopped:
		m.turnAway(p)
	default:
		m.arrive(p)
	}
}

// arrive holds a retrieval until the site is there.
func (m *Machine) arrive(p *Poll) {
	p.Err = nil
	m.arrived = append(m.arrived, p)
	m.deadlines.add(p)
}

// open parks a retrieval at its session, and answers it if there is something.
func (m *Machine) open(now time.Duration, p *Poll) {
	var hold time.Duration
	if !m.guard(now, func() {
		m.site.Tick(m.siteTime(now))
		p.Client, hold, p.Err = m.site.OpenPoll(p.Caller)
	}) {
		m.arrive(p)
		return
	}
	if p.Err != nil {
		m.deadlines.add(p)
		m.waitFor(now, waiting{need: m.site.Firm(), poll: p})
		m.settle(now)
		return
	}
	p.deadline = min(p.deadline, now+hold)
	p.open = true
	r := m.retrievals[p.Caller.Key]
	if r == nil {
		r = &retrieval{}
		m.retrievals[p.Caller.Key] = r
	}
	m.replace(now, r)
	r.parked = p
	m.deadlines.add(p)
	m.weigh(now, r, p)
	m.collect(now, p.Caller.Key)
	m.settle(now)
}

// replace ends the retrieval that a newer one takes the place of.
func (m *Machine) replace(now time.Duration, r *retrieval) {
	old := r.parked
	if old == nil {
		return
	}
	r.parked = nil
	r.replacedAt = append(r.replacedAt, now)
	for now-r.replacedAt[0] > replacedWithin {
		r.replacedAt = r.replacedAt[1:]
	}
	if len(r.replacedAt) <= maxReplaced {
		m.finish(old)
		return
	}
	r.replacedAt = r.replacedAt[len(r.replacedAt)-maxReplaced-1:]
	m.deadlines.remove(old)
	old.deadline = min(old.deadline, now+replacedHold)
	m.deadlines.add(old)
	r.held = append(r.held, old)
}

// weigh decides what a new retrieval says about the answer before it.
func (m *Machine) weigh(now time.Duration, r *retrieval, p *Poll) {
	repeat := r.lastHad && !r.standStill && p.Numbers.Given && p.Numbers == r.last
	again := r.repeated
	r.last, r.lastHad, r.repeated = p.Numbers, false, false
	switch {
	case r.answer == nil:
	case m.site.Exact(p.Caller.Key):
		r.answer, r.asking = nil, false // its position came with the request, or nothing is known
	case repeat && !again:
		r.repeated = true
		m.lost(p.Caller.Key, r)
	default:
		r.standStill = r.standStill || repeat
		r.asking, r.askPause = true, evidenceAgain
		if r.askSince == 0 {
			r.askSince = now
		}
		m.out.Ask = append(m.out.Ask, r.answer)
	}
}

// Evidence tells what is known of the arrival of an answered retrieval.
func (m *Machine) Evidence(now time.Duration, p *Poll, v Verdict) {
	r := m.retrievals[p.Caller.Key]
	if m.state != Live || r == nil || r.answer != p || !r.asking {
		return
	}
	switch {
	case v == Arrived:
		m.site.Tick(m.siteTime(now))
		m.site.Inferred(p.Caller.Key, p.Batch.Last)
		r.answer, r.asking = nil, false
	case v == Lost || now-r.askSince >= evidenceFor:
		m.lost(p.Caller.Key, r)
	default:
		r.askAgain = min(now+r.askPause, r.askSince+evidenceFor)
		r.askPause = min(2*r.askPause, evidenceFor/8)
		m.asking = append(m.asking, p.Caller.Key)
		return
	}
	m.collect(now, p.Caller.Key)
	m.settle(now)
}

// lost lets the next answer hand out again what the last one did.
func (m *Machine) lost(k site.SessionKey, r *retrieval) {
	r.answer, r.asking = nil, false
	m.site.Unheard(k)
}

// askAgain asks for evidence that was not there before.
func (m *Machine) askAgain(now time.Duration) {
	m.asking = slices.DeleteFunc(m.asking, func(k site.SessionKey) bool {
		r := m.retrievals[k]
		if r == nil || !r.asking {
			return true
		}
		if now < r.askAgain {
			return false
		}
		m.out.Ask = append(m.out.Ask, r.answer)
		return true
	})
}

// collect answers a session's parked retrieval if there is something for it.
func (m *Machine) collect(now time.Duration, k site.SessionKey) {
	r := m.retrievals[k]
	if r == nil || r.parked == nil || r.asking || m.state != Live || !m.mayAnswer(now) {
		return
	}
	b := m.site.Collect(k, m.durable)
	if b.Empty() {
		return
	}
	p := r.parked
	p.Batch, r.parked = b, nil
	if b.Last > 0 {
		r.answer, r.askSince, r.lastHad = p, 0, true
	}
	m.finish(p)
}

// finish answers a retrieval with what it has.
func (m *Machine) finish(p *Poll) {
	m.close(p)
	m.out.Polls = append(m.out.Polls, p)
}

func (m *Machine) close(p *Poll) {
	m.deadlines.remove(p)
	if p.open && m.site != nil {
		m.site.ClosePoll(p.Caller.Key)
	}
	p.open = false
}

// PollGone tells that the caller of a retrieval has gone away. It is not
// answered any more.
func (m *Machine) PollGone(now time.Duration, p *Poll) {
	// The site's time first: the retrieval was a sign of life until now.
	live := m.state == Live && m.guard(now, func() { m.site.Tick(m.siteTime(now)) })
	m.close(p)
	m.forget(p)
	if live {
		m.settle(now)
	}
}

// forget takes a retrieval out of wherever it is held.
func (m *Machine) forget(p *Poll) {
	m.arrived = without(m.arrived, p)
	if p.Err != nil { // a refusal whose reasons are not durable yet
		p.Err = nil
		m.waiting = slices.DeleteFunc(m.waiting, func(w waiting) bool { return w.poll == p })
	}
	if r := m.retrievals[p.Caller.Key]; r != nil {
		if r.parked == p {
			r.parked, r.asking = nil, false
		}
		r.held = without(r.held, p)
	}
}

func without(ps []*Poll, p *Poll) []*Poll {
	return slices.DeleteFunc(ps, func(q *Poll) bool { return q == p })
}

// expire answers the retrievals whose time is over with the time-out.
func (m *Machine) expire(now time.Duration) {
	for p := m.deadlines.first(); p != nil && p.deadline <= now; p = m.deadlines.first() {
		m.forget(p)
		m.finish(p)
	}
}

// sessionEnded answers what a session that is over still has open.
func (m *Machine) sessionEnded(k site.SessionKey) {
	r := m.retrievals[k]
	if r == nil {
		return
	}
	delete(m.retrievals, k)
	if r.parked != nil {
		m.finish(r.parked)
	}
	for _, p := range r.held {
		m.finish(p)
	}
}

// shelve keeps the retrievals of a site whose memory is dropped, for the next.
// What was learnt of each loop is kept too: only whether answers arrived is
// forgotten, so they may come twice.
func (m *Machine) shelve() {
	for _, p := range slices.Clone(m.deadlines.polls) {
		if !p.open {
			continue
		}
		p.open = false
		if r := m.retrievals[p.Caller.Key]; r.parked == p {
			r.parked = nil
			m.deadlines.remove(p)
			m.arrive(p)
		}
	}
	for _, r := range m.retrievals {
		r.answer, r.asking = nil, false
	}
}

// endPolls answers every retrieval: with the time-out, or where to go.
func (m *Machine) endPolls() {
	for p := m.deadlines.first(); p != nil; p = m.deadlines.first() {
		m.forget(p)
		m.turnAway(p)
	}
}

// turnAway answers a retrieval that this machine does not hold any more.
func (m *Machine) turnAway(p *Poll) {
	if m.gone == ErrMoved {
		p.Err = ErrMoved
	}
	m.finish(p)
}
