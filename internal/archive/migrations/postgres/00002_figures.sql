-- +goose Up

-- Within how many seconds a site's visitors are to be answered.
ALTER TABLE archive_sites ADD COLUMN goal BIGINT NOT NULL DEFAULT 60;

-- What the visitor asked when it came, and what came of it in the site's words. A rebuild
-- fills them for engagements of before.
ALTER TABLE archive_engagements ADD COLUMN question TEXT NOT NULL DEFAULT '';
ALTER TABLE archive_engagements ADD COLUMN result TEXT NOT NULL DEFAULT '';
