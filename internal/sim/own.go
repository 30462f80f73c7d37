package sim

import (
	"fmt"

	"usher/internal/site"
)

// client is who a client of a site is, as it was told when it came.
type client struct {
	who       string
	positions bool // it uses positions, so that it is known what it has
}

// postName is a post of an engagement.
type postName struct {
	engagement site.EngagementID
	number     int64
}

// own checks usher's own messages: only who asks is given them, and a receipt says that
// somebody has a post only if that is so, and it said so itself.
func (c *centre) own(l *loop, d site.Delivery) error {
	switch d.Message.Kind {
	case site.KindReceipt, site.KindIdle, site.KindVisitor:
	case site.KindConnection:
		if !l.caller.Agent {
			return nil // its contract has it
		}
	default:
		return nil
	}
	if !l.own {
		return fmt.Errorf("%s is told %s, and did not ask for it", l.who, describe(d.Message))
	}
	if d.Message.Kind != site.KindReceipt {
		return nil
	}
	r := d.Message.Receipt
	of, known := c.clients[r.Client]
	if !known || r.Received == 0 { // the answer to who came was lost
		return nil
	}
	m := c.record.posts[postName{d.Message.Engagement, r.Received}]
	p := c.claims.posts[m]
	switch {
	case p == nil:
		return fmt.Errorf("%s is told that %s has post %d of engagement %d, which is not in the journal", l.who, of.who, r.Received, d.Message.Engagement)
	case !of.positions:
		return fmt.Errorf("%s is told that %s has %s, and that was inferred", l.who, of.who, m)
	case !p.received[of.who]:
		return fmt.Errorf("%s is told that %s has %s, which it has not received", l.who, of.who, m)
	case p.hidden && !l.caller.Agent:
		return fmt.Errorf("%s learns by a receipt of %s, which visitors must not see", l.who, m)
	}
	c.w.report.Receipts++
	return nil
}
