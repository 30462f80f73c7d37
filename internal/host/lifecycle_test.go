package host_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/host"
	"usher/internal/host/machine"
	"usher/internal/journal"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

func TestClose(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		h := open(t, j)
		chat(t, h)
		answer := make(chan *host.Retrieval)
		go func() { answer <- retrieve(t, h, agent) }()
		synctest.Wait()
		from := time.Now()
		closed(t, h)
		if r := <-answer; got(r) != "" {
			t.Errorf("the open retrieval got %q", got(r))
		}
		if took := time.Since(from); took != 0 {
			t.Errorf("the stop took %v", took)
		}
		if err := try(t.Context(), h, posting("late")); !errors.Is(err, machine.ErrStopping) {
			t.Errorf("error %v, want ErrStopping", err)
		}
		st, err := j.Load(t.Context(), "demo")
		if err != nil || st.CheckpointPosition != st.Head.Position || len(st.Frames) != 0 {
			t.Errorf("the checkpoint is at %d of %d, %d frames after it, %v", st.CheckpointPosition, st.Head.Position, len(st.Frames), err)
		}

		j.Crash()
		again := open(t, j)
		if err := try(t.Context(), again, posting("a")); err != nil {
			t.Errorf("after a restart: %v", err)
		}
		closed(t, again)
		if _, err := again.Create(t.Context(), "other"); !errors.Is(err, machine.ErrStopping) {
			t.Errorf("error %v, want ErrStopping", err)
		}
	})
}

func TestCloseGivesUpWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.New()
		h := open(t, j)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if _, err := h.Create(ctx, "demo"); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		ctx, cancel = context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := h.Close(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v, want the context's", err)
		}
	})
}

func TestCloseWhileTheJournalRefuses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		h := open(t, j)
		chat(t, h)
		j.SetFull(true)
		from := time.Now()
		closed(t, h)
		if took := time.Since(from); took != 0 {
			t.Errorf("the stop took %v", took)
		}
	})
}

func TestHealthy(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		h := open(t, j)
		chat(t, h)
		if err := h.Healthy(); err != nil {
			t.Fatal(err)
		}
		j.SetFull(true)
		if err := try(t.Context(), h, posting("a")); !errors.Is(err, machine.ErrUncertain) {
			t.Errorf("error %v, want ErrUncertain", err)
		}
		synctest.Wait()
		if err := try(t.Context(), h, posting("b")); !errors.Is(err, machine.ErrReadOnly) {
			t.Errorf("error %v, want ErrReadOnly", err)
		}
		if err := h.Healthy(); err == nil || !strings.Contains(err.Error(), "demo is blocked") {
			t.Errorf("error %v, want one that names the site", err)
		}
		time.Sleep(10 * time.Minute) // an outage of ours ends no chat
		j.SetFull(false)
		time.Sleep(time.Second)
		synctest.Wait()
		if err := h.Healthy(); err != nil {
			t.Errorf("a second after the journal writes again: %v", err)
		}
		do(t, h, posting("c"))
		closed(t, h)
	})
}

// damaged is a journal whose site cannot be read.
type damaged struct{ journal.Journal }

func (damaged) Load(context.Context, string) (journal.State, error) {
	return journal.State{}, journal.ErrCorrupt
}

func TestSiteThatCannotBeRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		h := open(t, j)
		chat(t, h)
		closed(t, h)
		h = open(t, damaged{j})
		if err := try(t.Context(), h, posting("a")); !errors.Is(err, machine.ErrShut) {
			t.Errorf("error %v, want ErrShut", err)
		}
		if err := h.Healthy(); err == nil || !strings.Contains(err.Error(), "demo is shut") {
			t.Errorf("error %v, want one that names the site", err)
		}
		from := time.Now()
		if r := retrieve(t, h, agent); got(r) != "" || time.Since(from) != 30*time.Second {
			t.Errorf("got %q after %v, want the time-out after 30s", got(r), time.Since(from))
		}
		closed(t, h)
	})
}

// A site that nobody asks for is loaded when its next timer is due.
func TestLoadAtTheNextTimer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		h := open(t, j)
		chat(t, h)
		closed(t, h)
		j.Crash()
		h = open(t, j)
		before := head(t, j)
		due := time.Until(site.Time(before.NextTimer).Std())
		if due <= 0 {
			t.Fatalf("the next timer is due in %v", due)
		}
		time.Sleep(due - time.Microsecond)
		synctest.Wait()
		if head(t, j).Position != before.Position {
			t.Fatal("the site was loaded before its timer was due")
		}
		time.Sleep(time.Microsecond)
		synctest.Wait()
		if head(t, j).Position == before.Position {
			t.Fatal("the site was not loaded when its timer was due")
		}
		time.Sleep(5 * time.Minute) // and from here on it lives by itself
		synctest.Wait()
		if err := try(t.Context(), h, posting("a")); err == nil {
			t.Error("the visitor's session did not end")
		}
		closed(t, h)
	})
}

// written makes a site in the journal, whose events have the time at.
func written(t *testing.T, j journal.Journal, name string, at time.Time) {
	t.Helper()
	hd, err := j.Create(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	s := site.New()
	s.Tick(site.Time(at.UnixMicro()))
	if err := s.Create(name); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Admin("test").DefineQueue(site.QueueDefinition{ID: 1, Name: "Q"}); err != nil {
		t.Fatal(err)
	}
	if _, err := s.RequestEngagement(site.EngagementRequest{Key: "V"}); err != nil {
		t.Fatal(err)
	}
	b := host.Pack(name, machine.Batch{Frame: s.TakeFrame(), Epoch: hd.Epoch})
	done := make(chan error)
	j.Append(journal.Append{
		Take: func() (journal.Batch, bool) { return b, true },
		Done: func(err error) { done <- err },
	})
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

// Nothing that comes after it is older than the journal's last event, although
// the wall clock of the new process is hours behind.
func TestTimeNeverGoesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		j := memory.NewAuto()
		written(t, j, "demo", time.Now().Add(3*time.Hour))
		last := lastAt(t, j)
		h := open(t, j)
		do(t, h, posting("a"))
		first := lastAt(t, j)
		if first < last {
			t.Errorf("time went back by %v", last.Sub(first))
		}
		time.Sleep(time.Minute)
		do(t, h, posting("b"))
		if d := lastAt(t, j).Sub(first); d != time.Minute {
			t.Errorf("a minute took %v of the site's time", d)
		}
		closed(t, h)
	})
}

// lastAt answers the time of the journal's last event.
func lastAt(t *testing.T, j journal.Journal) site.Time {
	t.Helper()
	st, err := j.Load(t.Context(), "demo")
	if err != nil {
		t.Fatal(err)
	}
	s, err := host.Build(st)
	if err != nil {
		t.Fatal(err)
	}
	return s.LastAt()
}

// Timers that are due already load their sites while New is still counting them.
func TestManySitesAreDueAtTheStart(t *testing.T) {
	j := memory.NewAuto()
	var names []string
	for i := range 200 {
		names = append(names, fmt.Sprint("site", i))
	}
	for _, n := range names {
		written(t, j, n, time.Now().Add(-24*time.Hour))
	}
	h := open(t, j)
	var wg sync.WaitGroup
	for _, n := range names {
		wg.Go(func() {
			if _, err := host.Do(t.Context(), h, n, func(s *site.Site) (string, error) { return s.Name(), nil }); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	closed(t, h)
}
