package app

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"usher/api"
	"usher/client"
	"usher/client/agent"
	"usher/internal/cluster"

	wire "usher/api/agent"
)

const (
	// botPlaces is how many visitors the bot talks to at once.
	botPlaces = 1000
	// botAgain is how long the bot waits before it logs on again.
	botAgain = time.Second
)

// startBot lets the demo's bot answer, as an ordinary client of the agent API. Of the
// nodes of a pool the one lets it that runs the site: an account has one session.
func (d *demo) startBot(a *App, node *cluster.Node, c *http.Client) {
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	a.onStop("bot", func(context.Context) error {
		cancel()
		<-over
		c.CloseIdleConnections()
		return nil
	})
	account := d.ready.Accounts[len(d.ready.Accounts)-1]
	b := &bot{node: node, log: a.log.With("bot", account.Login), options: agent.Options{
		Server: a.url.String(), Site: d.ready.Site, Login: account.Login, Password: account.Password,
		Override: true, HTTP: c,
	}}
	go func() {
		defer close(over)
		b.run(ctx)
	}()
}

// bot says again what visitors say.
type bot struct {
	options agent.Options
	node    *cluster.Node
	log     *slog.Logger
	session *agent.Session
}

// run keeps the bot logged on until ctx ends.
func (b *bot) run(ctx context.Context) {
	for ctx.Err() == nil {
		if b.here() {
			b.talkHere(ctx)
		}
		select {
		case <-ctx.Done():
		case <-time.After(botAgain):
		}
	}
}

// here reports whether it is this node's bot that answers.
func (b *bot) here() bool {
	_, err := b.node.Owner(context.Background(), b.options.Site)
	return err == nil
}

// talkHere talks for as long as it is this node's turn.
func (b *bot) talkHere(ctx context.Context) {
	talking, stop := context.WithCancel(ctx)
	defer stop()
	if b.node.Pooled() {
		go b.watch(talking, stop)
	}
	if err := b.talk(talking); err != nil && talking.Err() == nil {
		b.log.Warn("logging on again", "err", err)
	}
}

// watch stops the talking when the site has gone to another node.
func (b *bot) watch(talking context.Context, stop func()) {
	defer stop()
	for b.here() {
		select {
		case <-talking.Done():
			return
		case <-time.After(botAgain):
		}
	}
}

// talk logs on, takes up what a former session left, and answers.
func (b *bot) talk(ctx context.Context) (err error) {
	if b.session, err = agent.Dial(ctx, b.options); err != nil {
		return err
	}
	held, err := b.session.Engagements(ctx)
	if err != nil {
		return err
	}
	for _, e := range held.Engagements {
		switch e.State {
		case wire.StateOffered:
			err = b.accept(ctx, &wire.ChatEngagementAssignment{EngagementID: e.EngagementID, Type: api.AssignmentLead})
		case wire.StateWrapUp:
			err = b.session.Release(ctx, e.EngagementID)
		}
		if err != nil {
			return err
		}
	}
	if err := b.session.SetActivityStatus(ctx, api.StatusAvailable, 0); err != nil {
		return err
	}
	if err := b.ask(ctx); err != nil {
		return err
	}
	return b.session.Run(ctx, b.handle)
}

func (b *bot) ask(ctx context.Context) error {
	return b.session.RequestAssignment(ctx, true, botPlaces, botPlaces)
}

func (b *bot) handle(ctx context.Context, m agent.Message) error {
	switch {
	case m.ChatEngagementAssignment != nil:
		return b.accept(ctx, m.ChatEngagementAssignment)
	case m.ChatPostMessage != nil:
		return b.unlessOver(b.echo(ctx, m.ChatPostMessage))
	case m.ChatDisconnectNotification != nil:
		if m.ChatDisconnectNotification.Role == api.RoleNone { // an offer withdrawn
			return nil
		}
		if err := b.unlessOver(b.session.Release(ctx, m.ChatDisconnectNotification.EngagementID)); err != nil {
			return err
		}
		return b.ask(ctx)
	}
	return nil
}

// echo says again what somebody said, as it was said: what is off the record stays so.
func (b *bot) echo(ctx context.Context, m *wire.ChatPostMessage) error {
	if m.SenderType == api.PartySystem {
		return nil
	}
	_, err := b.session.PostMessage(ctx, wire.PostMessageRequest{
		Body: m.Body, RichText: m.RichText, OffTheRecord: m.OffTheRecord,
		DestinationID: m.DestinationID, DestinationType: api.PartyEngagement, Visibility: api.VisibilityAll,
	})
	return err
}

func (b *bot) accept(ctx context.Context, offer *wire.ChatEngagementAssignment) error {
	_, err := b.session.Accept(ctx, offer)
	return b.unlessOver(err)
}

// unlessOver passes over refusals that only say that somebody was faster: the
// visitor left, or the offer expired.
func (b *bot) unlessOver(err error) error {
	if e, ok := errors.AsType[*client.Error](err); ok && (e.Status == http.StatusConflict || e.Status == http.StatusBadRequest) {
		b.log.Debug("too late", "err", err)
		return nil
	}
	return err
}
