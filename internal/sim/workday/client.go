package workday

import (
	"fmt"
	"time"

	"usher/internal/site"
)

// client is a program on a session: its one retrieval loop, and its requests. Some
// say in each request what they have received, of the others it is inferred when
// they come for more.
type client struct {
	day     *day
	key     site.SessionKey
	account site.AccountID // 0: a visitor's
	id      site.ClientID
	exact   bool
	holds   time.Duration // how many holds an idle retrieval is left open for
	hear    func(*site.Message)
	ended   func() // the site does not know the session any more

	open   bool // a retrieval is held
	turn   int  // which retrieval it is
	silent bool // the program is gone: no request, no answer
	done   bool // it wants to hear nothing more
	got    int64
	stream stream
}

func (d *day) newClient(key site.SessionKey, account site.AccountID, id site.ClientID) *client {
	c := &client{day: d, key: key, account: account, id: id, exact: d.chance(0.6), holds: 1}
	if d.chance(0.8) { // that nothing came changes nothing, and takes a third of the time that a day takes
		c.holds = 10
	}
	d.clients[key] = c
	return c
}

func (c *client) caller() site.Caller {
	return site.Caller{Key: c.key, Account: c.account, Agent: c.account != 0, Ack: c.got, Acked: c.exact && c.got > 0}
}

// do sends a request. The oracle hears what is asked and how it is answered.
func (c *client) do(what string, e site.EngagementID, run func(site.Caller) error) error {
	d := c.day
	if c.silent {
		return nil
	}
	a := asked{who: c.id, what: what, engagement: e}
	d.oracle.asks(a, d.now)
	err := run(c.caller())
	if d.tamper.refuse && what == "accept" {
		err = &site.Error{Code: site.Conflict, Message: "planted"}
	}
	d.settle()
	d.oracle.answered(a, err)
	d.breaks(d.oracle.complaint())
	if codeOf(err) == site.AccessDenied && d.clients[c.key] == nil {
		c.over()
	}
	d.report.answered(what, err)
	return err
}

// over stops a program whose session has ended.
func (c *client) over() {
	if c.silent {
		return
	}
	c.silent = true
	if c.ended != nil {
		c.ended()
	}
}

// poll retrieves. Who sends no positions is believed, by now, to have received
// what it was answered last.
func (c *client) poll() {
	d := c.day
	if c.silent || c.done || c.open {
		return
	}
	d.oracle.asks(asked{who: c.id, what: "poll"}, d.now)
	if !c.exact {
		d.site.Inferred(c.key, c.got)
	}
	_, hold, err := d.site.OpenPoll(c.caller())
	if err != nil {
		d.settle()
		c.over()
		return
	}
	c.open = true
	d.oracle.polls(c.id, true, d.now)
	c.turn++
	turn := c.turn
	d.settle()
	if c.open && c.turn == turn {
		c.answer()
		d.settle()
	}
	if c.open && c.turn == turn {
		d.after(c.holds*hold, func() {
			if c.open && c.turn == turn {
				c.close()
				c.poll()
			}
		})
	}
}

// answer ends the held retrieval with what there is, if there is something.
func (c *client) answer() {
	d := c.day
	b := d.site.Collect(c.key, d.site.Position())
	if b.Empty() {
		return
	}
	c.close()
	batch := b.Deliveries
	if d.tamper.batch != nil {
		batch = d.tamper.batch(d, c, batch)
	}
	if d.chance(0.003) { // the connection breaks, and the client comes again
		d.report.Broken++
		d.site.Unheard(c.key)
		d.after(d.between(time.Second, 4*time.Second), c.poll)
		return
	}
	d.oracle.handedOut(c.id, batch)
	d.after(c.latency(), func() {
		if c.silent || c.done {
			return
		}
		d.breaks(c.stream.follow(batch))
		if b.Last > c.got {
			c.got = b.Last
		}
		for _, x := range batch {
			if c.hear != nil && !c.silent {
				c.hear(x.Message)
			}
		}
		c.poll()
	})
}

func (c *client) close() {
	c.open = false
	c.day.site.ClosePoll(c.key)
	c.day.oracle.polls(c.id, false, c.day.now)
}

func (c *client) latency() time.Duration {
	return c.day.between(20*time.Millisecond, 400*time.Millisecond)
}

// vanish ends the program without a word: its connection breaks.
func (c *client) vanish() {
	c.silent = true
	if c.open {
		c.close()
		c.day.settle()
	}
}

// comeBack lets a program go on that had lost its network, if its session lives.
func (c *client) comeBack() {
	c.silent = false
	c.poll()
}

// stream checks what a client is handed out on its own session.
type stream struct {
	last      int64                   // the newest number handled
	seen      map[int64]*site.Message // numbers that may come again
	concluded int
	visitor   bool
}

// follow checks a batch: numbers rise by one, what comes again is the same, and
// nothing but what comes again follows a visitor's concluded message.
func (s *stream) follow(batch []site.Delivery) error {
	if s.seen == nil {
		s.seen = map[int64]*site.Message{}
	}
	for _, x := range batch {
		if x.Fleeting {
			continue
		}
		if x.Number <= s.last {
			if m := s.seen[x.Number]; m != nil && m != x.Message {
				return fmt.Errorf("number %d came again as another message", x.Number)
			}
			continue
		}
		if x.Number != s.last+1 {
			return fmt.Errorf("number %d came after %d: a message is lost", x.Number, s.last)
		}
		if s.visitor && s.concluded > 0 {
			return fmt.Errorf("%s came to a visitor after the concluded message", x.Message.Kind)
		}
		if len(s.seen) > 200 {
			clear(s.seen)
		}
		s.last, s.seen[x.Number] = x.Number, x.Message
		if x.Message.Kind == site.KindConcluded {
			s.concluded++
		}
	}
	return nil
}
