package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

// logFile finds the descriptors under which this process has the write-ahead
// log of dir open.
func logFile(t *testing.T, dir string) (fds []int) {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		target, err := os.Readlink("/proc/self/fd/" + e.Name())
		if err != nil || target != filepath.Join(dir, "usher.db-wal") {
			continue
		}
		fd, err := strconv.Atoi(e.Name())
		if err != nil {
			t.Fatal(err)
		}
		fds = append(fds, fd)
	}
	return fds
}

// TestBrokenDisk puts a device in the place of the writer's log, so that the
// engine itself meets the failure: /dev/full has no room for a write, /dev/null
// takes the write and then cannot sync.
func TestBrokenDisk(t *testing.T) {
	for _, c := range []struct {
		device string
		want   error
	}{
		{"/dev/full", journal.ErrRefused},
		{"/dev/null", journal.ErrUnknown},
	} {
		for _, checkpoint := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, checkpoint %v", c.device, checkpoint), func(t *testing.T) {
				dir, err := filepath.EvalSymlinks(t.TempDir())
				if err != nil {
					t.Fatal(err)
				}
				j := open(t, dir, sqlite.Options{})
				s, other := newSite(t, j, "alpha"), newSite(t, j, "beta")
				if err := s.write(j, journal.Batch{Frame: s.frame(2)}); err != nil {
					t.Fatal(err)
				}
				fds := logFile(t, dir)
				if len(fds) != 1 {
					t.Fatalf("the log is open as %v, want the writer alone", fds)
				}
				check(t, j, "alpha") // opens a reader, which keeps the real log
				device, err := os.OpenFile(c.device, os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				defer device.Close()
				if err := syscall.Dup3(int(device.Fd()), fds[0], syscall.O_CLOEXEC); err != nil {
					t.Fatal(err)
				}
				batch := journal.Batch{Frame: s.frame(3)}
				if checkpoint {
					batch = s.checkpoint(3)
				}
				wantError(t, s.write(j, batch), c.want)
				if c.want == journal.ErrUnknown {
					wantError(t, s.write(j, batch), journal.ErrFenced)
					if s.Head, err = j.RaiseEpoch(t.Context(), "alpha", s.Epoch); err != nil {
						t.Fatalf("raise: %v", err)
					}
				}
				if s.Position != 2 {
					t.Errorf("position %d, want 2: the write never reached the log", s.Position)
				}
				if got := check(t, j, "alpha").Head; got != s.Head {
					t.Errorf("loaded %+v, want %+v", got, s.Head)
				}
				for _, s := range []*site{s, other} {
					if err := s.write(j, s.checkpoint(1)); err != nil {
						t.Errorf("append to %s afterwards: %v", s.Site, err)
					}
				}
				if fds := logFile(t, dir); len(fds) != 2 {
					t.Errorf("the log is open as %v, want one writer and one reader", fds)
				}
				if err := j.Close(); err != nil {
					t.Fatal(err)
				}
				if fds := logFile(t, dir); len(fds) != 0 {
					t.Errorf("the log is still open as %v after Close", fds)
				}
				j = open(t, dir, sqlite.Options{})
				for _, s := range []*site{s, other} {
					if got := check(t, j, s.Site).Head.Position; got != s.Position {
						t.Errorf("%s is at %d after reopening, want %d", s.Site, got, s.Position)
					}
				}
			})
		}
	}
}

func init() { children["quota"] = fillQuota }

// fillQuota appends under a limit on the size of files, as a quota would be: it
// must be refused for as long as there is no room, go on reading, and go on
// writing when there is room.
func fillQuota(dir string) error {
	ctx := context.Background()
	j, err := sqlite.Open(ctx, dir, sqlite.Options{})
	if err != nil {
		return err
	}
	h, err := j.Create(ctx, "alpha")
	if err != nil {
		return err
	}
	s := site{h}
	lift, err := limitFiles(256 << 10)
	if err != nil {
		return err
	}
	// A refusal empties the log, so there may be room for a while; then no more.
	for refusals := 0; refusals < 10; {
		err := s.write(j, journal.Batch{Frame: s.frame(50)})
		switch {
		case s.Position > 100_000:
			return errors.New("the limit was never met")
		case errors.Is(err, journal.ErrRefused):
			refusals++
		case err != nil:
			return fmt.Errorf("without room: %w", err)
		default:
			refusals = 0
			continue
		}
		state, err := j.Load(ctx, "alpha")
		if err != nil || state.Head != s.Head {
			return fmt.Errorf("load without room: %+v, %w, want %+v", state.Head, err, s.Head)
		}
	}
	if err := lift(); err != nil {
		return err
	}
	if err := s.write(j, journal.Batch{Frame: s.frame(50)}); err != nil {
		return fmt.Errorf("with room again: %w", err)
	}
	fmt.Println(s.Position)
	return j.Close()
}

func TestQuota(t *testing.T) {
	dir := t.TempDir()
	cmd, lines, stderr := startChild(t, "quota", dir)
	var position int64
	for lines.Scan() {
		if _, err := fmt.Sscan(lines.Text(), &position); err != nil {
			t.Errorf("the child said %q", lines.Text())
		}
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, strings.TrimSpace(stderr.String()))
	}
	if got := check(t, open(t, dir, sqlite.Options{}), "alpha").Head.Position; got != position || got < 100 {
		t.Errorf("position %d, the child was at %d", got, position)
	}
}
