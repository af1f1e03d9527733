CREATE TABLE credentials (
    person TEXT NOT NULL,
    password TEXT NOT NULL,
    changed_at_ms BIGINT NOT NULL,
    PRIMARY KEY (person)
);

CREATE TABLE identities (
    issuer TEXT NOT NULL,
    subject TEXT NOT NULL,
    person TEXT NOT NULL,
    PRIMARY KEY (issuer, subject)
);
CREATE INDEX identities_by_person ON identities (person);

CREATE TABLE sessions (
    sha256 TEXT NOT NULL,
    person TEXT NOT NULL,
    agent TEXT NOT NULL,
    began_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL,
    ends_at_ms BIGINT NOT NULL,
    PRIMARY KEY (sha256),
    CONSTRAINT sessions_sha256_length CHECK (length(sha256) = 64)
);
CREATE INDEX sessions_by_end ON sessions (ends_at_ms);
CREATE INDEX sessions_by_person ON sessions (person);

CREATE TABLE invitations (
    sha256 TEXT NOT NULL,
    person TEXT NOT NULL,
    ends_at_ms BIGINT NOT NULL,
    PRIMARY KEY (sha256),
    CONSTRAINT invitations_sha256_length CHECK (length(sha256) = 64)
);
CREATE INDEX invitations_by_person ON invitations (person);

CREATE TABLE attempts (
    key TEXT NOT NULL,
    count INTEGER NOT NULL,
    since_ms BIGINT NOT NULL,
    PRIMARY KEY (key),
    CONSTRAINT attempts_not_negative CHECK (count >= 0)
);
