package sqlite_test

import (
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// files are the contents of a data directory, without the lock and the index of
// the write-ahead log, which is no data.
type files map[string]string

func snapshot(t testing.TB, dir string) files {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	all := files{}
	for _, e := range entries {
		if e.Name() == "lock" || strings.HasSuffix(e.Name(), "-shm") {
			continue
		}
		b, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if e.Name() == "usher.db-wal" && len(b) == 0 {
			continue // as good as none
		}
		all[e.Name()] = string(b)
	}
	return all
}

// diff names the files that are not the same.
func (f files) diff(other files) string {
	names := map[string]bool{}
	for _, m := range []files{f, other} {
		for name := range m {
			if f[name] != other[name] {
				names[name] = true
			}
		}
	}
	return strings.Join(slices.Sorted(maps.Keys(names)), ", ")
}

func wantError(t testing.TB, err, want error, says ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("got error %v, want one that wraps %q", err, want)
		return
	}
	for _, s := range says {
		if !strings.Contains(err.Error(), s) {
			t.Errorf("the error %q does not say %q", err, s)
		}
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("the error has several lines: %q", err)
	}
}

// filled makes a directory with two sites of 300 events and closes it.
func filled(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	for _, name := range []string{"alpha", "beta"} {
		s := newSite(t, j, name)
		for n := range 100 {
			b := journal.Batch{Frame: s.frame(3)}
			if n == 60 {
				b = s.checkpoint(3)
			}
			if err := s.write(j, b); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	return dir
}

// alter runs statements on the closed database.
func alter(t *testing.T, dir string, statements ...string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(dir, "usher.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.Exec(s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
}

// sumOf is the checksum of a row, as the schema describes it.
func sumOf(columns ...string) uint32 {
	return crc32.Checksum([]byte(strings.Join(columns, "\x00")), crc32.MakeTable(crc32.Castagnoli))
}

// TestRefused: what is not a whole database of ours is refused in one line, and
// left as it is.
func TestRefused(t *testing.T) {
	truncate := func(size func(whole int64) int64) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			name := filepath.Join(dir, "usher.db")
			if err := os.Truncate(name, size(mustStat(t, name).Size())); err != nil {
				t.Fatal(err)
			}
		}
	}
	write := func(name, text string) func(*testing.T, string) {
		return func(t *testing.T, dir string) {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	sqlText := func(statements ...string) func(*testing.T, string) {
		return func(t *testing.T, dir string) { alter(t, dir, statements...) }
	}
	for _, c := range []struct {
		name string
		harm func(*testing.T, string)
		want error
		says string
	}{
		{"garbage", write("usher.db", strings.Repeat("not a database\n", 1000)), journal.ErrCorrupt, "not a database"},
		{"a short text", write("usher.db", "hello"), journal.ErrCorrupt, "not a database"},
		{"cut to half", truncate(func(n int64) int64 { return n / 2 }), journal.ErrCorrupt, ""},
		{"last page lost", truncate(func(n int64) int64 { return n - 4096 }), journal.ErrCorrupt, ""},
		{"first page only", truncate(func(int64) int64 { return 4096 }), journal.ErrCorrupt, ""},
		{"header only", truncate(func(int64) int64 { return 100 }), journal.ErrCorrupt, ""},
		{"part of the header", truncate(func(int64) int64 { return 17 }), journal.ErrCorrupt, ""},
		{"empty beside a log", func(t *testing.T, dir string) {
			write("usher.db", "")(t, dir)
			write("usher.db-wal", "left behind")(t, dir)
		}, journal.ErrCorrupt, "backup"},
		{"missing beside a log", func(t *testing.T, dir string) {
			if err := os.Rename(filepath.Join(dir, "usher.db"), filepath.Join(dir, "usher.db-wal")); err != nil {
				t.Fatal(err)
			}
		}, journal.ErrCorrupt, "missing"},
		{"another program's", sqlText(`PRAGMA application_id = 7`), journal.ErrCorrupt, "another program"},
		{"a newer schema", sqlText(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`), journal.ErrNewer, "schema 99"},
		{"a batch missing", sqlText(`UPDATE store SET heads_seq = 100`, `DELETE FROM batches WHERE seq = 150`), journal.ErrCorrupt, "batch"},
		{"the last batches missing", sqlText(`DELETE FROM batches WHERE seq > 198`), journal.ErrCorrupt, "last batch"},
		{"a changed head", sqlText(`UPDATE heads SET next_timer = next_timer + 1`), journal.ErrCorrupt, "checksum"},
		{"an epoch taken back", sqlText(`UPDATE store SET epoch = 0`), journal.ErrCorrupt, "epoch"},
		{"batches exchanged", sqlText(`UPDATE batches SET frames = (SELECT frames FROM batches WHERE seq = 199) WHERE seq = 200`,
			`DELETE FROM heads`, `DELETE FROM begins`, `UPDATE store SET heads_seq = 199`), journal.ErrCorrupt, "batch 200"},
		{"the first batches missing", sqlText(`DELETE FROM batches WHERE seq < 20`), journal.ErrCorrupt, "begin at 20, where 1 was due"},
		{"all batches missing", sqlText(`DELETE FROM batches`), journal.ErrCorrupt, "the last batch is 0"},
		{"frames that do not follow", sqlText(`UPDATE store SET heads_seq = 199`), journal.ErrCorrupt, "from position 297, where 300 was due"},
		{"batches trimmed that a site needs", sqlText(`DELETE FROM batches WHERE seq < 20`, `UPDATE store SET oldest = 20`),
			journal.ErrCorrupt, "alpha has events from batch 1 on, the batches begin at 20"},
		{"a changed beginning", sqlText(`UPDATE begins SET first = first + 1`), journal.ErrCorrupt, "checksum"},
		{"a beginning after the checkpoint", sqlText(fmt.Sprintf(`UPDATE begins SET first = 200, sum = %d WHERE site = 'alpha'`,
			sumOf("alpha", "200", "1"))), journal.ErrCorrupt, "begin at position 200, after its checkpoint at 183"},
		{"a site that begins and is not there", sqlText(`DELETE FROM heads WHERE site = 'alpha'`), journal.ErrCorrupt, "alpha begins, and has no head"},
		{"a checkpoint from the future", sqlText(fmt.Sprintf(`UPDATE heads SET epoch = 1, checkpoint = 301, sum = %d WHERE site = 'alpha'`,
			sumOf("alpha", "300", "1", "1", "0", "301", "62"))), journal.ErrCorrupt, "at position 301, which is in the future: the site is at 300"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filled(t)
			c.harm(t, dir)
			before := snapshot(t, dir)
			j, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
			if err == nil {
				j.Close()
			}
			wantError(t, err, c.want, "usher.db", c.says)
			if !regexp.MustCompile(`put (.* |both )back from a backup|choose another directory|start the newer program`).MatchString(fmt.Sprint(err)) {
				t.Errorf("the error %q does not say what to do", err)
			}
			if diff := before.diff(snapshot(t, dir)); diff != "" {
				t.Errorf("the refused opening changed %s", diff)
			}
		})
	}
}

// TestFoundLater: damage in what a start does not read is found by who reads it.
func TestFoundLater(t *testing.T) {
	load := func(t *testing.T, j journal.Journal) error { _, err := j.Load(t.Context(), "alpha"); return err }
	read := func(t *testing.T, j journal.Journal) error {
		return j.Read(t.Context(), "alpha", 0, func(journal.Frame) bool { return true })
	}
	for _, c := range []struct {
		name  string
		harm  string
		finds func(*testing.T, journal.Journal) error
	}{
		{"a batch missing, load", `DELETE FROM batches WHERE seq = 80`, load},
		{"a batch missing, read", `DELETE FROM batches WHERE seq = 5`, read},
		{"an empty batch", `UPDATE batches SET frames = x'' WHERE seq = 80`, load},
		{"a batch cut short", `UPDATE batches SET frames = substr(frames, 1, length(frames) - 1) WHERE seq = 80`, load},
		{"a batch twice", `UPDATE batches SET frames = (SELECT frames FROM batches WHERE seq = 79) WHERE seq = 80`, load},
		{"no batch at all", `UPDATE batches SET frames = x'' WHERE seq > 50`, read},
		{"a part changed", `UPDATE parts SET data = x'30'`, load},
		{"a part of another checkpoint", `UPDATE parts SET position = 3`, load},
		{"a part from the future", fmt.Sprintf(`UPDATE parts SET position = 240, sum = %d WHERE site = 'alpha'`,
			sumOf("alpha", "position", "240", "183")), load},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := filled(t)
			alter(t, dir, c.harm)
			wantError(t, c.finds(t, open(t, dir, sqlite.Options{})), journal.ErrCorrupt, "put "+filepath.Join(dir, "usher.db")+" back from a backup")
		})
	}
}

// TestEpochDecrease: a frame under an older epoch than the one before is damage,
// although each frame is whole.
func TestEpochDecrease(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	s := newSite(t, j, "alpha")
	first := s.Epoch
	var err error
	if s.Head, err = j.RaiseEpoch(t.Context(), "alpha", s.Epoch); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.write(j, journal.Batch{Frame: s.frame(1)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	second := site{journal.Head{Site: "alpha", Position: 1, Epoch: first}}.frame(1).AppendTo(nil)
	row := append(binary.AppendUvarint(nil, uint64(len(second))), second...)
	alter(t, dir, fmt.Sprintf(`UPDATE batches SET frames = x'%x' WHERE seq = 2`, row))
	_, err = open(t, dir, sqlite.Options{}).Load(t.Context(), "alpha")
	wantError(t, err, journal.ErrCorrupt, "epoch")
}

// TestAnyByte: whichever byte of the file is changed, nobody is given an event
// that was not written there.
func TestAnyByte(t *testing.T) {
	whole, err := os.ReadFile(filepath.Join(filled(t), "usher.db"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		b := slices.Clone(whole)
		at := rapid.IntRange(0, len(b)-1).Draw(rt, "at")
		b[at] ^= rapid.ByteMin(1).Draw(rt, "flip")
		for _, name := range []string{"usher.db", "usher.db-wal", "usher.db-shm", "usher.db-journal"} {
			if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
				rt.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "usher.db"), b, 0o600); err != nil {
			rt.Fatal(err)
		}
		j, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
		if err != nil {
			return
		}
		defer j.Close()
		for _, name := range []string{"alpha", "beta"} {
			if s, err := j.Load(t.Context(), name); err == nil {
				for _, f := range s.Frames {
					at := site{journal.Head{Site: name, Position: f.First}}
					if string(f.Events) != string(at.frame(f.Count).Events) {
						rt.Fatalf("loaded a wrong frame at %d: %s", f.First, f.Events)
					}
				}
			}
			next := int64(0)
			err := j.Read(t.Context(), name, 0, func(f journal.Frame) bool {
				at := site{journal.Head{Site: name, Position: next}}
				if f.First != next || string(f.Events) != string(at.frame(f.Count).Events) {
					rt.Fatalf("read a wrong frame at %d: %s", f.First, f.Events)
				}
				next = f.End()
				return true
			})
			if err == nil && next != 300 {
				rt.Fatalf("read %s to %d of 300 and no error", name, next)
			}
		}
	})
}
