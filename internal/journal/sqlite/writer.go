package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"path/filepath"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"usher/internal/journal"
)

// background is passed to every statement of the writer: a context that can end
// would cost a watching goroutine each, and a commit must not be interrupted.
var background = context.Background()

// writer is the one connection that writes, with its statements prepared. After
// any failure it is closed, which rolls back whatever was open.
type writer struct {
	db   *sql.DB
	conn *sql.Conn

	begin, commit              *sql.Stmt
	putBatch, putHead, putMark *sql.Stmt
	putBegin, deleteMarks      *sql.Stmt
	sizes, deleteBatches       *sql.Stmt
	setOldest                  *sql.Stmt
	setHeadsSeq, raiseEpoch    *sql.Stmt
	putPart, deletePart        *sql.Stmt
	putSide, deleteSide        *sql.Stmt
	putSecret                  *sql.Stmt

	prepared []*sql.Stmt // all of them
}

func openWriter(p paths) (_ *writer, err error) {
	w := &writer{}
	if w.db, err = sql.Open("sqlite", p.writeDSN()); err != nil {
		return nil, fmt.Errorf("open for writing: %w", err)
	}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.conn, err = w.db.Conn(background); err != nil {
		return nil, fmt.Errorf("open for writing: %w", damage(err))
	}
	for stmt, text := range map[**sql.Stmt]string{
		&w.begin:    `BEGIN IMMEDIATE`,
		&w.commit:   `COMMIT`,
		&w.putBatch: `INSERT INTO batches (seq, frames) VALUES (?, ?)`,
		&w.putHead: `INSERT INTO heads (site, position, epoch, format, next_timer, checkpoint, scan_seq, sum)
			VALUES (?, ?, ?, ?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET position = excluded.position, epoch = excluded.epoch, format = excluded.format,
				next_timer = excluded.next_timer, checkpoint = excluded.checkpoint, scan_seq = excluded.scan_seq,
				sum = excluded.sum`,
		&w.putMark: `INSERT INTO marks (site, position, seq) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
		&w.putBegin: `INSERT INTO begins (site, first, seq, sum) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET first = excluded.first, seq = excluded.seq, sum = excluded.sum`,
		&w.deleteMarks: `DELETE FROM marks WHERE (site, position) IN
			(SELECT site, position FROM marks WHERE site = ? AND position < ? ORDER BY position LIMIT ?)`,
		&w.sizes:         `SELECT seq, length(frames) FROM batches WHERE seq < ? ORDER BY seq LIMIT ?`,
		&w.deleteBatches: `DELETE FROM batches WHERE seq < ?`,
		&w.setOldest:     `UPDATE store SET oldest = ?`,
		&w.setHeadsSeq:   `UPDATE store SET heads_seq = ?`,
		&w.raiseEpoch:    `UPDATE store SET epoch = epoch + 1`,
		&w.putPart: `INSERT INTO parts (site, key, data, sum, position) VALUES (?, ?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET data = excluded.data, sum = excluded.sum, position = excluded.position`,
		&w.deletePart: `DELETE FROM parts WHERE site = ? AND key = ?`,
		&w.putSide: `INSERT INTO side (site, key, text, sum) VALUES (?, ?, ?, ?)
			ON CONFLICT DO UPDATE SET text = excluded.text, sum = excluded.sum`,
		&w.deleteSide: `DELETE FROM side WHERE site = ? AND key = ?`,
		&w.putSecret:  `INSERT INTO secrets (site, name, value, sum) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
	} {
		if *stmt, err = w.conn.PrepareContext(background, text); err != nil {
			return nil, fmt.Errorf("prepare a statement: %w", damage(err))
		}
		w.prepared = append(w.prepared, *stmt)
	}
	return w, nil
}

// close rolls back an open transaction. The statements come first: SQLite keeps
// a connection, with its locks, for as long as one of them is left.
func (w *writer) close() (err error) {
	for _, stmt := range w.prepared {
		err = errors.Join(err, stmt.Close())
	}
	if w.conn != nil {
		err = errors.Join(err, w.conn.Close())
	}
	return errors.Join(err, w.db.Close())
}

// checkpoint moves the write-ahead log into the database and syncs both. Readers
// may keep it from finishing; then the rest stays in the log, as safe as before.
func (w *writer) checkpoint() error {
	var busy, log, moved int64
	err := w.conn.QueryRowContext(background, `PRAGMA wal_checkpoint(TRUNCATE)`).Scan(&busy, &log, &moved)
	if err != nil {
		return fmt.Errorf("checkpoint the write-ahead log: %w", damage(err))
	}
	return nil
}

// exec runs a prepared statement.
func exec(stmt *sql.Stmt, args ...any) error {
	_, err := stmt.ExecContext(background, args...)
	return err
}

// outcome tells how a failed transaction ended: an error that wraps ErrRefused
// when it certainly did not happen, or ErrUnknown. A write to the log that
// failed is certain, because the commit is the last thing written there and
// counts only when it is whole; a failed sync is not.
func outcome(err error) error {
	if errors.Is(err, journal.ErrRefused) || errors.Is(err, journal.ErrUnknown) {
		return err
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		refused := e.Code() == sqlite3.SQLITE_IOERR_WRITE // over quota, among others
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_FULL, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_CANTOPEN,
			sqlite3.SQLITE_PERM, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			refused = true
		}
		if refused {
			return fmt.Errorf("%w: %w", journal.ErrRefused, damage(err))
		}
	}
	return fmt.Errorf("%w: %w", journal.ErrUnknown, err)
}

// damage marks the engine's words for a broken file as ErrCorrupt.
func damage(err error) error {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch e.Code() & 0xff {
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return fmt.Errorf("%w: %w", journal.ErrCorrupt, err)
		}
	}
	return err
}

// advise adds to an error about a database what to do, where something can be done.
func advise(err error, file string) error {
	err = damage(err)
	if errors.Is(err, journal.ErrCorrupt) {
		return fmt.Errorf("%w; put %s back from a backup", err, file)
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		switch {
		case e.Code()&0xff == sqlite3.SQLITE_FULL, e.Code() == sqlite3.SQLITE_IOERR_WRITE,
			e.Code() == sqlite3.SQLITE_IOERR_SHMOPEN, e.Code() == sqlite3.SQLITE_IOERR_SHMSIZE: // the log's index
			return fmt.Errorf("%w; make room in %s", err, filepath.Dir(file))
		}
	}
	return err
}
