package crowd

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"time"

	"usher/api"
	contract "usher/api/consumer"
	"usher/api/sites"
	"usher/client/consumer"
)

// visitors are those who come one after the other at one of the places.
type visitors struct {
	crowd  *Crowd
	nth    int
	habit  habit
	random *rand.Rand
}

// chat is a visitor's session: the SDK's methods, which the client of our own has
// too.
type chat interface {
	Run(context.Context, func(context.Context, consumer.Message) error) error
	PostMessage(context.Context, contract.PostMessageRequest) (string, error)
	Activity(context.Context, api.Mode, string) error
	Conclude(context.Context) error
}

func (v *visitors) act() {
	for n := 1; !v.crowd.closing.Load() && v.crowd.ctx.Err() == nil; n++ {
		v.visit(fmt.Sprintf("visitor-%d.%d-%s", v.nth, n, v.habit))
	}
}

// visit opens a chat, talks, and stays until it hears that the chat is over.
func (v *visitors) visit(name string) {
	crowd := v.crowd
	c, engagement, err := v.open(name)
	if err != nil {
		pause(crowd.ctx, againAfter)
		return
	}
	crowd.Record.visit(engagement, name)
	over := make(chan struct{})
	go func() {
		defer close(over)
		// However it ends early, the record shows that the end was not heard.
		_ = c.Run(crowd.ctx, func(_ context.Context, m consumer.Message) error {
			v.receive(name, engagement, m)
			return nil
		})
	}()
	v.talk(name, engagement, c, over)
	<-over
}

func (v *visitors) open(name string) (chat, int64, error) {
	crowd := v.crowd
	visitor := sites.SessionAttributes{FirstName: sites.Text(name), QueueID: 1}
	if v.habit == habitSDK {
		s, err := consumer.Start(crowd.ctx, consumer.Options{
			Server: "http://" + crowd.Front.Name(), Site: crowd.Site, Key: crowd.key, Visitor: visitor, HTTP: crowd.Front.cuttingHTTP(rand.New(rand.NewPCG(v.random.Uint64(), 0))),
		})
		if err != nil {
			return nil, 0, err
		}
		return s, s.EngagementID, nil
	}
	return openOwn(crowd, v.habit, v.random.Uint64(), visitor)
}

// talk says something a few times, and leaves if nobody ends the chat before.
func (v *visitors) talk(name string, engagement int64, c chat, over <-chan struct{}) {
	crowd := v.crowd
	for n := range 3 + v.random.IntN(12) {
		select {
		case <-over:
			return
		default:
		}
		if v.random.IntN(3) == 0 {
			_ = c.Activity(crowd.ctx, api.ModeResponding, "") // fleeting: it may be lost
		}
		p := post{id: crowd.newID(name), engagement: engagement, sender: name, visitor: true, nth: n, body: fmt.Sprintf("%s says %d", name, n)}
		crowd.Record.send(p)
		err := insist(crowd.ctx, func(ctx context.Context) error {
			_, err := c.PostMessage(ctx, contract.PostMessageRequest{Body: p.body, MessageID: sites.Text(p.id)})
			return err
		})
		if err != nil {
			break // the chat is over
		}
		crowd.Record.answer(p.id)
		pause(crowd.ctx, Between(v.random, 0, 60*time.Millisecond))
	}
	stay := time.Duration(0)
	if v.random.IntN(2) == 0 {
		stay = Between(v.random, 0, 1500*time.Millisecond)
	}
	select {
	case <-over:
		return
	case <-crowd.ctx.Done():
		return
	case <-time.After(stay):
	}
	_ = insist(crowd.ctx, c.Conclude) // refused when somebody was faster
}

// receive notes a durable message.
func (v *visitors) receive(name string, engagement int64, m consumer.Message) {
	content, err := json.Marshal(m)
	if err != nil {
		panic(err) // it was decoded a moment ago
	}
	d := delivery{session: name, exact: v.habit.exact(), engagement: engagement, kind: kindOther, content: string(content)}
	switch {
	case m.ActivityChanged != nil, m.WaitInformationChanged != nil, m.ConnectionStateChanged != nil:
		return // fleeting
	case m.MessagePosted != nil:
		d.number, d.kind, d.body = m.MessagePosted.SequenceNumber, kindPost, m.MessagePosted.Body
		if id := m.MessagePosted.MessageID; id != nil {
			d.post = *id
		}
	case m.ParticipantAdded != nil:
		d.number, d.client = m.ParticipantAdded.SequenceNumber, m.ParticipantAdded.ClientID
		if m.ParticipantAdded.Role == api.RoleLead {
			d.kind = kindLeadIn
		}
	case m.ParticipantLeft != nil:
		d.number, d.client = m.ParticipantLeft.SequenceNumber, m.ParticipantLeft.ClientID
		if m.ParticipantLeft.Role == api.RoleLead {
			d.kind = kindLeadOut
		}
	case m.Concluded != nil:
		d.number, d.kind = m.Concluded.SequenceNumber, kindConcluded
	}
	v.crowd.Record.receive(d)
	if d.kind == kindConcluded {
		v.crowd.Record.heard(engagement)
	}
}

// ownChat is a visitor's session without the SDK.
type ownChat struct {
	retrieval
	ops *wire
}

// openOwn opens a chat. A token whose answer was lost finds its engagement again.
func openOwn(crowd *Crowd, h habit, seed uint64, visitor sites.SessionAttributes) (chat, int64, error) {
	ops := &wire{front: crowd.Front, waits: 50 * time.Millisecond, random: rand.New(rand.NewPCG(seed, 1))}
	path := "/engagement/api/consumer/" + crowd.Site + "/v1/"
	var opened contract.StartResponse
	err := insist(crowd.ctx, func(ctx context.Context) error {
		_, err := ops.post(ctx, "/usher/consumer/"+crowd.Site+"/v1/start", nil, contract.StartRequest{Key: crowd.key, SessionAttributes: visitor}, &opened)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	var session contract.RequestEngagementResponse
	err = insist(crowd.ctx, func(ctx context.Context) error {
		_, err := ops.post(ctx, path+"requestEngagement", http.Header{"Authorization": {"Bearer " + opened.ChannelToken}}, struct{}{}, &session)
		return err
	})
	if err != nil {
		return nil, 0, err
	}
	return &ownChat{
		retrieval: retrieval{
			wire: &wire{front: crowd.Front, waits: holdSeconds * time.Second, random: rand.New(rand.NewPCG(seed, 2))},
			path: path, header: http.Header{"Sessionid": {session.SessionID}}, habit: h,
		},
		ops: ops,
	}, session.EngagementID, nil
}

func (c *ownChat) Run(ctx context.Context, handle func(context.Context, consumer.Message) error) error {
	defer c.ops.close()
	err := run(ctx, &c.retrieval, func(a *contract.GetMessagesResponse) bool {
		over := false
		for _, m := range a.SystemMessages {
			if handle(ctx, m) != nil {
				return true
			}
			over = over || m.Concluded != nil
		}
		return over
	})
	if err == nil && c.habit.exact() {
		_ = c.Conclude(ctx) // says that the last words were heard
	}
	return err
}

func (c *ownChat) do(ctx context.Context, operation string, body, into any) error {
	header, _ := c.request()
	_, err := c.ops.post(ctx, c.path+operation, header, body, into)
	return err
}

func (c *ownChat) PostMessage(ctx context.Context, r contract.PostMessageRequest) (string, error) {
	return string(r.MessageID), c.do(ctx, "postMessage", r, new(contract.PostMessageResponse))
}

func (c *ownChat) Activity(ctx context.Context, mode api.Mode, _ string) error {
	return c.do(ctx, "activity", contract.ActivityRequest{Mode: mode}, new(contract.ActivityResponse))
}

func (c *ownChat) Conclude(ctx context.Context) error {
	err := c.do(ctx, "concludeEngagement", struct{}{}, new(contract.ConcludeEngagementResponse))
	if errors.Is(err, context.Canceled) {
		return context.Cause(ctx)
	}
	return err
}
