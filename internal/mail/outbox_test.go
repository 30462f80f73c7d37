package mail

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

const (
	// again is when an outbox here has a letter due that failed.
	again = 25 * time.Second
	// spoken is in each letter, and belongs in no log.
	spoken = "the parcel never came"
)

// errBusy is an error that must not be logged.
var errBusy = errors.New("busy with " + spoken)

// stored is an outbox in memory.
type stored struct {
	mu    sync.Mutex
	rows  map[int64]*row
	asked []int // each n of Due

	// What goes wrong, if it is not nil.
	due  func(ctx context.Context) error
	done func(ctx context.Context, p Pending) error
}

// row is a letter, and everything that was recorded of it.
type row struct {
	p    Pending
	at   time.Time // when it is due
	over bool
	said []string
}

func newStored(n int) *stored {
	o := &stored{rows: map[int64]*row{}}
	for i := range n {
		o.put(int64(i + 1))
	}
	return o
}

func (o *stored) put(number int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.rows[number] = &row{p: Pending{Site: "demo", Number: number, To: fmt.Sprintf("ann%d@example.org", number), Attempt: 1}, at: time.Now()}
}

// Due sees the outbox as it was when it was asked, and may answer late.
func (o *stored) Due(ctx context.Context, n int) ([]Pending, error) {
	o.mu.Lock()
	var due []Pending
	for _, number := range slices.Sorted(maps.Keys(o.rows)) {
		if r := o.rows[number]; !r.over && !r.at.After(time.Now()) && len(due) < n {
			due = append(due, r.p)
		}
	}
	o.asked = append(o.asked, n)
	fails := o.due
	o.mu.Unlock()
	if fails != nil {
		if err := fails(ctx); err != nil {
			return nil, err
		}
	}
	return due, nil
}

func (o *stored) Done(ctx context.Context, p Pending, outcome Outcome, why string) error {
	if o.done != nil {
		if err := o.done(ctx, p); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	r := o.rows[p.Number]
	r.said = append(r.said, strings.TrimSuffix(fmt.Sprintf("%d %s: %s", p.Attempt, outcome, why), ": "))
	r.over = outcome != Failed
	r.at = time.Now().Add(again)
	r.p.Attempt++
	return nil
}

// recorded answers what was said of each letter.
func (o *stored) recorded() map[int64][]string {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := map[int64][]string{}
	for n, r := range o.rows {
		all[n] = r.said
	}
	return all
}

// post counts what is sent, and how many letters are under way.
type post struct {
	mu        sync.Mutex
	sent      map[string]int
	now, most int

	takes time.Duration
	send  func(ctx context.Context, l Letter) error // nil takes everything
}

func (s *post) Send(ctx context.Context, l Letter) error {
	s.mu.Lock()
	s.now++
	s.most = max(s.most, s.now)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.now--
		s.mu.Unlock()
	}()
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if s.send != nil {
		if err := s.send(ctx, l); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sent[l.ID]++
	return nil
}

func (s *post) count() map[string]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.sent)
}

func compose(_ context.Context, p Pending) (Letter, error) {
	return Letter{ID: fmt.Sprint(p.Number), To: p.To, Subject: "Your chat", Text: spoken}, nil
}

// once is each of n letters, sent once.
func once(n int) map[string]int {
	all := map[string]int{}
	for i := range n {
		all[fmt.Sprint(i+1)] = 1
	}
	return all
}

// working is a worker that runs in a bubble.
type working struct {
	*Worker
	outbox *stored
	post   *post
	log    *bytes.Buffer
	stop   func() time.Duration // answers how long it took
}

// work starts a worker, which ends with the test and has then logged nothing that
// it may not.
func work(t *testing.T, o *stored, compose func(context.Context, Pending) (Letter, error), p *post) *working {
	if p.sent == nil {
		p.sent = map[string]int{}
	}
	w := &working{outbox: o, post: p, log: &bytes.Buffer{}}
	w.Worker = NewWorker(o, compose, p.Send, slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	ctx, cancel := context.WithCancel(context.Background())
	over := make(chan struct{})
	go func() {
		defer close(over)
		w.Run(ctx)
	}()
	w.stop = func() time.Duration {
		began := time.Now()
		cancel()
		<-over
		return time.Since(began)
	}
	t.Cleanup(func() {
		w.stop()
		if log := w.log.String(); strings.Contains(log, spoken) || strings.Contains(log, "@") || strings.Contains(log, "Your chat") {
			t.Errorf("the log tells too much: %s", log)
		}
	})
	return w
}

// after lets made-up time pass.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func differ[T any](t *testing.T, what string, want, got T) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}
