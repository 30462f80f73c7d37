package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// restored opens a backup in a data directory of its own.
func restored(t *testing.T, backup string) *sqlite.Journal {
	t.Helper()
	dir := t.TempDir()
	b, err := os.ReadFile(backup)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "usher.db"), b, 0o600); err != nil {
		t.Fatal(err)
	}
	return open(t, dir, sqlite.Options{})
}

// TestBackupUnderLoad: a copy made while many sites write has of each all that was
// acknowledged before, without a gap and as of one moment.
func TestBackupUnderLoad(t *testing.T) {
	t.Parallel()
	const sites = 12
	j, dir := open(t, t.TempDir(), sqlite.Options{}), t.TempDir()
	all, stop := make([]*site, sites), make(chan struct{})
	var acked [sites]journal.Head
	var mu sync.Mutex
	var writers sync.WaitGroup
	running := make(chan struct{}, sites)
	for i := range all {
		s := newSite(t, j, fmt.Sprintf("site%02d", i))
		all[i] = s
		writers.Go(func() {
			for n := 1; ; n++ {
				b := journal.Batch{Frame: s.frame(1 + n%3)}
				if n%(10+i) == 0 {
					b = s.checkpoint(n % 2)
				}
				if err := s.write(j, b); err != nil {
					t.Errorf("append beside a backup: %v", err)
					return
				}
				if n%(10+i) == 0 && i%2 == 0 {
					h, err := j.Trim(t.Context(), s.Site, s.Position-20)
					if err != nil {
						t.Errorf("trim beside a backup: %v", err)
						return
					}
					s.Head = h
				}
				mu.Lock()
				acked[i] = s.Head
				mu.Unlock()
				if n == 30 {
					running <- struct{}{}
				}
				select {
				case <-stop:
					return
				default:
				}
			}
		})
	}
	for range sites {
		<-running
	}
	var before [3][sites]journal.Head
	for n := range before {
		mu.Lock()
		before[n] = acked
		mu.Unlock()
		if err := j.Backup(t.Context(), filepath.Join(dir, fmt.Sprint(n))); err != nil {
			t.Errorf("backup %d: %v", n, err)
		}
	}
	close(stop)
	writers.Wait()
	if t.Failed() {
		return
	}
	for n := range before {
		file := filepath.Join(dir, fmt.Sprint(n))
		if mode := mustStat(t, file).Mode(); mode != 0o600 {
			t.Errorf("the backup has mode %v", mode)
		}
		again := restored(t, file)
		for i, h := range before[n] {
			got := check(t, again, h.Site).Head
			if got.Position < h.Position || got.Position > all[i].Position || got.First < h.First || got.Epoch <= h.Epoch {
				t.Errorf("backup %d: %s is at %+v; it was at %+v before, and at %+v at the end", n, h.Site, got, h, all[i].Head)
			}
			s := &site{got}
			s.mustWrite(t, again, s.checkpoint(1))
		}
	}
	if left := names(t, dir); len(left) != len(before) {
		t.Errorf("beside the backups there is something: %v", left)
	}
}

func names(t *testing.T, dir string) (all []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		all = append(all, e.Name())
	}
	return all
}

// TestBackupHasAll: secrets, texts off the record and parts are in the copy; what
// was deleted is not, nor is the room it had.
func TestBackupHasAll(t *testing.T) {
	t.Parallel()
	j := open(t, t.TempDir(), sqlite.Options{})
	s := newSite(t, j, "alpha")
	const secret = "the secret"
	for n := range 40 {
		b := s.checkpoint(1)
		b.Side = []journal.SideText{{Key: fmt.Sprint(n), Text: strings.Repeat(secret, 2000)}}
		if n > 0 {
			b.SideDeleted = []string{fmt.Sprint(n - 1)}
		}
		s.mustWrite(t, j, b)
	}
	b := s.checkpoint(1)
	b.SideDeleted, b.Side = []string{"39"}, []journal.SideText{{Key: "kept", Text: "whispered"}}
	s.mustWrite(t, j, b)
	if _, err := j.Secret(t.Context(), "alpha", "key", func() ([]byte, error) { return []byte("one"), nil }); err != nil {
		t.Fatal(err)
	}
	s.trim(t, j, 20)
	file := filepath.Join(t.TempDir(), "a backup?with #odd% name.db")
	if err := j.Backup(t.Context(), file); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(data), secret) {
		t.Error("the copy holds a text that was deleted")
	}
	if len(data) > 200<<10 {
		t.Errorf("the copy has %d bytes", len(data))
	}
	again := restored(t, file)
	got, want := check(t, again, "alpha"), check(t, j, "alpha")
	if got.Head.First != 20 || len(got.Side) != 1 || got.Side[0] != want.Side[0] || len(got.Parts) != 1 {
		t.Errorf("restored %+v", got)
	}
	value, err := again.Secret(t.Context(), "alpha", "key", func() ([]byte, error) { return nil, errors.New("made anew") })
	if err != nil || string(value) != "one" {
		t.Errorf("the secret is %q, %v", value, err)
	}
}

// TestBackupRefused: what cannot be done is said in a line, and leaves nothing.
func TestBackupRefused(t *testing.T) {
	t.Parallel()
	j := open(t, t.TempDir(), sqlite.Options{})
	s := newSite(t, j, "alpha")
	s.mustWrite(t, j, s.checkpoint(3))
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "there"), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx  context.Context
		path string
		want error
		says string
	}{
		"a file that is there":     {t.Context(), filepath.Join(dir, "there"), fs.ErrExist, "another name"},
		"a directory":              {t.Context(), dir, fs.ErrExist, "another name"},
		"a link":                   {t.Context(), filepath.Join(dir, "link"), fs.ErrExist, "another name"},
		"no such directory":        {t.Context(), filepath.Join(dir, "none", "copy"), fs.ErrNotExist, "none"},
		"a file for a directory":   {t.Context(), filepath.Join(dir, "there", "copy"), nil, "there"},
		"a context that has ended": {cancelled, filepath.Join(dir, "copy"), context.Canceled, "back up"},
	} {
		err := j.Backup(c.ctx, c.path)
		if err == nil {
			t.Errorf("%s: no error", name)
			continue
		}
		if c.want == nil {
			c.want = err
		}
		wantError(t, err, c.want, c.says)
	}
	if got := names(t, dir); len(got) != 2 {
		t.Errorf("left behind: %v", got)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "there")); err != nil || string(b) != "mine" {
		t.Errorf("the file that was there holds %q (%v)", b, err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	wantError(t, j.Backup(t.Context(), filepath.Join(dir, "copy")), journal.ErrRefused, "closed")
}

// TestBackupCutShort: a backup that is cut short, by its caller or by Close, leaves
// nothing, and keeps nobody waiting.
func TestBackupCutShort(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		cut  func(j *sqlite.Journal, cancel func()) error
		want error
	}{
		{"by its caller", func(_ *sqlite.Journal, cancel func()) error { cancel(); return nil }, context.Canceled},
		{"by Close", func(j *sqlite.Journal, _ func()) error { return j.Close() }, journal.ErrRefused},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			j, dir := open(t, t.TempDir(), sqlite.Options{}), t.TempDir()
			s := newSite(t, j, "alpha")
			for range 40 { // a copy of 40 MiB takes a while
				s.mustWrite(t, j, journal.Batch{Frame: megabyte(s)})
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			done := make(chan error, 1)
			go func() { done <- j.Backup(ctx, filepath.Join(dir, "copy")) }()
			for { // until it has begun
				if parts, err := filepath.Glob(filepath.Join(dir, "*.part")); err != nil {
					t.Fatal(err)
				} else if len(parts) > 0 {
					if info, err := os.Stat(parts[0]); err == nil && info.Size() > 0 {
						break
					}
				}
				if len(done) > 0 {
					t.Fatalf("the backup ended before it was cut: %v", <-done)
				}
			}
			if err := c.cut(j, cancel); err != nil {
				t.Error(err)
			}
			wantError(t, <-done, c.want, "back up")
			if left := names(t, dir); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func megabyte(s *site) journal.Frame {
	f := s.frame(1)
	f.Events = append(bytes.Repeat([]byte{'m'}, 1<<20-1), '\n')
	return f
}

// TestLogShrinks: the write-ahead log grows while somebody reads for long, and
// becomes short again afterwards.
func TestLogShrinks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	s := newSite(t, j, "alpha")
	s.mustWrite(t, j, journal.Batch{Frame: s.frame(1)})
	db, err := sql.Open("sqlite", "file:"+filepath.Join(dir, "usher.db")+"?mode=ro")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		t.Fatal(err)
	}
	var rows int64
	if err := tx.QueryRow(`SELECT count(*) FROM batches`).Scan(&rows); err != nil || rows != 1 {
		t.Fatalf("%d batches, %v", rows, err)
	}
	size := func() int64 { return mustStat(t, filepath.Join(dir, "usher.db-wal")).Size() }
	for range 40 {
		s.mustWrite(t, j, journal.Batch{Frame: megabyte(s)})
	}
	if size() < 40<<20 {
		t.Fatalf("the log has %d bytes although somebody reads", size())
	}
	if err := tx.Rollback(); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		s.mustWrite(t, j, journal.Batch{Frame: s.frame(1)})
	}
	if size() > 16<<20 {
		t.Errorf("the log still has %d bytes", size())
	}
}
