-- Uploads under way, and those of the last days. Their bytes lie in files of the studio's folder.
CREATE TABLE uploads (
    id TEXT NOT NULL PRIMARY KEY,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- as the sender called the file, and the title that it becomes
    filename TEXT NOT NULL,
    name TEXT NOT NULL,
    -- public, unlisted or restricted
    visibility TEXT NOT NULL,
    -- id of the title whose source it replaces; null for one that becomes a title
    replaces TEXT,
    -- bytes in all, and those that outlive a power loss
    length BIGINT NOT NULL,
    received BIGINT NOT NULL DEFAULT 0,
    -- receiving, received, done, expired or terminated
    state TEXT NOT NULL,
    -- id of the title, once the last byte is there
    title TEXT,
    created BIGINT NOT NULL,
    -- when the last byte came, or when it ended
    touched BIGINT NOT NULL
);
CREATE INDEX uploads_account ON uploads (account, created);
CREATE INDEX uploads_state ON uploads (state, touched);
