package workday

import (
	"time"

	"usher/api"
	"usher/internal/site"
)

// agent is somebody, or a bot, who serves visitors: a shift, and habits.
type agent struct {
	day     *day
	account site.Account
	habits  habits
	from    site.Time
	until   site.Time

	*client  // of the present session; nil before the first
	on       bool
	leaving  bool
	onBreak  bool
	sessions int
	chats    map[site.EngagementID]*chat
	watched  map[site.EngagementID]bool
}

// habits are what makes agents differ.
type habits struct {
	decline, silence, unavailable float64 // of offers
	transfer, confer, crash       float64
	neverReleases                 bool
	pace                          time.Duration // between two posts
}

// chat is an engagement as its agent sees it.
type chat struct {
	lead  bool
	left  int // posts to make before it ends
	ended bool
}

func (d *day) newAgent(a site.Account) *agent {
	x := &agent{day: d, account: a, chats: map[site.EngagementID]*chat{}, watched: map[site.EngagementID]bool{}}
	x.habits = habits{
		decline: 0.05, silence: 0.03, unavailable: 0.01, transfer: 0.15, confer: 0.05,
		neverReleases: d.chance(0.05), pace: d.between(100*time.Second, 180*time.Second) * time.Duration(d.pressure) / 100,
	}
	if d.chance(0.1) {
		x.habits.decline = 0.5
	}
	if d.chance(0.25) {
		x.habits.crash = 1
	}
	start := []site.Time{clock(7, 55), clock(8, 0), clock(9, 0), clock(9, 30), clock(10, 0)}[d.rnd.IntN(5)]
	x.from = start.Add(d.between(0, 20*time.Minute))
	x.until = x.from.Add(d.between(6*time.Hour, 8*time.Hour+30*time.Minute))
	if a.VirtualAgent {
		x.habits = habits{transfer: 0.6, pace: 12 * time.Second, crash: x.habits.crash}
		x.from, x.until = clock(7, 30), clock(17, 45)
		d.at(clock(12, 30), x.restart)
	}
	d.at(x.from, x.begin)
	for range 3 {
		d.at(x.from.Add(d.between(time.Hour, 6*time.Hour)), x.pause)
	}
	if x.habits.crash > 0 {
		d.at(x.from.Add(d.between(time.Hour, 6*time.Hour)), x.crash)
	}
	d.at(x.until, x.finish)
	if a.Supervisor {
		for t := x.from; t < x.until; t = t.Add(d.between(3*time.Minute, 12*time.Minute)) {
			d.at(t, x.supervise)
		}
	}
	return x
}

// begin logs on. A session that still lives is taken over.
func (a *agent) begin() {
	d := a.day
	key := d.key("agent")
	var on site.LoggedOn
	d.oracle.asks(asked{what: "log on"}, d.now)
	old := a.client
	on, err := d.site.StartAgentSession(site.LogOn{Account: a.account.ID, Key: key, Override: true})
	if err != nil {
		d.settle()
		return // the account was removed
	}
	if old != nil {
		old.silent, old.open = true, false
	}
	a.client = d.newClient(key, a.account.ID, on.Client)
	a.client.hear, a.client.ended = a.hears, a.lost
	if old != nil && old.id != on.Client {
		clear(a.chats)
	}
	a.on, a.onBreak, a.leaving = true, false, false
	a.sessions++
	d.oracle.seen(on.Client, d.now)
	d.settle()
	a.resume()
	a.poll()
	a.wants()
}

// resume asks what the session holds, as a program does that starts again.
func (a *agent) resume() {
	_ = a.do("engagements", 0, func(c site.Caller) error {
		h, err := a.day.site.Engagements(c)
		if err != nil {
			return err
		}
		for _, x := range h.Held {
			a.day.oracle.holding(a.id, x)
			if x.State == site.Offered {
				a.offered(x.Engagement, api.AssignmentLead)
				continue
			}
			c := a.takes(x.Engagement, x.Role == api.RoleLead)
			if x.State == site.Concluded {
				a.concluded(x.Engagement, c)
			}
		}
		return nil
	})
}

// lost: the site ended the session.
func (a *agent) lost() {
	a.on = false
	clear(a.chats)
	if d := a.day; d.now < a.until {
		d.after(d.between(time.Second, time.Minute), func() {
			if !a.on && d.now < a.until {
				a.begin()
			}
		})
	}
}

// wants says that the agent wants engagements.
func (a *agent) wants() {
	if !a.ready() || a.onBreak || a.leaving {
		return
	}
	if a.day.chance(0.9) || !a.account.Supervisor && a.sessions > 0 && !a.pulls() {
		_ = a.do("status", 0, func(c site.Caller) error {
			_, err := a.day.site.SetActivityStatus(c, api.StatusAvailable, 1)
			return err
		})
	}
	a.asks()
}

func (a *agent) ready() bool { return a.on && a.client != nil && !a.silent }

func (a *agent) pulls() bool { return a.day.oracle.serving(a.account.ID).Pull }

// asks asks for engagements if the agent's profile wants that.
func (a *agent) asks() {
	if !a.ready() || a.onBreak || a.leaving || !a.pulls() || a.account.Supervisor && !a.day.chance(0.1) {
		return
	}
	places := max(1, a.day.oracle.serving(a.account.ID).Places)
	idle := 1
	if a.day.chance(0.3) {
		idle = places
	}
	if a.day.chance(0.1) {
		places = 1 + a.day.rnd.IntN(4)
	}
	_ = a.do("ask", 0, func(c site.Caller) error {
		_, err := a.day.site.RequestAssignment(c, true, idle, places)
		return err
	})
}

// pause is a break: no more offers, and what is open goes on.
func (a *agent) pause() {
	d := a.day
	if !a.ready() || a.leaving || a.onBreak || a.account.VirtualAgent {
		return
	}
	a.onBreak = true
	if d.chance(0.2) && a.pulls() {
		_ = a.do("ask no more", 0, func(c site.Caller) error {
			_, err := d.site.RequestAssignment(c, false, 0, 4)
			return err
		})
	} else {
		_ = a.do("status", 0, func(c site.Caller) error {
			_, err := d.site.SetActivityStatus(c, api.StatusUnavailable, 3)
			return err
		})
	}
	d.after(d.between(5*time.Minute, 30*time.Minute), func() {
		a.onBreak = false
		a.wants()
	})
}

// crash ends the program. Mostly it starts again, sometimes too late.
func (a *agent) crash() {
	d := a.day
	if !a.ready() || a.leaving {
		return
	}
	d.report.Crashes++
	if d.chance(0.3) { // only the network is away
		a.vanish()
		d.after(d.between(100*time.Second, 260*time.Second), func() {
			if a.on && a.silent {
				a.comeBack()
				a.wants()
			}
		})
		return
	}
	a.vanish()
	a.on = false
	if d.chance(0.8) {
		d.after(d.between(5*time.Second, 6*time.Minute), func() {
			if !a.on && d.now < a.until {
				a.begin()
			}
		})
	}
}

// restart stops a bot in the middle of what it does, with all the others, for a new
// version of it.
func (a *agent) restart() {
	a.logOff(true)
	a.day.after(a.day.between(5*time.Minute, 10*time.Minute), func() {
		if !a.on {
			a.begin()
		}
	})
}

// finish ends the shift: politely, in time, by force, or not at all.
func (a *agent) finish() {
	d := a.day
	if !a.ready() {
		return
	}
	if d.chance(0.1) {
		a.vanish()
		a.on = false
		return
	}
	a.leaving = true
	if a.account.VirtualAgent || d.chance(0.15) {
		a.logOff(true)
		return
	}
	_ = a.do("status", 0, func(c site.Caller) error {
		_, err := d.site.SetActivityStatus(c, api.StatusUnavailable, 0)
		return err
	})
	d.after(d.between(time.Minute, 12*time.Minute), func() { a.logOff(false) })
	d.after(15*time.Minute, func() { a.logOff(true) })
}

func (a *agent) logOff(force bool) {
	if !a.ready() {
		return
	}
	err := a.do("log off", 0, func(c site.Caller) error {
		_, err := a.day.site.Logoff(c, force)
		return err
	})
	if err == nil {
		a.on, a.silent = false, true
		clear(a.chats)
	}
}

// hears is what the agent does when it is told something.
func (a *agent) hears(m *site.Message) {
	if !a.ready() {
		return
	}
	switch m.Kind {
	case site.KindAssignment:
		a.offered(m.Engagement, m.Assignment.Type)
	case site.KindJoined:
		if c := a.chats[m.Engagement]; c != nil && c.lead && m.Joined.Role == api.RoleLead && m.Joined.Client != a.id {
			c.lead = false // it stays as a guest for a while
			a.leaves(m.Engagement)
		}
	case site.KindPost:
		if c := a.chats[m.Engagement]; c != nil && m.Post.SenderType == api.PartyEndUser {
			a.types(m.Engagement)
		}
	case site.KindConcluded:
		if c := a.chats[m.Engagement]; c != nil {
			a.concluded(m.Engagement, c)
		}
	case site.KindLeft:
		c := a.chats[m.Engagement]
		switch {
		case m.Left.Client == a.id:
			delete(a.chats, m.Engagement)
			a.after(5*time.Second, a.asks)
		case c != nil && m.Left.Role == api.RoleLead: // it may lead now
			c.lead, c.left = true, 1
			a.after(5*time.Second, func() { a.talks(m.Engagement, c) })
		}
	}
}

func (a *agent) after(most time.Duration, do func()) {
	session := a.client
	a.day.after(a.day.between(time.Second/2, most), func() {
		if a.ready() && a.client == session {
			do()
		}
	})
}
