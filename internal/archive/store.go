package archive

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

// Point is a moment of a commit at which Options.Fault is asked.
type Point string

// The points.
const (
	BeforeCommit Point = "before commit" // nothing is written yet
	AfterCommit  Point = "after commit"  // written, and nobody knows yet
)

// Options change how a store behaves. The zero value is what a server uses.
type Options struct {
	// Fault, when set, makes transactions fail, for tests of what stands above.
	Fault func(Point) error
}

// Store keeps the archive's tables, in a SQLite file of its own or beside the journal
// in PostgreSQL. Its statements are the same for both, but for the search index. It
// may be used by many at once.
type Store struct {
	engine
	fault func(Point) error
}

// engine is a database.
type engine interface {
	// update runs fn in a transaction that is committed when fn answers nil.
	update(ctx context.Context, fn func(conn) error) error
	// view runs fn on what the database holds at one moment.
	view(ctx context.Context, fn func(conn) error) error
	// putEntries adds entries, and their words to the index.
	putEntries(ctx context.Context, c conn, rows []entryRow) error
	// dropEntries deletes the entries under a condition, and their words, and answers
	// how many there were.
	dropEntries(ctx context.Context, c conn, where string, args ...any) (int64, error)
	// match answers the tables to search, of which e is that of the entries, the column
	// with their ids, and the condition on the words, whose argument is number 1.
	match(t terms) (from, id, where string, arg any)
	// harden sees to it that what was committed outlasts a power cut, and that what was
	// deleted is overwritten, as far as the engine can.
	harden(ctx context.Context) error
	close() error
}

// conn is a connection in a transaction. Parameters are written $1, $2 and so on.
type conn interface {
	exec(ctx context.Context, query string, args ...any) (affected int64, err error)
	// many runs a statement once for each row of arguments.
	many(ctx context.Context, query string, rows [][]any) error
	// each calls fn with every row of the answer.
	each(ctx context.Context, query string, args []any, fn func(scan func(...any) error) error) error
}

// Close gives the store up.
func (s *Store) Close() error { return s.close() }

// write is update with the faults of tests.
func (s *Store) write(ctx context.Context, fn func(conn) error) error {
	if s.fault == nil {
		return s.update(ctx, fn)
	}
	err := s.update(ctx, func(c conn) error {
		if err := fn(c); err != nil {
			return err
		}
		return s.fault(BeforeCommit)
	})
	if err != nil {
		return err
	}
	return s.fault(AfterCommit)
}

// one reads one row into into, and answers whether there was one.
func one(ctx context.Context, c conn, query string, args []any, into ...any) (found bool, err error) {
	err = c.each(ctx, query, args, func(scan func(...any) error) error {
		found = true
		return scan(into...)
	})
	return found, err
}

// list reads a column.
func list[T any](ctx context.Context, c conn, query string, args ...any) (all []T, err error) {
	err = c.each(ctx, query, args, func(scan func(...any) error) error {
		var v T
		err := scan(&v)
		all = append(all, v)
		return err
	})
	return all, err
}

//go:embed migrations
var migrations embed.FS

// versions is the table in which the schema's version stands: the journal beside has
// another one.
const versions = "archive_version"

var (
	// errNotOurs: the database was made by another program.
	errNotOurs = errors.New("it was made by another program")
	// ErrNewer: the archive was written by a newer program than this one.
	ErrNewer = errors.New("archive: it was written by a newer version of usher")
	// ErrDamaged: the archive's file is none, or does not read back as it was written.
	ErrDamaged = errors.New("archive: the file is damaged")
)

// newest is the highest number of an engine's migrations.
func newest(engine string) (n int64) {
	files, _ := fs.Glob(migrations, "migrations/"+engine+"/*.sql")
	for _, file := range files {
		if v, err := goose.NumericComponent(file); err == nil {
			n = max(n, v)
		}
	}
	return n
}

// migrate brings the schema to the newest version, unless it is newer already.
func migrate(ctx context.Context, engine string, make func(fs.FS) (*goose.Provider, error)) error {
	dir, err := fs.Sub(migrations, "migrations/"+engine)
	if err != nil {
		return fmt.Errorf("find the migrations: %w", err)
	}
	p, err := make(dir)
	if err != nil {
		return fmt.Errorf("read the migrations: %w", err)
	}
	have, err := p.GetDBVersion(ctx)
	if err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	if know := newest(engine); have > know {
		return fmt.Errorf("%w: it has schema %d, this program knows %d; start the newer program", ErrNewer, have, know)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}
