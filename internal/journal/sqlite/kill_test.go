package sqlite_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"sync"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

var killSites = []string{"alpha", "beta", "gamma"}

func init() { children["append"] = appendForever }

// appendForever appends to all sites and trims them until it is killed, and prints
// each position, and where the site begins, once that is acknowledged.
func appendForever(dir string) error {
	ctx := context.Background()
	j, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	failed := make(chan error)
	for _, name := range killSites {
		h, err := j.Create(ctx, name)
		if err != nil {
			return err
		}
		go func() {
			s, err := site{h}, error(nil)
			for n := 1; ; n++ {
				b := journal.Batch{Frame: s.frame(1 + n%3)}
				if n%20 == 0 {
					b = s.checkpoint(n % 2) // with an event or alone, by turns
				}
				if err = s.write(j, b); err != nil {
					failed <- err
					return
				}
				if n%20 == 0 {
					if s.Head, err = j.Trim(ctx, name, s.Position-int64(n%50)); err != nil {
						failed <- err
						return
					}
				}
				fmt.Printf("%s %d %d\n", name, s.Position, s.First) // one write a line
			}
		}()
	}
	return <-failed
}

// TestKill: whatever was acknowledged before the process was killed is there,
// whole and without a gap, and what was trimmed stays away.
func TestKill(t *testing.T) {
	dir := t.TempDir()
	acked, trimmed := map[string]int64{}, map[string]int64{}
	for round := range 6 {
		cmd, lines, stderr := startChild(t, "append", dir)
		left := 5 + rand.IntN(400)
		for lines.Scan() {
			var name string
			var position, first int64
			if _, err := fmt.Sscan(lines.Text(), &name, &position, &first); err != nil {
				t.Fatalf("the child said %q", lines.Text())
			}
			if position < acked[name] || first < trimmed[name] {
				t.Fatalf("%s went back from %d to %d, or from %d to %d", name, acked[name], position, trimmed[name], first)
			}
			acked[name], trimmed[name] = position, first
			if left--; left == 0 { // and go on reading what it said until it died
				if err := cmd.Process.Kill(); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := cmd.Wait(); err == nil || left > 0 {
			t.Fatalf("the child ended before it was killed: %v\n%s", err, stderr)
		}
		if round%2 == 0 {
			continue // the next child finds what this one left
		}
		func() {
			j, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
			if err != nil {
				t.Fatalf("open after the kill: %v", err)
			}
			defer j.Close()
			for _, name := range killSites {
				if s := check(t, j, name); s.Head.Position < acked[name] {
					t.Errorf("%s is at %d, %d was acknowledged", name, s.Head.Position, acked[name])
				} else if s.Head.First < trimmed[name] {
					t.Errorf("%s begins at %d, it was trimmed to %d", name, s.Head.First, trimmed[name])
				}
			}
		}()
	}
}

// TestLockedOnce: a second server is refused and changes nothing, and only
// one of many that want a free directory gets it.
func TestLockedOnce(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, sqlite.Options{})
	s := newSite(t, j, "alpha")
	if err := s.write(j, s.checkpoint(3)); err != nil {
		t.Fatal(err)
	}
	before := snapshot(t, dir)
	_, err := sqlite.Open(t.Context(), dir, sqlite.Options{})
	wantError(t, err, journal.ErrLocked, dir)
	if diff := before.diff(snapshot(t, dir)); diff != "" {
		t.Errorf("the refused opening changed %s", diff)
	}
	if err := s.write(j, journal.Batch{Frame: s.frame(1)}); err != nil {
		t.Errorf("the first server cannot go on: %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	opened := make(chan *sqlite.Journal, 8)
	for range cap(opened) {
		wg.Go(func() {
			j, err := sqlite.Open(context.Background(), dir, sqlite.Options{})
			if err != nil {
				wantError(t, err, journal.ErrLocked, dir)
				return
			}
			opened <- j
		})
	}
	wg.Wait()
	if len(opened) != 1 {
		t.Fatalf("%d of %d have the directory", len(opened), cap(opened))
	}
	check(t, <-opened, "alpha")
	if mode := mustStat(t, dir+"/usher.db").Mode().Perm(); mode != 0o600 {
		t.Errorf("usher.db has mode %o", mode)
	}
}

func mustStat(t *testing.T, name string) os.FileInfo {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	return info
}
