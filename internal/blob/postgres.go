package blob

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"
)

const (
	// chunk is how much of a file a row has: little enough to hold in memory for each
	// transfer, and much enough that a row costs nothing beside it.
	chunk = 256 << 10
	// transfersAtOnce is how many connections a node has for files. A transfer needs
	// one for moments: who sends or fetches slowly has a temporary file instead.
	transfersAtOnce = 3
	// transferFor bounds what is done with the database for one file.
	transferFor = time.Minute
	// connectFor bounds a connection to each address of the URL.
	connectFor = 2 * time.Second
)

// Postgres keeps files in tables of a PostgreSQL database, where every node finds
// them. A file waits in a temporary file (in TMPDIR) until it is whole, on its way in
// and out, so that no transaction lasts as long as a visitor's slow connection.
type Postgres struct {
	db *pgxpool.Pool
}

var _ Store = (*Postgres)(nil)

// ErrNewer: a newer program keeps its files there.
var ErrNewer = errors.New("a newer program's tables are there")

// OpenPostgres opens the files in the schema that url (postgres://…) leads to, the
// first of its search_path, and makes or migrates their tables. The error wraps
// ErrNewer when a newer program has migrated them; it never holds the password.
func OpenPostgres(ctx context.Context, url string) (*Postgres, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, errors.New("open the files: the database's URL cannot be read: expected postgres://user:password@host:5432/name") // err may quote it
	}
	config.MaxConns = transfersAtOnce
	if config.ConnConfig.ConnectTimeout == 0 {
		config.ConnConfig.ConnectTimeout = connectFor
	}
	db, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fmt.Errorf("open the files: %w", oneLine(err))
	}
	if err := migrate(ctx, db); err != nil {
		db.Close()
		return nil, fmt.Errorf("open the files: %w", oneLine(err))
	}
	return &Postgres{db}, nil
}

// Close waits for transfers that are under way and closes the connections. Files
// that are open stay so.
func (s *Postgres) Close() error {
	s.db.Close()
	return nil
}

// Put implements Store.
func (s *Postgres) Put(ctx context.Context, key string, f File, content io.Reader, limit int64) (File, error) {
	if err := checkPut(key, f, limit); err != nil {
		return File{}, err
	}
	f, err := s.put(ctx, key, f, content, limit)
	if err != nil {
		return File{}, fmt.Errorf("store %s: %w", key, oneLine(err))
	}
	return f, nil
}

func (s *Postgres) put(ctx context.Context, key string, f File, content io.Reader, limit int64) (File, error) {
	waiting, err := unnamed()
	if err != nil {
		return File{}, err
	}
	defer waiting.Close()
	if f.Size, err = copyWithin(ctx, waiting, content, limit); err != nil {
		return File{}, err
	}
	if err := context.Cause(ctx); err != nil {
		return File{}, err
	}
	return f, s.transact(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(ctx context.Context, tx pgx.Tx) error {
		return insert(ctx, tx, key, f, io.NewSectionReader(waiting, 0, f.Size))
	})
}

// transact runs fn in a transaction, and once more when its connection turned out to
// be lost: that a server which was restarted closed the idle ones shows only when
// they are used. Whatever fn does may be done twice.
func (s *Postgres) transact(ctx context.Context, o pgx.TxOptions, fn func(context.Context, pgx.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, transferFor)
	defer cancel()
	run := func() error {
		return pgx.BeginTxFunc(ctx, s.db, o, func(tx pgx.Tx) error { return fn(ctx, tx) })
	}
	err := run()
	if lost(err) && ctx.Err() == nil {
		s.db.Reset() // the others were lost with it
		err = run()
	}
	return err
}

// lost reports whether err says that the connection broke.
func lost(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return strings.HasPrefix(e.Code, "57P") // the server ends, or has ended the session
	}
	_, network := errors.AsType[*net.OpError](err)
	return network || pgconn.SafeToRetry(err) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF)
}

// insert puts a file in the place of what was there. Whoever does that at the same
// time waits at the file's row, and finds these chunks.
func insert(ctx context.Context, tx pgx.Tx, key string, f File, content io.Reader) error {
	var id int64
	if err := tx.QueryRow(ctx, `SELECT nextval('file_contents')`).Scan(&id); err != nil {
		return err
	}
	buffer, nth := make([]byte, chunk), int64(0)
	rows := pgx.CopyFromFunc(func() ([]any, error) {
		n, err := io.ReadFull(content, buffer)
		if n == 0 && errors.Is(err, io.EOF) {
			return nil, nil
		}
		if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, err
		}
		nth++
		return []any{key, id, nth, buffer[:n]}, nil
	})
	if _, err := tx.CopyFrom(ctx, pgx.Identifier{"file_chunks"}, []string{"key", "content", "nth", "data"}, rows); err != nil {
		return err
	}
	_, err := tx.Exec(ctx, `INSERT INTO files (key, name, type, size, content) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (key) DO UPDATE SET name = excluded.name, type = excluded.type, size = excluded.size,
			content = excluded.content, stored = excluded.stored`, key, []byte(f.Name), f.Type, f.Size, id)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM file_chunks WHERE key = $1 AND content <> $2`, key, id)
	return err
}

// Open implements Store.
func (s *Postgres) Open(ctx context.Context, key string) (io.ReadCloser, File, error) {
	if err := checkKey(key); err != nil {
		return nil, File{}, err
	}
	whole, err := unnamed()
	if err != nil {
		return nil, File{}, fmt.Errorf("open %s: %w", key, err)
	}
	var f File
	err = s.transact(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}, func(ctx context.Context, tx pgx.Tx) (err error) {
		f, err = fetch(ctx, tx, key, io.NewOffsetWriter(whole, 0))
		return err
	})
	if err != nil {
		whole.Close()
		return nil, File{}, fmt.Errorf("open %s: %w", key, oneLine(err))
	}
	return &opened{reader{ctx, io.NewSectionReader(whole, 0, f.Size)}, whole}, f, nil
}

// fetch copies a file's content.
func fetch(ctx context.Context, tx pgx.Tx, key string, to io.Writer) (f File, err error) {
	var name []byte
	var id, size int64
	err = tx.QueryRow(ctx, `SELECT name, type, size, content FROM files WHERE key = $1`, key).Scan(&name, &f.Type, &f.Size, &id)
	if errors.Is(err, pgx.ErrNoRows) {
		return File{}, ErrNotFound
	}
	if err != nil {
		return File{}, err
	}
	f.Name = string(name)
	rows, err := tx.Query(ctx, `SELECT data FROM file_chunks WHERE key = $1 AND content = $2 ORDER BY nth`, key, id)
	if err != nil {
		return File{}, err
	}
	var data pgtype.DriverBytes // the driver's own, until the next row
	_, err = pgx.ForEachRow(rows, []any{&data}, func() error {
		size += int64(len(data))
		_, err := to.Write(data)
		return err
	})
	if err == nil && size != f.Size {
		err = fmt.Errorf("the file is damaged: it should have %d bytes, and has %d; restore the database from a backup", f.Size, size)
	}
	return f, err
}

// Delete implements Store.
func (s *Postgres) Delete(ctx context.Context, key string) error {
	if err := checkKey(key); err != nil {
		return err
	}
	err := s.transact(ctx, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(ctx context.Context, tx pgx.Tx) error {
		// Two statements: the chunks may be those of a file that the first one waited for.
		var id int64
		err := tx.QueryRow(ctx, `DELETE FROM files WHERE key = $1 RETURNING content`, key).Scan(&id)
		if errors.Is(err, pgx.ErrNoRows) {
			return nil
		}
		if err == nil {
			_, err = tx.Exec(ctx, `DELETE FROM file_chunks WHERE key = $1 AND content = $2`, key, id)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("delete %s: %w", key, oneLine(err))
	}
	return nil
}

// unnamed makes a temporary file that goes with the process, however that ends.
func unnamed() (*os.File, error) {
	f, err := os.CreateTemp("", "usher-file-")
	if err != nil {
		return nil, err
	}
	if err := os.Remove(f.Name()); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}

// single is an error whose words are in one line: the driver's have one for each
// address that it tried.
type single struct{ error }

func oneLine(err error) error { return single{err} }

func (s single) Error() string { return strings.Join(strings.Fields(s.error.Error()), " ") }
func (s single) Unwrap() error { return s.error }
