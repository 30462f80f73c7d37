package main

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"usher/api"
	"usher/client"
	"usher/client/agent"
)

// agentCommand is an agent in the terminal: it takes one visitor at a time.
type agentCommand struct {
	target
	Login    string `help:"The account's login; from a ready file: its first person." placeholder:"NAME" env:"USHER_LOGIN"`
	Password string `help:"The account's password." placeholder:"TEXT" env:"USHER_PASSWORD"`
	Override bool   `help:"Take over a live session of the account."`
}

func (agentCommand) Help() string {
	return `Takes one visitor at a time. A line that you type is sent to the visitor; /end
ends the chat and takes the next; the end of the input ends the chat and logs off.

Example:

  usher agent --login ada --password PASSWORD
  usher agent --ready-file ready.json --login bob`
}

func (c agentCommand) Run(p *process) error {
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	if err := c.credentials(); err != nil {
		return err
	}
	session, err := agent.Dial(ctx, agent.Options{
		Server: c.Server, Site: c.Site, Login: c.Login, Password: c.Password, Override: c.Override,
	})
	if err != nil {
		return err
	}
	d := &desk{process: p, session: session, names: map[int64]string{}}
	defer d.logOff()
	if err := session.SetActivityStatus(ctx, api.StatusAvailable, 0); err != nil {
		return err
	}
	if err := d.next(ctx); err != nil {
		return err
	}
	over := make(chan error, 1)
	go func() { over <- session.Run(ctx, d.show) }()
	return d.talk(ctx, over)
}

// credentials takes from the ready file what was not given.
func (c *agentCommand) credentials() error {
	known, err := c.ready()
	if err != nil {
		return err
	}
	if known != nil {
		for _, a := range known.Accounts {
			if c.Login == a.Login || c.Login == "" && !a.VirtualAgent {
				c.Login = a.Login
				if c.Password == "" {
					c.Password = a.Password
				}
			}
		}
	}
	if c.Login == "" || c.Password == "" {
		return usageError("an agent needs --login and --password, or --ready-file")
	}
	return nil
}

// desk is an agent with room for one visitor.
type desk struct {
	*process
	session *agent.Session
	names   map[int64]string // of visitors, by engagement; the loop's own
	current atomic.Int64     // the engagement at the desk, 0 for none
}

func (d *desk) next(ctx context.Context) error {
	fmt.Fprintln(d.stderr, "* waiting for a visitor")
	return d.session.RequestAssignment(ctx, true, 1, 1)
}

func (d *desk) show(ctx context.Context, m agent.Message) error {
	switch {
	case m.ChatEngagementAssignment != nil:
		offer := m.ChatEngagementAssignment
		if _, err := d.session.Accept(ctx, offer); err != nil {
			if _, refused := errors.AsType[*client.Error](err); refused {
				return nil // the visitor left, or the offer expired
			}
			return err
		}
		d.current.Store(offer.EngagementID)
		if offer.ContactInfo.Question != "" {
			fmt.Fprintf(d.stderr, "* question: %s\n", offer.ContactInfo.Question)
		}
	case m.ChatEngagementParticipantAdded != nil:
		a := m.ChatEngagementParticipantAdded
		name := a.Name
		if name == "" {
			name = "visitor"
		}
		d.names[a.EngagementID] = name
		fmt.Fprintf(d.stderr, "* %s is here\n", name)
	case m.ChatPostMessage != nil:
		fmt.Fprintf(d.stdout, "%s: %s\n", d.names[m.ChatPostMessage.DestinationID], m.ChatPostMessage.Body)
	case m.ChatDisconnectNotification != nil:
		left := m.ChatDisconnectNotification
		if left.EngagementID == d.current.Load() {
			fmt.Fprintf(d.stderr, "* the chat is over (%s)\n", left.Reason)
			return d.release(ctx, left.EngagementID)
		}
	}
	return nil
}

// release frees the desk and asks for the next visitor.
func (d *desk) release(ctx context.Context, id int64) error {
	if !d.current.CompareAndSwap(id, 0) {
		return nil
	}
	if err := d.session.Release(ctx, id); err != nil {
		return err
	}
	return d.next(ctx)
}

func (d *desk) talk(ctx context.Context, over <-chan error) error {
	typed, failed := lines(ctx, d.stdin)
	for {
		select {
		case err := <-over:
			if errors.Is(err, context.Canceled) {
				return nil
			}
			return err
		case line, more := <-typed:
			if !more {
				select {
				case err := <-failed:
					return err
				default:
					return nil
				}
			}
			if err := d.say(ctx, line); err != nil {
				return err
			}
		}
	}
}

// say sends a line to the visitor at the desk.
func (d *desk) say(ctx context.Context, line string) error {
	id := d.current.Load()
	switch {
	case id == 0:
		fmt.Fprintln(d.stderr, "* nobody is here yet: the line was not sent")
		return nil
	case line == "/end":
		return d.release(ctx, id)
	}
	err := d.session.Post(ctx, id, line)
	if concluded(err) {
		return nil // the loop is about to say so
	}
	return err
}

// logOff ends the chat at the desk and the session, also when the command was
// interrupted.
func (d *desk) logOff() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(d.ctx), 5*time.Second)
	defer cancel()
	if id := d.current.Load(); id != 0 {
		_ = d.session.Release(ctx, id)
	}
	_ = d.session.Logoff(ctx, true)
}
