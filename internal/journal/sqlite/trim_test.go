package sqlite_test

import (
	"database/sql"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// stored is what a database has of batches.
type stored struct {
	oldest, first, last, rows int64
	marks                     int64
}

func lookInto(t testing.TB, dir string) (s stored) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "usher.db")+"?mode=ro&_busy_timeout=5000")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	err = db.QueryRow(`SELECT oldest, (SELECT coalesce(min(seq), 0) FROM batches), (SELECT coalesce(max(seq), 0) FROM batches),
		(SELECT count(*) FROM batches), (SELECT count(*) FROM marks) FROM store`).Scan(&s.oldest, &s.first, &s.last, &s.rows, &s.marks)
	if err != nil {
		t.Fatal(err)
	}
	if s.rows > 0 && (s.first != s.oldest || s.last-s.first+1 != s.rows) {
		t.Fatalf("the batches are not those from the oldest on: %+v", s)
	}
	return s
}

// trimmed lets the journal finish what it has to delete: each call of Heads is at
// least one round of its goroutine, and each round deletes one piece.
func trimmed(t testing.TB, j *sqlite.Journal, dir string) stored {
	t.Helper()
	s := lookInto(t, dir)
	for range s.rows/sqlite.PieceRows + s.marks/sqlite.PieceRows + 100 {
		if _, err := j.Heads(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return lookInto(t, dir)
}

func (s *site) mustWrite(t testing.TB, j journal.Journal, b journal.Batch) {
	t.Helper()
	if err := s.write(j, b); err != nil {
		t.Fatalf("append to %s: %v", s.Site, err)
	}
}

func (s *site) trim(t testing.TB, j *sqlite.Journal, before int64) {
	t.Helper()
	h, err := j.Trim(t.Context(), s.Site, before)
	if err != nil {
		t.Fatalf("trim %s: %v", s.Site, err)
	}
	s.Head = h
}

// TestTrimDeletes: a batch goes when no site needs it any more, and not before.
func TestTrimDeletes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	busy, idle, empty := newSite(t, j, "busy"), newSite(t, j, "idle"), newSite(t, j, "empty")
	round := func(j *sqlite.Journal) {
		for range 100 {
			busy.mustWrite(t, j, journal.Batch{Frame: busy.frame(2)})
		}
		busy.mustWrite(t, j, busy.checkpoint(1))
		busy.trim(t, j, math.MaxInt64)
	}
	round(j) // batches 1 to 101
	if s := trimmed(t, j, dir); s.oldest != 101 || s.rows != 1 {
		t.Errorf("with one site: %+v, want the newest batch alone", s)
	}
	idle.mustWrite(t, j, journal.Batch{Frame: idle.frame(1)}) // 102
	round(j)                                                  // 103 to 203
	if s := trimmed(t, j, dir); s.oldest != 102 || s.rows != 102 {
		t.Errorf("with an event that no checkpoint stands for: %+v, want all from 102 on", s)
	}
	idle.mustWrite(t, j, idle.checkpoint(0))
	if s := trimmed(t, j, dir); s.oldest != 102 {
		t.Errorf("with an event that nobody gave up: %+v, want all from 102 on", s)
	}
	idle.trim(t, j, 1)
	if s := trimmed(t, j, dir); s.oldest != 203 || s.rows != 1 {
		t.Errorf("with all given up: %+v, want the newest batch alone", s)
	}
	round(j) // 204 to 304
	if s := trimmed(t, j, dir); s.oldest != 304 {
		t.Errorf("with two sites that have no events: %+v, want the newest batch alone", s)
	}
	idle.mustWrite(t, j, journal.Batch{Frame: idle.frame(1)}) // 305: it holds from here on, and not from where it stopped
	round(j)
	if s := trimmed(t, j, dir); s.oldest != 305 {
		t.Errorf("with an idle site that said something: %+v, want all from 305 on", s)
	}
	for name, dir := range map[string]string{"killed": copyLive(t, dir, -1), "stopped": dir} {
		if name == "stopped" {
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
		}
		again := open(t, dir, sqlite.Options{})
		for _, s := range []*site{busy, idle, empty} {
			got := check(t, again, s.Site).Head
			if s.Head.Epoch = got.Epoch; got != s.Head {
				t.Errorf("%s: %s is at %+v, want %+v", name, s.Site, got, s.Head)
			}
		}
		if s := trimmed(t, again, dir); s.oldest != 305 {
			t.Errorf("%s: %+v, want all from 305 on", name, s)
		}
		was := *idle
		idle.mustWrite(t, again, idle.checkpoint(0))
		idle.trim(t, again, math.MaxInt64)
		if s := trimmed(t, again, dir); s.oldest < 400 {
			t.Errorf("%s: %+v, want the newest batch alone", name, s)
		}
		*idle = was
	}
}

// TestTrimAfterSilence: a site that was silent for long after its checkpoint holds up
// what came since it spoke again, and not what others said meanwhile.
func TestTrimAfterSilence(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	busy, s := newSite(t, j, "busy"), newSite(t, j, "silent")
	s.mustWrite(t, j, s.checkpoint(1)) // batch 1
	for range 100 {
		busy.mustWrite(t, j, journal.Batch{Frame: busy.frame(1)})
	}
	s.mustWrite(t, j, journal.Batch{Frame: s.frame(1)}) // 102
	for range 10 {
		busy.mustWrite(t, j, journal.Batch{Frame: busy.frame(1)})
	}
	for name, dir := range map[string]string{"killed": copyLive(t, dir, -1), "running": dir} {
		j := j
		if name == "killed" {
			j = open(t, dir, sqlite.Options{})
		}
		busy, s := &site{check(t, j, "busy").Head}, &site{check(t, j, "silent").Head}
		busy.mustWrite(t, j, busy.checkpoint(1))
		busy.trim(t, j, math.MaxInt64)
		s.trim(t, j, math.MaxInt64)
		if got := trimmed(t, j, dir); got.oldest != 102 || s.First != 1 {
			t.Errorf("%s: %+v, want all from 102 on", name, got)
		}
	}
}

// TestTrimMarks: marks that lead to what was given up go, and reading from each
// position goes on.
func TestTrimMarks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	s := newSite(t, j, "alpha")
	for range 3 * sqlite.PieceRows {
		s.mustWrite(t, j, s.checkpoint(1))
	}
	if got := lookInto(t, dir).marks; got != s.Position {
		t.Fatalf("%d marks, want %d", got, s.Position)
	}
	s.trim(t, j, s.Position-10)
	if got := trimmed(t, j, dir); got.rows != 10 || got.marks != 11 {
		t.Errorf("%+v, want 10 batches and 11 marks", got)
	}
	for from := s.First; from < s.Position; from++ {
		at := from
		err := j.Read(t.Context(), "alpha", from, func(f journal.Frame) bool {
			if f.First != at {
				t.Errorf("a frame at %d, where %d was due", f.First, at)
			}
			at = f.End()
			return true
		})
		if err != nil || at != s.Position {
			t.Errorf("read from %d to %d of %d: %v", from, at, s.Position, err)
		}
	}
}

// TestAppendsBetweenPieces: while much is deleted, every piece is followed by a
// commit of those who wait.
func TestAppendsBetweenPieces(t *testing.T) {
	t.Parallel()
	const pieces = 8
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	s, other := newSite(t, j, "alpha"), newSite(t, j, "beta")
	for range pieces * sqlite.PieceRows {
		s.mustWrite(t, j, journal.Batch{Frame: s.frame(1)})
	}
	s.mustWrite(t, j, s.checkpoint(1))
	seen, appends, done := map[int64]bool{}, 0, make(chan error, 1)
	var next func(error)
	next = func(err error) { // on the journal's goroutine: nothing is deleted while it runs
		oldest := lookInto(t, dir).oldest
		seen[oldest] = true
		appends++
		if appends == 100*pieces {
			err = errors.New("nothing is deleted between the appends")
		}
		if err != nil || oldest > pieces*sqlite.PieceRows {
			done <- err
			return
		}
		b := journal.Batch{Frame: other.frame(1)}
		other.Head = other.After(b.Frame)
		j.Append(journal.Append{Take: func() (journal.Batch, bool) { return b, true }, Done: next})
	}
	j.Append(journal.Append{
		Take: func() (journal.Batch, bool) { return journal.Batch{Frame: other.frame(1)}, true },
		Done: func(err error) {
			other.Head = other.After(other.frame(1))
			next(err)
		},
	})
	s.trim(t, j, math.MaxInt64)
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if len(seen) < pieces {
		t.Errorf("the appends saw the journal begin at %d batches, want %d pieces to be seen", len(seen), pieces)
	}
}

// TestReadBesideTrim: who reads a long history while it is deleted is told so, and
// is never told of damage; what is kept can be read across what is gone.
func TestReadBesideTrim(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	s, other := newSite(t, j, "alpha"), newSite(t, j, "beta")
	large := func(s *site) journal.Batch { return journal.Batch{Frame: megabyte(s)} } // one is read at a time
	for range 10 {
		s.mustWrite(t, j, large(s))
	}
	for range 20 {
		other.mustWrite(t, j, large(other))
	}
	s.mustWrite(t, j, large(s))
	for _, s := range []*site{s, other} {
		s.mustWrite(t, j, s.checkpoint(0))
	}
	read := func(name string, from, stop int64, fn func()) (next int64, err error) {
		next = from
		err = j.Read(t.Context(), name, from, func(f journal.Frame) bool {
			if f.First != next {
				t.Errorf("a frame at %d, where %d was due", f.First, next)
			}
			if next = f.End(); next == stop {
				fn()
			}
			return true
		})
		return next, err
	}
	// Where the other's 20 batches were, there is nothing any more.
	next, err := read("alpha", 0, 10, func() {
		other.trim(t, j, math.MaxInt64)
		s.trim(t, j, 9)
		trimmed(t, j, dir)
	})
	if err != nil || next != 11 {
		t.Errorf("read to %d of 11: %v", next, err)
	}
	for range 10 {
		s.mustWrite(t, j, large(s))
	}
	s.mustWrite(t, j, s.checkpoint(0))
	next, err = read("alpha", 9, 11, func() {
		s.trim(t, j, math.MaxInt64)
		trimmed(t, j, dir)
	})
	if !errors.Is(err, journal.ErrTrimmed) || errors.Is(err, journal.ErrCorrupt) || next >= 21 {
		t.Errorf("read to %d: %v, want to be told that it was trimmed", next, err)
	}
}

// TestTrimmedTextIsGone: what was trimmed stands nowhere in the files once the
// journal is closed, whether a row had one page or many.
func TestTrimmedTextIsGone(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	s := newSite(t, j, "alpha")
	say := func(text string) {
		f := s.frame(1)
		f.Events = fmt.Appendf(nil, "{%q:1}\n", text)
		s.mustWrite(t, j, journal.Batch{Frame: f})
	}
	say("the secret")
	say(strings.Repeat("the secret ", 3000))
	s.mustWrite(t, j, s.checkpoint(0))
	say("this stays")
	s.trim(t, j, math.MaxInt64)
	trimmed(t, j, dir)
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	kept := false
	for file, data := range snapshot(t, dir) {
		kept = kept || strings.Contains(data, "this stays")
		if strings.Contains(data, "the secret") {
			t.Errorf("%s still has the text", file)
		}
	}
	if !kept {
		t.Error("what was kept is gone, too")
	}
}

// TestTrimGoesOn: what a stop left undeleted is deleted by the next start.
func TestTrimGoesOn(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var stuck atomic.Bool
	var yet atomic.Int64 // commits that succeed yet, once it is stuck
	j := open(t, dir, sqlite.Options{Fault: func(p sqlite.Point) error {
		if p == sqlite.BeforeCommit && stuck.Load() && yet.Add(-1) < 0 {
			return fmt.Errorf("%w: by the test", journal.ErrRefused)
		}
		return nil
	}})
	s := newSite(t, j, "alpha")
	for range 2 * sqlite.PieceRows {
		s.mustWrite(t, j, journal.Batch{Frame: s.frame(1)})
	}
	s.mustWrite(t, j, s.checkpoint(1))
	yet.Store(1) // that of the trim itself, and not those of its pieces
	stuck.Store(true)
	s.trim(t, j, math.MaxInt64)
	left := trimmed(t, j, dir)
	killed := copyLive(t, dir, -1)
	stuck.Store(false)
	if left.rows < 2 {
		t.Fatalf("everything was deleted: %+v", left)
	}
	again := open(t, killed, sqlite.Options{})
	if got := check(t, again, "alpha").Head; got.First != s.Position || got.Position != s.Position {
		t.Errorf("%+v, want it to begin at %d", got, s.Position)
	}
	if got := trimmed(t, again, killed); got.rows != 1 {
		t.Errorf("after the start: %+v, want the newest batch alone", got)
	}
	s.mustWrite(t, j, s.checkpoint(1)) // and without a start by the next checkpoint
	if got := trimmed(t, j, dir); got.rows > 2 {
		t.Errorf("after the next checkpoint: %+v", got)
	}
}

// TestFaultyTrim: however commits fail while sites append and trim, each has all
// events from its beginning on, and its beginning is where it was said to be.
func TestFaultyTrim(t *testing.T) {
	dir := t.TempDir()
	history := 0
	rapid.Check(t, func(rt *rapid.T) {
		history++
		faults := rapid.SliceOfN(rapid.SampledFrom([]*fault{nil, nil, nil, &unwritten, &written, &refused}), 1, 12).Draw(rt, "faults")
		var calls int
		var off atomic.Bool
		j, err := sqlite.Open(t.Context(), dir, sqlite.Options{Fault: func(p sqlite.Point) error {
			if off.Load() {
				return nil
			}
			if p == sqlite.BeforeCommit {
				calls++
			}
			if f := faults[calls%len(faults)]; f != nil && f.point == p {
				return f.err
			}
			return nil
		}})
		if err != nil {
			if errors.Is(err, journal.ErrCorrupt) {
				rt.Fatalf("open: %v", err)
			}
			return // it failed while it took its epoch
		}
		defer j.Close()
		off.Store(true)
		var sites []*site
		for i := range 2 {
			sites = append(sites, newSite(t, j, fmt.Sprintf("h%d/%d", history, i)))
		}
		off.Store(false)
		for range rapid.IntRange(1, 30).Draw(rt, "steps") {
			s := rapid.SampledFrom(sites).Draw(rt, "site")
			what := rapid.SampledFrom([]string{"append", "checkpoint", "trim"}).Draw(rt, "what")
			var err error
			switch what {
			case "append":
				err = s.write(j, journal.Batch{Frame: s.frame(rapid.IntRange(1, 3).Draw(rt, "events"))})
			case "checkpoint":
				err = s.write(j, s.checkpoint(rapid.IntRange(0, 2).Draw(rt, "events")))
			case "trim":
				before := rapid.Int64Range(0, s.Position+1).Draw(rt, "before")
				var h journal.Head
				if h, err = j.Trim(t.Context(), s.Site, before); err == nil {
					s.Head = h
				}
			}
			if err == nil {
				continue
			}
			if errors.Is(err, journal.ErrCorrupt) {
				rt.Fatalf("%s: %v", what, err)
			}
			off.Store(true)
			raised, err := j.RaiseEpoch(t.Context(), s.Site, s.Epoch)
			if err != nil {
				rt.Fatalf("raise: %v", err)
			}
			if raised.First < s.First || raised.Position < s.Position {
				rt.Fatalf("%s went back from %+v to %+v", s.Site, s.Head, raised)
			}
			s.Head = raised
			off.Store(false)
		}
		off.Store(true)
		for _, s := range sites {
			if got := check(t, j, s.Site).Head; got != s.Head {
				rt.Fatalf("%s is at %+v, want %+v", s.Site, got, s.Head)
			}
		}
	})
}

// toSchema1 makes of a closed database what a program of schema 1 left.
func toSchema1(t *testing.T, dir string) {
	t.Helper()
	statements := []string{
		`DELETE FROM goose_db_version WHERE version_id = 2`,
		`DROP TABLE begins`,
		`ALTER TABLE store DROP COLUMN oldest`,
		`ALTER TABLE parts DROP COLUMN position`,
		`INSERT INTO marks (site, position, seq) SELECT site, 0, 1 FROM heads`,
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "usher.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`SELECT site, key, data FROM parts`)
	if err != nil {
		t.Fatal(err)
	}
	for rows.Next() {
		var site, key, data string
		if err := rows.Scan(&site, &key, &data); err != nil {
			t.Fatal(err)
		}
		statements = append(statements, fmt.Sprintf(`UPDATE parts SET sum = %d WHERE site = '%s' AND key = '%s'`,
			sumOf(site, key, data), site, key))
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		t.Fatal(err)
	}
	alter(t, dir, statements...)
}

// TestSchema1: a database of the first schema opens, and can be trimmed.
func TestSchema1(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	toSchema1(t, dir)
	j := open(t, dir, sqlite.Options{})
	a, b := &site{check(t, j, "alpha").Head}, &site{check(t, j, "beta").Head}
	if a.Position != 300 || b.Position != 300 || a.First != 0 {
		t.Fatalf("%+v, %+v", a.Head, b.Head)
	}
	a.trim(t, j, 100)
	if a.First != 99 {
		t.Errorf("trimmed to %d, want 99", a.First)
	}
	if got := trimmed(t, j, dir); got.oldest != 1 {
		t.Errorf("%+v: nobody knows yet where beta begins", got)
	}
	b.trim(t, j, 3)
	if got := trimmed(t, j, dir); got.oldest != 34 {
		t.Errorf("%+v, want all from 34 on", got)
	}
	for _, s := range []*site{a, b} {
		s.mustWrite(t, j, s.checkpoint(1))
		s.trim(t, j, math.MaxInt64)
		check(t, j, s.Site)
	}
	if got := trimmed(t, j, dir); got.rows != 1 {
		t.Errorf("%+v, want the newest batch alone", got)
	}
}
