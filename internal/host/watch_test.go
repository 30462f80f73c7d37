package host_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"usher/internal/host"
	"usher/internal/journal/memory"
	"usher/internal/site"
)

// TestGrown: who waits for a site to grow is told when more of it is durable, when it
// stops, and when the wait is over.
func TestGrown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, memory.NewAuto())
		if _, err := h.Create(t.Context(), "demo"); err != nil {
			t.Fatal(err)
		}
		var position int64
		do(t, h, func(s *site.Site) error {
			position = s.Position()
			return nil
		})
		if err := h.Grown(t.Context(), "demo", position-1); err != nil {
			t.Errorf("what has grown already: %v", err)
		}
		var all sync.WaitGroup
		began := time.Now()
		for range 10 {
			all.Go(func() {
				if err := h.Grown(t.Context(), "demo", position); err != nil || time.Since(began) != 5*time.Second {
					t.Errorf("when it grows: %v, after %v", err, time.Since(began))
				}
			})
		}
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), 7*time.Second)
			defer cancel()
			if err := h.Grown(ctx, "demo", position+1); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != 7*time.Second {
				t.Errorf("when it does not grow enough: %v, after %v", err, time.Since(began))
			}
		})
		time.Sleep(5 * time.Second)
		do(t, h, func(s *site.Site) error {
			_, err := s.Admin("test").DefineGroup(site.Group{ID: 1, Name: "a"})
			return err
		})
		all.Wait()
		all.Go(func() {
			if err := h.Grown(t.Context(), "demo", position+100); err != nil {
				t.Errorf("when it stops: %v", err)
			}
		})
		synctest.Wait()
		closed(t, h)
		all.Wait()
		if err := h.Grown(t.Context(), "nowhere", 0); !errors.Is(err, host.ErrNoSite) {
			t.Errorf("of no site: %v", err)
		}
	})
}
