-- The library as people order it: who sees a title, in which lists it stands, and what is said in it.

-- its name for sorting: in Latin letters, in lower case. Derived, as the index of the search is
ALTER TABLE titles ADD COLUMN folded TEXT NOT NULL DEFAULT '';
-- path of its poster below its folder in the library; empty where it has none
ALTER TABLE titles ADD COLUMN poster TEXT NOT NULL DEFAULT '';

CREATE INDEX titles_created ON titles (created, id);
CREATE INDEX titles_deleted ON titles (deleted) WHERE deleted IS NOT NULL;
CREATE INDEX titles_listed ON titles (created, id)
    WHERE visibility = 'public' AND published IS NOT NULL AND deleted IS NULL;
CREATE INDEX titles_watched ON titles (views, id)
    WHERE visibility = 'public' AND published IS NOT NULL AND deleted IS NULL;
CREATE INDEX titles_folded ON titles (folded, id)
    WHERE visibility = 'public' AND published IS NOT NULL AND deleted IS NULL;

-- Titles whose record of access may differ from their row, since a change of it has begun.
CREATE TABLE access_due (
    title TEXT NOT NULL PRIMARY KEY
);

-- Groups of people, made by an account, to share titles with.
CREATE TABLE groups (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX groups_owner ON groups (owner, created);

CREATE TABLE group_members (
    team TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    PRIMARY KEY (team, account)
);
CREATE INDEX group_members_account ON group_members (account);

CREATE TABLE group_shares (
    title TEXT NOT NULL REFERENCES titles (id) ON DELETE CASCADE,
    team TEXT NOT NULL REFERENCES groups (id) ON DELETE CASCADE,
    PRIMARY KEY (title, team)
);
CREATE INDEX group_shares_team ON group_shares (team);

-- Links that open one title to whoever has them.
CREATE TABLE links (
    id TEXT NOT NULL PRIMARY KEY,
    -- BLAKE3 of the secret, which only the link has
    secret_hash TEXT NOT NULL UNIQUE,
    title TEXT NOT NULL REFERENCES titles (id) ON DELETE CASCADE,
    -- argon2id as a PHC string; null where it needs none
    password TEXT,
    -- null for no end
    expires BIGINT,
    -- how often it may be opened; null for no bound
    uses BIGINT,
    used BIGINT NOT NULL DEFAULT 0,
    created BIGINT NOT NULL
);
CREATE INDEX links_title ON links (title, created);

-- Sites that may embed a title, as origins (`https://example.com`).
CREATE TABLE sites (
    title TEXT NOT NULL REFERENCES titles (id) ON DELETE CASCADE,
    site TEXT NOT NULL,
    PRIMARY KEY (title, site)
);

CREATE TABLE playlists (
    id TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- list, or later for "watch later", of which an account has one
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT '',
    visibility TEXT NOT NULL,
    created BIGINT NOT NULL,
    -- counts changes of it and of its order
    version BIGINT NOT NULL DEFAULT 1
);
CREATE INDEX playlists_owner ON playlists (owner, created);
CREATE INDEX playlists_created ON playlists (created, id) WHERE visibility = 'public';
CREATE UNIQUE INDEX playlists_later ON playlists (owner) WHERE kind = 'later';

CREATE TABLE playlist_items (
    playlist TEXT NOT NULL REFERENCES playlists (id) ON DELETE CASCADE,
    title TEXT NOT NULL REFERENCES titles (id) ON DELETE CASCADE,
    place BIGINT NOT NULL,
    PRIMARY KEY (playlist, title)
);
CREATE INDEX playlist_items_place ON playlist_items (playlist, place);
CREATE INDEX playlist_items_title ON playlist_items (title);

-- What is said in a title, from its subtitles.
CREATE TABLE cues (
    title TEXT NOT NULL REFERENCES titles (id) ON DELETE CASCADE,
    language TEXT NOT NULL,
    place BIGINT NOT NULL,
    -- milliseconds from the beginning
    start BIGINT NOT NULL,
    text TEXT NOT NULL,
    -- its words as the search knows them, each between spaces
    words TEXT NOT NULL,
    PRIMARY KEY (title, language, place)
);
