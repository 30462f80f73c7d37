package workday

import (
	"fmt"
	"time"

	"usher/api"
	"usher/internal/site"
)

// talks makes the agent's next post, and ends its part after the last.
func (a *agent) talks(e site.EngagementID, c *chat) {
	d := a.day
	if !a.ready() || a.chats[e] != c || c.ended {
		return
	}
	if c.left == 0 {
		if c.lead {
			a.ends(e, c)
		}
		return
	}
	c.left--
	n := site.NewPost{Body: fmt.Sprintf("answer %d", c.left)}
	if d.chance(0.05) {
		n.Visibility = api.VisibilityNotEndUser
	}
	if d.chance(0.3) {
		n.MessageID = string(d.key("m"))
	}
	if d.chance(0.03) {
		n.OffTheRecord = true
	}
	_ = a.do("post", e, func(x site.Caller) error { _, err := d.site.PostAsAgent(x, e, n); return err })
	if n.MessageID != "" && d.chance(0.1) { // the answer was lost
		_ = a.do("post again", e, func(x site.Caller) error { _, err := d.site.PostAsAgent(x, e, n); return err })
	}
	d.after(a.habits.pace/2+d.about(a.habits.pace/2), func() { a.talks(e, c) })
}

func (a *agent) types(e site.EngagementID) {
	if a.day.chance(0.1) {
		_ = a.do("type", e, func(x site.Caller) error {
			_, err := a.day.site.SetInteractionStatus(x, e, site.NewActivity{Mode: api.ModeResponding})
			return err
		})
	}
}

// ends is how a lead ends its part: mostly with the end of the engagement.
func (a *agent) ends(e site.EngagementID, c *chat) {
	d, h := a.day, a.habits
	switch n := d.rnd.Float64(); {
	case n < h.transfer:
		c.left = 2 // if nobody takes it
		a.sendsOn(e, c)
	case n < h.transfer+h.confer:
		c.left = 2
		who := d.person()
		kind := api.AssignmentConference
		if d.chance(0.2) {
			kind = api.AssignmentMonitor
		}
		_ = a.do("invite", e, func(x site.Caller) error { _, err := d.site.Invite(x, e, who, kind, a.note()); return err })
	case n < h.transfer+h.confer+0.02: // forgets it
		return
	case n < h.transfer+h.confer+0.06: // lets the visitor end it, or leaves it to a guest
		_ = a.do("leave", e, func(x site.Caller) error { _, err := d.site.Leave(x, e); return err })
		c.left = 1
	default:
		err := a.do("conclude", e, func(x site.Caller) error { _, err := d.site.ConcludeAsAgent(x, e); return err })
		if err == nil {
			a.concluded(e, c)
		}
		return
	}
	d.after(a.habits.pace, func() { a.talks(e, c) })
}

func (a *agent) note() string {
	if a.day.chance(0.5) {
		return "please look at this"
	}
	return ""
}

// sendsOn hands an engagement to somebody else.
func (a *agent) sendsOn(e site.EngagementID, c *chat) {
	d := a.day
	n := site.NewTransfer{Note: a.note(), Warm: d.chance(0.4)}
	switch d.rnd.IntN(3) {
	case 0:
		n.Account = d.person()
	case 1:
		n.Queue = d.queue()
	}
	if n.Account == 0 && n.Queue == 0 || a.account.VirtualAgent {
		if d.chance(0.3) {
			_ = a.do("reroute availability", e, func(x site.Caller) error { _, _, err := d.site.RerouteAvailability(x, e); return err })
		}
		_ = a.do("reroute", e, func(x site.Caller) error { _, err := d.site.Reroute(x, e); return err })
		return
	}
	if a.do("transfer", e, func(x site.Caller) error { _, err := d.site.Transfer(x, e, n); return err }) == nil {
		d.report.Transfers++
		c.left = 3
	}
}

// leaves ends a guest's part after a while.
func (a *agent) leaves(e site.EngagementID) {
	a.after(2*time.Minute, func() {
		if c := a.chats[e]; c != nil && !c.lead && !c.ended {
			what, leave := "leave", a.day.site.Leave
			if a.day.chance(0.3) {
				what, leave = "conclude", a.day.site.ConcludeAsAgent
			}
			if a.do(what, e, func(x site.Caller) error { _, err := leave(x, e); return err }) == nil {
				delete(a.chats, e)
			}
		}
	})
}

// concluded: the engagement is over, and wrap-up begins.
func (a *agent) concluded(e site.EngagementID, c *chat) {
	if c.ended {
		return
	}
	c.ended = true
	if a.habits.neverReleases && a.day.chance(0.7) {
		a.after(5*time.Minute, a.asks)
		return
	}
	wait := 90 * time.Second
	if a.account.VirtualAgent {
		wait = 2 * time.Second
	}
	a.after(wait, func() {
		delete(a.chats, e)
		_ = a.do("release", e, func(x site.Caller) error { _, err := a.day.site.Release(x, e); return err })
		a.asks()
	})
}

// supervise: a supervisor looks at what goes on.
func (a *agent) supervise() {
	d := a.day
	if !a.ready() || a.onBreak || a.leaving {
		return
	}
	after := site.EngagementID(0)
	if d.report.Visits > 0 {
		after = site.EngagementID(max(0, int(d.report.Visits)-d.rnd.IntN(150)))
	}
	live, _ := d.site.LiveEngagements(after, 1)
	if len(live) == 0 {
		return
	}
	e := live[0].Engagement
	a.looks(e)
	switch n := d.rnd.Float64(); {
	case n < 0.5:
		if a.do("monitor", e, func(x site.Caller) error { _, err := d.site.Monitor(x, e); return err }) == nil {
			a.watches(e)
		}
	case n < 0.65:
		if a.do("invite", e, func(x site.Caller) error {
			_, err := d.site.Invite(x, e, a.account.ID, api.AssignmentConference, "")
			return err
		}) == nil {
			a.takes(e, false)
		}
	case n < 0.92:
		if a.do("take over", e, func(x site.Caller) error { _, err := d.site.TakeOver(x, e); return err }) == nil {
			a.takes(e, true)
		}
	default:
		d.oracle.asks(asked{what: "eject", engagement: e}, d.now)
		d.breaks(d.site.Admin(a.account.Login).Eject(e))
		d.settle()
	}
}

// looks reads what a supervisor's board shows.
func (a *agent) looks(e site.EngagementID) {
	d := a.day
	x, err := d.site.Explain(e)
	d.breaks(err)
	d.oracle.explained(x)
	if q, ok := d.site.QueueStanding(x.Queue); ok {
		d.oracle.stands(q)
	}
	_ = a.do("agents and queues", 0, func(c site.Caller) error {
		o, err := d.site.AgentsAndQueues(c, site.Inquiry{Agents: true, Queues: true, Statistics: true, Type: site.WantAll})
		for _, q := range o.Queues {
			d.oracle.stands(q)
		}
		for _, b := range o.Agents {
			d.oracle.works(b)
		}
		return err
	})
}

// watches is what a monitor does: it whispers, writes, and goes, or takes over.
func (a *agent) watches(e site.EngagementID) {
	d := a.day
	a.after(30*time.Second, func() {
		lead, visitor := d.oracle.leadOf(e)
		if d.chance(0.5) && lead != 0 {
			_ = a.do("whisper", e, func(x site.Caller) error {
				_, err := d.site.Whisper(x, lead, api.PartyAgent, site.NewPost{Body: "ask for the number"})
				return err
			})
		}
		if d.chance(0.1) && visitor != 0 { // a monitor must not
			_ = a.do("whisper", e, func(x site.Caller) error {
				_, err := d.site.Whisper(x, visitor, api.PartyEndUser, site.NewPost{Body: "psst"})
				return err
			})
		}
		if d.chance(0.5) {
			_ = a.do("post", e, func(x site.Caller) error {
				_, err := d.site.PostAsAgent(x, e, site.NewPost{Body: "I am watching"})
				return err
			})
		}
	})
	a.after(3*time.Minute, func() {
		if d.chance(0.2) && a.account.Supervisor {
			if a.do("take over", e, func(x site.Caller) error { _, err := d.site.TakeOver(x, e); return err }) == nil {
				a.takes(e, true)
			}
			return
		}
		_ = a.do("leave", e, func(x site.Caller) error { _, err := d.site.Leave(x, e); return err })
	})
}
