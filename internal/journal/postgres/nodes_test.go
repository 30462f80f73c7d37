package postgres_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"usher/internal/journal"
	"usher/internal/journal/pgtest"
	"usher/internal/journal/postgres"
)

func nodeNamed(name string) journal.Node {
	return journal.Node{Name: name, Incarnation: name + "-1", Format: 9}
}

// TestTwoNodes: what one journal writes the other sees, and neither can write what
// the other has fenced.
func TestTwoNodes(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	one, two := openAs(t, url, nodeNamed("one")), openAs(t, url, nodeNamed("two"))
	for _, j := range []*postgres.Journal{one, two} {
		if _, err := j.Pool().Renew(t.Context(), time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	s := newSite(t, one, "alpha")
	for range 5 {
		pl, err := one.Pool().Claim(t.Context(), "alpha")
		if err != nil {
			t.Fatalf("claim: %v", err)
		}
		s.Head = pl.Head
		s.mustWrite(t, one, 3)
		if h := check(t, two, "alpha").Head; h != s.Head {
			t.Fatalf("the other journal has %+v, want %+v", h, s.Head)
		}
		given, err := one.Pool().Give(t.Context(), "alpha", s.Epoch, "two-1")
		if err != nil {
			t.Fatalf("give: %v", err)
		}
		wantError(t, s.write(one, journal.Batch{Frame: s.frame(1)}), journal.ErrFenced, "epoch")
		s.Head = given.Head
		s.mustWrite(t, two, 2)
		if given, err = two.Pool().Give(t.Context(), "alpha", s.Epoch, ""); err != nil {
			t.Fatalf("give: %v", err)
		}
		s.Head = given.Head
	}
}

// TestFencingUnderLoad: two journals that fight for a site, raising each other's
// epoch whenever they are fenced, together write one history without a gap.
func TestFencingUnderLoad(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	journals := []*postgres.Journal{open(t, url), open(t, url), open(t, url)}
	newSite(t, journals[0], "alpha")
	var wg sync.WaitGroup
	var mu sync.Mutex
	written := map[int64]int64{} // first position to epoch
	for _, j := range journals {
		wg.Go(func() {
			for n := 0; n < 20; {
				st, err := j.Load(t.Context(), "alpha")
				if err != nil {
					t.Errorf("load: %v", err)
					return
				}
				h, err := j.RaiseEpoch(t.Context(), "alpha", st.Head.Epoch)
				if errors.Is(err, journal.ErrFenced) {
					continue
				}
				if err != nil {
					t.Errorf("raise: %v", err)
					return
				}
				s := &site{h}
				for range 3 {
					f := s.frame(1)
					err := s.write(j, journal.Batch{Frame: f})
					if errors.Is(err, journal.ErrFenced) {
						break
					}
					if err != nil {
						t.Errorf("append: %v", err)
						return
					}
					mu.Lock()
					if epoch, ok := written[f.First]; ok {
						t.Errorf("position %d was acknowledged under epochs %d and %d", f.First, epoch, f.Epoch)
					}
					written[f.First] = f.Epoch
					mu.Unlock()
					n++
				}
			}
		})
	}
	wg.Wait()
	s := check(t, journals[0], "alpha")
	if int64(len(written)) != s.Head.Position {
		t.Errorf("%d positions were acknowledged, the head is at %d", len(written), s.Head.Position)
	}
	for _, f := range s.Frames {
		if written[f.First] != f.Epoch {
			t.Errorf("position %d is under epoch %d, acknowledged was %d", f.First, f.Epoch, written[f.First])
		}
	}
}

// TestCreateRace and the secrets: of several nodes that make one thing at once, one
// does, and all are told the same.
func TestCreateRace(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	const nodes = 4
	var journals [nodes]*postgres.Journal
	for i := range journals {
		journals[i] = open(t, url)
	}
	for round := range 10 {
		var heads [nodes]journal.Head
		var secrets [nodes]string
		var wg sync.WaitGroup
		for i, j := range journals {
			wg.Go(func() {
				var err error
				if heads[i], err = j.Create(t.Context(), fmt.Sprintf("site%d", round)); err != nil {
					t.Errorf("create: %v", err)
				}
				v, err := j.Secret(t.Context(), "", fmt.Sprintf("key%d", round), func() ([]byte, error) { return fmt.Append(nil, i), nil })
				if err != nil {
					t.Errorf("secret: %v", err)
				}
				secrets[i] = string(v)
			})
		}
		wg.Wait()
		for i := range nodes {
			if heads[i] != heads[0] || heads[i].Epoch <= 0 || secrets[i] != secrets[0] || secrets[i] == "" {
				t.Errorf("node %d has %+v and %q, node 0 %+v and %q", i, heads[i], secrets[i], heads[0], secrets[0])
			}
		}
	}
}

// TestManyAtOnce: as many appends as are allowed are with the server at once, the
// others wait without being taken, in the order in which they came; a site that
// nobody holds up is written meanwhile.
func TestManyAtOnce(t *testing.T) {
	t.Parallel()
	url := pgtest.URL(t)
	j := open(t, url)
	const held = postgres.AppendsAtOnce + 4
	var sites []*site
	for i := range held {
		sites = append(sites, newSite(t, j, fmt.Sprintf("held%02d", i)))
	}
	free := newSite(t, j, "free")

	lock := pgtest.Connect(t, url)
	run := func(statement string) {
		t.Helper()
		if _, err := lock.Exec(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
	run(`BEGIN`)
	run(`SELECT FROM heads WHERE site LIKE 'held%' FOR UPDATE`)

	var mu sync.Mutex
	var taken []string
	done := make(chan error, held)
	enqueue := func(s *site) {
		j.Append(journal.Append{
			Take: func() (journal.Batch, bool) {
				mu.Lock()
				defer mu.Unlock()
				taken = append(taken, s.Site)
				return journal.Batch{Frame: s.frame(1)}, true
			},
			Done: func(err error) { done <- err },
		})
	}
	for _, s := range sites[:postgres.AppendsAtOnce-1] {
		enqueue(s)
	}
	pgtest.Blocked(t, url, lock, postgres.AppendsAtOnce-1)
	free.mustWrite(t, j, 3) // on the one connection that is left
	for _, s := range sites[postgres.AppendsAtOnce-1:] {
		enqueue(s)
	}
	pgtest.Blocked(t, url, lock, postgres.AppendsAtOnce)
	mu.Lock()
	if len(taken) != postgres.AppendsAtOnce {
		t.Errorf("%d batches were taken, at most %d can be under way", len(taken), postgres.AppendsAtOnce)
	}
	mu.Unlock()
	run(`COMMIT`)
	for range held {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	late := taken[postgres.AppendsAtOnce:]
	var want []string
	for _, s := range sites[postgres.AppendsAtOnce:] {
		want = append(want, s.Site)
	}
	// Two workers that are free at once may take two neighbours in either order.
	for i, name := range late {
		if at := slices.Index(want, name); at < i-postgres.AppendsAtOnce || at > i+postgres.AppendsAtOnce {
			t.Errorf("%s was taken as number %d of those that waited, it came as number %d", name, i, at)
		}
	}
	slices.Sort(late)
	if !slices.Equal(late, want) {
		t.Errorf("taken at last were %v, want %v", late, want)
	}
}

// TestLeaseJudgedUnderLock: a renewal or claim that waited for the other's lock looks
// at the clock when it has it. The lease runs out while they wait.
func TestLeaseJudgedUnderLock(t *testing.T) {
	t.Parallel()
	const lease = 400 * time.Millisecond
	const ranOut = `SELECT pg_sleep(greatest(0, extract(epoch FROM until - clock_timestamp()))) FROM nodes WHERE incarnation = 'one-1'`
	for _, c := range []struct {
		name string
		lock string // what somebody else has of the owner's row, meanwhile
		test func(t *testing.T, one, two journal.Pool, blocked func(int), then func(...string))
	}{
		// Another claim judges with a shared lock; so does this one, and then the renewal.
		{"a renewal behind claims", `FOR SHARE`, func(t *testing.T, one, two journal.Pool, blocked func(int), then func(...string)) {
			renewed := make(chan journal.View, 1)
			go func() {
				v, err := one.Renew(t.Context(), time.Hour)
				if err != nil {
					t.Errorf("renew: %v", err)
				}
				renewed <- v
			}()
			blocked(1)
			then(ranOut)
			pl, err := two.Claim(t.Context(), "alpha")
			if err != nil || pl.Owner != "two-1" {
				t.Errorf("claim after the lease's end: %+v, %v", pl, err)
			}
			then(`COMMIT`)
			if v := <-renewed; !v.Lapsed || v.Sites[0].Owner != "two-1" {
				t.Errorf("the renewal came in time and the site went to %s", v.Sites[0].Owner)
			}
		}},
		{"a claim behind a lock that changes nothing", `FOR UPDATE`, func(t *testing.T, _, two journal.Pool, blocked func(int), then func(...string)) {
			claimed := make(chan error, 1)
			go func() {
				_, err := two.Claim(t.Context(), "alpha")
				claimed <- err
			}()
			blocked(1)
			then(ranOut, `COMMIT`)
			if err := <-claimed; err != nil {
				t.Errorf("claim after the lease's end: %v", err)
			}
		}},
		{"a claim behind a renewal", `FOR UPDATE`, func(t *testing.T, one, two journal.Pool, blocked func(int), then func(...string)) {
			claimed := make(chan error, 1)
			go func() {
				_, err := two.Claim(t.Context(), "alpha")
				claimed <- err
			}()
			blocked(1)
			then(ranOut, `UPDATE nodes SET until = clock_timestamp() + interval '1 hour' WHERE incarnation = 'one-1'`, `COMMIT`)
			wantError(t, <-claimed, journal.ErrOwned, "one-1")
			if v, err := one.Renew(t.Context(), time.Hour); err != nil || v.Lapsed {
				t.Errorf("renew: %v, lapsed %v", err, v.Lapsed)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := pgtest.URL(t)
			one, two := openAs(t, url, nodeNamed("one")).Pool(), openAs(t, url, nodeNamed("two")).Pool()
			newSite(t, open(t, url), "alpha")
			for _, p := range []journal.Pool{one, two} {
				if _, err := p.Renew(t.Context(), time.Hour); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := one.Claim(t.Context(), "alpha"); err != nil {
				t.Fatal(err)
			}
			if _, err := one.Renew(t.Context(), lease); err != nil {
				t.Fatal(err)
			}
			lock := pgtest.Connect(t, url)
			then := func(statements ...string) {
				t.Helper()
				for _, s := range statements {
					if _, err := lock.Exec(t.Context(), s); err != nil {
						t.Fatalf("%s: %v", s, err)
					}
				}
			}
			then(`BEGIN`, `SELECT FROM nodes WHERE incarnation = 'one-1' `+c.lock)
			c.test(t, one, two, func(n int) { t.Helper(); pgtest.Blocked(t, url, lock, n) }, then)
		})
	}
}
