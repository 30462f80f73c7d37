package archive

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

// migrationLock is the advisory lock under which one node migrates the archive.
const migrationLock = 0x75736861

// shared is an archive in the tables of a PostgreSQL database that nodes share.
type shared struct{ pool *pgxpool.Pool }

// OpenPostgres opens the archive in the database and schema that a URL names, and
// makes its tables when they are missing. It has a few connections of its own. The
// error wraps ErrNewer when a newer program wrote the tables; it never has the
// password in it.
func OpenPostgres(ctx context.Context, url string, o Options) (_ *Store, err error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("open the archive: the database's URL cannot be read: expected postgres://user:password@host:port/database")
	}
	config.MaxConns = 6
	config.ConnConfig.ConnectTimeout = 2 * time.Second
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the archive: %w", err)
	}
	defer func() {
		if err != nil {
			pool.Close()
			err = fmt.Errorf("open the archive: %w", err)
		}
	}()
	db := stdlib.OpenDBFromPool(pool)
	defer db.Close()
	locker, err := lock.NewPostgresSessionLocker(lock.WithLockID(migrationLock))
	if err != nil {
		return nil, err
	}
	err = migrate(ctx, "postgres", func(dir fs.FS) (*goose.Provider, error) {
		return goose.NewProvider(goose.DialectPostgres, db, dir, goose.WithTableName(versions), goose.WithSessionLocker(locker),
			goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	})
	if e, ok := errors.AsType[*pgconn.PgError](err); ok && e.Code == "42P07" { // duplicate_table
		return nil, fmt.Errorf("%w: the schema has a table that is called %s already; choose another schema", errNotOurs, strings.TrimPrefix(e.Message, "relation "))
	}
	if err != nil {
		return nil, err
	}
	return &Store{engine: &shared{pool}, fault: o.Fault}, nil
}

func (s *shared) close() error {
	s.pool.Close()
	return nil
}

func (s *shared) update(ctx context.Context, fn func(conn) error) error {
	return pgx.BeginFunc(ctx, s.pool, func(tx pgx.Tx) error { return fn(pgConn{tx}) })
}

func (s *shared) view(ctx context.Context, fn func(conn) error) error {
	return pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(tx pgx.Tx) error { return fn(pgConn{tx}) })
}

// harden has nothing to do: a commit is durable when the server has synchronous_commit
// on, as the journal demands. What was deleted stays in the server's files until a
// vacuum frees its room and something else is written there; VACUUM FULL, or the
// server's own log and backups growing old, is what makes it go for certain.
func (s *shared) harden(context.Context) error { return nil }

func (s *shared) putEntries(ctx context.Context, c conn, rows []entryRow) error {
	var all [][]any
	for _, r := range rows {
		all = append(all, []any{r.id, r.site, int64(r.engagement), r.number, int64(r.at), string(r.kind), string(r.entry), number(len(r.words) > 0), r.words})
	}
	return c.many(ctx, `INSERT INTO archive_entries (id, site, engagement, number, at, kind, entry, said, words)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, array_to_tsvector(CAST($9 AS text[])))`, all)
}

func (s *shared) dropEntries(ctx context.Context, c conn, where string, args ...any) (int64, error) {
	return c.exec(ctx, `DELETE FROM archive_entries WHERE `+where, args...)
}

func (s *shared) match(t terms) (from, id, where string, arg any) {
	var b strings.Builder
	for _, w := range t.whole {
		b.WriteString("'" + w + "' & ")
	}
	b.WriteString("'" + t.last + "':*")
	return `archive_entries e`, `e.id`, `e.words @@ CAST(CAST($1 AS text) AS tsquery)`, b.String()
}

// pgConn is a transaction.
type pgConn struct{ tx pgx.Tx }

func (c pgConn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	tag, err := c.tx.Exec(ctx, query, args...)
	return tag.RowsAffected(), err
}

// many sends all at once, and not each after the answer to the one before.
func (c pgConn) many(ctx context.Context, query string, rows [][]any) error {
	const most = 1000
	for len(rows) > 0 {
		var b pgx.Batch
		for _, args := range rows[:min(most, len(rows))] {
			b.Queue(query, args...)
		}
		if err := c.tx.SendBatch(ctx, &b).Close(); err != nil {
			return err
		}
		rows = rows[min(most, len(rows)):]
	}
	return nil
}

func (c pgConn) each(ctx context.Context, query string, args []any, fn func(scan func(...any) error) error) error {
	rows, err := c.tx.Query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}
