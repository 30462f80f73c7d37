package rest_test

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/testkit"
)

func digits(n int64) string { return strconv.FormatInt(n, 10) }

// faulty is a journal that does what journals do on bad days, when it is told to.
type faulty struct {
	*memory.Journal

	mu      sync.Mutex
	stalled bool             // appends wait
	held    []journal.Append // those that do
	forgets bool             // the next append is written, and its outcome is not known
	dead    bool             // the process is gone: nothing it writes arrives
	gate    chan struct{}    // loads wait until it is closed
	broken  error            // loads fail
}

func newFaulty() *faulty { return &faulty{Journal: memory.NewAuto()} }

func (f *faulty) Append(a journal.Append) {
	f.mu.Lock()
	defer f.mu.Unlock()
	switch {
	case f.dead:
		go func() {
			if _, ok := a.Take(); ok {
				a.Done(journal.ErrRefused)
			}
		}()
	case f.stalled:
		f.held = append(f.held, a)
	case f.forgets:
		f.forgets = false
		f.Journal.Append(journal.Append{Take: a.Take, Done: func(error) { a.Done(journal.ErrUnknown) }})
	default:
		f.Journal.Append(a)
	}
}

func (f *faulty) Load(ctx context.Context, site string) (journal.State, error) {
	f.mu.Lock()
	gate, broken := f.gate, f.broken
	f.mu.Unlock()
	if broken != nil {
		return journal.State{}, broken
	}
	if gate != nil {
		<-gate
	}
	return f.Journal.Load(ctx, site)
}

// stall lets appends wait, or lets all that wait go on.
func (f *faulty) stall(on bool) {
	f.mu.Lock()
	held := f.held
	f.stalled, f.held = on, nil
	f.mu.Unlock()
	for _, a := range held {
		f.Append(a)
	}
}

// forget lets the outcome of the next append be lost.
func (f *faulty) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.forgets = true
}

// loads lets loads wait for a gate, or fail, or neither.
func (f *faulty) loads(gate chan struct{}, broken error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.gate, f.broken = gate, broken
}

// crash kills the process of this journal and answers the journal that the next
// one finds: only what was durable is in it.
func (f *faulty) crash() *faulty {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.dead = true
	f.Crash()
	return &faulty{Journal: f.Journal}
}

// position answers how many events of the site are durable.
func (f *faulty) position(t *testing.T) int64 {
	t.Helper()
	heads, err := f.Heads(t.Context())
	if err != nil || len(heads) != 1 || heads[0].Site != testkit.SiteName {
		t.Fatalf("the heads are %v, %v", heads, err)
	}
	return heads[0].Position
}

var errBroken = errors.New("the database cannot be reached")
