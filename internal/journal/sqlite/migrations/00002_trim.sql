-- +goose Up

-- Batches before this one were given up. All from it on are there, the newest always.
ALTER TABLE store ADD COLUMN oldest INTEGER NOT NULL DEFAULT 1;

-- Where a site's events begin. A site of schema 1 has no row: its events begin at 0.
CREATE TABLE begins (
    site  TEXT PRIMARY KEY,
    first INTEGER NOT NULL, -- the position of the oldest event that is kept
    seq   INTEGER NOT NULL, -- no event that is kept is in an earlier batch
    sum   INTEGER NOT NULL  -- as in heads
) STRICT, WITHOUT ROWID;

-- The position of the checkpoint that wrote the part, -1 for one of schema 1. It
-- stands in sum after the key, ended by a zero byte, when it is not -1.
ALTER TABLE parts ADD COLUMN position INTEGER NOT NULL DEFAULT -1;
