package postgres_test

import (
	"errors"
	"io"
	"net"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
	"usher/internal/journal/pgtest"
	"usher/internal/journal/postgres"
)

// link is a network between a journal and its server that can be cut.
type link struct {
	listener net.Listener
	to       string

	mu      sync.Mutex
	cut     bool
	clients []net.Conn
	servers []net.Conn
}

// through answers a URL that leads through a link to the same database.
func through(t *testing.T, database string) (*link, string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	l := &link{to: u.Host}
	if l.listener, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	u.Host = l.listener.Addr().String()
	go l.run()
	t.Cleanup(func() {
		l.listener.Close()
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, c := range append(l.clients, l.servers...) {
			c.Close()
		}
	})
	return l, u.String()
}

func (l *link) run() {
	for {
		client, err := l.listener.Accept()
		if err != nil {
			return
		}
		l.mu.Lock()
		if l.cut {
			client.Close()
		} else if server, err := net.Dial("tcp", l.to); err != nil {
			client.Close()
		} else {
			l.clients, l.servers = append(l.clients, client), append(l.servers, server)
			go io.Copy(server, client) // the server is not told when the client goes
			go func() {
				io.Copy(client, server)
				client.Close()
			}()
		}
		l.mu.Unlock()
	}
}

// lead makes new connections go elsewhere, and breaks those that are there.
func (l *link) lead(t *testing.T, database string) {
	t.Helper()
	u, err := url.Parse(database)
	if err != nil {
		t.Fatal(err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.to = u.Host
	for _, c := range append(l.clients, l.servers...) {
		c.Close()
	}
	l.clients, l.servers = nil, nil
}

// swallow keeps new connections, such as those that ask for a cancellation, from the
// server. The server's sessions go on.
func (l *link) swallow() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.cut = true
}

// breakOff is swallow, and the client's end of each connection breaks.
func (l *link) breakOff() {
	l.swallow()
	for _, c := range l.clients {
		c.Close()
	}
}

// hold locks a site's head in a session of its own.
func hold(t *testing.T, database, site string) (conn *pgx.Conn, release func()) {
	t.Helper()
	conn = pgtest.Connect(t, database)
	run := func(statement string, args ...any) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), statement, args...); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	run(`BEGIN`)
	run(`SELECT FROM heads WHERE site = $1 FOR UPDATE`, site)
	return conn, func() { run(`COMMIT`) }
}

// TestGivenUpAppend: an append that was given up while the server still had it lands
// before the epoch is raised, or never.
func TestGivenUpAppend(t *testing.T) {
	raise := func(t *testing.T, j *postgres.Journal, s *site) (journal.Head, error) {
		return j.RaiseEpoch(t.Context(), s.Site, s.Epoch)
	}
	claim := func(t *testing.T, j *postgres.Journal, s *site) (journal.Head, error) {
		pl, err := j.Pool().Claim(t.Context(), s.Site)
		return pl.Head, err
	}
	for _, c := range []struct {
		name       string
		takes      func(*testing.T, *postgres.Journal, *site) (journal.Head, error)
		giveUp     func(*link) // how the client loses the append; nil waits for its time-out
		cancelled  bool        // the server is told
		takesFirst bool        // in the queue for the lock
	}{
		{"time-out, raise", raise, nil, false, false},
		{"time-out, claim", claim, nil, false, false},
		{"time-out, cancelled, raise", raise, nil, true, false},
		{"broken, raise", raise, (*link).breakOff, false, false},
		{"broken, claim", claim, (*link).breakOff, false, false},
		{"broken, raise is first", raise, (*link).breakOff, false, true},
		{"broken, claim is first", claim, (*link).breakOff, false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			database := pgtest.URL(t)
			other := openAs(t, database, journal.Node{Name: "other", Incarnation: "other-1", Format: 9})
			if _, err := other.Pool().Renew(t.Context(), time.Hour); err != nil {
				t.Fatal(err)
			}
			net, broken := through(t, database)
			j := open(t, broken)
			s := newSite(t, j, "alpha")
			s.mustWrite(t, j, 2)
			before := s.Position

			lock, release := hold(t, database, "alpha")
			taken := make(chan error, 1)
			var got journal.Head
			takes := func() {
				waiting := pgtest.Waiting(t, database, lock)
				go func() {
					var err error
					got, err = c.takes(t, other, s)
					taken <- err
				}()
				pgtest.Blocked(t, database, lock, waiting+1)
			}
			if c.takesFirst {
				takes()
			}
			if c.giveUp == nil {
				postgres.SetShortTimeout(t, 400*time.Millisecond)
			}
			if !c.cancelled {
				net.swallow()
			}
			given := s.frame(3)
			lost := start(j, journal.Batch{Frame: given})
			if c.giveUp != nil {
				pgtest.Blocked(t, database, lock, 1)
				if c.takesFirst {
					pgtest.Blocked(t, database, lock, 2)
				}
				c.giveUp(net)
			}
			wantError(t, <-lost, journal.ErrUnknown, "alpha")
			if c.giveUp == nil {
				postgres.SetShortTimeout(t, time.Minute)
			}
			queued := !c.cancelled && pgtest.Waiting(t, database, lock) > 0 // the server goes on without the client
			if c.giveUp != nil && !queued {
				t.Error("the server let go of the append")
			}
			if !c.takesFirst {
				takes()
			}
			release()
			if err := <-taken; err != nil {
				t.Fatalf("take the epoch: %v", err)
			}
			switch end := before + int64(given.Count); {
			case got.Position != before && got.Position != end:
				t.Errorf("the epoch was taken at position %d, neither %d nor %d", got.Position, before, end)
			case c.takesFirst && got.Position != before:
				t.Errorf("the epoch was taken at position %d, before the append", got.Position)
			case queued && !c.takesFirst && got.Position != end:
				t.Errorf("the epoch was taken at position %d, after the append to %d", got.Position, end)
			}
			if got.Epoch <= s.Epoch {
				t.Errorf("epoch %d follows %d", got.Epoch, s.Epoch)
			}

			// Whoever waited for the lock has had it when all sessions are idle.
			watch := pgtest.Connect(t, database)
			for pgtest.Row[int](t, watch, `SELECT count(*) FROM pg_locks WHERE relation = 'heads'::regclass AND pid <> pg_backend_pid()`) > 0 {
			}
			if h := check(t, other, "alpha").Head; h != got {
				t.Errorf("after all had their turn the head is %+v, it was taken as %+v", h, got)
			}
			wantError(t, <-start(other, journal.Batch{Frame: given}), journal.ErrFenced, "epoch")
			next := &site{got}
			next.mustWrite(t, other, 1)
			check(t, other, "alpha")
		})
	}
}

// TestLandedUnderItsEpoch: who does not raise the epoch after an unknown outcome, and
// meets its own append, is told so.
func TestLandedUnderItsEpoch(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	other := open(t, database)
	net, broken := through(t, database)
	j := open(t, broken)
	s := newSite(t, j, "alpha")
	lock, release := hold(t, database, "alpha")
	lost := start(j, journal.Batch{Frame: s.frame(2)})
	pgtest.Blocked(t, database, lock, 1)
	net.breakOff()
	if err := <-lost; !errors.Is(err, journal.ErrUnknown) {
		t.Fatal(err)
	}
	again := start(other, journal.Batch{Frame: s.frame(1)})
	pgtest.Blocked(t, database, lock, 2)
	release()
	wantError(t, <-again, journal.ErrFenced, "given up has landed")
}
