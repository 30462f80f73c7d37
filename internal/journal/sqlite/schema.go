package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/pressly/goose/v3"

	"usher/internal/journal"
)

// applicationID is "ushr", set by the first migration.
const applicationID = 0x75736872

//go:embed migrations/*.sql
var migrations embed.FS

// inspect says which schema the database has, 0 for a new one, and refuses what
// is not ours, is damaged or comes from a newer program. It changes nothing.
func (p paths) inspect(ctx context.Context) (version int64, err error) {
	empty, err := p.header()
	if err != nil || empty {
		return 0, err
	}
	mode := "ro"
	if _, err := os.Stat(p.file + "-journal"); err == nil {
		// The process died while it made the database: that is undone by reading,
		// but not by a reader that may not write.
		mode = "rw"
	}
	db, err := sql.Open("sqlite", p.dsn("mode", mode, "_busy_timeout", busyTimeout))
	if err != nil {
		return 0, fmt.Errorf("open %s: %w", p.file, err)
	}
	defer db.Close()
	var id, tables, foreign int64
	err = db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), count(*),
		count(*) FILTER (WHERE name NOT IN ('goose_db_version', 'sqlite_sequence')) FROM sqlite_schema`).
		Scan(&id, &tables, &foreign)
	if err != nil {
		return 0, fmt.Errorf("read the schema of %s: %w", p.file, advise(err, p.file))
	}
	if id != applicationID && (id != 0 || foreign > 0) {
		return 0, fmt.Errorf("%w: %s is a database of another program; choose another directory", journal.ErrCorrupt, p.file)
	}
	if tables == 0 {
		return 0, nil
	}
	err = db.QueryRowContext(ctx, `SELECT coalesce(max(version_id), 0) FROM goose_db_version WHERE is_applied`).Scan(&version)
	if err != nil {
		return 0, fmt.Errorf("read the schema's version in %s: %w", p.file, advise(err, p.file))
	}
	if newest := newestSchema(); version > newest {
		return 0, fmt.Errorf("%w: %s has schema %d, this program knows %d; start the newer program", journal.ErrNewer, p.file, version, newest)
	}
	return version, nil
}

// header looks at the file's first bytes, so that the database engine is never
// let loose on something else. empty means that there is no database yet.
func (p paths) header() (empty bool, err error) {
	f, err := os.Open(p.file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("open the database: %w", err)
	}
	magic := []byte("SQLite format 3\x00")
	head := make([]byte, len(magic))
	n := 0
	if err == nil {
		defer f.Close()
		if n, err = io.ReadFull(f, head); err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return false, fmt.Errorf("read the database: %w", err)
		}
	}
	if n == 0 {
		// The engine deletes the log of an empty database.
		if wal, err := os.Stat(p.file + "-wal"); err == nil && wal.Size() > 0 {
			return false, fmt.Errorf("%w: %s is missing or empty, but %s-wal is not; put both back from a backup",
				journal.ErrCorrupt, p.file, p.file)
		}
		return true, nil
	}
	if !bytes.Equal(head, magic) {
		return false, fmt.Errorf("%w: %s is not a database; choose another directory or put the file back from a backup",
			journal.ErrCorrupt, p.file)
	}
	return false, nil
}

// migrate brings the schema to the newest version.
func (p paths) migrate(ctx context.Context) error {
	db, err := sql.Open("sqlite", p.writeDSN())
	if err != nil {
		return fmt.Errorf("open %s: %w", p.file, err)
	}
	defer db.Close()
	db.SetMaxOpenConns(1)
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("find the migrations: %w", err)
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, dir,
		goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate %s: %w", p.file, damage(err))
	}
	return nil
}

// newestSchema is the highest number of an embedded migration.
func newestSchema() (newest int64) {
	files, _ := fs.Glob(migrations, "migrations/*.sql")
	for _, file := range files {
		if v, err := goose.NumericComponent(file); err == nil {
			newest = max(newest, v)
		}
	}
	return newest
}
