package archive

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"usher/internal/journal/pgtest"
	"usher/internal/site"
)

// TestOpenRefuses: what is no archive of ours, or a newer one, is refused with what to do
// about it, and stays as it is.
func TestOpenRefuses(t *testing.T) {
	t.Parallel()
	sqlite := func(statements ...string) func(t *testing.T, dir string) {
		return func(t *testing.T, dir string) {
			s := openIn(t, dir, Options{})
			for _, q := range statements {
				if _, err := s.engine.(*embedded).own.exec(t.Context(), q); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.harden(t.Context()); err != nil {
				t.Fatal(err)
			}
			if err := s.Close(); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, c := range map[string]struct {
		make func(t *testing.T, dir string)
		err  error
		want string
	}{
		"no database": {func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, File), []byte("some text that is long enough"), 0o600); err != nil {
				t.Fatal(err)
			}
		}, ErrDamaged, "move it away"},
		"another program's": {sqlite(`PRAGMA application_id = 7`), errNotOurs, "choose another directory"},
		"a newer one":       {sqlite(`INSERT INTO archive_version (version_id, is_applied) VALUES (99, 1)`), ErrNewer, "start the newer program"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			c.make(t, dir)
			before, err := os.ReadFile(filepath.Join(dir, File))
			if err != nil {
				t.Fatal(err)
			}
			s, err := OpenSQLite(t.Context(), dir, Options{})
			if err == nil {
				s.Close()
			}
			if !errors.Is(err, c.err) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("opened: %v", err)
			}
			if after, err := os.ReadFile(filepath.Join(dir, File)); err != nil || string(after) != string(before) {
				t.Errorf("the file was changed (%v)", err)
			}
		})
	}
}

// TestOpenMode: the file is its owner's alone, and closing twice is as good as once.
func TestOpenMode(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := openIn(t, dir, Options{})
	info, err := os.Stat(filepath.Join(dir, File))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	}
	openIn(t, dir, Options{}) // and again
}

// TestOpenPostgresRefuses: a schema with somebody else's tables, a newer one, and URLs
// that do not work, whose passwords are not told.
func TestOpenPostgresRefuses(t *testing.T) {
	t.Parallel()
	theirs, newer := pgtest.URL(t), pgtest.URL(t)
	pgtest.Exec(t, theirs, `CREATE TABLE archive_sites (a int)`)
	s, err := OpenPostgres(t.Context(), newer, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	pgtest.Exec(t, newer, `INSERT INTO archive_version (version_id, is_applied) VALUES (99, true)`)
	for url, want := range map[string]string{
		theirs: "choose another schema", newer: "start the newer program",
		"postgres://u:hunter2@127.0.0.1:1/x": "", "postgres://u:hunter2@h:port/x": "expected postgres://", "hunter2": "",
	} {
		s, err := OpenPostgres(t.Context(), url, Options{})
		if err == nil {
			s.Close()
		}
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("opened, or the wrong words (want %q): %v", want, err)
		}
	}
}

// TestBackup: a copy is whole, and goes on where the journal is.
func TestBackup(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	e := w.chat(site.Contact{FirstName: "Ann"}, "before the copy", "yes")
	w.flush()
	s := openIn(t, t.TempDir(), Options{})
	w.same(w.worker(s), e)
	dir := t.TempDir()
	to := filepath.Join(dir, File)
	if err := s.Backup(t.Context(), to); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(to); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	if err := s.Backup(t.Context(), to); !errors.Is(err, fs.ErrExist) {
		t.Errorf("over a copy: %v", err)
	}
	if err := s.Backup(t.Context(), filepath.Join(dir, "missing", File)); err == nil {
		t.Error("into a folder that is not there")
	}
	late := w.chat(site.Contact{FirstName: "Bea"}, "after the copy", "yes")
	w.flush()
	a := w.worker(openIn(t, dir, Options{}))
	w.same(a, e)
	w.same(a, late)
	if got := found(t, a, Query{Text: "copy"}); len(got) != 2 {
		t.Errorf("found: %v", got)
	}
	if names, err := filepath.Glob(filepath.Join(dir, "*.incoming")); err != nil || len(names) > 0 {
		t.Errorf("left behind: %v, %v", names, err)
	}
	p, err := OpenPostgres(t.Context(), pgtest.URL(t), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if err := p.Backup(t.Context(), filepath.Join(dir, "x")); !errors.Is(err, ErrNoBackup) {
		t.Errorf("of PostgreSQL: %v", err)
	}
}
