-- Accounts beyond their passwords. Times are microseconds since the Unix epoch; of each secret there is the hash alone.

-- An invitation to make an account. It is gone when it was used.
CREATE TABLE invitations (
    id TEXT NOT NULL PRIMARY KEY,
    secret_hash TEXT NOT NULL UNIQUE,
    maker TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    role TEXT NOT NULL,
    -- whom it was sent to; the account has it for its address
    email TEXT,
    created BIGINT NOT NULL,
    ends BIGINT NOT NULL
);
CREATE INDEX invitations_maker ON invitations (maker);

-- A link that lets an account's owner do one thing once. One of a kind for an account: a new one ends the one before.
CREATE TABLE mail_links (
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    -- reset or email
    kind TEXT NOT NULL,
    secret_hash TEXT NOT NULL UNIQUE,
    -- of 'email': the address that it confirms
    email TEXT,
    ends BIGINT NOT NULL,
    PRIMARY KEY (account, kind)
);

-- Mails to be sent. The text is made when one is sent, so no secret lies here.
CREATE TABLE outbox (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    recipient TEXT NOT NULL,
    -- of what it is about: an id, a name or an address
    subject TEXT NOT NULL,
    tries BIGINT NOT NULL DEFAULT 0,
    due BIGINT NOT NULL,
    created BIGINT NOT NULL
);
CREATE INDEX outbox_due ON outbox (due);

-- The second factor of an account: a time-based code (RFC 6238).
CREATE TABLE factors (
    account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    -- sealed by the key in the folder of the state
    secret TEXT NOT NULL,
    -- when a code showed that the owner has it; null until then, and then it counts for nothing
    confirmed BIGINT,
    -- the step of the last code that was used: codes of it and before are used up
    step BIGINT NOT NULL DEFAULT 0
);

-- Codes that do instead, each once.
CREATE TABLE recovery_codes (
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    code_hash TEXT NOT NULL,
    PRIMARY KEY (account, code_hash)
);

-- Who an account is elsewhere (OpenID Connect Core §5.7: issuer and subject together, and nothing else).
CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    created BIGINT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_account ON identities (account);

-- Accounts that are being deleted, until their titles are gone, too.
CREATE TABLE departures (
    account TEXT NOT NULL PRIMARY KEY REFERENCES accounts (id) ON DELETE CASCADE,
    asked BIGINT NOT NULL
);

-- Answers to requests with a key of idempotency.
CREATE TABLE answers (
    account TEXT NOT NULL REFERENCES accounts (id) ON DELETE CASCADE,
    idempotency_key TEXT NOT NULL,
    -- BLAKE3 of method, path and body
    request_hash TEXT NOT NULL,
    -- 0 while the first request is under way
    status BIGINT NOT NULL,
    -- headers and body, sealed by the key in the folder of the state
    answer TEXT NOT NULL,
    created BIGINT NOT NULL,
    PRIMARY KEY (account, idempotency_key)
);
CREATE INDEX answers_created ON answers (created);
CREATE INDEX accounts_created ON accounts (created, id);
CREATE INDEX audit_actor ON audit (actor, at);
CREATE INDEX audit_target ON audit (target, at);
