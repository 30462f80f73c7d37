package postgres_test

import (
	"encoding/hex"
	"fmt"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/pgtest"
)

// TestDamage: rows that no append can have left are found by who reads them, with a
// word about what to do, and nothing is destroyed.
func TestDamage(t *testing.T) {
	t.Parallel()
	load := func(t *testing.T, j journal.Journal) error { _, err := j.Load(t.Context(), "alpha"); return err }
	read := func(t *testing.T, j journal.Journal) error {
		return j.Read(t.Context(), "alpha", 0, func(journal.Frame) bool { return true })
	}
	readLate := func(t *testing.T, j journal.Journal) error {
		return j.Read(t.Context(), "alpha", 9, func(f journal.Frame) bool {
			if f.End() <= 9 {
				t.Errorf("a frame from %d to %d was handed out", f.First, f.End())
			}
			return true
		})
	}
	secret := func(t *testing.T, j journal.Journal) error {
		_, err := j.Secret(t.Context(), "alpha", "key", func() ([]byte, error) { return []byte("anew"), nil })
		return err
	}
	trim := func(t *testing.T, j journal.Journal) error { _, err := j.Trim(t.Context(), "alpha", 6); return err }
	frame := func(first int64, count int, change func(*journal.Frame)) string {
		f := site{journal.Head{Site: "alpha", Position: first, Epoch: 1}}.frame(count)
		change(&f)
		return hex.EncodeToString(f.AppendTo(nil))
	}
	database := pgtest.URL(t)
	j := open(t, database)
	// Each site has ten frames of two events, and a checkpoint at position 6.
	for _, c := range []struct {
		name  string
		harm  string
		finds func(*testing.T, journal.Journal) error
		says  string
	}{
		{"a gap", `DELETE FROM frames WHERE site = 'alpha' AND first = 12`, load, "a frame is at 14 where one at 12 was due"},
		{"a gap, read", `DELETE FROM frames WHERE site = 'alpha' AND first = 4`, read, "a frame is at 6 where one at 4 was due"},
		{"the first frame lost", `DELETE FROM frames WHERE site = 'alpha' AND first = 6`, load, "a frame is at 8 where one at 6 was due"},
		{"the first frame lost, read", `DELETE FROM frames WHERE site = 'alpha' AND first = 0`, read, "no frame holds position 0"},
		{"the last frame lost", `DELETE FROM frames WHERE site = 'alpha' AND first = 18`, load, "the frames end at 18, and the head is at 20"},
		{"all frames lost, read", `DELETE FROM frames WHERE site = 'alpha' AND first > 0`, readLate, "no frame holds position 9"},
		{"the frame read from lost", `DELETE FROM frames WHERE site = 'alpha' AND first = 8`, readLate, "no frame holds position 9"},
		{"a checkpoint from the future", `UPDATE heads SET checkpoint = 21 WHERE site = 'alpha'`, load, "checkpoint from the future, at position 21"},
		{"the same, read", `UPDATE heads SET checkpoint = 21 WHERE site = 'alpha'`, read, "from the future"},
		{"the same, trimmed", `UPDATE heads SET checkpoint = 21 WHERE site = 'alpha'`, trim, "from the future"},
		{"a checkpoint in a frame", `UPDATE heads SET checkpoint = 7 WHERE site = 'alpha'`, load, "a frame is at 8 where one at 7 was due"},
		{"events kept from the future", `UPDATE heads SET first = 8 WHERE site = 'alpha'`, load, "kept from position 8"},
		{"a head taken back", `UPDATE heads SET position = 18 WHERE site = 'alpha'`, load, "the frame at 18 has 2 events, and the head is at 18"},
		{"a head taken back into a frame", `UPDATE heads SET position = 17 WHERE site = 'alpha'`, load, "the frame at 16 has 2 events, and the head is at 17"},
		{"a head's epoch taken back", `UPDATE heads SET epoch = 0 WHERE site = 'alpha'`, load, "epoch"},
		{"another count", `UPDATE frames SET count = 3 WHERE site = 'alpha' AND first = 12`, load, "the row at 12 with 3 events"},
		{"another epoch", `UPDATE frames SET epoch = 7 WHERE site = 'alpha' AND first = 12`, load, "under epoch 7"},
		{"a frame changed", `UPDATE frames SET bytes = set_byte(bytes, 30, 0) WHERE site = 'alpha' AND first = 12`, load, "checksum"},
		{"a frame cut short", `UPDATE frames SET bytes = substr(bytes, 1, 40) WHERE site = 'alpha' AND first = 12`, read, "frame at 12"},
		{"an empty frame", `UPDATE frames SET bytes = '' WHERE site = 'alpha' AND first = 12`, load, "too short"},
		{"another site's frame", `UPDATE frames SET bytes = (SELECT bytes FROM frames WHERE site = 'beta' AND first = 12) WHERE site = 'alpha' AND first = 12`,
			load, "holds a frame of beta"},
		{"another place's frame", `UPDATE frames SET bytes = (SELECT bytes FROM frames WHERE site = 'alpha' AND first = 14) WHERE site = 'alpha' AND first = 12`,
			load, "holds a frame of alpha at 14"},
		{"a frame of no events", fmt.Sprintf(`UPDATE frames SET count = 0, epoch = 1, bytes = '\x%s' WHERE site = 'alpha' AND first = 12`,
			frame(12, 0, func(*journal.Frame) {})), load, "the frame at 12 has 0 events"},
		{"an epoch that decreases", `UPDATE heads SET epoch = 5 WHERE site = 'alpha'; ` + fmt.Sprintf(`UPDATE frames SET epoch = 5, bytes = '\x%s' WHERE site = 'alpha' AND first = 12`,
			frame(12, 2, func(f *journal.Frame) { f.Epoch = 5 })), load, "the one before under 5"},
		{"a part changed", `UPDATE parts SET data = 'x' WHERE site = 'alpha'`, load, "the checksum of position"},
		{"a part of another site", `UPDATE parts SET sum = (SELECT sum FROM parts WHERE site = 'beta') WHERE site = 'alpha'`, load, "checksum"},
		{"a side text changed", `UPDATE side SET text = 'x' WHERE site = 'alpha'`, load, "the checksum of 1/1"},
		{"a secret changed", `UPDATE secrets SET value = 'x' WHERE site = 'alpha'`, secret, "secret key"},
	} {
		t.Run(c.name, func(t *testing.T) {
			pgtest.Exec(t, database, `TRUNCATE heads, frames, parts, side, secrets`, `ALTER SEQUENCE epochs RESTART`)
			for _, name := range []string{"alpha", "beta"} {
				s := newSite(t, j, name)
				for n := range 10 {
					b := journal.Batch{Frame: s.frame(2)}
					if n == 2 {
						b = s.checkpoint(2)
						b.Side = []journal.SideText{{Key: "1/1", Text: "off the record"}}
					}
					if err := s.write(j, b); err != nil {
						t.Fatal(err)
					}
				}
				if _, err := j.Secret(t.Context(), name, "key", func() ([]byte, error) { return []byte("secret"), nil }); err != nil {
					t.Fatal(err)
				}
			}
			pgtest.Exec(t, database, c.harm)
			before := contents(t, database)
			wantError(t, c.finds(t, j), journal.ErrCorrupt, c.says, "restore the database from a backup")
			if after := contents(t, database); after != before {
				t.Errorf("reading changed\n%s\nto\n%s", before, after)
			}
			check(t, j, "beta")
		})
	}
}

// TestTrimmedMeanwhile: a reader whose frames are deleted under its hands is told
// that, and not that they are damaged.
func TestTrimmedMeanwhile(t *testing.T) {
	t.Parallel()
	database := pgtest.URL(t)
	j := open(t, database)
	s := newSite(t, j, "alpha")
	s.mustWrite(t, j, 1200) // more than two pages, and than two pieces of a trim
	if err := s.write(j, s.checkpoint(1)); err != nil {
		t.Fatal(err)
	}
	seen := int64(0)
	err := j.Read(t.Context(), "alpha", 0, func(f journal.Frame) bool {
		seen = f.End()
		if f.First == 3 {
			if h, err := j.Trim(t.Context(), "alpha", 1100); err != nil || h.First != 1100 {
				t.Errorf("trim: %+v, %v", h, err)
			}
		}
		return true
	})
	wantError(t, err, journal.ErrTrimmed, "its events begin at 1100")
	if seen >= 1100 || seen < 4 {
		t.Errorf("frames to %d were handed out", seen)
	}
	if n := pgtest.Row[int](t, pgtest.Connect(t, database), `SELECT count(*) FROM frames`); n != 101 {
		t.Errorf("%d frames are left, want 101", n)
	}
	check(t, j, "alpha")

	// What an interrupted trim leaves is seen by nobody, and goes with the next one.
	pgtest.Exec(t, database, `UPDATE heads SET first = 1150`)
	check(t, j, "alpha")
	if h, err := j.Trim(t.Context(), "alpha", 1100); err != nil || h.First != 1150 {
		t.Errorf("trim: %+v, %v", h, err)
	}
	if n := pgtest.Row[int](t, pgtest.Connect(t, database), `SELECT count(*) FROM frames`); n != 51 {
		t.Errorf("%d frames are left, want 51", n)
	}
}
