-- +goose Up

-- "ushr": tells our file from anybody else's before it is touched.
PRAGMA application_id = 1970497650;

-- One row per transaction, with the frames of all sites that were committed
-- together. seq has no holes. Rows are only ever added at the right edge.
CREATE TABLE batches (
    seq    INTEGER PRIMARY KEY,
    frames BLOB NOT NULL -- each frame after its length as an unsigned varint
) STRICT;

-- The one row about the whole store.
CREATE TABLE store (
    one       INTEGER PRIMARY KEY CHECK (one = 1),
    epoch     INTEGER NOT NULL, -- the highest taken for any site
    heads_seq INTEGER NOT NULL  -- the heads are those after this batch; later batches are replayed over them
) STRICT;

INSERT INTO store (one, epoch, heads_seq) VALUES (1, 0, 0);

CREATE TABLE heads (
    site       TEXT PRIMARY KEY,
    position   INTEGER NOT NULL,
    epoch      INTEGER NOT NULL,
    format     INTEGER NOT NULL,
    next_timer INTEGER NOT NULL, -- Unix microseconds, 0 for never
    checkpoint INTEGER NOT NULL, -- the position of the site's parts
    scan_seq   INTEGER NOT NULL, -- no frame after the checkpoint is in an earlier batch
    sum        INTEGER NOT NULL  -- CRC-32C over the columns before it, each but the last ended by a zero byte
) STRICT, WITHOUT ROWID;

-- Where reading from the middle of a site's journal may start.
CREATE TABLE marks (
    site     TEXT NOT NULL,
    position INTEGER NOT NULL,
    seq      INTEGER NOT NULL, -- no frame from this position on is in an earlier batch
    PRIMARY KEY (site, position)
) STRICT, WITHOUT ROWID;

-- Here and below, sum is made as in heads.
CREATE TABLE parts (
    site TEXT NOT NULL,
    key  TEXT NOT NULL,
    data BLOB NOT NULL,
    sum  INTEGER NOT NULL,
    PRIMARY KEY (site, key)
) STRICT, WITHOUT ROWID;

-- Texts that are off the record: outside the frames, so that they can be deleted.
CREATE TABLE side (
    site TEXT NOT NULL,
    key  TEXT NOT NULL,
    text TEXT NOT NULL,
    sum  INTEGER NOT NULL,
    PRIMARY KEY (site, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE secrets (
    site  TEXT NOT NULL,
    name  TEXT NOT NULL,
    value BLOB NOT NULL,
    sum   INTEGER NOT NULL,
    PRIMARY KEY (site, name)
) STRICT, WITHOUT ROWID;
