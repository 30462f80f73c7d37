package app

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"usher/internal/archive"
	"usher/internal/journal/sqlite"
)

// backup copies a data directory while it is used.
type backup struct {
	data    string
	journal *sqlite.Journal
	store   *archive.Store
	worker  *archive.Worker
}

// backup answers what copies the data directory; nil when the data is elsewhere.
func (a *App) backup(w *archive.Worker) func(context.Context, io.Writer) error {
	if a.embedded == nil {
		return nil
	}
	return backup{data: a.options.Data, journal: a.embedded, store: a.archive, worker: w}.write
}

// write writes the data directory as it is at one moment, as a tar file that a stopped
// server's directory can be made of. The archive comes first, then the journal, which
// has all that the archive has; the files come last, since each is there before it is
// told of. What the archive has not followed yet must not be given up meanwhile.
func (b backup) write(ctx context.Context, to io.Writer) (err error) {
	defer b.worker.Hold()()
	dir, err := os.MkdirTemp(b.data, ".backup-*")
	if err != nil {
		return fmt.Errorf("make a backup: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := b.store.Backup(ctx, filepath.Join(dir, archive.File)); err != nil {
		return fmt.Errorf("make a backup: %w", err)
	}
	if err := b.journal.Backup(ctx, filepath.Join(dir, "usher.db")); err != nil {
		return fmt.Errorf("make a backup: %w", err)
	}
	t := tar.NewWriter(to)
	for _, name := range []string{"usher.db", archive.File} {
		if err := add(ctx, t, filepath.Join(dir, name), name); err != nil {
			return fmt.Errorf("write a backup: %w", err)
		}
	}
	if err := addFolder(ctx, t, filepath.Join(b.data, "files"), "files"); err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	if err := t.Close(); err != nil {
		return fmt.Errorf("write a backup: %w", err)
	}
	return nil
}

// addFolder adds what is below a folder. A file that is deleted meanwhile is left out.
func addFolder(ctx context.Context, t *tar.Writer, dir, name string) error {
	return filepath.WalkDir(dir, func(at string, d fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		below, err := filepath.Rel(dir, at)
		if err != nil {
			return err
		}
		err = add(ctx, t, at, path.Join(name, filepath.ToSlash(below)))
		if errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return err
	})
}

// add adds one file, which nobody writes to.
func add(ctx context.Context, t *tar.Writer, file, name string) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := &tar.Header{Name: name, Mode: 0o600, Size: info.Size(), ModTime: info.ModTime(), Typeflag: tar.TypeReg}
	if err := t.WriteHeader(h); err != nil {
		return err
	}
	_, err = io.CopyN(t, f, info.Size())
	return err
}
