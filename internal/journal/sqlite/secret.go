package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"usher/internal/journal"
)

// Secret answers the value kept under (site, name), and stores what make answers
// when there is none. make runs on the caller's goroutine; when several make one
// at a time, the first to be stored is everybody's.
func (j *Journal) Secret(ctx context.Context, site, name string, make func() ([]byte, error)) ([]byte, error) {
	value, err := j.findSecret(site, name)
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return value, err
	}
	made, err := make()
	if err != nil {
		return nil, fmt.Errorf("make secret %s: %w", name, err)
	}
	if made == nil {
		made = []byte{}
	}
	err = j.do(ctx, func() error {
		if err := j.ready(); err != nil {
			return err
		}
		return j.guard(func() error { return exec(j.writer.putSecret, site, name, made, sum(site, name, made)) })
	})
	if err != nil {
		return nil, fmt.Errorf("store secret %s: %w", name, err)
	}
	return j.findSecret(site, name)
}

// findSecret reads a secret. The error wraps sql.ErrNoRows when there is none.
func (j *Journal) findSecret(site, name string) (value []byte, err error) {
	if err := j.beginRead(); err != nil {
		return nil, err
	}
	defer j.reading.Done()
	var stored int64
	err = j.read.QueryRowContext(background, `SELECT value, sum FROM secrets WHERE site = ? AND name = ?`, site, name).
		Scan(&value, &stored)
	if err != nil {
		return nil, fmt.Errorf("read secret %s: %w", name, damage(err))
	}
	if sum(site, name, value) != stored {
		return nil, fmt.Errorf("%w: secret %s does not match its checksum", journal.ErrCorrupt, name)
	}
	return value, nil
}
