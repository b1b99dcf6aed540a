-- Titles as people know them. What is packaged of them lies in the library, under the name `title`.
CREATE TABLE titles (
    id TEXT NOT NULL PRIMARY KEY,
    -- its name in the library
    title TEXT NOT NULL UNIQUE,
    -- null for what an operator put in
    owner TEXT REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    category TEXT NOT NULL DEFAULT '',
    language TEXT NOT NULL DEFAULT '',
    licence TEXT NOT NULL DEFAULT '',
    -- public, unlisted or restricted
    visibility TEXT NOT NULL,
    -- received, waiting, probing, encoding, proving, published or failed
    state TEXT NOT NULL,
    -- of a failure, for people
    reason TEXT NOT NULL DEFAULT '',
    -- milliseconds; null until it is known
    duration BIGINT,
    -- path of its source below the ingest folder; empty where there is none
    source TEXT NOT NULL DEFAULT '',
    -- BLAKE3 of the source, hexadecimal; empty until it is known
    source_hash TEXT NOT NULL DEFAULT '',
    -- bytes on disk: source and revisions
    bytes BIGINT NOT NULL DEFAULT 0,
    views BIGINT NOT NULL DEFAULT 0,
    created BIGINT NOT NULL,
    published BIGINT,
    -- when it was deleted, so that it can be undone; null while it is there
    deleted BIGINT,
    -- counts changes of what people wrote
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX titles_owner ON titles (owner, created);
CREATE INDEX titles_published ON titles (visibility, state, published);
CREATE INDEX titles_hash ON titles (source_hash);

CREATE TABLE tags (
    title TEXT NOT NULL REFERENCES titles (id) ON DELETE CASCADE,
    -- in lower case
    tag TEXT NOT NULL,
    place BIGINT NOT NULL,
    PRIMARY KEY (title, tag)
);
CREATE INDEX tags_tag ON tags (tag);

-- Whom a restricted title is shown to.
CREATE TABLE shares (
    title TEXT NOT NULL REFERENCES titles (id) ON DELETE CASCADE,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (title, account)
);
CREATE INDEX shares_account ON shares (account);
