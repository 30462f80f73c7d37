-- +goose Up

-- A file is a row here, and its content in chunks: both appear and go in one
-- transaction. content tells the chunks of the file that is there from those of one
-- that is taking its place.
CREATE SEQUENCE file_contents AS bigint;

CREATE TABLE files (
    key     text COLLATE "C" PRIMARY KEY,
    name    bytea  NOT NULL, -- UTF-8 that PostgreSQL's text cannot hold all of
    type    text   NOT NULL,
    size    bigint NOT NULL,
    content bigint NOT NULL,
    stored  timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE file_chunks (
    key     text COLLATE "C" NOT NULL,
    content bigint NOT NULL,
    nth     bigint NOT NULL,
    data    bytea  NOT NULL,
    PRIMARY KEY (key, content, nth)
);

-- Pictures and documents are compressed already.
ALTER TABLE file_chunks ALTER COLUMN data SET STORAGE EXTERNAL;
