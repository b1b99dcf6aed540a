-- Accounts and all that signs them in. Times are microseconds since the Unix epoch.
CREATE TABLE accounts (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    display TEXT NOT NULL,
    email TEXT UNIQUE,
    role TEXT NOT NULL,
    -- active, pending (an administrator has to let them in) or disabled
    state TEXT NOT NULL,
    -- argon2id as a PHC string; none for who signs in elsewhere
    password TEXT,
    -- bytes; null for the setting's
    quota BIGINT,
    -- bytes that finished titles take, and that uploads under way have reserved
    used BIGINT NOT NULL DEFAULT 0,
    reserved BIGINT NOT NULL DEFAULT 0,
    language TEXT NOT NULL DEFAULT '',
    created BIGINT NOT NULL
);

CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    -- BLAKE3 of the secret, which only the cookie has
    secret_hash TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    agent TEXT NOT NULL,
    created BIGINT NOT NULL,
    seen BIGINT NOT NULL
);
CREATE INDEX sessions_account ON sessions (account);

CREATE TABLE tokens (
    id TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    -- names of scopes, joined by spaces
    scopes TEXT NOT NULL,
    created BIGINT NOT NULL,
    seen BIGINT
);
CREATE INDEX tokens_account ON tokens (account);

-- What was done by whom: sign-ins, refusals, roles, visibility, deletions. Rows outlive what they name.
CREATE TABLE audit (
    id TEXT NOT NULL PRIMARY KEY,
    at BIGINT NOT NULL,
    -- an account's name; empty for the program
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    target TEXT NOT NULL,
    detail TEXT NOT NULL,
    address TEXT NOT NULL
);
CREATE INDEX audit_at ON audit (at, id);

-- Single facts of the whole studio.
CREATE TABLE facts (
    name TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);
