package postgres_test

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"usher/internal/journal"
	"usher/internal/journal/pgtest"
)

// TestKeysTwice: of a key that a batch names twice the last counts, and a text that
// is deleted in the batch that brings it is gone.
func TestKeysTwice(t *testing.T) {
	t.Parallel()
	j := open(t, pgtest.URL(t))
	s := newSite(t, j, "alpha")
	err := s.write(j, journal.Batch{Frame: s.frame(1), Checkpoint: true,
		Parts:       []journal.Part{{Key: "a", Data: []byte("1")}, {Key: "b", Data: []byte("2")}, {Key: "a", Data: []byte("3")}, {Key: "b"}, {Key: "c"}, {Key: "c", Data: []byte("4")}},
		Side:        []journal.SideText{{Key: "x", Text: "1"}, {Key: "y", Text: "2"}, {Key: "x", Text: "3"}},
		SideDeleted: []string{"y", "y"},
	})
	if err != nil {
		t.Fatal(err)
	}
	st, err := j.Load(t.Context(), "alpha")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]journal.Part{{Key: "a", Data: []byte("3")}, {Key: "c", Data: []byte("4")}}, st.Parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]journal.SideText{{Key: "x", Text: "3"}}, st.Side); diff != "" {
		t.Errorf("side texts (-want +got):\n%s", diff)
	}
}

// TestUnwritable: names that PostgreSQL cannot hold are refused, and change nothing.
func TestUnwritable(t *testing.T) {
	t.Parallel()
	j := open(t, pgtest.URL(t))
	for _, name := range []string{"a\x00b", "a\xff", string(bytes.Repeat([]byte("long"), 1<<20))} {
		if _, err := j.Create(t.Context(), name); err == nil {
			t.Errorf("a site was made with a name of %d bytes", len(name))
		}
	}
	s := newSite(t, j, "alpha")
	for _, key := range []string{"a\x00b", "a\xff"} {
		b := s.checkpoint(1)
		b.Parts = append(b.Parts, journal.Part{Key: key, Data: []byte("x")})
		wantError(t, s.write(j, b), journal.ErrRefused)
		wantError(t, s.write(j, journal.Batch{Frame: s.frame(1), Side: []journal.SideText{{Key: key, Text: "x"}}}), journal.ErrRefused)
	}
	if st := check(t, j, "alpha"); st.Head != s.Head || len(st.Parts)+len(st.Side) > 0 {
		t.Errorf("after what was refused: %+v", st)
	}
	s.mustWrite(t, j, 1)
}

// TestLarge: frames that are larger than a page of a reader, and a checkpoint of many
// parts, come back as they were.
func TestLarge(t *testing.T) {
	t.Parallel()
	j := open(t, pgtest.URL(t))
	s := newSite(t, j, "alpha")
	large := func(s *site, size int) journal.Frame {
		return journal.Frame{Site: s.Site, First: s.Position, Count: 1, Epoch: s.Epoch, Events: append(bytes.Repeat([]byte{'a' + byte(s.Position)}, size-1), '\n')}
	}
	sizes := []int{3 << 20, 10, 600 << 10, 600 << 10, 12 << 20, 20}
	for _, size := range sizes {
		if err := s.write(j, journal.Batch{Frame: large(s, size)}); err != nil {
			t.Fatal(err)
		}
	}
	again := &site{journal.Head{Site: "alpha", Epoch: s.Epoch}}
	err := j.Read(t.Context(), "alpha", 0, func(f journal.Frame) bool {
		if want := large(again, sizes[again.Position]); f.First != again.Position || !bytes.Equal(f.Events, want.Events) {
			t.Errorf("the frame at %d is another, of %d bytes", f.First, len(f.Events))
		}
		again.Position = f.End()
		return true
	})
	if err != nil || again.Position != s.Position {
		t.Errorf("read to %d (%v), want %d", again.Position, err, s.Position)
	}

	b := journal.Batch{Frame: s.frame(1), Checkpoint: true}
	for i := range 20_000 {
		b.Parts = append(b.Parts, journal.Part{Key: fmt.Sprintf("engagement/%05d", i), Data: fmt.Appendf(nil, "%0400d", i)})
	}
	if err := s.write(j, b); err != nil {
		t.Fatal(err)
	}
	st, err := j.Load(t.Context(), "alpha")
	if err != nil {
		t.Fatal(err)
	}
	same := func(a, b journal.Part) bool { return a.Key == b.Key && bytes.Equal(a.Data, b.Data) }
	if !slices.EqualFunc(st.Parts, b.Parts, same) {
		t.Errorf("%d parts came back of %d, or others", len(st.Parts), len(b.Parts))
	}

	// Each is deleted by its key: one by one against all would take minutes.
	parts := b.Parts
	b = journal.Batch{Frame: s.frame(1), Checkpoint: true}
	for _, p := range parts[1:] {
		b.Parts = append(b.Parts, journal.Part{Key: p.Key})
	}
	if err := s.write(j, b); err != nil {
		t.Fatal(err)
	}
	if st, err = j.Load(t.Context(), "alpha"); err != nil || !slices.EqualFunc(st.Parts, parts[:1], same) {
		t.Errorf("%d parts are left (%v), want 1", len(st.Parts), err)
	}
}

// TestNoMoreConnections: appends for which there is no connection of their own go
// over those that there are.
func TestNoMoreConnections(t *testing.T) {
	t.Parallel()
	server := pgtest.Start(t)
	pgtest.Exec(t, server.URL(), `CREATE ROLE plain LOGIN`, `CREATE SCHEMA mine AUTHORIZATION plain`)
	u, err := url.Parse(server.URL())
	if err != nil {
		t.Fatal(err)
	}
	u.User = url.User("plain")
	j := open(t, pgtest.With(t, u.String(), "search_path", "mine"))
	var sites []*site
	for i := range 5 {
		sites = append(sites, newSite(t, j, fmt.Sprintf("site%d", i)))
	}
	pgtest.Exec(t, server.URL(), `ALTER ROLE plain CONNECTION LIMIT 1`) // the one that made the sites
	lock, release := hold(t, pgtest.With(t, server.URL(), "search_path", "mine"), "site0")
	done := []<-chan error{start(j, journal.Batch{Frame: sites[0].frame(1)})}
	pgtest.Blocked(t, server.URL(), lock, 1)
	for _, s := range sites[1:] {
		done = append(done, start(j, journal.Batch{Frame: s.frame(1)}))
	}
	release()
	for i, d := range done {
		if err := <-d; err != nil {
			t.Errorf("append to site%d: %v", i, err)
		}
	}
}

// TestVanishedClients: the server is told to look after sessions whose client vanished.
func TestVanishedClients(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	j := open(t, database)
	newSite(t, j, "alpha").mustWrite(t, j, 1)
	pgtest.Exec(t, database, `CREATE FUNCTION spy() RETURNS trigger LANGUAGE plpgsql AS
		'BEGIN RAISE EXCEPTION ''keep-alive after %'', current_setting(''tcp_keepalives_idle''); END'`,
		`CREATE TRIGGER spy BEFORE INSERT ON frames EXECUTE FUNCTION spy()`)
	s := &site{check(t, j, "alpha").Head}
	wantError(t, s.write(j, journal.Batch{Frame: s.frame(1)}), journal.ErrUnknown, "keep-alive after 15")
}
