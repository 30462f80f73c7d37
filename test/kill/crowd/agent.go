package crowd

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"usher/api"
	contract "usher/api/agent"
	"usher/api/sites"
	"usher/client/agent"
)

// places is how many engagements an agent holds at most.
const places = 3

// worker is an agent: one goroutine speaks, and one for each session listens.
type worker struct {
	crowd   *Crowd
	account sites.ReadyAccount
	habits  []habit // of the sessions, by chance
	random  *rand.Rand

	desk     desk
	session  string        // names the desk's session in the record
	hush     func()        // ends the desk's retrievals
	listened chan struct{} // closed when they have ended
	sessions int
	said     int
	draining atomic.Bool
	runs     sync.WaitGroup

	mu     sync.Mutex
	active map[int64]bool // engagements that it leads
}

// desk is an agent's session: the SDK's methods, which the client of our own has
// too.
type desk interface {
	Run(context.Context, func(context.Context, agent.Message) error) error
	Accept(context.Context, *contract.ChatEngagementAssignment) ([]contract.ChatClientInfo, error)
	Decline(context.Context, *contract.ChatEngagementAssignment) error
	RequestAssignment(ctx context.Context, wanted bool, idle, most int32) error
	PostMessage(context.Context, contract.PostMessageRequest) (string, error)
	SetInteractionStatus(context.Context, int64, api.Mode) error
	Conclude(context.Context, int64) error
	Release(context.Context, int64) error
	Engagements(context.Context) (*contract.EngagementsResponse, error)
	History(ctx context.Context, engagement, after int64, limit int) (*contract.HistoryResponse, error)
	Logoff(ctx context.Context, force bool) error
}

func newAgent(c *Crowd, account sites.ReadyAccount, who uint64, habits []habit) *worker {
	return &worker{crowd: c, account: account, habits: habits, random: c.rand(who), active: map[int64]bool{}}
}

// act works until the last visitor has left, and then listens until nothing
// comes any more.
func (a *worker) act() {
	defer a.runs.Wait()
	ctx := a.crowd.ctx
	a.logOn(a.habits[0])
	for ctx.Err() == nil {
		select {
		case <-a.crowd.alone:
			a.drain()
			return
		default:
		}
		a.turn(ctx)
		pause(ctx, Between(a.random, 0, 40*time.Millisecond))
	}
}

// turn does one of the things that agents do.
func (a *worker) turn(ctx context.Context) {
	switch n := a.random.IntN(200); {
	case n < 4: // its program starts again, and takes the session over
		a.fallSilent(ctx)
		a.logOn(a.habits[a.random.IntN(len(a.habits))])
	case n < 5:
		a.logOff(ctx)
		a.logOn(a.habits[a.random.IntN(len(a.habits))])
	case n < 40:
		free := int32(places - len(a.led()))
		_ = a.desk.RequestAssignment(ctx, free > 0, max(free, 0), places)
	case n < 48:
		a.finish(ctx)
	case n < 60:
		a.look(ctx)
	case n < 80:
		if id, ok := a.one(); ok {
			_ = a.desk.SetInteractionStatus(ctx, id, api.ModeResponding) // fleeting: it may be lost
		}
	default:
		a.say(ctx)
	}
}

// fallSilent ends the retrievals as a program does that dies; now and then the
// program goes on until it is taken over.
func (a *worker) fallSilent(ctx context.Context) {
	if a.random.IntN(4) > 0 {
		a.hush()
		pause(ctx, Between(a.random, 0, 200*time.Millisecond))
	}
}

// led answers the engagements that the agent leads, as far as it knows.
func (a *worker) led() []int64 {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Sorted(maps.Keys(a.active))
}

// one answers one of them.
func (a *worker) one() (int64, bool) {
	ids := a.led()
	if len(ids) == 0 {
		return 0, false
	}
	return ids[a.random.IntN(len(ids))], true
}

func (a *worker) lead(id int64, does bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if does {
		a.active[id] = true
	} else {
		delete(a.active, id)
	}
}

func (a *worker) say(ctx context.Context) {
	id, ok := a.one()
	if !ok {
		return
	}
	a.said++
	p := post{id: a.crowd.newID(a.account.Login), engagement: id, sender: a.account.Login, nth: a.said, body: fmt.Sprintf("%s says %d", a.account.Login, a.said)}
	a.crowd.Record.send(p)
	err := insist(ctx, func(ctx context.Context) error {
		_, err := a.desk.PostMessage(ctx, contract.PostMessageRequest{
			Body: p.body, MessageID: p.id, DestinationID: id, DestinationType: api.PartyEngagement, MessageType: contract.NoMessageType,
		})
		return err
	})
	if err != nil {
		a.lead(id, false) // it is over
		return
	}
	a.crowd.Record.answer(p.id)
}

// look reads what was said in an engagement.
func (a *worker) look(ctx context.Context) {
	id, ok := a.one()
	if !ok {
		return
	}
	from := time.Now()
	got, err := a.desk.History(ctx, id, 0, 0)
	if err != nil {
		return // what was not told cannot be wrong
	}
	r := reading{session: a.session, engagement: id, from: from, to: time.Now()}
	for _, p := range got.Posts {
		r.posts = append(r.posts, said{p.PostNumber, p.MessageID, p.Body})
	}
	a.crowd.Record.read(r)
}

// finish ends an engagement.
func (a *worker) finish(ctx context.Context) {
	id, ok := a.one()
	if !ok {
		return
	}
	a.lead(id, false)
	_ = insist(ctx, func(ctx context.Context) error { return a.desk.Conclude(ctx, id) })
	_ = insist(ctx, func(ctx context.Context) error { return a.desk.Release(ctx, id) })
}

// logOn opens a session, taking over a live one, and takes up what it holds.
func (a *worker) logOn(h habit) {
	ctx := a.crowd.ctx
	a.sessions++
	a.session = fmt.Sprintf("%s.%d-%s", a.account.Login, a.sessions, h)
	err := insist(ctx, func(ctx context.Context) (err error) {
		a.desk, err = a.open(ctx, h)
		return err
	})
	if err != nil {
		a.crowd.fail("%s: a log-on with override is refused: %w", a.session, err)
		return
	}
	a.listen(a.desk, a.session, h)
	var held *contract.EngagementsResponse
	err = insist(ctx, func(ctx context.Context) (err error) {
		held, err = a.desk.Engagements(ctx)
		return err
	})
	if err != nil {
		return
	}
	a.mu.Lock()
	clear(a.active)
	a.mu.Unlock()
	for _, e := range held.Engagements {
		switch e.State {
		case contract.StateActive:
			a.lead(e.EngagementID, true)
		case contract.StateWrapUp:
			_ = insist(ctx, func(ctx context.Context) error { return a.desk.Release(ctx, e.EngagementID) })
		case contract.StateOffered:
			a.accept(ctx, a.desk, &contract.ChatEngagementAssignment{EngagementID: e.EngagementID, Type: api.AssignmentLead})
		}
	}
}

func (a *worker) open(ctx context.Context, h habit) (desk, error) {
	seed := a.random.Uint64()
	if h == habitSDK {
		return agent.Dial(ctx, agent.Options{
			Server: "http://" + a.crowd.Front.Name(), Site: a.crowd.Site, Login: a.account.Login, Password: a.account.Password, Override: true,
			HTTP: a.crowd.Front.cuttingHTTP(rand.New(rand.NewPCG(seed, 0))),
		})
	}
	return openDesk(ctx, a.crowd, a.account, h, seed, &a.draining)
}

// listen runs a session's retrievals until it is over.
func (a *worker) listen(d desk, session string, h habit) {
	ctx, hush := context.WithCancel(a.crowd.ctx)
	listened := make(chan struct{})
	a.hush, a.listened = hush, listened
	// The talking goroutine draws its own numbers.
	random := rand.New(rand.NewPCG(a.random.Uint64(), 3))
	a.runs.Go(func() {
		defer close(listened)
		defer hush()
		// It ends when the session was taken over, or when nothing comes any more.
		_ = d.Run(ctx, func(ctx context.Context, m agent.Message) error {
			a.receive(ctx, d, session, h, random, m)
			return nil
		})
	})
}

func (a *worker) accept(ctx context.Context, d desk, offer *contract.ChatEngagementAssignment) {
	err := insist(ctx, func(ctx context.Context) error {
		_, err := d.Accept(ctx, offer)
		return err
	})
	if err == nil {
		a.lead(offer.EngagementID, true)
	}
}

// receive notes a durable message, and does what it asks for.
func (a *worker) receive(ctx context.Context, d desk, session string, h habit, random *rand.Rand, m agent.Message) {
	content, err := json.Marshal(m)
	if err != nil {
		panic(err) // it was decoded a moment ago
	}
	got := delivery{session: session, agent: true, exact: h.exact(), kind: kindOther, content: string(content)}
	switch {
	case m.ChatPostMessage != nil:
		p := m.ChatPostMessage
		got.engagement, got.number, got.kind, got.post, got.body = p.DestinationID, p.SequenceNumber, kindPost, p.MessageID, p.Body
	case m.ChatEngagementAssignment != nil:
		got.engagement, got.number = m.ChatEngagementAssignment.EngagementID, m.ChatEngagementAssignment.SequenceNumber
	case m.ChatEngagementParticipantAdded != nil:
		got.engagement, got.number = m.ChatEngagementParticipantAdded.EngagementID, m.ChatEngagementParticipantAdded.SequenceNumber
	case m.ChatDisconnectNotification != nil:
		got.engagement, got.number = m.ChatDisconnectNotification.EngagementID, m.ChatDisconnectNotification.SequenceNumber
	default:
		return // fleeting
	}
	a.crowd.Record.receive(got)
	switch left := m.ChatDisconnectNotification; {
	case m.ChatEngagementAssignment != nil && random.IntN(30) == 0:
		_ = insist(ctx, func(ctx context.Context) error { return d.Decline(ctx, m.ChatEngagementAssignment) })
	case m.ChatEngagementAssignment != nil:
		a.accept(ctx, d, m.ChatEngagementAssignment)
	case left != nil && left.Role != api.RoleNone: // it is over, and not only an offer
		a.lead(left.EngagementID, false)
		_ = insist(ctx, func(ctx context.Context) error { return d.Release(ctx, left.EngagementID) })
	}
}

// logOff leaves whatever the agent holds to the others. What it said to have
// received is not for them.
func (a *worker) logOff(ctx context.Context) {
	var known []string
	if own, ok := a.desk.(*ownDesk); ok && own.habit.exact() {
		known = own.known()
	}
	if insist(ctx, func(ctx context.Context) error { return a.desk.Logoff(ctx, true) }) == nil {
		a.crowd.Record.learn(a.session, known)
	}
}

// drain listens until nothing comes. It does not log off: whatever it leaves is
// lost, and found.
func (a *worker) drain() {
	if _, own := a.desk.(*ownDesk); !own {
		a.logOn(habitExact) // the SDK does not tell of a retrieval that brought nothing
	}
	a.draining.Store(true)
	select {
	case <-a.listened:
	case <-a.crowd.ctx.Done():
	}
}
