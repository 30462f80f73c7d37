package sqlite_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"usher/internal/journal"
	"usher/internal/journal/sqlite"
)

func init() {
	children["full"] = meetFull
	children["unprivileged"] = meetReadOnly
}

// limitFiles bounds the size of every file that this process writes, as a full
// disk would, until the function it answers is called.
func limitFiles(size uint64) (lift func() error, err error) {
	signal.Ignore(syscall.SIGXFSZ)
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return nil, err
	}
	narrow := limit
	narrow.Cur = size
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &narrow); err != nil {
		return nil, err
	}
	return func() error { return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit) }, nil
}

// meetFull starts and backs up where there is no room, and says how that failed;
// afterwards, with room, all must be as it was.
func meetFull(dir string) error {
	ctx := context.Background()
	for _, name := range []string{"filled", "new"} {
		for _, room := range []uint64{0, 1 << 10, 5000, 20 << 10} {
			lift, err := limitFiles(room)
			if err != nil {
				return err
			}
			j, err := sqlite.Open(ctx, filepath.Join(dir, name), sqlite.Options{})
			if err == nil { // there was room enough
				err = j.Close()
			} else if !strings.Contains(err.Error(), "make room in "+filepath.Join(dir, name)) {
				return fmt.Errorf("%s, %d bytes: the start failed with %w", name, room, err)
			}
			if err != nil {
				fmt.Println(name)
			}
			if err := lift(); err != nil {
				return err
			}
		}
	}
	j, err := sqlite.Open(ctx, filepath.Join(dir, "new"), sqlite.Options{})
	if err != nil {
		return fmt.Errorf("start with room again: %w", err)
	}
	h, err := j.Create(ctx, "alpha")
	if err != nil {
		return err
	}
	s := site{h}
	for range 3 {
		if err := s.write(j, journal.Batch{Frame: megabyte(&s)}); err != nil {
			return err
		}
	}
	lift, err := limitFiles(1 << 20)
	if err != nil {
		return err
	}
	err = j.Backup(ctx, filepath.Join(dir, "copy"))
	if err == nil || !strings.Contains(err.Error(), "make room in "+dir) {
		return fmt.Errorf("the backup failed with %w", err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "copy*")); err != nil || len(left) > 0 {
		return fmt.Errorf("the backup left %v, %w", left, err)
	}
	if err := lift(); err != nil {
		return err
	}
	if err := s.write(j, journal.Batch{Frame: s.frame(1)}); err != nil {
		return fmt.Errorf("append after the backup: %w", err)
	}
	return j.Close()
}

// TestFullAtStart: a start that finds no room is refused and says what to do, for a
// new directory and for a filled one, and a backup likewise; with room all is there.
func TestFullAtStart(t *testing.T) {
	dir := t.TempDir()
	if err := os.Rename(filled(t), filepath.Join(dir, "filled")); err != nil {
		t.Fatal(err)
	}
	cmd, lines, stderr := startChild(t, "full", dir)
	failures := map[string]int{}
	for lines.Scan() {
		failures[lines.Text()]++
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, strings.TrimSpace(stderr.String()))
	}
	if failures["filled"] < 2 || failures["new"] < 2 {
		t.Errorf("starts that failed: %v, want some of each", failures)
	}
	j := open(t, filepath.Join(dir, "filled"), sqlite.Options{})
	for _, name := range []string{"alpha", "beta"} {
		if got := check(t, j, name).Head.Position; got != 300 {
			t.Errorf("%s is at %d, want 300", name, got)
		}
	}
}

// nobody is the user who may do nothing, as which a test meets what root would not.
const nobody = 65534

// meetReadOnly opens directories, and writes a backup, without the right to, and
// prints how that failed.
func meetReadOnly(dir string) error {
	if os.Getuid() == 0 {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setgid(nobody), syscall.Setuid(nobody)); err != nil {
			return err
		}
	}
	ctx := context.Background()
	for _, name := range []string{"directory", "new", "file"} {
		j, err := sqlite.Open(ctx, filepath.Join(dir, name), sqlite.Options{})
		if err == nil {
			return errors.Join(fmt.Errorf("%s was opened", name), j.Close())
		}
		fmt.Println(name, errors.Is(err, os.ErrPermission), err)
	}
	j, err := sqlite.Open(ctx, filepath.Join(dir, "good"), sqlite.Options{})
	if err != nil {
		return err
	}
	err = j.Backup(ctx, filepath.Join(dir, "directory", "copy"))
	fmt.Println("backup", errors.Is(err, os.ErrPermission), err)
	return j.Close()
}

// TestReadOnly: a directory or a file that may not be written is refused with what
// to do, and left as it is.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"directory", "new", "file", "good"} {
		at := filepath.Join(dir, name)
		if name == "new" {
			if err := os.Mkdir(at, 0o700); err != nil {
				t.Fatal(err)
			}
		} else if err := os.Rename(filled(t), at); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		if err := os.Chmod(filepath.Dir(dir), 0o711); err != nil {
			t.Fatal(err)
		}
		err := filepath.WalkDir(dir, func(name string, _ os.DirEntry, err error) error {
			return errors.Join(err, os.Lchown(name, nobody, nobody))
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for name, mode := range map[string]os.FileMode{"directory": 0o500, "new": 0o500, "file/usher.db": 0o400} {
		if err := os.Chmod(filepath.Join(dir, name), mode); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { os.Chmod(filepath.Join(dir, name), 0o700) }) // so that it can be removed
	}
	before := map[string]files{}
	for _, name := range []string{"directory", "new", "file"} {
		before[name] = snapshot(t, filepath.Join(dir, name))
	}
	cmd, lines, stderr := startChild(t, "unprivileged", dir)
	said := map[string]string{}
	for lines.Scan() {
		name, text, _ := strings.Cut(lines.Text(), " ")
		said[name] = text
	}
	if err := cmd.Wait(); err != nil {
		t.Fatalf("%v: %s", err, strings.TrimSpace(stderr.String()))
	}
	for name, want := range map[string]string{
		"directory": filepath.Join(dir, "directory") + " cannot be written: permission denied; give this user the right",
		"new":       filepath.Join(dir, "new") + " cannot be written: permission denied; give this user the right",
		"file":      filepath.Join(dir, "file", "usher.db") + " cannot be written: permission denied; give this user the right",
		"backup":    "permission denied; choose a directory that this user can write",
	} {
		if got := said[name]; !strings.HasPrefix(got, "true ") || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want it to say %q", name, got, want)
		}
		if name != "backup" {
			if diff := before[name].diff(snapshot(t, filepath.Join(dir, name))); diff != "" {
				t.Errorf("%s: the refused opening changed %s", name, diff)
			}
		}
	}
}
