// Package sqlite is the embedded journal: one SQLite file in the data directory,
// which one process at a time may have.
//
// One goroutine writes. It takes the batches of all sites that are waiting and
// commits them together as one row, so a sync is shared by all and many sites
// cost what one costs. The heads live in that goroutine and are rebuilt from the
// last batches when the file is opened; everything with a site in its key is
// written by checkpoints only.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"usher/internal/journal"
)

// busyTimeout is how long a statement waits for a lock, in milliseconds. Only
// somebody else's program on the same file can make it wait.
const busyTimeout = "5000"

// Point is a moment of a commit at which Options.Fault is asked.
type Point string

// The points.
const (
	BeforeCommit Point = "before commit" // nothing is written yet
	AfterCommit  Point = "after commit"  // durable, and nobody knows yet
)

// Options change how a journal behaves. The zero value is what a server uses.
type Options struct {
	// Fault, when set, makes commits fail, for tests of what stands above: an
	// error at BeforeCommit leaves the transaction unwritten and ends it as
	// ErrRefused if it wraps that, and else as ErrUnknown; an error at
	// AfterCommit ends a written transaction as ErrUnknown. It is called on the
	// journal's goroutine.
	Fault func(Point) error
}

// Journal is an open data directory.
type Journal struct {
	paths paths
	fault func(Point) error
	lock  *os.File
	read  *sql.DB

	mu      sync.Mutex // guards what follows, up to the blank line
	queue   []journal.Append
	jobs    []job
	closed  bool
	wake    chan struct{} // holds one token when there is something to do
	reading sync.WaitGroup
	life    context.Context // ends when Close is called
	end     context.CancelCauseFunc

	// The rest belongs to the writing goroutine.
	writer  *writer // nil after a failure, until the next write
	doubt   bool    // a transaction failed, and nobody knows whether it happened
	heads   map[string]*head
	epoch   int64            // the highest taken for any site
	seq     int64            // of the last batch
	headSeq int64            // the rows of heads are those after this batch
	oldest  int64            // the first batch that is there, or would be
	trimTo  int64            // batches before this one are to go
	stale   map[string]int64 // sites whose marks before a position are to go
	tx      transaction
	stopped chan struct{}
	stopErr error
}

var _ journal.Journal = (*Journal)(nil)

var errClosed = fmt.Errorf("%w: the journal is closed", journal.ErrRefused)

// Open takes the data directory, makes it (mode 0700) if it is missing, and
// takes a new epoch for every site. The error wraps ErrLocked when another
// process has the directory, ErrCorrupt when the database is damaged or not
// ours, and ErrNewer when a newer program wrote it; in these cases nothing was
// changed, save that a database of an older schema may have the new one now.
func Open(ctx context.Context, dir string, opts Options) (_ *Journal, err error) {
	dir, err = filepath.Abs(dir)
	if err != nil {
		return nil, fmt.Errorf("find the data directory: %w", err)
	}
	if err := makeDir(dir); err != nil {
		return nil, err
	}
	if err := writable(dir); err != nil {
		return nil, err
	}
	j := &Journal{
		paths:   paths{file: filepath.Join(dir, "usher.db")},
		fault:   opts.Fault,
		wake:    make(chan struct{}, 1),
		stale:   map[string]int64{},
		stopped: make(chan struct{}),
	}
	j.life, j.end = context.WithCancelCause(context.Background())
	if j.lock, err = lockDir(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			j.release()
		}
	}()
	version, err := j.paths.inspect(ctx)
	if err != nil {
		return nil, err
	}
	if version < newestSchema() {
		if err := j.paths.create(); err != nil {
			return nil, err
		}
		if err := j.paths.migrate(ctx); err != nil {
			return nil, advise(err, j.paths.file)
		}
	} else if err := writable(j.paths.file); err != nil {
		return nil, err
	}
	if j.read, err = sql.Open("sqlite", j.paths.dsn("_busy_timeout", busyTimeout, "_query_only", "1")); err != nil {
		return nil, fmt.Errorf("open %s: %w", j.paths.file, err)
	}
	j.read.SetMaxOpenConns(max(4, runtime.GOMAXPROCS(0)))
	j.read.SetMaxIdleConns(max(4, runtime.GOMAXPROCS(0)))
	if err := j.start(); err != nil {
		return nil, fmt.Errorf("open %s: %w", j.paths.file, advise(err, j.paths.file))
	}
	j.signal() // a trim may have been under way
	go j.run()
	return j, nil
}

// start reads the heads and takes the epoch of this run.
func (j *Journal) start() (err error) {
	if j.writer, err = openWriter(j.paths); err != nil {
		return err
	}
	if err := j.rebuild(); err != nil {
		return err
	}
	if err := j.settle(); err != nil {
		return err
	}
	for _, h := range j.heads {
		h.Epoch = j.epoch
	}
	return nil
}

// Close writes what was taken, refuses what waits, brings the heads and the
// write-ahead log home and gives the directory up.
func (j *Journal) Close() error {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.end(errClosed)
	j.signal()
	<-j.stopped
	return j.stopErr
}

// stop is the end of the writing goroutine.
func (j *Journal) stop() {
	j.reading.Wait()
	if err := j.bringHome(); err != nil {
		j.stopErr = fmt.Errorf("close the journal: %w", err)
	}
	j.release()
	close(j.stopped)
}

// bringHome leaves a database that the next start need not work on.
func (j *Journal) bringHome() error {
	if err := j.ready(); err != nil {
		return err
	}
	if err := j.writeHeads(); err != nil {
		return err
	}
	return j.writer.checkpoint()
}

// release closes whatever is open; the lock goes last.
func (j *Journal) release() {
	if j.read != nil {
		j.stopErr = errors.Join(j.stopErr, j.read.Close())
	}
	if j.writer != nil {
		j.stopErr = errors.Join(j.stopErr, j.writer.close())
	}
	j.stopErr = errors.Join(j.stopErr, j.lock.Close())
}

// paths are the names in the data directory.
type paths struct{ file string }

// create makes an empty database file that only this user can read; the files
// that SQLite makes beside it follow its mode.
func (p paths) create() error {
	f, err := os.OpenFile(p.file, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return fmt.Errorf("make the database: %w", err)
	}
	return f.Close()
}

// dsn names the database with the given parameters, keys and values in turn.
func (p paths) dsn(params ...string) string {
	query := url.Values{}
	for i := 0; i < len(params); i += 2 {
		query.Add(params[i], params[i+1])
	}
	return (&url.URL{Scheme: "file", Path: p.file, RawQuery: query.Encode()}).String()
}

// writeDSN is for the connection that writes: a commit returns when it is on the disk,
// and what is deleted is overwritten, since texts off the record must not stay in
// pages that nothing uses any more. A log that grew beside a long reading is cut to
// 8 MiB when it is used again from its start.
func (p paths) writeDSN() string {
	return p.dsn("_busy_timeout", busyTimeout, "_journal_mode", "WAL", "_synchronous", "FULL",
		"_pragma", "secure_delete(1)", "_pragma", "journal_size_limit(8388608)", "_txlock", "immediate")
}
