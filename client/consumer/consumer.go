// Package consumer is the Go SDK for programs that talk as a visitor.
//
// Start opens the chat, Run hands over what happens until the chat is over, and
// Post says something:
//
//	session, err := consumer.Start(ctx, consumer.Options{Server: server, Site: "demo", Key: key})
//	if err != nil {
//		return err
//	}
//	if err := session.Post(ctx, "My card was refused."); err != nil {
//		return err
//	}
//	return session.Run(ctx, func(ctx context.Context, m consumer.Message) error {
//		if m.MessagePosted != nil {
//			fmt.Println(m.MessagePosted.Body)
//		}
//		return nil
//	})
//
// Refused requests are errors that wrap *client.Error.
package consumer

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"usher/api"
	wire "usher/api/consumer"
	"usher/api/sites"
	"usher/client/internal/link"
)

// Message is one system message: exactly one of its pointers is set.
type Message = wire.SystemMessage

// Options say where the site is, by what right the chat is opened, and who the
// visitor is.
type Options struct {
	// Server is the site's URL, such as "https://chat.example.org"; required.
	Server string
	// Site is the site's name; required with Key, and otherwise only where
	// several sites share a host.
	Site string
	// Key is the site's public widget key. Without it, Login and Password are
	// needed: those of an account of the site, as a site's own back end has.
	Key      string
	Login    string
	Password string
	// Visitor says who the visitor is and what it is about; all is optional. With a
	// log-in or an Identity, its ResumeType sites.ResumeLive goes on with a chat of the
	// same visitor that is not over.
	Visitor sites.SessionAttributes
	// Identity, with Key, is the word of the site's back end of who the visitor is.
	Identity string
	// ChatURL is the chat server's URL, if the address that the site hands out
	// can't be reached from here. The link then stays there when the site moves.
	ChatURL string
	// HTTP makes the requests; nil is http.DefaultClient. It must have no
	// Timeout below a minute: retrievals are held for half of that.
	HTTP *http.Client
}

// Session is an open chat. Its methods may be called from several goroutines,
// Run from one at a time.
type Session struct {
	// ClientID is the visitor's id as a participant.
	ClientID int64
	// EngagementID is the chat's id.
	EngagementID int64
	// QueueID is the queue that the visitor waits in.
	QueueID int64

	link *link.Link
}

const operations = "/engagement/api/consumer/{site}/v1/"

// farewell bounds the last request of Run, which nobody waits for.
const farewell = 5 * time.Second

// Start opens the chat and puts the visitor in a queue.
func Start(ctx context.Context, o Options) (*Session, error) {
	site := link.Site{HTTP: o.HTTP, Server: o.Server, Name: o.Site, Login: o.Login, Password: o.Password}
	if err := site.Prepare(); err != nil {
		return nil, fmt.Errorf("start chat: %w", err)
	}
	var (
		established sites.EstablishSessionsResponse
		err         error
	)
	switch {
	case o.Key == "":
		err = site.Bootstrap(ctx, http.MethodPost, "establishSessions", sites.EstablishSessionsRequest{SessionInformation: o.Visitor}, &established)
	case o.Site == "":
		err = errors.New("the option Site is empty: with Key it must name the site")
	default:
		path := "/usher/consumer/" + url.PathEscape(o.Site) + "/v1/start"
		err = site.Call(ctx, http.MethodPost, path, nil, wire.StartRequest{Key: o.Key, Identity: o.Identity, SessionAttributes: o.Visitor}, &established)
	}
	if err != nil {
		return nil, fmt.Errorf("start chat: %w", err)
	}
	server, err := established.Server()
	if err != nil {
		return nil, fmt.Errorf("start chat: %w", err)
	}
	chat, err := site.Chat(o.ChatURL, server.Domain, string(server.Port), established.SiteName, server.Pool)
	if err != nil {
		return nil, fmt.Errorf("start chat: %w", err)
	}
	s := &Session{link: chat}
	header := http.Header{"Authorization": {"Bearer " + established.ChannelToken}}
	var answer wire.RequestEngagementResponse
	err = chat.Open(ctx, operations+"requestEngagement", header, wire.RequestEngagementRequest{Request: s.request()}, &answer)
	if err != nil {
		return nil, fmt.Errorf("request engagement: %w", err)
	}
	if answer.SessionID == "" {
		return nil, fmt.Errorf("request engagement: no chat was opened: %s", cmp.Or(answer.ResultType, api.ResultNone))
	}
	s.ClientID, s.EngagementID, s.QueueID = answer.ClientID, answer.EngagementID, answer.QueueID
	chat.Identify(http.Header{"Sessionid": {answer.SessionID}})
	return s, nil
}

// Run hands every message to handle, in order, one at a time, until the chat is
// over: then the last message was a Concluded, and Run answers nil. It ends
// earlier with the cause of ctx's end, with handle's error, or with one that
// wraps client.ErrSessionEnded.
//
// Messages are acknowledged only after handle returned for their whole batch;
// when it fails the batch comes again to the next Run. Lost connections, restarts
// of the server and moves of the site are waited out and followed. Messages of
// unknown name are not handed over.
func (s *Session) Run(ctx context.Context, handle func(context.Context, Message) error) error {
	if err := link.Run(ctx, s.link, s.poll, handle); err != nil {
		return err
	}
	// The last words were heard. Concluding a concluded chat changes nothing, is
	// answered at once, and carries that acknowledgement.
	// handle may have ended ctx at the last word, as programs do.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), farewell)
	defer cancel()
	_ = s.Conclude(ctx)
	return nil
}

func (s *Session) poll(ctx context.Context) (link.Batch[Message], error) {
	var answer wire.GetMessagesResponse
	last, err := s.link.Poll(ctx, operations+"getMessages", wire.GetMessagesRequest{Request: s.request()}, &answer)
	if err != nil {
		return link.Batch[Message]{}, fmt.Errorf("get messages: %w", err)
	}
	batch := link.Batch[Message]{Last: last, Empty: len(answer.SystemMessages) == 0}
	for _, m := range answer.SystemMessages {
		if m.Unknown != nil {
			continue
		}
		if c := m.ConfigurationChanged; c != nil {
			pool := text(c.Pool)
			if pool == "" && c.Name == wire.PoolSetting {
				pool = c.Value
			}
			s.link.Follow(text(c.Domain), text(c.Port), pool)
		}
		batch.Final = batch.Final || m.Concluded != nil
		batch.Messages = append(batch.Messages, m)
	}
	return batch, nil
}

// Post sends a text to the agents, as PostMessage does. It may be called before
// an agent is there.
func (s *Session) Post(ctx context.Context, text string) error {
	_, err := s.PostMessage(ctx, wire.PostMessageRequest{Body: text})
	return err
}

// PostMessage sends a message and answers its MessageID, which is made if r has
// none. A lost connection, 429, 502, 503 and 504 are tried again under the same
// MessageID, so the message is delivered once; give ctx a deadline to bound that
// to less than nine minutes. After the chat's end it is refused with status 409.
func (s *Session) PostMessage(ctx context.Context, r wire.PostMessageRequest) (messageID string, err error) {
	r.MessageID = cmp.Or(r.MessageID, sites.Text(rand.Text()))
	return string(r.MessageID), link.Retry(ctx, func(ctx context.Context) error {
		r.Request = s.request()
		return s.do(ctx, "post message", "postMessage", r, new(wire.PostMessageResponse))
	})
}

// Activity says that the visitor is typing, api.ModeResponding, or is not,
// api.ModeListening. preview is what was typed so far, for sites that show it to
// agents, or "".
func (s *Session) Activity(ctx context.Context, mode api.Mode, preview string) error {
	r := wire.ActivityRequest{Mode: mode, Request: s.request()}
	if preview != "" {
		r.SneakPreviewText = new(sites.Text(preview))
	}
	return s.do(ctx, "set activity", "activity", r, new(wire.ActivityResponse))
}

// Conclude ends the chat. Run still hands over the Concluded that follows.
func (s *Session) Conclude(ctx context.Context) error {
	return s.do(ctx, "conclude engagement", "concludeEngagement",
		wire.ConcludeEngagementRequest{Request: s.request()}, new(wire.ConcludeEngagementResponse))
}

// do makes one request; what says in an error what was being done.
func (s *Session) do(ctx context.Context, what, operation string, body, answer any) error {
	if err := s.link.Do(ctx, operations+operation, body, answer); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// request numbers and dates a request.
func (s *Session) request() wire.Request {
	return wire.Request{
		ClientRequestTime:   new(sites.Text(time.Now().UTC().Format(wire.TimeLayout))),
		ClientTransactionID: new(sites.Number(s.link.Number())),
	}
}

// text is what p points to, "" if nothing.
func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
