package sqlite

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"usher/internal/journal"
)

// lockDir takes the directory for this process. The lock goes with the process,
// however it ends; the file stays.
func lockDir(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the data directory: %w", err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	switch {
	case err == nil:
		return f, nil
	case errors.Is(err, syscall.EWOULDBLOCK):
		err = fmt.Errorf("%w: %s; stop that server or choose another directory", journal.ErrLocked, dir)
	default:
		err = fmt.Errorf("lock the data directory %s: %w", dir, err)
	}
	f.Close()
	return nil, err
}

// makeDir makes the directory, for this user alone, and sees to it that its
// entry outlasts a power cut.
func makeDir(dir string) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("make the data directory: %w", err)
	}
	if err := syncName(filepath.Dir(dir)); err != nil {
		return fmt.Errorf("sync the data directory's entry: %w", err)
	}
	return nil
}

// syncName sees to it that a file, or the names in a directory, outlast a power cut.
func syncName(name string) error {
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

// writable says whether this user may write to a file or a directory, without
// writing: a database that is found to be read-only in the middle of a start
// would be half opened.
func writable(name string) error {
	err := unix.Access(name, unix.W_OK)
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s cannot be written: %w; give this user the right to write it and what is in it, or choose another data directory", name, err)
}
