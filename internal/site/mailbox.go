package site

import "slices"

// Delivery is a message in one mailbox: the mailbox's own number, which rises by
// one for each durable message, and the contract's sequenceNumber, which counts
// for each session and engagement. A fleeting message carries the numbers of
// the durable one before it.
type Delivery struct {
	Number   int64    `json:"n"`
	Sequence int64    `json:"s"`
	Message  *Message `json:"m"`
	Fleeting bool     `json:"-"`

	position int64 // the journal position after the event that put it here
}

// Mailbox is the ordered list of messages that a session has not received.
// What is in it stays until there is evidence of receipt (promise 2).
type Mailbox struct {
	Last     int64 `json:"last"`     // the newest number given
	Received int64 `json:"received"` // all up to here arrived
	// Exact: the session uses positions, so nothing is ever inferred for it.
	Exact     bool                   `json:"exact,omitempty"`
	Sequences map[EngagementID]int64 `json:"sequences,omitempty"`
	Waiting   []Delivery             `json:"waiting,omitempty"` // numbers Received+1 to Last

	fleeting []Delivery
	backlog  map[EngagementID]backlog // of Waiting
}

// backlog is what waits of an engagement's posts.
type backlog struct{ posts, bytes int }

// weigh counts a post that waits (n 1), or waits no longer (n -1).
func (m *Mailbox) weigh(d Delivery, n int) {
	if d.Message.Kind != KindPost {
		return
	}
	b := m.backlog[d.Message.Engagement]
	b.posts += n
	b.bytes += n * d.Message.Post.size()
	if b.posts == 0 {
		delete(m.backlog, d.Message.Engagement)
		return
	}
	if m.backlog == nil {
		m.backlog = map[EngagementID]backlog{}
	}
	m.backlog[d.Message.Engagement] = b
}

// reweigh counts anew what waits, in a restored mailbox.
func (m *Mailbox) reweigh() {
	m.backlog = nil
	for _, d := range m.Waiting {
		m.weigh(d, 1)
	}
}

// holdsPost reports whether a post waits in the mailbox.
func (m *Mailbox) holdsPost(e EngagementID, number int64) bool {
	if m.backlog[e].posts == 0 {
		return false
	}
	return slices.ContainsFunc(m.Waiting, func(d Delivery) bool {
		return d.Message.Kind == KindPost && d.Message.Engagement == e && d.Message.Post.Number == number
	})
}

// Address is a place in a mailbox, as it stands in an event.
type Address struct {
	Client   ClientID `json:"c"`
	Number   int64    `json:"n"`
	Sequence int64    `json:"s"`
}

// next answers the address that the next message about e gets.
func (m *Mailbox) next(c ClientID, e EngagementID) Address {
	return Address{Client: c, Number: m.Last + 1, Sequence: m.Sequences[e] + 1}
}

func (m *Mailbox) put(a Address, msg *Message, position int64) {
	m.Last = a.Number
	if m.Sequences == nil {
		m.Sequences = map[EngagementID]int64{}
	}
	m.Sequences[msg.Engagement] = a.Sequence
	m.Waiting = append(m.Waiting, Delivery{Number: a.Number, Sequence: a.Sequence, Message: msg, position: position})
	m.weigh(m.Waiting[len(m.Waiting)-1], 1)
}

// putFleeting replaces an older fleeting message of the same kind, engagement and sender.
func (m *Mailbox) putFleeting(msg *Message, position int64) {
	m.fleeting = slices.DeleteFunc(m.fleeting, func(d Delivery) bool {
		return d.Message.Kind == msg.Kind && d.Message.Engagement == msg.Engagement && sender(d.Message) == sender(msg)
	})
	m.fleeting = append(m.fleeting, Delivery{
		Number: m.Last, Sequence: m.Sequences[msg.Engagement], Message: msg, Fleeting: true, position: position,
	})
}

func sender(m *Message) ClientID {
	switch {
	case m.Activity != nil:
		return m.Activity.Client
	case m.Connection != nil:
		return m.Connection.Client
	case m.Receipt != nil:
		return m.Receipt.Client
	}
	return 0
}

// dropFleeting forgets fleeting messages of an engagement that no longer tell anything.
func (m *Mailbox) dropFleeting(e EngagementID, k Kind) {
	m.fleeting = slices.DeleteFunc(m.fleeting, func(d Delivery) bool {
		return d.Message.Engagement == e && d.Message.Kind == k
	})
}

// dropOwn forgets fleeting messages that only those who ask for usher's own are given.
func (m *Mailbox) dropOwn(agent bool) {
	m.fleeting = slices.DeleteFunc(m.fleeting, func(d Delivery) bool {
		switch d.Message.Kind {
		case KindReceipt, KindIdle, KindVisitor:
			return true
		case KindConnection:
			return agent // a visitor's contract has it
		}
		return false
	})
}

// received drops the messages up to number n and answers them.
func (m *Mailbox) received(n int64) []Delivery {
	k := int(n - m.Received)
	gone := m.Waiting[:k:k]
	m.Waiting = slices.Clone(m.Waiting[k:])
	m.Received = n
	for _, d := range gone {
		m.weigh(d, -1)
	}
	return gone
}

// renew starts the counts again for a session that takes the mailbox over:
// what was not received is carried along under fresh numbers.
func (m *Mailbox) renew() {
	*m = Mailbox{Waiting: m.Waiting, backlog: m.backlog}
	m.Sequences = map[EngagementID]int64{}
	for i := range m.Waiting {
		d := &m.Waiting[i]
		m.Last++
		m.Sequences[d.Message.Engagement]++
		d.Number, d.Sequence = m.Last, m.Sequences[d.Message.Engagement]
	}
}

// Batch is what a retrieval hands out: durable messages, and the fleeting ones
// that stand between them, in order.
type Batch struct {
	Deliveries []Delivery
	// Last is the number of the last durable message in the batch, 0 if there is none.
	Last int64
	// More: there is more than one answer may hold.
	More bool
}

// Empty reports whether the batch has nothing to hand out.
func (b Batch) Empty() bool { return len(b.Deliveries) == 0 }

// messageOverhead is what a message weighs on the wire beside its text: the
// longest header with all its twins is just below it.
const messageOverhead = 1200

func weight(d Delivery) int {
	switch {
	case d.Message.Post != nil:
		return messageOverhead + d.Message.Post.size()
	case d.Message.Assignment != nil:
		return messageOverhead + d.Message.Assignment.Contact.size()
	}
	return messageOverhead
}

// ready answers what may be handed out when all events before position durable
// are durable, and forgets the fleeting messages that it hands out. At least one
// message goes out, however large.
func (m *Mailbox) ready(durable int64) Batch {
	var b Batch
	size, fleet := 0, 0
	limit := m.Last
	for i, d := range m.Waiting {
		if d.position > durable {
			limit = d.Number - 1
			break
		}
		if size += weight(d); i > 0 && size > MaxBatchBytes {
			limit, b.More = d.Number-1, true
			break
		}
		for fleet < len(m.fleeting) && m.fleeting[fleet].Number < d.Number {
			b.Deliveries = append(b.Deliveries, m.fleeting[fleet])
			fleet++
		}
		b.Deliveries = append(b.Deliveries, d)
		b.Last = d.Number
	}
	for fleet < len(m.fleeting) && m.fleeting[fleet].Number <= limit && m.fleeting[fleet].position <= durable {
		b.Deliveries = append(b.Deliveries, m.fleeting[fleet])
		fleet++
	}
	if fleet > 0 {
		m.fleeting = slices.Clone(m.fleeting[fleet:])
	}
	return b
}
