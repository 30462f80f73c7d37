package postgres

import (
	"context"
	"embed"
	"fmt"
	"hash/crc32"
	"io/fs"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"usher/internal/journal"
)

// versionTable tells our tables from anybody else's, and which migrations they had.
const versionTable = "usher_migrations"

// tables are what the migrations make.
var tables = []string{"epochs", "heads", "frames", "parts", "side", "secrets", "nodes"}

//go:embed migrations/*.sql
var migrations embed.FS

// inspect says which version the schema's tables have, 0 when there are none, and
// refuses what is not ours or comes from a newer program. It changes nothing.
func inspect(ctx context.Context, conn *pgx.Conn) (version int64, err error) {
	moment := pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}
	err = pgx.BeginTxFunc(ctx, conn, moment, func(tx pgx.Tx) error {
		var schema string
		var found []string
		err := tx.QueryRow(ctx, `SELECT current_schema()::text, coalesce(array_agg(relname::text ORDER BY relname), '{}')
			FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace
			WHERE nspname = current_schema() AND relname = ANY($1::text[])`, append([]string{versionTable}, tables...)).Scan(&schema, &found)
		if err != nil {
			return fmt.Errorf("look for the tables: %w", err)
		}
		if slices.Contains(found, versionTable) {
			err := tx.QueryRow(ctx, `SELECT coalesce(max(version_id), 0) FROM `+versionTable+` WHERE is_applied`).Scan(&version)
			if err != nil {
				return fmt.Errorf("read the tables' version: %w", err)
			}
		}
		found = slices.DeleteFunc(found, func(name string) bool { return name == versionTable })
		switch newest := newestSchema(); {
		case version > newest:
			return fmt.Errorf("%w: schema %s of the database is at version %d, this program knows %d; start the newer program",
				journal.ErrNewer, schema, version, newest)
		case version == 0 && len(found) > 0:
			return fmt.Errorf("%w: schema %s of the database has tables of another program (%s); name another database or schema in the URL",
				journal.ErrCorrupt, schema, strings.Join(found, ", "))
		case version > 0 && len(found) < len(tables):
			return fmt.Errorf("%w: schema %s of the database has only the tables %s of %s; restore it from a backup",
				journal.ErrCorrupt, schema, strings.Join(found, ", "), strings.Join(tables, ", "))
		}
		return nil
	})
	return version, err
}

// migrate brings the tables to the newest version. Of nodes that start at once one
// does it, and the others wait.
func migrate(ctx context.Context, cfg *pgx.ConnConfig, schema string) error {
	dir, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return fmt.Errorf("find the migrations: %w", err)
	}
	locker, err := lock.NewPostgresSessionLocker(
		lock.WithLockID(int64(crc32.ChecksumIEEE([]byte("usher "+schema)))), // others may migrate other schemas
		lock.WithLockTimeout(1, 300))
	if err != nil {
		return fmt.Errorf("make the lock of the migrations: %w", err)
	}
	db := stdlib.OpenDB(*cfg)
	defer db.Close()
	provider, err := goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithTableName(versionTable),
		goose.WithSessionLocker(locker), goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", oneLine(err))
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

// checkEpochs refuses a store whose count of epochs was set back, as a copy that was
// put together from several can be: an epoch would be taken twice.
func checkEpochs(ctx context.Context, conn *pgx.Conn) error {
	var taken, highest int64
	err := conn.QueryRow(ctx, `SELECT last_value, (SELECT coalesce(max(epoch), 0) FROM heads) FROM epochs`).Scan(&taken, &highest)
	if err != nil {
		return fmt.Errorf("read the epochs: %w", err)
	}
	if highest > taken {
		return fmt.Errorf("%w: a site is at epoch %d, the store at %d; restore the database, with its sequences, from a backup",
			journal.ErrCorrupt, highest, taken)
	}
	return nil
}
