package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Backup writes a copy of the journal into a new file with mode 0600 while the
// journal is in use: all that was durable when it was called, as of one moment
// between two commits. Put in the place of usher.db in a directory of its own, the
// copy opens as a journal. It holds no room that the journal does not use any
// more, and nothing that was deleted.
//
// Commits go on meanwhile; the write-ahead log grows by what they write, since it
// cannot be used again until the copy is made. The file is there when it is whole,
// and never before: a backup that fails leaves nothing. One that is not done when
// Close is called fails.
func (j *Journal) Backup(ctx context.Context, path string) (err error) {
	if path, err = filepath.Abs(path); err != nil {
		return fmt.Errorf("find the place of the backup: %w", err)
	}
	if err := vacant(path); err != nil {
		return err
	}
	if err := j.beginRead(); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer j.reading.Done()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	defer context.AfterFunc(j.life, func() { cancel(errClosed) })()

	part, err := makePart(path)
	if err != nil {
		return fmt.Errorf("make the backup: %w; choose a directory that this user can write", err)
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part + "-journal") // the engine leaves it when there was no room
			err = errors.Join(err, os.Remove(part))
		}
	}()
	if err := j.copyTo(ctx, part); err != nil {
		if ctx.Err() != nil {
			return fmt.Errorf("back up to %s: %w", path, context.Cause(ctx))
		}
		return fmt.Errorf("back up to %s: %w", path, advise(err, path))
	}
	if err := syncName(part); err != nil {
		return fmt.Errorf("sync the backup: %w", err)
	}
	if err := vacant(path); err != nil {
		return err
	}
	if err := os.Rename(part, path); err != nil {
		return fmt.Errorf("name the backup: %w", err)
	}
	if err := syncName(filepath.Dir(path)); err != nil {
		part = path
		return fmt.Errorf("sync the backup's entry: %w", err)
	}
	return nil
}

// makePart makes an empty file beside path, with mode 0600, and answers its name.
func makePart(path string) (string, error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.part")
	if err != nil {
		return "", err
	}
	return f.Name(), f.Close()
}

// vacant refuses a name that is taken: a backup overwrites nothing.
func vacant(path string) error {
	switch _, err := os.Lstat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return fmt.Errorf("find the place of the backup: %w", err)
	}
	return fmt.Errorf("back up: %w: %s; choose another name, or move that file away", fs.ErrExist, path)
}

// copyTo writes what the database holds at this moment into an empty file. The
// connection is its own: those that read must not write at all.
func (j *Journal) copyTo(ctx context.Context, file string) error {
	db, err := sql.Open("sqlite", j.paths.dsn("mode", "ro", "_busy_timeout", busyTimeout))
	if err != nil {
		return fmt.Errorf("open %s: %w", j.paths.file, err)
	}
	defer db.Close()
	defer keepSyncing(file)()
	_, err = db.ExecContext(ctx, `VACUUM INTO ?`, (&url.URL{Scheme: "file", Path: file}).String())
	return err
}

// syncEvery is how often a copy is synced while it is made.
const syncEvery = 50 * time.Millisecond

// keepSyncing syncs a file that is being written, again and again until the
// function it answers is called: one sync of a large file at its end would hold up
// those of the commits. Only the last sync, which is not made here, counts.
func keepSyncing(file string) (stop func()) {
	quit := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(syncEvery)
		defer tick.Stop()
		for {
			select {
			case <-quit:
				return
			case <-tick.C:
				_ = syncName(file)
			}
		}
	})
	return func() {
		close(quit)
		wg.Wait()
	}
}
