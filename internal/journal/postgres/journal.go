// Package postgres is the journal that several nodes share: tables in one schema of
// a PostgreSQL database.
//
// An append is one statement: it moves the site's head on if epoch and position are
// the expected ones, and writes the frame, parts and side texts only if it did. Each
// runs on a connection of its own, so the server's group commit makes many sites
// durable with one sync. Whoever takes a site's epoch waits for the row lock of its
// head, and so for the append under way.
//
// No lock is ever held while the server waits for this process: what has to be
// decided under a lock is sent as one pipeline. So a node that stands still in the
// middle of something keeps nobody else from anything. All of it relies on READ
// COMMITTED, which is checked on every connection.
//
// A pooler in transaction mode (PgBouncer) may stand between: it is noticed, and
// then no statement is prepared. Migrations need the server itself.
package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"usher/internal/journal"
)

// How many connections a node has at most: five nodes stay below the 100 that a
// server takes as it comes. More appends at once gain little, see the benchmark.
const (
	appendsAtOnce = 8
	othersAtOnce  = 6
	renewsAtOnce  = 1 // beside the others: nothing may keep a lease from being renewed
)

// partTimeout is what an append may take longer for each part of a checkpoint: many
// times what it needs.
const partTimeout = time.Millisecond / 2

// How long the journal waits for the server. Variables for the tests.
var (
	// acquireTimeout bounds finding a connection: dead ones are passed over, and a
	// new one is made, within connectTimeout for each address.
	acquireTimeout = 4 * time.Second
	// shortTimeout bounds an append, and every other statement that finds few rows.
	shortTimeout = 10 * time.Second
	// longTimeout bounds what reads or deletes many rows.
	longTimeout = time.Minute
)

// Options say for whom a journal is opened.
type Options struct {
	// Node is for whom Pool speaks.
	Node journal.Node
}

// Journal is an open store.
type Journal struct {
	node   journal.Node
	db     *pgxpool.Pool
	others chan struct{} // holds a token for each connection that is no append's
	renews chan struct{}

	mu        sync.Mutex // guards what follows
	queue     []journal.Append
	workers   int // goroutines that carry appends out
	connected int // those of them that have a connection
	closed    bool
	busy      sync.WaitGroup // workers, and calls under way
}

var _ journal.Journal = (*Journal)(nil)

var errClosed = fmt.Errorf("%w: the journal is closed", journal.ErrRefused)

// Open opens the store in the schema that url (postgres://…) leads to, the first of
// its search_path, and makes or migrates its tables. The error wraps ErrUnfit when
// the server cannot be reached or does not keep what it is given, ErrNewer when a
// newer program's tables are there, and ErrCorrupt when another program's are; in
// these cases nothing was changed. It never holds the URL's password.
func Open(ctx context.Context, url string, o Options) (*Journal, error) {
	cfg, err := parse(url)
	if err != nil {
		return nil, err
	}
	if err := prepare(ctx, cfg); err != nil {
		return nil, err
	}
	cfg.MaxConns = appendsAtOnce + othersAtOnce + renewsAtOnce
	db, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the journal: %w", err)
	}
	return &Journal{
		node:   o.Node,
		db:     db,
		others: make(chan struct{}, othersAtOnce),
		renews: make(chan struct{}, renewsAtOnce),
	}, nil
}

// prepare sees to it, on a connection of its own, that the tables are there and
// are this program's.
func prepare(ctx context.Context, cfg *pgxpool.Config) error {
	once := cfg.ConnConfig.Copy()
	once.DefaultQueryExecMode = pgx.QueryExecModeExec // a pooler may stand between
	conn, err := pgx.ConnectConfig(ctx, once)
	if err != nil {
		return unreachable(ctx, cfg.ConnConfig, err)
	}
	defer conn.Close(context.WithoutCancel(ctx))
	s, err := readSettings(ctx, conn)
	if err != nil {
		return fmt.Errorf("open the journal: %w", err)
	}
	if err := s.check(); err != nil {
		return err
	}
	if s.pooled() && cfg.ConnConfig.DefaultQueryExecMode == pgx.QueryExecModeCacheStatement {
		cfg.ConnConfig.DefaultQueryExecMode = pgx.QueryExecModeExec
	}
	version, err := inspect(ctx, conn)
	if err != nil {
		return err
	}
	if version < newestSchema() {
		if err := s.mayMigrate(); err != nil {
			return err
		}
		if err := migrate(ctx, cfg.ConnConfig, s.schema); err != nil {
			return err
		}
		if _, err := inspect(ctx, conn); err != nil { // a newer program may have been quicker
			return err
		}
	}
	return checkEpochs(ctx, conn)
}

// Close waits for the appends that were taken and for calls under way, refuses what
// waits, and closes the connections.
func (j *Journal) Close() error {
	j.mu.Lock()
	waiting := j.queue
	j.queue, j.closed = nil, true
	j.mu.Unlock()
	for _, a := range waiting {
		a.Done(errClosed)
	}
	j.busy.Wait()
	j.db.Close()
	return nil
}

// begin keeps Close waiting until the caller calls j.busy.Done.
func (j *Journal) begin() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return errClosed
	}
	j.busy.Add(1)
	return nil
}

// lend gives fn a connection, out of the share that lane counts, for limit at most.
func (j *Journal) lend(ctx context.Context, lane chan struct{}, limit time.Duration, fn func(context.Context, *pgx.Conn) error) error {
	if err := j.begin(); err != nil {
		return err
	}
	defer j.busy.Done()
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	select {
	case lane <- struct{}{}:
		defer func() { <-lane }()
	case <-ctx.Done():
		return unconnected{fmt.Errorf("wait for a connection: %w", ctx.Err())}
	}
	conn, err := j.acquire(ctx)
	if err != nil {
		return err
	}
	err = fn(ctx, conn.Conn())
	j.release(conn, err)
	return err
}

// acquire finds a connection. The error is an unconnected.
func (j *Journal) acquire(ctx context.Context) (*pgxpool.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, acquireTimeout)
	defer cancel()
	conn, err := j.db.Acquire(ctx)
	if err != nil {
		return nil, unconnected{fmt.Errorf("connect to PostgreSQL: %w", oneLine(err))}
	}
	return conn, nil
}

// release gives a connection back after what was done on it ended with err. When
// that says that the server is gone, or is no primary any more, all connections go:
// each would fail somebody else before it was found out.
func (j *Journal) release(conn *pgxpool.Conn, err error) {
	e, ok := errors.AsType[*pgconn.PgError](err)
	gone := conn.Conn().IsClosed() && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded)
	if gone || ok && e.Code == "25006" {
		j.db.Reset()
	}
	conn.Release()
}

// unconnected is the error of what was not even tried: no connection could be had.
type unconnected struct{ err error }

func (u unconnected) Error() string   { return u.err.Error() }
func (u unconnected) Unwrap() []error { return []error{journal.ErrRefused, u.err} }
