-- +goose Up

-- How far each site was followed, and what is needed to go on. Times are Unix
-- microseconds throughout, 0 for never.
CREATE TABLE archive_sites (
    no           BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    position     BIGINT NOT NULL DEFAULT 0, -- of the next event of the journal
    mark         BIGINT NOT NULL DEFAULT 0, -- checksum of the last frame, 0 for none
    names        TEXT NOT NULL DEFAULT '',   -- who is who, JSON
    keep_archive BIGINT NOT NULL DEFAULT 0, -- seconds, 0 for ever
    keep_journal BIGINT NOT NULL DEFAULT 0, -- seconds, 0 when it is not known
    gap_from     BIGINT NOT NULL DEFAULT 0, -- the last stretch of the journal that was gone
    gap_to       BIGINT NOT NULL DEFAULT 0
);

-- What is needed to go on with the engagements of which more may be told: JSON.
CREATE TABLE archive_live (
    site       BIGINT NOT NULL,
    engagement BIGINT NOT NULL,
    state      TEXT NOT NULL,
    PRIMARY KEY (site, engagement)
);

CREATE TABLE archive_engagements (
    site          BIGINT NOT NULL,
    engagement    BIGINT NOT NULL,
    first_event   BIGINT NOT NULL, -- position
    client        BIGINT NOT NULL,
    visitor       TEXT NOT NULL,
    email         TEXT NOT NULL,
    contact       BIGINT NOT NULL,
    queue         BIGINT NOT NULL,
    queue_name    TEXT NOT NULL,
    requested     BIGINT NOT NULL,
    offered       BIGINT NOT NULL,
    accepted      BIGINT NOT NULL,
    answered      BIGINT NOT NULL,
    ended         BIGINT NOT NULL,
    released      BIGINT NOT NULL,
    handled       BIGINT NOT NULL, -- how long leads led it, microseconds
    cause         TEXT NOT NULL,
    stars         BIGINT NOT NULL,
    visitor_posts BIGINT NOT NULL,
    agent_posts   BIGINT NOT NULL,
    blocked       BIGINT NOT NULL,
    offers        BIGINT NOT NULL,
    declined      BIGINT NOT NULL,
    expired       BIGINT NOT NULL,
    transfers     BIGINT NOT NULL,
    conferees     BIGINT NOT NULL,
    leads         BIGINT NOT NULL,
    abandoned     BIGINT NOT NULL,
    apart         BIGINT NOT NULL, -- something was said off the record
    PRIMARY KEY (site, engagement)
);

CREATE INDEX archive_engagements_requested ON archive_engagements (site, requested);
CREATE INDEX archive_engagements_ended ON archive_engagements (site, ended);

-- Who led an engagement, one after the other.
CREATE TABLE archive_leads (
    site       BIGINT NOT NULL,
    engagement BIGINT NOT NULL,
    n          BIGINT NOT NULL, -- from 1
    account    BIGINT NOT NULL,
    name       TEXT NOT NULL,
    since      BIGINT NOT NULL,
    until      BIGINT NOT NULL,
    PRIMARY KEY (site, engagement, n)
);

CREATE INDEX archive_leads_since ON archive_leads (site, since);

-- Who was asked to take or to join an engagement, and what came of it.
CREATE TABLE archive_offers (
    site       BIGINT NOT NULL,
    engagement BIGINT NOT NULL,
    n          BIGINT NOT NULL, -- from 1
    account    BIGINT NOT NULL,
    name       TEXT NOT NULL,
    queue      BIGINT NOT NULL,
    queue_name TEXT NOT NULL,
    type       TEXT NOT NULL, -- LEAD, TRANSFER, CONFERENCE, MONITOR
    at         BIGINT NOT NULL,
    outcome    TEXT NOT NULL, -- '' while it is open, ACCEPTED, or why it ended
    took       BIGINT NOT NULL, -- microseconds
    PRIMARY KEY (site, engagement, n)
);

CREATE INDEX archive_offers_at ON archive_offers (site, at);

-- The records. id is made of the site's number, the event's position and a count, so
-- that newer entries of a site have higher ones.
CREATE TABLE archive_entries (
    id         BIGINT PRIMARY KEY,
    site       BIGINT NOT NULL,
    engagement BIGINT NOT NULL,
    number     BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    kind       TEXT NOT NULL,
    entry      TEXT NOT NULL, -- JSON
    said       BIGINT NOT NULL, -- it has words by which it is found
    words      TSVECTOR,      -- NULL when it is found by none
    UNIQUE (site, engagement, number)
);

CREATE INDEX archive_entries_words ON archive_entries USING gin (words);

-- By what a visitor was ever known in an engagement: an e-mail address, a contact id,
-- a name.
CREATE TABLE archive_known (
    site       BIGINT NOT NULL,
    key        TEXT NOT NULL,
    engagement BIGINT NOT NULL,
    PRIMARY KEY (site, key, engagement)
);

CREATE INDEX archive_known_engagement ON archive_known (site, engagement);

-- The files of the engagements. A doomed one belongs to none any more, and is deleted.
CREATE TABLE archive_files (
    site       BIGINT NOT NULL,
    engagement BIGINT NOT NULL,
    id         TEXT NOT NULL,
    doomed     BIGINT NOT NULL,
    PRIMARY KEY (site, engagement, id)
);

CREATE INDEX archive_files_doomed ON archive_files (site) WHERE doomed = 1;

-- Where the events of an hour begin in the journal.
CREATE TABLE archive_hours (
    site     BIGINT NOT NULL,
    hour     BIGINT NOT NULL, -- Unix hours
    position BIGINT NOT NULL,
    PRIMARY KEY (site, hour)
);

-- The engagements that somebody had erased.
CREATE TABLE archive_erased (
    site       BIGINT NOT NULL,
    engagement BIGINT NOT NULL,
    PRIMARY KEY (site, engagement)
);
