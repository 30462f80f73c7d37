package archive

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"usher/internal/record"
)

// File is the archive's name in the data directory.
const File = "archive.db"

// applicationID is "usha", set by the first migration.
const applicationID = 0x75736861

// embedded is an archive in a SQLite file. One connection writes; its transactions are
// synced by checkpoints of the log and not by themselves (synchronous NORMAL): what a
// power cut takes back goes with the position, and is followed again. harden is for
// what must not be taken back.
type embedded struct {
	file string
	turn chan struct{} // holds one token: who has it may write
	db   *sql.DB
	conn *sql.Conn
	own  *sqliteConn
	read *sql.DB

	closing sync.Once
	closed  error
}

// OpenSQLite opens the archive in a data directory, and makes it (mode 0600) when it is
// missing. The directory is the caller's alone: the journal's lock sees to that. The
// error wraps ErrNewer or ErrDamaged when the file must not be touched.
func OpenSQLite(ctx context.Context, dir string, o Options) (_ *Store, err error) {
	path, err := filepath.Abs(filepath.Join(dir, File))
	if err != nil {
		return nil, fmt.Errorf("find the archive: %w", err)
	}
	e := &embedded{file: path, turn: make(chan struct{}, 1)}
	defer func() {
		if err != nil {
			e.close()
			err = fmt.Errorf("open the archive %s: %w", path, damage(err))
		}
	}()
	if err := e.inspect(); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := f.Close(); err != nil {
		return nil, err
	}
	if e.db, err = sql.Open("sqlite", e.dsn("_journal_mode", "WAL", "_synchronous", "NORMAL", "_pragma", "secure_delete(1)")); err != nil {
		return nil, err
	}
	e.db.SetMaxOpenConns(1)
	var id, foreign int64
	err = e.db.QueryRowContext(ctx, `SELECT (SELECT application_id FROM pragma_application_id), (SELECT count(*) FROM sqlite_schema)`).Scan(&id, &foreign)
	if err != nil {
		return nil, err
	}
	if id != applicationID && (id != 0 || foreign > 0) {
		return nil, fmt.Errorf("%w; choose another directory", errNotOurs)
	}
	err = migrate(ctx, "sqlite", func(dir fs.FS) (*goose.Provider, error) {
		return goose.NewProvider(goose.DialectSQLite3, e.db, dir, goose.WithTableName(versions),
			goose.WithLogger(goose.NopLogger()), goose.WithDisableGlobalRegistry(true))
	})
	if err != nil {
		return nil, err
	}
	if e.conn, err = e.db.Conn(ctx); err != nil {
		return nil, err
	}
	e.own = &sqliteConn{e.conn, map[string]*sql.Stmt{}}
	if e.read, err = sql.Open("sqlite", e.dsn("_query_only", "1")); err != nil {
		return nil, err
	}
	e.read.SetMaxOpenConns(4)
	e.turn <- struct{}{}
	return &Store{engine: e, fault: o.Fault}, nil
}

func (e *embedded) dsn(params ...string) string {
	query := url.Values{"_busy_timeout": {"5000"}}
	for i := 0; i < len(params); i += 2 {
		query.Set(params[i], params[i+1])
	}
	return (&url.URL{Scheme: "file", Path: e.file, RawQuery: query.Encode()}).String()
}

// inspect looks at the file's first bytes, so that the database engine is never let
// loose on something else.
func (e *embedded) inspect() error {
	f, err := os.Open(e.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	magic := []byte("SQLite format 3\x00")
	head := make([]byte, len(magic))
	n, err := io.ReadFull(f, head)
	switch {
	case n == 0 && errors.Is(err, io.EOF), bytes.Equal(head, magic):
		return nil
	case err != nil && !errors.Is(err, io.ErrUnexpectedEOF):
		return err
	}
	return fmt.Errorf("%w: it is no database", ErrDamaged)
}

// damage marks the engine's words for a broken file, and says what to do.
func damage(err error) error {
	broken := errors.Is(err, ErrDamaged)
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			err, broken = fmt.Errorf("%w: %w", ErrDamaged, err), true
		}
	}
	if broken {
		return fmt.Errorf("%w; put it back from a backup, or move it away: then a new one is made of what the journal still holds", err)
	}
	return err
}

// close waits for who writes. What writes later waits for as long as its context lasts.
func (e *embedded) close() error {
	e.closing.Do(func() { e.closed = e.release() })
	return e.closed
}

func (e *embedded) release() (err error) {
	if e.own != nil {
		<-e.turn
		for _, s := range e.own.prepared {
			err = errors.Join(err, s.Close())
		}
	}
	if e.conn != nil {
		err = errors.Join(err, e.conn.Close())
	}
	if e.read != nil {
		err = errors.Join(err, e.read.Close())
	}
	if e.db != nil {
		err = errors.Join(err, e.db.Close())
	}
	return err
}

// writing runs fn when nobody else writes.
func (e *embedded) writing(ctx context.Context, fn func() error) error {
	select {
	case <-e.turn:
	case <-ctx.Done():
		return fmt.Errorf("wait for the archive: %w", context.Cause(ctx))
	}
	defer func() { e.turn <- struct{}{} }()
	return damage(fn())
}

func (e *embedded) update(ctx context.Context, fn func(conn) error) error {
	return e.writing(ctx, func() error {
		if _, err := e.own.exec(ctx, `BEGIN IMMEDIATE`); err != nil {
			return err
		}
		err := fn(e.own)
		if err == nil {
			// A commit is not interrupted: then it would be unknown whether it happened.
			if _, err = e.own.exec(context.WithoutCancel(ctx), `COMMIT`); err == nil {
				return nil
			}
		}
		_, undone := e.own.exec(context.WithoutCancel(ctx), `ROLLBACK`)
		if undone != nil && strings.Contains(undone.Error(), "no transaction is active") {
			undone = nil // the engine has rolled back by itself
		}
		return errors.Join(err, undone)
	})
}

func (e *embedded) view(ctx context.Context, fn func(conn) error) error {
	c, err := e.read.Conn(ctx)
	if err != nil {
		return damage(err)
	}
	defer c.Close()
	tx, err := c.BeginTx(ctx, nil)
	if err != nil {
		return damage(err)
	}
	defer tx.Rollback()
	return damage(fn(&sqliteTx{tx}))
}

// harden empties the log into the file, with a sync of both. It waits for readers, for
// as long as the busy timeout has it.
func (e *embedded) harden(ctx context.Context) error {
	return e.writing(ctx, func() error {
		var busy, log, moved int64
		found, err := one(ctx, e.own, `PRAGMA wal_checkpoint(TRUNCATE)`, nil, &busy, &log, &moved)
		switch {
		case err != nil:
			return err
		case !found || busy != 0:
			return errors.New("somebody is reading it for too long: try again")
		}
		return nil
	})
}

func (e *embedded) putEntries(ctx context.Context, c conn, rows []entryRow) error {
	var entries, words [][]any
	for _, r := range rows {
		entries = append(entries, []any{r.id, r.site, int64(r.engagement), r.number, int64(r.at), string(r.kind), string(r.entry), number(len(r.words) > 0)})
		if len(r.words) > 0 {
			words = append(words, []any{r.id, strings.Join(r.words, " ")})
		}
	}
	err := c.many(ctx, `INSERT INTO archive_entries (id, site, engagement, number, at, kind, entry, said) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`, entries)
	if err != nil {
		return err
	}
	return c.many(ctx, `INSERT INTO archive_words (rowid, words) VALUES ($1, $2)`, words)
}

func (e *embedded) dropEntries(ctx context.Context, c conn, where string, args ...any) (int64, error) {
	var gone [][]any
	err := c.each(ctx, `SELECT id, entry FROM archive_entries WHERE `+where, args, func(scan func(...any) error) error {
		var row int64
		var text string
		if err := scan(&row, &text); err != nil {
			return err
		}
		var entry record.Entry
		if err := json.Unmarshal([]byte(text), &entry); err != nil {
			return fmt.Errorf("read entry %d: %w", row, err)
		}
		if w := words(said(&entry)); len(w) > 0 {
			gone = append(gone, []any{row, strings.Join(w, " ")})
		}
		return nil
	})
	if err != nil {
		return 0, err
	}
	if err := c.many(ctx, `INSERT INTO archive_words (archive_words, rowid, words) VALUES ('delete', $1, $2)`, gone); err != nil {
		return 0, err
	}
	return c.exec(ctx, `DELETE FROM archive_entries WHERE `+where, args...)
}

// match lets the index go first: it is read backwards from the newest entry.
func (e *embedded) match(t terms) (from, id, where string, arg any) {
	var b strings.Builder
	for _, w := range t.whole {
		b.WriteString(`"` + w + `" `)
	}
	b.WriteString(`"` + t.last + `" *`)
	return `archive_words CROSS JOIN archive_entries e ON e.id = archive_words.rowid`, `archive_words.rowid`, `archive_words MATCH $1`, b.String()
}
