-- +goose Up

-- Epochs of all sites: a number is taken once in the whole store.
CREATE SEQUENCE epochs AS bigint;

-- A site's row is locked by each of its appends, by whoever takes its epoch, and by
-- nothing else for longer than a moment. No index but the key, and room in each
-- page, so that an append updates the row in place.
CREATE TABLE heads (
    site       text COLLATE "C" PRIMARY KEY,
    position   bigint NOT NULL DEFAULT 0,
    first      bigint NOT NULL DEFAULT 0, -- of the oldest event that is kept; frames before it are on their way out
    epoch      bigint NOT NULL,
    owner      text   NOT NULL DEFAULT '', -- the incarnation of the node that took the epoch, '' for nobody
    format     bigint NOT NULL DEFAULT 0,
    next_timer bigint NOT NULL DEFAULT 0, -- Unix microseconds, 0 for never
    checkpoint bigint NOT NULL DEFAULT 0  -- the position of the site's parts
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

-- One row an append that has events.
CREATE TABLE frames (
    site  text COLLATE "C" NOT NULL,
    first bigint NOT NULL,
    count bigint NOT NULL,
    epoch bigint NOT NULL,
    bytes bytea  NOT NULL, -- the encoded frame, with its checksum; the columns before it repeat what it says
    PRIMARY KEY (site, first)
);

CREATE TABLE parts (
    site text COLLATE "C" NOT NULL,
    key  text COLLATE "C" NOT NULL,
    data bytea  NOT NULL,
    sum  bigint NOT NULL, -- CRC-32C over the columns before it, each but the last ended by a zero byte; so below
    PRIMARY KEY (site, key)
);

-- Texts that are off the record: outside the frames, so that they can be deleted.
-- Bytes, because PostgreSQL's text cannot hold every text.
CREATE TABLE side (
    site text COLLATE "C" NOT NULL,
    key  text COLLATE "C" NOT NULL,
    text bytea  NOT NULL,
    sum  bigint NOT NULL,
    PRIMARY KEY (site, key)
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 50);

CREATE TABLE secrets (
    site  text COLLATE "C" NOT NULL,
    name  text COLLATE "C" NOT NULL,
    value bytea  NOT NULL,
    sum   bigint NOT NULL,
    PRIMARY KEY (site, name)
);

-- The nodes that share the journal and have not left.
CREATE TABLE nodes (
    incarnation text COLLATE "C" PRIMARY KEY,
    name        text   NOT NULL,
    address     text   NOT NULL,
    format      bigint NOT NULL,
    version     text   NOT NULL,
    until       timestamptz NOT NULL -- when the lease runs out, by this server's clock
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
