// Package workday plays a contact centre's working day on one site: agents with
// shifts, breaks and habits, bots, supervisors, an administrator, and thousands
// of visitors, in one goroutine, from one seed and in made-up time.
//
// An oracle follows the day. It reads only what is recorded, what clients asked
// and were answered, and what they were handed out; it keeps its own account of
// who holds and waits for what, and checks each decision against the rules. It
// knows the rules and nothing of how the site keeps them.
package workday

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"time"

	"usher/internal/site"
)

// Plan says which day is played: the same plan gives the same day.
type Plan struct {
	Seed     uint64
	Visitors int // over the day; everything else is made to suit them
	// All goes on after the first complaint and reports one of each kind.
	All bool
}

// Run plays a day. The error is the first broken rule, with what led to it.
func Run(p Plan) (Report, error) { return newDay(p, tamper{}).run() }

// tamper is where a test plants a fault, to see whether the oracle finds it. Each
// is nil in a day without one.
type tamper struct {
	event  func(*day, site.Time, site.Event) []site.Event       // other events than were recorded
	batch  func(*day, *client, []site.Delivery) []site.Delivery // another answer to a retrieval
	refuse bool                                                 // what was done is answered as refused
}

// The day: from midnight of a Monday in the centre's own zone, which is UTC.
const midnight = site.Time(1_772_409_600_000_000) // 2026-03-02

func clock(h, m int) site.Time {
	return midnight.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
}

// day is all there is in one run.
type day struct {
	plan   Plan
	rnd    *rand.Rand
	tamper tamper
	site   *site.Site
	now    site.Time
	agenda agenda
	oracle *oracle
	centre centre
	// pressure is how long agents take, in percent: some days are calm, on others
	// most people wait.
	pressure int
	// grain is what made-up times are rounded to: on some days much happens at the
	// same moment.
	grain time.Duration

	clients  map[site.SessionKey]*client
	agents   []*agent
	visitors []*visitor
	keys     int
	steps    int

	report Report
	hash   uint32
	broken error
}

func newDay(p Plan, t tamper) *day {
	d := &day{
		plan: p, rnd: rand.New(rand.NewPCG(p.Seed, 0x776f726b646179)), tamper: t, site: site.New(),
		now: clock(7, 0), oracle: newOracle(), clients: map[site.SessionKey]*client{},
	}
	d.oracle.all, d.grain = p.All, time.Microsecond
	if d.rnd.IntN(4) == 0 {
		d.grain = 5 * time.Second
	}
	d.pressure = 70 + d.rnd.IntN(90)
	d.report = newReport(p)
	return d
}

func (d *day) run() (r Report, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = d.failed(fmt.Errorf("panic: %v\n%s", p, debug.Stack()))
		}
		r = d.report
	}()
	d.open()
	for again := 0; d.broken == nil; d.steps++ {
		at, ok := d.next()
		if !ok {
			break
		}
		if again++; at > d.now {
			again = 0
		}
		if again > 10_000 {
			d.breaks(fmt.Errorf("the site wants to be woken again and again"))
		}
		d.now = max(d.now, at)
		d.site.Tick(d.now)
		d.settle()
		if d.broken == nil {
			d.agenda.perform(d.now)
		}
		if d.steps%checkEvery == 0 {
			d.audit()
		}
	}
	if d.broken == nil {
		d.close()
	}
	d.report.Hash = d.hash
	d.oracle.count(&d.report)
	if d.broken != nil {
		return r, d.failed(d.broken)
	}
	return r, d.oracle.allComplaints()
}

// checkEvery is how many steps lie between two looks at the whole site.
const checkEvery = 20_000

func (d *day) failed(err error) error {
	return fmt.Errorf("seed %d, %d visitors, step %d, at %s: %w\nbefore that:\n  %s",
		d.plan.Seed, d.plan.Visitors, d.steps, d.now.Std().Format("15:04:05.000000"), err, strings.Join(d.oracle.trace(), "\n  "))
}

// next answers when something next happens.
func (d *day) next() (site.Time, bool) {
	at, ok := d.agenda.next()
	if n := d.site.Next(); n > 0 && (!ok || n <= at) {
		return n, true
	}
	return at, ok
}

// settle does what the host does when a step's events are durable: it hands them
// over, and answers the retrievals of those who have something new.
func (d *day) settle() {
	for d.broken == nil {
		if d.site.Pending() {
			d.follow(d.site.TakeFrame().Events)
		}
		grown := d.site.TakeGrowth()
		for _, g := range grown {
			if c := d.clients[g.Key]; c != nil && c.open {
				c.answer()
			}
		}
		for _, k := range d.site.TakeEnded() {
			delete(d.clients, k)
		}
		if len(grown) == 0 && !d.site.Pending() {
			break
		}
	}
	d.oracle.settled(d.now)
	d.breaks(d.oracle.complaint())
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// follow lets the oracle read what was recorded.
func (d *day) follow(lines []byte) {
	d.hash = crc32.Update(d.hash, castagnoli, lines)
	for line := range bytes.Lines(lines) {
		at, e, err := site.DecodeEvent(line)
		if err != nil {
			d.breaks(err)
			return
		}
		d.report.recorded(e)
		recorded := []site.Event{e}
		if d.tamper.event != nil {
			d.oracle.now = max(d.oracle.now, at)
			recorded = d.tamper.event(d, at, e)
		}
		for _, e := range recorded {
			d.oracle.follow(at, e, line)
		}
	}
}

// audit compares the whole site with the oracle's account of it.
func (d *day) audit() {
	if err := d.site.Check(); err != nil {
		d.breaks(fmt.Errorf("an invariant of the site is broken: %w", err))
	}
	live, _ := d.site.LiveEngagements(0, site.MaxEngagements)
	d.oracle.compare(live)
	d.breaks(d.oracle.complaint())
}

// close looks at what is left when the day is over: nothing may be.
func (d *day) close() {
	d.audit()
	if live, _ := d.site.LiveEngagements(0, 10); len(live) > 0 {
		d.breaks(fmt.Errorf("the day is over, and engagement %d is still %s", live[0].Engagement, live[0].State))
	}
	if at := d.site.Next(); at != 0 {
		d.breaks(fmt.Errorf("the day is over, and the site waits for %s", at.Std()))
	}
	for _, v := range d.visitors {
		d.breaks(v.complete())
	}
	d.oracle.over()
	d.breaks(d.oracle.complaint())
}

// breaks notes the first broken rule.
func (d *day) breaks(err error) {
	if d.broken == nil && err != nil {
		d.broken = err
	}
}

// at and after put something into the agenda.
func (d *day) at(t site.Time, do func()) { d.agenda.put(max(t, d.now), do) }

func (d *day) after(wait time.Duration, do func()) { d.at(d.now.Add(wait), do) }

// between draws a duration.
func (d *day) between(least, most time.Duration) time.Duration {
	return (least + time.Duration(d.rnd.Int64N(int64(most-least)+1))).Truncate(d.grain)
}

// about draws a duration that is short mostly and long sometimes, with this mean.
func (d *day) about(mean time.Duration) time.Duration {
	return min(time.Duration(d.rnd.ExpFloat64()*float64(mean)), 8*mean).Truncate(d.grain)
}

// chance is true in p of all cases.
func (d *day) chance(p float64) bool { return d.rnd.Float64() < p }

func (d *day) key(prefix string) site.SessionKey {
	d.keys++
	return site.SessionKey(fmt.Sprintf("%s%d", prefix, d.keys))
}

// codeOf answers a refusal's code, "" for none.
func codeOf(err error) site.Code {
	if err == nil {
		return ""
	}
	if e, ok := errors.AsType[*site.Error](err); ok {
		return e.Code
	}
	return site.Code("not a refusal: " + err.Error())
}
