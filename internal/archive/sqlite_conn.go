package archive

import (
	"context"
	"database/sql"
	"errors"
)

// sqliteConn is the writing connection, with its statements prepared.
type sqliteConn struct {
	conn     *sql.Conn
	prepared map[string]*sql.Stmt
}

func (c *sqliteConn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := c.prepared[query]; s != nil {
		return s, nil
	}
	s, err := c.conn.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.prepared[query] = s
	return s, nil
}

func (c *sqliteConn) exec(ctx context.Context, query string, args ...any) (int64, error) {
	s, err := c.prepare(ctx, query)
	if err != nil {
		return 0, err
	}
	r, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (c *sqliteConn) many(ctx context.Context, query string, rows [][]any) error {
	for _, args := range rows {
		if _, err := c.exec(ctx, query, args...); err != nil {
			return err
		}
	}
	return nil
}

func (c *sqliteConn) each(ctx context.Context, query string, args []any, fn func(scan func(...any) error) error) error {
	s, err := c.prepare(ctx, query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	return eachRow(rows, err, fn)
}

// sqliteTx is a reading transaction.
type sqliteTx struct{ tx *sql.Tx }

func (c *sqliteTx) exec(context.Context, string, ...any) (int64, error) {
	return 0, errors.New("this connection only reads")
}

func (c *sqliteTx) many(ctx context.Context, query string, _ [][]any) error {
	_, err := c.exec(ctx, query)
	return err
}

func (c *sqliteTx) each(ctx context.Context, query string, args []any, fn func(scan func(...any) error) error) error {
	rows, err := c.tx.QueryContext(ctx, query, args...)
	return eachRow(rows, err, fn)
}

func eachRow(rows *sql.Rows, err error, fn func(scan func(...any) error) error) error {
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
