// Package crowd is people who talk at one site of a running usher: visitors and
// agents with good habits and bad ones, on connections that break. Everything is
// noted as it is seen from outside, and checked at the end against what clients
// are promised. Nothing here knows how the server keeps its promises; only the
// journal is read at the end, through the program's own decoder, to know what
// stands in it.
package crowd

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"usher/api/sites"
)

// holdSeconds is short, so that clients come back often.
const holdSeconds = 2

// password is every agent's.
const password = "correct horse battery staple"

// Options are what a crowd is made of.
type Options struct {
	Front      *Front
	AdminToken string
	// Site is where they talk; Gather makes it when it is not there.
	Site string
	// Seed and Site decide what everybody does, as far as the servers' answers do not.
	Seed uint64
	// Visitors is how many of them talk at a time.
	Visitors int
}

// Crowd is everybody who talks at one site, and what is noted of it.
type Crowd struct {
	Options
	Record Record

	key    string // the site's widget key
	ctx    context.Context
	cancel context.CancelCauseFunc

	closing  atomic.Bool   // no new visitors
	alone    chan struct{} // closed when the last visitor has left
	visitors sync.WaitGroup
	agents   sync.WaitGroup
	ids      atomic.Int64
}

// Gather makes the site and its accounts. Nobody talks yet.
func Gather(ctx context.Context, o Options) (*Crowd, error) {
	c := &Crowd{Options: o, Record: newRecord(), alone: make(chan struct{})}
	for _, r := range o.Site {
		c.Seed = c.Seed*31 + uint64(r)
	}
	c.ctx, c.cancel = context.WithCancelCause(ctx)
	return c, c.prepare()
}

// logins are the site's agents.
var logins = []string{"amy", "ben", "cyd"}

func account(nth int) sites.ReadyAccount {
	return sites.ReadyAccount{AccountID: int64(101 + nth), Login: logins[nth], Password: password}
}

func (c *Crowd) prepare() error {
	var made sites.Site
	if err := c.Admin(http.MethodPut, "", `{}`, &made); err != nil {
		return err
	}
	c.key = made.WidgetKey
	if err := c.Admin(http.MethodPatch, "/settings", fmt.Sprintf(`{"holdSeconds":%d,"spam":false,"maxPerAddress":0}`, holdSeconds), nil); err != nil {
		return err
	}
	if err := c.Admin(http.MethodPut, "/queues/1", `{"name":"Support","default":true}`, nil); err != nil {
		return err
	}
	for i := range logins {
		a := account(i)
		body := fmt.Sprintf(`{"login":%q,"password":%q,"name":%[1]q,"queues":[1],"pull":true}`, a.Login, a.Password)
		if err := c.Admin(http.MethodPut, fmt.Sprintf("/accounts/%d", a.AccountID), body, nil); err != nil {
			return err
		}
	}
	return nil
}

// Admin makes a call of the administration at a path below the site's, and decodes
// the answer. The error of a refusal is a *client.Error.
func (c *Crowd) Admin(method, path, body string, into any) error {
	r, err := http.NewRequestWithContext(c.ctx, method, "http://"+c.Front.Name()+"/usher/admin/v1/sites/"+c.Site+path, bytes.NewReader([]byte(body)))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+c.AdminToken)
	answer, err := c.Front.HTTP(c.rand(1)).Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	b, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return fmt.Errorf("%s %s: %w", method, path, refused(answer.StatusCode, answer.Header, b))
	}
	return decode(b, into)
}

// rand answers the random source of one of those who act.
func (c *Crowd) rand(who uint64) *rand.Rand { return rand.New(rand.NewPCG(c.Seed, who)) }

// Begin lets everybody act: three agents, each with a habit, and visitors of all
// habits.
func (c *Crowd) Begin() {
	for i, habits := range [][]habit{{habitSDK, habitExact}, {habitRising, habitExact}, {habitConstant}} {
		a := newAgent(c, account(i), uint64(100+10*i), habits)
		c.agents.Go(a.act)
	}
	for i := range c.Visitors {
		v := &visitors{crowd: c, nth: i, habit: []habit{habitSDK, habitExact, habitRising}[i%3], random: c.rand(uint64(1000 + i))}
		c.visitors.Go(v.act)
	}
	go func() {
		c.visitors.Wait()
		close(c.alone)
	}()
}

// Settle lets what has begun come to its end: the visitors hear that their
// engagements are over, and the agents what was said last.
func (c *Crowd) Settle(within time.Duration) error {
	c.closing.Store(true)
	over := make(chan struct{})
	go func() {
		c.visitors.Wait()
		c.agents.Wait()
		close(over)
	}()
	end := time.NewTimer(within)
	defer end.Stop()
	select {
	case <-over:
		return context.Cause(c.ctx) // nil, unless somebody gave up
	case <-end.C:
	}
	select {
	case <-c.alone:
		return fmt.Errorf("site %s: the agents did not settle: a retrieval does not come to an end", c.Site)
	default:
		return fmt.Errorf("site %s: the visitors did not settle: somebody was not told the end, or gets no answer", c.Site)
	}
}

// Stop ends everybody, in mid-word if need be.
func (c *Crowd) Stop() {
	c.cancel(errStopped)
	c.visitors.Wait()
	c.agents.Wait()
}

var errStopped = errors.New("the test is over")

// fail ends everybody for a fault that leaves nothing to go on with.
func (c *Crowd) fail(format string, args ...any) { c.cancel(fmt.Errorf(format, args...)) }

// newID answers a message id, unique in this run.
func (c *Crowd) newID(sender string) string { return fmt.Sprintf("%s-%d", sender, c.ids.Add(1)) }

// habit is how a client deals with its retrievals.
type habit string

// The habits.
const (
	habitSDK      habit = "sdk"      // the SDK: positions
	habitExact    habit = "exact"    // positions, by a client of our own
	habitRising   habit = "rising"   // none; each request has a new number
	habitConstant habit = "constant" // none; all requests have the same number
)

func (h habit) exact() bool { return h == habitSDK || h == habitExact }
