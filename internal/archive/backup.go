package archive

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// ErrNoBackup: the store is part of a server, which has its own way to be copied.
var ErrNoBackup = errors.New("archive: it stands in PostgreSQL: copy that with pg_dump or its own backup")

// Backup makes a consistent copy of a SQLite archive while it is used: a file of mode
// 0600 that appears under its name when it is whole. The error wraps fs.ErrExist when
// there is something under that name. Copy the archive before the journal: restored
// together, the archive then only has to follow what came between.
func (s *Store) Backup(ctx context.Context, path string) (err error) {
	e, ok := s.engine.(*embedded)
	if !ok {
		return ErrNoBackup
	}
	if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("copy the archive: %w", &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist})
	}
	half := path + ".incoming"
	f, err := os.OpenFile(half, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("copy the archive: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("copy the archive: %w", errors.Join(err, os.Remove(half)))
		}
	}()
	defer f.Close()
	db, err := sql.Open("sqlite", e.dsn()) // one that may write: the engine asks for it
	if err != nil {
		return err
	}
	defer db.Close()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, half); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	return os.Rename(half, path)
}
