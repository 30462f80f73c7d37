package machine_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"usher/api"
	"usher/internal/host/machine"
	"usher/internal/site"
)

// rig drives a machine by hand: it is the clock, the journal and the network.
// Nothing happens but what a test says, except that evidence is given at once.
type rig struct {
	t       *testing.T
	m       *machine.Machine
	now     time.Duration
	wall    site.Time
	verdict machine.Verdict // what every question for evidence is answered

	epoch   int64
	stored  []machine.Batch // what is durable, in order
	taken   *machine.Batch
	append  bool // asked for, and not taken
	load    *machine.LoadOrder
	answers []string // "name: outcome", in the order in which they came
	polls   []string // the same of retrievals
	asks    int      // questions for evidence
	alarms  []error
}

// start answers a rig whose machine has not been given its site yet.
func start(t *testing.T) *rig {
	r := &rig{t: t, m: machine.New(1, site.Location{}), epoch: 1, wall: 1_700_000_000_000_000, verdict: machine.Arrived}
	r.drain()
	return r
}

// drain takes note of what the machine wants, and gives evidence.
func (r *rig) drain() {
	r.t.Helper()
	for {
		e := r.m.Effects()
		for _, c := range e.Answered {
			r.answers = append(r.answers, c.Tag.(string)+": "+outcome(c.Err))
		}
		for _, p := range e.Polls {
			r.polls = append(r.polls, p.Tag.(string)+": "+handed(p))
		}
		if e.Alarm != nil {
			r.alarms = append(r.alarms, e.Alarm)
		}
		if e.Append {
			if r.append || r.taken != nil {
				r.t.Fatal("a second append was asked for")
			}
			r.append = true
		}
		if e.Load != nil {
			if r.load != nil || r.taken != nil {
				r.t.Fatal("a load was asked for while another, or an append, is under way")
			}
			r.load = e.Load
		}
		if len(e.Ask) == 0 {
			return
		}
		for _, p := range e.Ask {
			if p == nil {
				r.t.Fatal("evidence of no retrieval is wanted")
			}
			r.asks++
			r.m.Evidence(r.now, p, r.verdict)
		}
	}
}

func outcome(err error) string {
	names := map[error]string{
		nil: "ok", machine.ErrUncertain: "uncertain", machine.ErrReadOnly: "read-only",
		machine.ErrShut: "shut", machine.ErrStopping: "stopping", machine.ErrPanic: "panic",
	}
	if e, ok := errors.AsType[*site.Error](err); ok {
		return string(e.Code)
	}
	if n, ok := names[err]; ok {
		return n
	}
	return err.Error()
}

// handed says what a retrieval got: posts by their text, other messages by kind.
func handed(p *machine.Poll) string {
	if p.Err != nil {
		return outcome(p.Err)
	}
	if p.Batch.Empty() {
		return "time-out"
	}
	var words []string
	for _, d := range p.Batch.Deliveries {
		if d.Message.Post != nil {
			words = append(words, d.Message.Post.Text())
		} else {
			words = append(words, "<"+string(d.Message.Kind)+">")
		}
	}
	return strings.Join(words, " ")
}

// do gives the machine a command.
func (r *rig) do(name string, run func(*site.Site) error) {
	r.t.Helper()
	r.m.Do(r.now, &machine.Call{Run: run, Tag: name})
	r.drain()
}

// take and end carry out the append that was asked for.
func (r *rig) take() machine.Batch {
	r.t.Helper()
	if !r.append {
		r.t.Fatal("no append was asked for")
	}
	r.append = false
	b, ok := r.m.Take(r.now)
	r.drain()
	if !ok {
		r.t.Fatal("there was nothing to take")
	}
	r.taken = &b
	return b
}

// takeNothing carries out an append that has become unnecessary.
func (r *rig) takeNothing() {
	r.t.Helper()
	if !r.append {
		r.t.Fatal("no append was asked for")
	}
	r.append = false
	if _, ok := r.m.Take(r.now); ok {
		r.t.Fatal("there was something to take")
	}
	r.drain()
}

// end ends the append that was taken. happened tells whether it is in the journal
// from now on.
func (r *rig) end(o machine.Outcome, happened bool) {
	r.t.Helper()
	if happened {
		r.stored = append(r.stored, *r.taken)
	}
	r.taken = nil
	r.m.Appended(r.now, o)
	r.drain()
}

// durable carries out appends until none is asked for.
func (r *rig) durable() {
	r.t.Helper()
	for r.append {
		r.take()
		r.end(machine.Durable, true)
	}
}

// reload carries out the load that was asked for.
func (r *rig) reload() {
	r.t.Helper()
	s := r.rebuilt()
	r.m.Loaded(r.now, r.wall+site.Time(r.now.Microseconds()), s, r.epoch)
	r.drain()
}

// rebuilt answers the site as the journal has it, under a new epoch if the
// order said so.
func (r *rig) rebuilt() *site.Site {
	r.t.Helper()
	if r.load == nil {
		r.t.Fatal("no load was asked for")
	}
	if r.load.From != r.epoch {
		r.t.Fatalf("the load is from epoch %d, the site is at %d", r.load.From, r.epoch)
	}
	if r.load.Raise {
		r.epoch++
	}
	r.load = nil
	s := site.New()
	for _, b := range r.stored {
		if b.First != s.Position() {
			r.t.Fatalf("a batch begins at %d where %d belongs", b.First, s.Position())
		}
		if err := s.Replay(b.Events); err != nil {
			r.t.Fatal(err)
		}
	}
	return s
}

// loadFails lets the load fail.
func (r *rig) loadFails(fatal bool) {
	r.t.Helper()
	if r.load == nil {
		r.t.Fatal("no load was asked for")
	}
	r.load = nil
	r.m.LoadFailed(r.now, fatal, errors.New("cannot be read"))
	r.drain()
}

// pass lets time pass, and wakes the machine whenever it wants to be.
func (r *rig) pass(d time.Duration) {
	r.t.Helper()
	end := r.now + d
	idle := 0
	for {
		at, ok := r.m.Wake()
		if !ok || at > end {
			break
		}
		if at > r.now {
			idle = 0
		} else if idle++; idle > 3 {
			r.t.Fatalf("at %v the machine wants to be woken at %v, again and again", r.now, at)
		}
		r.now = max(r.now, at)
		r.m.Tick(r.now)
		r.drain()
	}
	r.now = end
}

// poll gives the machine a retrieval.
func (r *rig) poll(name string, c site.Caller, numbers ...int64) *machine.Poll {
	r.t.Helper()
	p := &machine.Poll{Caller: c, Tag: name}
	if len(numbers) == 2 {
		p.Numbers = machine.Numbers{Sequence: numbers[0], TimeCreated: numbers[1], Given: true}
	}
	r.m.Poll(r.now, p)
	r.drain()
	return p
}

func (r *rig) gone(p *machine.Poll) {
	r.t.Helper()
	r.m.PollGone(r.now, p)
	r.drain()
}

// wantAnswers and wantPolls compare what came since the last time.
func (r *rig) wantAnswers(want ...string) {
	r.t.Helper()
	if d := cmp.Diff(want, r.answers); d != "" {
		r.t.Fatalf("answers (-want +got):\n%s", d)
	}
	r.answers = nil
}

func (r *rig) wantPolls(want ...string) {
	r.t.Helper()
	if d := cmp.Diff(want, r.polls); d != "" {
		r.t.Fatalf("retrievals (-want +got):\n%s", d)
	}
	r.polls = nil
}

func (r *rig) wantState(s machine.State) {
	r.t.Helper()
	if got := r.m.State(); got != s {
		r.t.Fatalf("the machine is %s, want %s", got, s)
	}
}

// The callers of the fixture chat.
var (
	agent   = site.Caller{Key: "A", Account: 1, Agent: true}
	visitor = site.Caller{Key: "V"}
)

// at answers the caller with a position.
func at(c site.Caller, n int64) site.Caller {
	c.Ack, c.Acked = n, true
	return c
}

// chat answers a rig with a live site, on which agent leads the engagement of
// visitor. All is durable, and neither has anything left to retrieve.
func chat(t *testing.T) *rig {
	t.Helper()
	r := start(t)
	r.reload()
	var e site.EngagementID
	r.must(func(s *site.Site) error {
		if err := s.Create("demo"); err != nil {
			return err
		}
		set := s.CurrentSettings()
		set.Spam = false // the tests post what they like
		return second(s.Admin("test").ChangeSettings(set))
	})
	r.must(func(s *site.Site) error {
		return second(s.Admin("test").DefineQueue(site.QueueDefinition{ID: 1, Name: "Q"}))
	})
	for id, login := range []string{"ada", "bob"} {
		a := site.Account{ID: site.AccountID(id + 1), Login: login, Name: login, Serving: site.Serving{AllQueues: true, Pull: true}}
		r.must(func(s *site.Site) error { return second(s.Admin("test").DefineAccount(a)) })
	}
	r.must(func(s *site.Site) error { return second(s.StartAgentSession(site.LogOn{Account: 1, Key: "A"})) })
	r.must(func(s *site.Site) error { return second(s.RequestAssignment(agent, true, 1, 5)) })
	r.must(func(s *site.Site) error {
		o, err := s.RequestEngagement(site.EngagementRequest{Key: "V", TokenExpires: r.wall + site.Time(time.Hour.Microseconds())})
		e = o.Engagement
		return err
	})
	r.must(func(s *site.Site) error { return second(s.AnswerOffer(agent, e, api.ActionAccept)) })
	for _, c := range []site.Caller{agent, visitor} {
		r.poll("first", c)
		r.gone(r.poll("second", c)) // its evidence empties the mailbox
	}
	r.pass(time.Second)
	r.durable()
	r.answers, r.polls, r.asks = nil, nil, 0
	return r
}

// must runs a command that has to succeed, durably.
func (r *rig) must(run func(*site.Site) error) {
	r.t.Helper()
	r.answers = nil
	r.do("setup", run)
	r.durable()
	r.wantAnswers("setup: ok")
}

func second[T any](_ T, err error) error { return err }

// patient makes the site's own timers so long that they stay out of the way.
func (r *rig) patient() {
	r.t.Helper()
	r.must(func(s *site.Site) error {
		set := s.CurrentSettings()
		set.AbsentSeconds, set.IdleSeconds = 7200, 7200
		return second(s.Admin("test").ChangeSettings(set))
	})
}

// post lets the visitor post a text, which the agent is to get.
func (r *rig) post(text string) {
	r.t.Helper()
	r.do(text, posting(text))
}

func posting(text string) func(*site.Site) error {
	return func(s *site.Site) error { return second(s.PostAsVisitor(visitor, site.NewPost{Body: text})) }
}

// posted posts texts and makes them durable.
func (r *rig) posted(texts ...string) {
	r.t.Helper()
	for _, x := range texts {
		r.post(x)
	}
	r.durable()
	for i := range texts {
		texts[i] += ": ok"
	}
	r.wantAnswers(texts...)
}

// read asks for something that changes nothing.
func (r *rig) read(name string) {
	r.t.Helper()
	r.do(name, func(s *site.Site) error { return second(s.Engagements(agent)) })
}

// refused asks for something that is refused.
func (r *rig) refused(name string) {
	r.t.Helper()
	r.do(name, func(s *site.Site) error { return second(s.PostAsVisitor(visitor, site.NewPost{})) })
}

// events lists the names of a batch's events.
func events(b machine.Batch) []string {
	var names []string
	for line := range strings.Lines(string(b.Events)) {
		_, e, err := site.DecodeEvent([]byte(line))
		if err != nil {
			panic(err)
		}
		names = append(names, strings.TrimPrefix(fmt.Sprintf("%T", e), "*site."))
	}
	return names
}

// inJournal counts the posts with this text that are durable.
func (r *rig) inJournal(text string) int {
	n := 0
	for _, b := range r.stored {
		n += strings.Count(string(b.Events), `"body":"`+text+`"`)
	}
	return n
}

// unreceived answers how many messages the agent has not received, as far as
// the journal knows.
func (r *rig) unreceived() int64 {
	s := site.New()
	for _, b := range r.stored {
		if err := s.Replay(b.Events); err != nil {
			r.t.Fatal(err)
		}
	}
	h, err := s.Engagements(agent)
	if err != nil {
		r.t.Fatal(err)
	}
	batch := s.Collect(agent.Key, s.Position())
	if got := int64(len(batch.Deliveries)); got != 0 && batch.Last != h.Last {
		r.t.Fatalf("the mailbox ends at %d, its last batch at %d", h.Last, batch.Last)
	}
	return int64(len(batch.Deliveries))
}

// hasEvent reports whether an event of this name is in the batch.
func hasEvent(b machine.Batch, name string) bool { return slices.Contains(events(b), name) }
