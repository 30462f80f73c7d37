-- +goose Up

-- "usha": tells our file from anybody else's before it is touched.
PRAGMA application_id = 1970497633;

-- How far each site was followed, and what is needed to go on. Times are Unix
-- microseconds throughout, 0 for never.
CREATE TABLE archive_sites (
    no           INTEGER PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    position     INTEGER NOT NULL DEFAULT 0, -- of the next event of the journal
    mark         INTEGER NOT NULL DEFAULT 0, -- checksum of the last frame, 0 for none
    names        TEXT NOT NULL DEFAULT '',   -- who is who, JSON
    keep_archive INTEGER NOT NULL DEFAULT 0, -- seconds, 0 for ever
    keep_journal INTEGER NOT NULL DEFAULT 0, -- seconds, 0 when it is not known
    gap_from     INTEGER NOT NULL DEFAULT 0, -- the last stretch of the journal that was gone
    gap_to       INTEGER NOT NULL DEFAULT 0
) STRICT;

-- What is needed to go on with the engagements of which more may be told: JSON.
CREATE TABLE archive_live (
    site       INTEGER NOT NULL,
    engagement INTEGER NOT NULL,
    state      TEXT NOT NULL,
    PRIMARY KEY (site, engagement)
) STRICT, WITHOUT ROWID;

CREATE TABLE archive_engagements (
    site          INTEGER NOT NULL,
    engagement    INTEGER NOT NULL,
    first_event   INTEGER NOT NULL, -- position
    client        INTEGER NOT NULL,
    visitor       TEXT NOT NULL,
    email         TEXT NOT NULL,
    contact       INTEGER NOT NULL,
    queue         INTEGER NOT NULL,
    queue_name    TEXT NOT NULL,
    requested     INTEGER NOT NULL,
    offered       INTEGER NOT NULL,
    accepted      INTEGER NOT NULL,
    answered      INTEGER NOT NULL,
    ended         INTEGER NOT NULL,
    released      INTEGER NOT NULL,
    handled       INTEGER NOT NULL, -- how long leads led it, microseconds
    cause         TEXT NOT NULL,
    stars         INTEGER NOT NULL,
    visitor_posts INTEGER NOT NULL,
    agent_posts   INTEGER NOT NULL,
    blocked       INTEGER NOT NULL,
    offers        INTEGER NOT NULL,
    declined      INTEGER NOT NULL,
    expired       INTEGER NOT NULL,
    transfers     INTEGER NOT NULL,
    conferees     INTEGER NOT NULL,
    leads         INTEGER NOT NULL,
    abandoned     INTEGER NOT NULL,
    apart         INTEGER NOT NULL, -- something was said off the record
    PRIMARY KEY (site, engagement)
) STRICT, WITHOUT ROWID;

CREATE INDEX archive_engagements_requested ON archive_engagements (site, requested);
CREATE INDEX archive_engagements_ended ON archive_engagements (site, ended);

-- Who led an engagement, one after the other.
CREATE TABLE archive_leads (
    site       INTEGER NOT NULL,
    engagement INTEGER NOT NULL,
    n          INTEGER NOT NULL, -- from 1
    account    INTEGER NOT NULL,
    name       TEXT NOT NULL,
    since      INTEGER NOT NULL,
    until      INTEGER NOT NULL,
    PRIMARY KEY (site, engagement, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX archive_leads_since ON archive_leads (site, since);

-- Who was asked to take or to join an engagement, and what came of it.
CREATE TABLE archive_offers (
    site       INTEGER NOT NULL,
    engagement INTEGER NOT NULL,
    n          INTEGER NOT NULL, -- from 1
    account    INTEGER NOT NULL,
    name       TEXT NOT NULL,
    queue      INTEGER NOT NULL,
    queue_name TEXT NOT NULL,
    type       TEXT NOT NULL, -- LEAD, TRANSFER, CONFERENCE, MONITOR
    at         INTEGER NOT NULL,
    outcome    TEXT NOT NULL, -- '' while it is open, ACCEPTED, or why it ended
    took       INTEGER NOT NULL, -- microseconds
    PRIMARY KEY (site, engagement, n)
) STRICT, WITHOUT ROWID;

CREATE INDEX archive_offers_at ON archive_offers (site, at);

-- The records. id is made of the site's number, the event's position and a count, so
-- that newer entries of a site have higher ones.
CREATE TABLE archive_entries (
    id         INTEGER PRIMARY KEY,
    site       INTEGER NOT NULL,
    engagement INTEGER NOT NULL,
    number     INTEGER NOT NULL,
    at         INTEGER NOT NULL,
    kind       TEXT NOT NULL,
    entry      TEXT NOT NULL, -- JSON
    said       INTEGER NOT NULL, -- it has words by which it is found
    UNIQUE (site, engagement, number)
) STRICT;

-- The words of the entries, under their ids. The index holds no text, so a deletion
-- names the words; with secure-delete they are then out of the file. Short beginnings
-- of words are indexed too: without that, one letter would read all words that begin so.
CREATE VIRTUAL TABLE archive_words USING fts5(words, content='', detail=none, columnsize=0, tokenize=ascii, prefix='1 2 3');
INSERT INTO archive_words (archive_words, rank) VALUES ('secure-delete', 1);

-- By what a visitor was ever known in an engagement: an e-mail address, a contact id,
-- a name.
CREATE TABLE archive_known (
    site       INTEGER NOT NULL,
    key        TEXT NOT NULL,
    engagement INTEGER NOT NULL,
    PRIMARY KEY (site, key, engagement)
) STRICT, WITHOUT ROWID;

CREATE INDEX archive_known_engagement ON archive_known (site, engagement);

-- The files of the engagements. A doomed one belongs to none any more, and is deleted.
CREATE TABLE archive_files (
    site       INTEGER NOT NULL,
    engagement INTEGER NOT NULL,
    id         TEXT NOT NULL,
    doomed     INTEGER NOT NULL,
    PRIMARY KEY (site, engagement, id)
) STRICT, WITHOUT ROWID;

CREATE INDEX archive_files_doomed ON archive_files (site) WHERE doomed = 1;

-- Where the events of an hour begin in the journal.
CREATE TABLE archive_hours (
    site     INTEGER NOT NULL,
    hour     INTEGER NOT NULL, -- Unix hours
    position INTEGER NOT NULL,
    PRIMARY KEY (site, hour)
) STRICT, WITHOUT ROWID;

-- The engagements that somebody had erased.
CREATE TABLE archive_erased (
    site       INTEGER NOT NULL,
    engagement INTEGER NOT NULL,
    PRIMARY KEY (site, engagement)
) STRICT, WITHOUT ROWID;
