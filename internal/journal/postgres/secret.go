package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"

	"usher/internal/journal"
)

// Secret answers the value kept under (site, name), and stores what make answers
// when there is none. make runs on the caller's goroutine; when several make one at
// a time, on whichever node, the first to be stored is everybody's.
func (j *Journal) Secret(ctx context.Context, site, name string, make func() ([]byte, error)) ([]byte, error) {
	value, err := j.findSecret(ctx, site, name)
	if !errors.Is(err, pgx.ErrNoRows) {
		return value, err
	}
	made, err := make()
	if err != nil {
		return nil, fmt.Errorf("make secret %s: %w", name, err)
	}
	if made == nil {
		made = []byte{}
	}
	err = j.lend(ctx, j.others, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		_, err := conn.Exec(ctx, `INSERT INTO secrets (site, name, value, sum) VALUES ($1, $2, $3, $4::bigint) ON CONFLICT DO NOTHING`,
			site, name, made, sum(site, name, made))
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("store secret %s: %w", name, outcome(err))
	}
	return j.findSecret(ctx, site, name)
}

// findSecret reads a secret. The error wraps pgx.ErrNoRows when there is none.
func (j *Journal) findSecret(ctx context.Context, site, name string) (value []byte, err error) {
	var stored int64
	err = j.lend(ctx, j.others, shortTimeout, func(ctx context.Context, conn *pgx.Conn) error {
		return conn.QueryRow(ctx, `SELECT value, sum FROM secrets WHERE site = $1 AND name = $2`, site, name).Scan(&value, &stored)
	})
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, err)
	}
	if sum(site, name, value) != stored {
		return nil, fmt.Errorf("%w: secret %s does not match its checksum; restore the database from a backup", journal.ErrCorrupt, name)
	}
	return value, nil
}
