package blob

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// versionTable is where the schema's version stands: journal and archive beside
// have others.
const versionTable = "files_version"

// migrate brings the tables to the newest version, unless they are newer already.
// Of nodes that start at once one does it, and the others wait.
func migrate(ctx context.Context, db *pgxpool.Pool) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("find the migrations: %w", err)
	}
	var schema string
	var have int64
	if err := db.QueryRow(ctx, `SELECT coalesce(current_schema()::text, '')`).Scan(&schema); err != nil {
		return err
	}
	// Asked for in this way a version is found without a lock, as it is behind a pooler.
	var there bool
	if err := db.QueryRow(ctx, `SELECT to_regclass($1) IS NOT NULL`, versionTable).Scan(&there); err != nil {
		return err
	}
	if there {
		if err := db.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM `+versionTable+` WHERE is_applied`).Scan(&have); err != nil {
			return fmt.Errorf("read the tables' version: %w", err)
		}
	}
	switch know := newestSchema(); {
	case have > know:
		return fmt.Errorf("%w: the files are at version %d, this program knows %d; start the newer program", ErrNewer, have, know)
	case have == know:
		return nil
	}
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(int64(crc32.ChecksumIEEE([]byte("usher files "+schema)))), // others may migrate other schemas
		lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("make the lock of the migrations: %w", err)
	}
	single := stdlib.OpenDBFromPool(db)
	defer single.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, single, dir, goose.WithTableName(versionTable),
		goose.WithSessionLocker(locker), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	_, err = provider.Up(ctx)
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "42P07" { // duplicate_table
		return fmt.Errorf("schema %s of the database has a table of another program (%s); name another database or schema in the URL", schema, e.Message)
	}
	if err != nil {
		return fmt.Errorf("migrate the tables: %w", err)
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
