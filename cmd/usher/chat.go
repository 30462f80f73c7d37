package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"usher/api"
	"usher/api/sites"
	"usher/client"
	"usher/client/consumer"
)

// chatCommand is a visitor in the terminal: a line in is a post, a line out is
// what somebody else said.
type chatCommand struct {
	target
	Key      string `help:"The site's public widget key." placeholder:"KEY" env:"USHER_KEY"`
	Login    string `help:"In place of the key: the login of an account of the site." placeholder:"NAME"`
	Password string `help:"The account's password." placeholder:"TEXT" env:"USHER_PASSWORD"`
	Queue    int64  `help:"The queue to wait in; by default the site's default." placeholder:"ID"`
	Name     string `help:"Your name, as the agent sees it." placeholder:"NAME"`
	Question string `help:"What it is about, as the agent sees it." placeholder:"TEXT"`
}

func (chatCommand) Help() string {
	return `A line that you type is sent; the end of the input ends the chat.

Example:

  usher chat --queue 2
  echo hello | usher chat --queue 2`
}

// A chat whose input has ended waits lastWord for an answer before it says
// goodbye, and then for as long as answers follow each other within afterWord:
// of several lines each may have one.
const (
	lastWord  = 10 * time.Second
	afterWord = time.Second
)

func (c chatCommand) Run(p *process) error {
	ctx, cancel := context.WithCancel(p.ctx)
	defer cancel()
	o, err := c.options(ctx)
	if err != nil {
		return err
	}
	session, err := consumer.Start(ctx, o)
	if err != nil {
		return err
	}
	v := &visitor{process: p, session: session, names: map[int64]string{}, answered: make(chan struct{}, 1)}
	fmt.Fprintf(p.stderr, "* waiting in queue %d\n", session.QueueID)
	over := make(chan error, 1)
	go func() { over <- session.Run(ctx, v.show) }()
	return v.talk(ctx, over)
}

// options finds the server, the site and the right to chat there.
func (c *chatCommand) options(ctx context.Context) (consumer.Options, error) {
	known, err := c.ready()
	if err != nil {
		return consumer.Options{}, err
	}
	switch {
	case c.Key != "" || c.Login != "":
	case known != nil:
		c.Key = known.WidgetKey
	default:
		d, err := c.demoSite(ctx)
		if err != nil {
			return consumer.Options{}, err
		}
		c.Site, c.Key = d.Site, d.WidgetKey
	}
	if c.Key != "" && c.Site == "" {
		return consumer.Options{}, usageError("--key needs --site: a key belongs to one site")
	}
	return consumer.Options{
		Server: c.Server, Site: c.Site, Key: c.Key, Login: c.Login, Password: c.Password,
		Visitor: sites.SessionAttributes{FirstName: sites.Text(c.Name), Question: sites.Text(c.Question), QueueID: sites.Number(c.Queue)},
	}, nil
}

// visitor shows what happens and sends what is typed.
type visitor struct {
	*process
	session  *consumer.Session
	names    map[int64]string // of participants, by client id; the loop's own
	answered chan struct{}    // somebody said something since it was last drained
}

func (v *visitor) show(_ context.Context, m consumer.Message) error {
	switch {
	case m.WaitInformationChanged != nil:
		fmt.Fprintf(v.stderr, "* you are number %d in the queue\n", m.WaitInformationChanged.Position)
	case m.ParticipantAdded != nil:
		a := m.ParticipantAdded
		v.names[a.ClientID] = a.Name
		fmt.Fprintf(v.stderr, "* %s is here\n", a.Name)
		if a.Greeting != "" {
			v.say(a.ClientID, a.Greeting)
		}
	case m.MessagePosted != nil:
		v.say(m.MessagePosted.ClientID, m.MessagePosted.Body)
		select {
		case v.answered <- struct{}{}:
		default:
		}
	case m.ParticipantLeft != nil:
		fmt.Fprintf(v.stderr, "* %s has left, you wait for the next\n", m.ParticipantLeft.Name)
	case m.Concluded != nil:
		fmt.Fprintf(v.stderr, "* the chat is over (%s)\n", m.Concluded.Reason)
	}
	return nil
}

func (v *visitor) say(from int64, text string) {
	name := v.names[from]
	if name == "" {
		name = "usher"
	}
	fmt.Fprintf(v.stdout, "%s: %s\n", name, text)
}

// talk sends lines until the chat is over or the input ends.
func (v *visitor) talk(ctx context.Context, over <-chan error) error {
	typed, failed := lines(ctx, v.stdin)
	if interactive(v.stdin) {
		fmt.Fprintln(v.stderr, "* type a line and press Enter to send it; Ctrl-D ends the chat")
	}
	said := false
	for {
		select {
		case err := <-over:
			return v.ended(err)
		case line, more := <-typed:
			if !more {
				select {
				case err := <-failed:
					return err
				default:
				}
				return v.leave(ctx, over, said && !interactive(v.stdin))
			}
			drain(v.answered)
			said = true
			if err := v.session.Post(ctx, line); err != nil {
				if concluded(err) {
					continue // the loop is about to say so
				}
				return err
			}
			_ = v.session.Activity(ctx, api.ModeListening, "")
		}
	}
}

// leave ends the chat, after waiting for answers if asked to.
func (v *visitor) leave(ctx context.Context, over <-chan error, wait bool) error {
	for patience := lastWord; wait; patience = afterWord {
		select {
		case err := <-over:
			return v.ended(err)
		case <-v.answered:
		case <-time.After(patience):
			wait = false
		}
	}
	if err := v.session.Conclude(ctx); err != nil && !concluded(err) {
		return err
	}
	select {
	case err := <-over:
		return v.ended(err)
	case <-time.After(lastWord):
		return errors.New("the server did not confirm the end of the chat")
	}
}

func (v *visitor) ended(err error) error {
	if errors.Is(err, context.Canceled) {
		// Ctrl-C is a goodbye too: the agent should not be left waiting.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(v.ctx), time.Second)
		defer cancel()
		_ = v.session.Conclude(ctx)
		return nil
	}
	return err
}

func drain(c chan struct{}) {
	select {
	case <-c:
	default:
	}
}

// concluded reports whether a request was refused because the chat is over.
func concluded(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && (e.Code == api.Conflict || errors.Is(err, client.ErrSessionEnded))
}
