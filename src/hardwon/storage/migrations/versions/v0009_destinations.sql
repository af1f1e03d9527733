-- What other systems are told: destinations, and each event for each of them.

CREATE TABLE destinations (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    active INTEGER NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT destinations_active_flag CHECK (active IN (0, 1)),
    CONSTRAINT destinations_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT destinations_revision_positive CHECK (revision >= 1),
    CONSTRAINT destinations_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX destinations_by_source ON destinations (source_id, source);

CREATE TABLE dispatches (
    id {serial} NOT NULL,
    destination TEXT NOT NULL,
    event TEXT NOT NULL,
    record TEXT NOT NULL,
    type TEXT NOT NULL,
    payload {bytes} NOT NULL,
    at_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    next_at_ms BIGINT NOT NULL,
    lease TEXT DEFAULT '' NOT NULL,
    status INTEGER DEFAULT '0' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT dispatches_state_known CHECK (state IN ('waiting', 'sent', 'failed')),
    CONSTRAINT dispatches_attempts_not_negative CHECK (attempts >= 0)
);
CREATE UNIQUE INDEX dispatches_once ON dispatches (destination, event);
CREATE INDEX dispatches_by_destination ON dispatches (destination, id);
CREATE INDEX dispatches_due ON dispatches (destination, next_at_ms) WHERE state = 'waiting';
CREATE INDEX dispatches_failed ON dispatches (destination, id) WHERE state = 'failed';

CREATE TABLE dispatch_health (
    destination TEXT NOT NULL,
    failures INTEGER NOT NULL,
    PRIMARY KEY (destination),
    CONSTRAINT dispatch_health_failures_not_negative CHECK (failures >= 0)
);
