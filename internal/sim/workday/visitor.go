package workday

import (
	"fmt"
	"math"
	"strconv"
	"time"

	"usher/api"
	"usher/internal/site"
)

// visitor is somebody who asks for help.
type visitor struct {
	day      *day
	request  site.EngagementRequest
	patience time.Duration
	posts    int // to make while it is served

	*client
	engagement site.EngagementID
	served     bool
	away       bool // it left without a word, or did not wait for the end
}

// newVisitor draws a visitor. Most come late in the morning and early in the afternoon.
func (d *day) newVisitor() *visitor {
	v := &visitor{day: d, patience: 30*time.Second + d.about(7*time.Minute), posts: d.rnd.IntN(3)}
	hour := 12.5 + 2.4*d.rnd.NormFloat64()
	hour = 7.9 + math.Mod(math.Abs(hour-7.9), 10.3)
	v.request = site.EngagementRequest{Key: d.key("visitor"), Contact: site.Contact{
		LastName: strconv.Itoa(d.keys), ProductID: 1 + d.rnd.Int64N(24),
	}}
	c := &v.request.Contact
	if d.chance(0.1) {
		v.request.Queue = d.queue()
	}
	if d.chance(0.03) {
		v.request.Account = d.person()
	}
	if d.chance(0.1) {
		c.Language = []string{"de", "de-AT", "pt-BR"}[d.rnd.IntN(3)]
	}
	if d.chance(0.03) {
		c.CustomFields = []site.CustomField{{Name: "VIP", Type: api.FieldBoolean, Value: "true"}}
	}
	d.at(midnight.Add(time.Duration(hour*float64(time.Hour)).Truncate(d.grain)), v.comes)
	return v
}

func (v *visitor) comes() {
	d := v.day
	v.request.TokenExpires = d.now.Add(30 * time.Minute)
	r := v.request
	d.oracle.asks(asked{what: "enter", request: &r}, d.now)
	o, err := d.site.RequestEngagement(r)
	if err == nil {
		d.report.Visits++
		v.engagement = o.Engagement
		v.client = d.newClient(r.Key, 0, o.Client)
		v.client.hear, v.client.stream.visitor = v.hears, true
	}
	d.settle()
	d.oracle.answered(asked{what: "enter", request: &r}, err)
	d.breaks(d.oracle.complaint())
	if err != nil {
		d.report.refused(err)
		return
	}
	v.poll()
	if d.chance(0.3) {
		d.after(d.about(time.Minute), v.asks)
	}
	d.after(v.patience, v.runsOutOfPatience)
	if d.chance(0.03) {
		d.after(d.about(6*time.Minute), v.drops)
	}
}

// runsOutOfPatience: who is not served by now goes.
func (v *visitor) runsOutOfPatience() {
	if v.silent || v.served {
		return
	}
	if v.day.chance(0.25) {
		v.goes()
		return
	}
	v.ends()
}

// goes: the page was closed.
func (v *visitor) goes() {
	v.away = true
	v.day.report.Dropped++
	v.vanish()
}

// drops loses the connection, and maybe finds it again.
func (v *visitor) drops() {
	if v.silent || v.stream.concluded > 0 {
		return
	}
	v.goes()
	if v.day.chance(0.5) {
		v.day.after(v.day.between(20*time.Second, 235*time.Second), func() {
			if v.day.clients[v.key] == v.client {
				v.away = false
				v.comeBack()
			}
		})
	}
}

func (v *visitor) ends() {
	d := v.day
	_ = v.do("end", v.engagement, func(c site.Caller) error { _, err := d.site.ConcludeAsVisitor(c); return err })
}

// asks posts a question.
func (v *visitor) asks() {
	d := v.day
	if v.silent || v.stream.concluded > 0 {
		return
	}
	if d.chance(0.2) {
		_ = v.do("type", v.engagement, func(c site.Caller) error {
			_, err := d.site.VisitorActivity(c, site.NewActivity{Mode: api.ModeResponding})
			return err
		})
	}
	n := site.NewPost{Body: fmt.Sprintf("question %d", v.posts)}
	if d.chance(0.3) {
		n.MessageID = string(d.key("m"))
	}
	n.OffTheRecord = d.chance(0.02)
	_ = v.do("post", v.engagement, func(c site.Caller) error { _, err := d.site.PostAsVisitor(c, n); return err })
	if n.MessageID != "" && d.chance(0.1) {
		_ = v.do("post again", v.engagement, func(c site.Caller) error { _, err := d.site.PostAsVisitor(c, n); return err })
	}
}

func (v *visitor) hears(m *site.Message) {
	d := v.day
	switch m.Kind {
	case site.KindJoined:
		if m.Joined.Role == api.RoleLead && !v.served {
			v.served = true
			d.after(d.between(time.Second, 20*time.Second), v.asks)
		}
	case site.KindPost:
		if v.posts > 0 && m.Post.SenderType == api.PartyAgent {
			v.posts--
			d.after(2*time.Second+d.about(15*time.Second), v.asks)
			if d.chance(0.1) { // in two parts
				d.after(2*time.Second+d.about(15*time.Second), v.asks)
			}
			if d.chance(0.03) {
				d.after(d.about(20*time.Second), v.ends)
			}
		}
	case site.KindLeft:
		if m.Left.Role == api.RoleLead && m.Left.Reason == api.ReasonTransferredToQueue {
			v.served = false
			d.after(v.patience, v.runsOutOfPatience)
		}
	case site.KindConcluded:
		if d.chance(0.2) { // the page is closed at once, nobody says that it heard
			v.vanish()
		}
	}
}

// complete: who stayed has heard how it ended, once.
func (v *visitor) complete() error {
	if v.client == nil || v.away || v.stream.concluded == 1 {
		return nil
	}
	return fmt.Errorf("the visitor of engagement %d stayed to the end and heard the concluded message %d times", v.engagement, v.stream.concluded)
}
