package main

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"time"
)

// conversation is a visitor who posts and an agent who polls, on one server.
type conversation struct {
	post, poll call
	serial     int64  // of the last request; rises over all rounds
	ack        int64  // position of the agent's mailbox
	recorded   []byte // the message id in every answer of the baseline; nil for usher
}

// openConversation brings a visitor and an agent of their own together.
func (s *site) openConversation(ctx context.Context, i int) (*conversation, error) {
	id := int64(firstID + i)
	a, err := s.newAgent(ctx, id)
	if err != nil {
		return nil, err
	}
	v, err := s.newVisitor(ctx, i, id)
	if err != nil {
		return nil, err
	}
	if err := s.accept(ctx, a, v.engagement); err != nil {
		return nil, err
	}
	return &conversation{post: s.postCall(v), poll: s.agentPollCall(a), serial: firstSerial, ack: a.ack}, nil
}

// onHub returns the same conversation on the baseline's mailbox i: the same
// bytes to other targets. recorded is the message id in its answers.
func (c *conversation) onHub(i int, recorded []byte) *conversation {
	id := mailboxID(i)
	return &conversation{
		post: c.post.at("/post?to=" + id), poll: c.poll.at("/poll?id=" + id),
		serial: firstSerial, recorded: recorded,
	}
}

// messageOf is the message id in the answer that delivers the post with serial.
func (c *conversation) messageOf(serial int64) []byte {
	if c.recorded != nil {
		return c.recorded
	}
	return strconv.AppendInt([]byte(messageID), serial, 10)
}

// run posts message after message, each when the last one was delivered to the
// agent's parked poll, for as long as more says after a delivery; delivered is
// told how long each took from the start of the post. One goroutine does both
// sides, which costs the least wake-ups. Afterwards no poll is left open.
func (c *conversation) run(host string, visitor, agent *wire, more func() bool, delivered func(time.Duration)) error {
	post, poll := c.post.layOut(host), c.poll.layOut(host)
	if err := agent.send(poll.bytes(c.serial, c.ack)); err != nil {
		return fmt.Errorf("poll: %w", err)
	}
	for {
		c.serial++
		message := c.messageOf(c.serial)
		start := time.Now()
		if err := visitor.send(post.bytes(c.serial, 0)); err != nil {
			return fmt.Errorf("post: %w", err)
		}
		answered := false
		for {
			got, err := agent.receive()
			if err != nil {
				return fmt.Errorf("poll: %w", err)
			}
			c.ack = max(c.ack, got.last)
			if bytes.Contains(got.body, message) {
				break
			}
			// Something else came, or nothing for the time of a hold. If the post
			// was refused its answer says why, so look at that before waiting on.
			if !answered {
				if _, err := visitor.receive(); err != nil {
					return fmt.Errorf("post: %w", err)
				}
				answered = true
			}
			if err := agent.send(poll.bytes(c.serial, c.ack)); err != nil {
				return fmt.Errorf("poll: %w", err)
			}
		}
		delivered(time.Since(start))
		goOn := more()
		if goOn {
			if err := agent.send(poll.bytes(c.serial, c.ack)); err != nil {
				return fmt.Errorf("poll: %w", err)
			}
		}
		if !answered {
			if _, err := visitor.receive(); err != nil {
				return fmt.Errorf("post: %w", err)
			}
		}
		if !goOn {
			return nil
		}
	}
}

// rehearsal is how many posts precede the recorded one, so that the numbers in
// the recorded answers have as many digits as those of a measured round.
const rehearsal = 1000

// record holds a conversation of some posts and keeps the last answers, for the
// baseline, with the message id in them.
func (c *conversation) record(ctx context.Context, host string, dial dialer) (script, []byte, error) {
	visitor, agent, hangUp, err := c.connect(ctx, 0, dial)
	if err != nil {
		return script{}, nil, err
	}
	defer hangUp()
	visitor.got.keepHead, agent.got.keepHead = true, true
	posts := 0
	err = c.run(host, visitor, agent, func() bool {
		posts++
		return posts <= rehearsal
	}, func(time.Duration) {})
	if err != nil {
		return script{}, nil, fmt.Errorf("record usher's answers: %w", err)
	}
	message := record(&agent.got)
	return script{Post: record(&visitor.got), Message: message, Timeout: timeoutLike(message)}, c.messageOf(c.serial), nil
}

// connect opens the connections of both sides. They end with ctx.
func (c *conversation) connect(ctx context.Context, i int, dial dialer) (visitor, agent *wire, hangUp func(), err error) {
	a, err := dial(ctx, 2*i)
	if err != nil {
		return nil, nil, nil, err
	}
	b, err := dial(ctx, 2*i+1)
	if err != nil {
		a.Close()
		return nil, nil, nil, err
	}
	both := func() {
		a.Close()
		b.Close()
	}
	stop := context.AfterFunc(ctx, both)
	return newWire(a), newWire(b), func() {
		stop()
		both()
	}, nil
}
