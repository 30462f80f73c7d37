package kill

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"usher/api/sites"
)

const (
	siteName = "demo"
	// holdSeconds is short, so that clients come back often.
	holdSeconds = 2
)

// world is everybody who talks, and what is noted of it.
type world struct {
	ready  sites.Ready
	site   sites.ReadySite
	seed   uint64
	record record

	ctx      context.Context
	cancel   context.CancelCauseFunc
	closing  atomic.Bool   // no new visitors
	alone    chan struct{} // closed when the last visitor has left
	visitors sync.WaitGroup
	agents   sync.WaitGroup
	ids      atomic.Int64
}

func newWorld(ctx context.Context, ready sites.Ready, seed uint64) *world {
	w := &world{ready: ready, site: ready.Sites[0], seed: seed, record: newRecord(), alone: make(chan struct{})}
	w.ctx, w.cancel = context.WithCancelCause(ctx)
	return w
}

// rand answers the random source of one of those who act.
func (w *world) rand(who uint64) *rand.Rand { return rand.New(rand.NewPCG(w.seed, who)) }

// prepare shortens the hold and makes a third person's account.
func (w *world) prepare() error {
	const password = "correct horse battery staple"
	for _, c := range []struct{ method, path, body string }{
		{http.MethodPatch, "settings", fmt.Sprintf(`{"holdSeconds":%d}`, holdSeconds)},
		{http.MethodPut, "accounts/16", `{"login":"cyd","password":"` + password + `","name":"Cyd","queues":[1],"pull":true}`},
	} {
		r, err := http.NewRequestWithContext(w.ctx, c.method, w.ready.URL+"/usher/admin/v1/sites/"+siteName+"/"+c.path, strings.NewReader(c.body))
		if err != nil {
			return err
		}
		r.Header.Set("Authorization", "Bearer "+w.ready.AdminToken)
		answer, err := http.DefaultClient.Do(r)
		if err != nil {
			return err
		}
		answer.Body.Close()
		if answer.StatusCode != http.StatusOK {
			return fmt.Errorf("%s %s: %s", c.method, c.path, answer.Status)
		}
	}
	w.site.Accounts = append(w.site.Accounts, sites.ReadyAccount{AccountID: 16, Login: "cyd", Password: password, Name: "Cyd"})
	return nil
}

// begin lets everybody act: three agents, each with a habit, and visitors of all
// habits.
func (w *world) begin() {
	for i, habits := range [][]habit{{habitSDK, habitExact}, {habitRising, habitExact}, {habitConstant}} {
		a := newAgent(w, w.site.Accounts[[]int{0, 1, 3}[i]], uint64(100+10*i), habits)
		w.agents.Go(a.act)
	}
	for i := range visitorsAtOnce {
		v := &visitors{world: w, nth: i, habit: []habit{habitSDK, habitExact, habitRising}[i%3], random: w.rand(uint64(1000 + i))}
		w.visitors.Go(v.act)
	}
	go func() {
		w.visitors.Wait()
		close(w.alone)
	}()
}

// settle lets what has begun come to its end: the visitors hear that their
// engagements are over, and the agents what was said last.
func (w *world) settle(within time.Duration) error {
	w.closing.Store(true)
	over := make(chan struct{})
	go func() {
		w.visitors.Wait()
		w.agents.Wait()
		close(over)
	}()
	end := time.NewTimer(within)
	defer end.Stop()
	select {
	case <-over:
		return context.Cause(w.ctx) // nil, unless somebody gave up
	case <-end.C:
	}
	select {
	case <-w.alone:
		return errors.New("the agents did not settle: a retrieval does not come to an end")
	default:
		return errors.New("the visitors did not settle: somebody was not told the end, or gets no answer")
	}
}

// stop ends everybody, in mid-word if need be.
func (w *world) stop() {
	w.cancel(errStopped)
	w.visitors.Wait()
	w.agents.Wait()
}

var errStopped = errors.New("the test is over")

// fail ends everybody for a fault that leaves nothing to go on with.
func (w *world) fail(format string, args ...any) { w.cancel(fmt.Errorf(format, args...)) }

// newID answers a message id, unique in this run.
func (w *world) newID(sender string) string { return fmt.Sprintf("%s-%d", sender, w.ids.Add(1)) }

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
