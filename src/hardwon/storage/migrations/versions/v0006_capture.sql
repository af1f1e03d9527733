-- What other systems report: sources, their secrets, deliveries as they came, alerts.

CREATE TABLE sources (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT sources_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT sources_revision_positive CHECK (revision >= 1),
    CONSTRAINT sources_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX sources_by_source ON sources (source_id, source);

CREATE TABLE source_secrets (
    id TEXT NOT NULL,
    source TEXT NOT NULL,
    sealed {bytes} NOT NULL,
    created_at_ms BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT source_secrets_sealed_not_empty CHECK (length(sealed) > 0)
);
CREATE INDEX source_secrets_by_source ON source_secrets (source, created_at_ms);

CREATE TABLE deliveries (
    id {serial} NOT NULL,
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    received_at_ms BIGINT NOT NULL,
    state TEXT NOT NULL,
    event TEXT DEFAULT '' NOT NULL,
    reason TEXT DEFAULT '' NOT NULL,
    signals INTEGER DEFAULT '0' NOT NULL,
    headers {bytes} NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT deliveries_state_known CHECK (state IN ('waiting', 'done', 'unused', 'failed', 'refused')),
    CONSTRAINT deliveries_signals_not_negative CHECK (signals >= 0)
);
CREATE INDEX deliveries_by_source ON deliveries (source, id);
CREATE INDEX deliveries_by_state ON deliveries (state, id);
CREATE UNIQUE INDEX deliveries_once ON deliveries (source, key);

CREATE TABLE alerts (
    source TEXT NOT NULL,
    key TEXT NOT NULL,
    grp TEXT NOT NULL,
    title TEXT NOT NULL,
    service TEXT,
    severity INTEGER,
    said TEXT DEFAULT '' NOT NULL,
    firing INTEGER NOT NULL,
    began_at_ms BIGINT NOT NULL,
    seen_at_ms BIGINT NOT NULL,
    ended_at_ms BIGINT,
    url TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (source, key),
    CONSTRAINT alerts_firing_flag CHECK (firing IN (0, 1)),
    CONSTRAINT alerts_severity_range CHECK (severity BETWEEN 1 AND 5)
);
CREATE INDEX alerts_by_group ON alerts (source, grp, firing);

CREATE TABLE alert_groups (
    source TEXT NOT NULL,
    grp TEXT NOT NULL,
    incident TEXT,
    began_at_ms BIGINT NOT NULL,
    quiet_since_ms BIGINT,
    PRIMARY KEY (source, grp)
);
CREATE INDEX alert_groups_by_start ON alert_groups (source, began_at_ms);
CREATE INDEX alert_groups_quiet ON alert_groups (quiet_since_ms);

CREATE TABLE reported (
    source TEXT NOT NULL,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    record TEXT NOT NULL,
    over INTEGER DEFAULT '0' NOT NULL,
    PRIMARY KEY (source, kind, key),
    CONSTRAINT reported_kind_known CHECK (kind IN ('deployment', 'incident')),
    CONSTRAINT reported_over_flag CHECK (over IN (0, 1))
);
CREATE INDEX reported_by_record ON reported (record, over);
