package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"usher/internal/journal"
	"usher/internal/journal/pgtest"
	"usher/internal/journal/postgres"
)

// recover takes a new epoch for a site, as its host does after an outcome that is no
// success, as often as it needs, and answers whether the frame that failed is there.
func (s *site) recover(t *testing.T, j journal.Journal, count int) (landed bool) {
	t.Helper()
	for {
		h, err := j.RaiseEpoch(t.Context(), s.Site, s.Epoch)
		if errors.Is(err, journal.ErrFenced) { // an earlier try landed
			st, err := j.Load(t.Context(), s.Site)
			if err == nil {
				s.Epoch = st.Head.Epoch
			}
			continue
		}
		if err != nil {
			if t.Context().Err() != nil {
				t.Fatal(err)
			}
			continue
		}
		if h.Position != s.Position && h.Position != s.Position+int64(count) {
			t.Errorf("%s: after a failure the head is at %d, acknowledged was %d", s.Site, h.Position, s.Position)
		}
		landed = h.Position > s.Position
		s.Head = h
		return landed
	}
}

// TestOutages: a server that is restarted, or crashes, under load loses nothing that
// was acknowledged, and the journal goes on by itself.
func TestOutages(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	database := pgtest.Schema(t, server.URL())
	j := open(t, database)
	const sites = 6
	stop := make(chan struct{})
	wrote := make(chan string, 1000)
	all := make([]*site, sites)
	var wg sync.WaitGroup
	var failures [sites]int
	for i := range sites {
		all[i] = newSite(t, j, fmt.Sprintf("site%d", i))
		wg.Go(func() {
			s := all[i]
			for n := 0; ; n++ {
				select {
				case <-stop:
					return
				default:
				}
				b := journal.Batch{Frame: s.frame(1 + n%3)}
				if n%10 == 9 {
					b = s.checkpoint(1 + n%3)
				}
				err := s.write(j, b)
				if err == nil {
					select {
					case wrote <- s.Site:
					default:
					}
					continue
				}
				failures[i]++
				if !errors.Is(err, journal.ErrUnknown) && !errors.Is(err, journal.ErrRefused) {
					t.Errorf("append beside an outage: %v", err)
				}
				if landed := s.recover(t, j, b.Frame.Count); landed && errors.Is(err, journal.ErrRefused) {
					t.Errorf("%s: what was refused has landed: %v", s.Site, err)
				}
			}
		})
	}
	progress := func() {
		t.Helper()
		for len(wrote) > 0 {
			<-wrote
		}
		seen := map[string]int{}
		for name := range wrote {
			seen[name]++
			done := len(seen) == sites
			for _, n := range seen {
				done = done && n >= 5
			}
			if done {
				return
			}
		}
	}
	progress()
	for range 3 {
		server.Restart(t)
		progress()
		server.Kill(t)
		server.Start(t)
		progress()
	}
	close(stop)
	wg.Wait()
	failed := 0
	for i, s := range all {
		failed += failures[i]
		if h := check(t, j, s.Site).Head; h != s.After(journal.Frame{First: s.Position, Format: s.Format, NextTimer: s.NextTimer}) {
			t.Errorf("the head of %s is %+v, acknowledged was %+v", s.Site, h, s.Head)
		}
	}
	if failed < sites {
		t.Errorf("only %d appends failed: the outages were none", failed)
	}
}

// TestStopped: while the server is away appends are refused at once, however many
// wait; when it is back the next one is written.
func TestStopped(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	j := open(t, pgtest.Schema(t, server.URL()))
	var sites []*site
	for i := range 3 * postgres.AppendsAtOnce {
		sites = append(sites, newSite(t, j, fmt.Sprintf("site%d", i)))
		sites[i].mustWrite(t, j, 1)
	}
	server.Stop(t)
	first := sites[0].write(j, journal.Batch{Frame: sites[0].frame(1)}) // on a connection that was idle
	if !errors.Is(first, journal.ErrUnknown) && !errors.Is(first, journal.ErrRefused) {
		t.Errorf("append to a stopped server: %v", first)
	}
	var refused []<-chan error
	for _, s := range sites[1:] {
		refused = append(refused, start(j, journal.Batch{Frame: s.frame(1)}))
	}
	for _, done := range refused {
		wantError(t, <-done, journal.ErrRefused, "connect to PostgreSQL")
	}
	for name, call := range map[string]func(context.Context) error{
		"heads": func(ctx context.Context) error { _, err := j.Heads(ctx); return err },
		"load":  func(ctx context.Context) error { _, err := j.Load(ctx, "site1"); return err },
		"renew": func(ctx context.Context) error { _, err := j.Pool().Renew(ctx, time.Hour); return err },
	} {
		if err := call(t.Context()); err == nil {
			t.Errorf("%s of a stopped server", name)
		}
	}
	_, err := j.RaiseEpoch(t.Context(), "site1", sites[1].Epoch)
	wantError(t, err, journal.ErrRefused)
	server.Start(t)
	for _, s := range sites[1:] {
		s.mustWrite(t, j, 1)
	}
	sites[0].recover(t, j, 1)
	sites[0].mustWrite(t, j, 1)
}

// TestIdleConnectionsDie: of many idle connections that died, one at most is met.
func TestIdleConnectionsDie(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	database := pgtest.Schema(t, server.URL())
	j := open(t, database)
	var sites []*site
	for i := range postgres.AppendsAtOnce {
		sites = append(sites, newSite(t, j, fmt.Sprintf("site%d", i)))
	}
	lock := pgtest.Connect(t, database)
	for _, statement := range []string{`BEGIN`, `SELECT FROM heads FOR UPDATE`} {
		if _, err := lock.Exec(t.Context(), statement); err != nil {
			t.Fatal(err)
		}
	}
	var done []<-chan error
	for _, s := range sites {
		f := s.frame(1)
		done = append(done, start(j, journal.Batch{Frame: f}))
		s.Head = s.After(f)
	}
	pgtest.Blocked(t, database, lock, len(sites)) // so each has a connection of its own
	if _, err := lock.Exec(t.Context(), `COMMIT`); err != nil {
		t.Fatal(err)
	}
	for _, d := range done {
		if err := <-d; err != nil {
			t.Fatal(err)
		}
	}
	for range 3 {
		// As a restart does, but quicker than the pool's own doubts about idle connections.
		pgtest.Exec(t, server.URL(), `SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`)
		var failed []*site
		for _, s := range sites {
			if err := s.write(j, journal.Batch{Frame: s.frame(1)}); err != nil {
				wantError(t, err, journal.ErrUnknown)
				failed = append(failed, s)
			}
		}
		if len(failed) > 1 {
			t.Errorf("%d appends met a dead connection, one after the other", len(failed))
		}
		for _, s := range failed {
			s.recover(t, j, 1)
		}
	}
}

// TestPaused: a server that does not answer leaves an append of unknown outcome, and
// a lease that is not renewed; both are well when it goes on.
func TestPaused(t *testing.T) {
	server := pgtest.Start(t)
	j := openAs(t, pgtest.Schema(t, server.URL()), nodeNamed("one"))
	s := newSite(t, j, "alpha")
	s.mustWrite(t, j, 1)
	if _, err := j.Pool().Renew(t.Context(), time.Hour); err != nil {
		t.Fatal(err)
	}
	postgres.SetShortTimeout(t, 300*time.Millisecond)
	resume := server.Pause(t)
	wantError(t, <-start(j, journal.Batch{Frame: s.frame(2)}), journal.ErrUnknown)
	ctx, cancel := context.WithCancel(t.Context())
	renewed := make(chan error, 1)
	go func() {
		_, err := j.Pool().Renew(ctx, time.Hour)
		renewed <- err
	}()
	cancel()
	if err := <-renewed; !errors.Is(err, context.Canceled) {
		t.Errorf("renew with a context that ended: %v", err)
	}
	resume()
	postgres.SetShortTimeout(t, time.Minute)
	s.recover(t, j, 2)
	s.mustWrite(t, j, 1)
	check(t, j, "alpha")
	if v, err := j.Pool().Renew(t.Context(), time.Hour); err != nil || v.Lapsed {
		t.Errorf("renew: %v, lapsed %v", err, v.Lapsed)
	}
}

// TestFailover: an address that leads to a replica now, or a primary that turned
// read-only, refuses what is appended; when it leads to a primary again all is well.
func TestFailover(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	database := pgtest.Schema(t, server.URL())
	standby := server.Standby(t)
	network, address := through(t, database)
	j := open(t, address)
	s := newSite(t, j, "alpha")
	s.mustWrite(t, j, 2)

	network.lead(t, standby.URL())
	if err := s.write(j, journal.Batch{Frame: s.frame(1)}); !errors.Is(err, journal.ErrUnknown) { // on the broken connection
		wantError(t, err, journal.ErrRefused)
	}
	err := s.write(j, journal.Batch{Frame: s.frame(1)})
	wantError(t, err, journal.ErrRefused, "replica")
	wantError(t, err, journal.ErrUnfit)
	network.lead(t, database)
	s.recover(t, j, 1)
	s.mustWrite(t, j, 2)

	pgtest.Exec(t, server.URL(), `ALTER SYSTEM SET default_transaction_read_only = on`, `SELECT pg_reload_conf()`)
	for { // until the session has heard of it
		err := s.write(j, journal.Batch{Frame: s.frame(1)})
		if err == nil {
			continue
		}
		wantError(t, err, journal.ErrRefused)
		break
	}
	wantError(t, s.write(j, journal.Batch{Frame: s.frame(1)}), journal.ErrRefused, "only read")
	pgtest.Exec(t, server.URL(), `SET default_transaction_read_only = off`, `ALTER SYSTEM RESET default_transaction_read_only`, `SELECT pg_reload_conf()`)
	for s.write(j, journal.Batch{Frame: s.frame(1)}) != nil {
	}
	check(t, j, "alpha")
}
