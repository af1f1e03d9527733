-- Where webhooks get lost: how far each source was asked, when next, and the token, sealed.

CREATE TABLE polls (
    source TEXT NOT NULL,
    cursor {bytes} NOT NULL,
    sealed {bytes},
    next_at_ms BIGINT NOT NULL,
    last_at_ms BIGINT,
    held_until_ms BIGINT,
    lease_until_ms BIGINT,
    attempt INTEGER DEFAULT '0' NOT NULL,
    failures INTEGER DEFAULT '0' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (source),
    CONSTRAINT polls_attempt_not_negative CHECK (attempt >= 0),
    CONSTRAINT polls_failures_not_negative CHECK (failures >= 0)
);
CREATE INDEX polls_due ON polls (next_at_ms);
