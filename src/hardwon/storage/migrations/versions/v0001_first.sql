-- The first schema. {bytes} and {serial} stand for the database's own types.

CREATE TABLE services (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT services_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT services_revision_positive CHECK (revision >= 1),
    CONSTRAINT services_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX services_by_source ON services (source_id, source);

CREATE TABLE environments (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT environments_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT environments_revision_positive CHECK (revision >= 1),
    CONSTRAINT environments_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX environments_by_source ON environments (source_id, source);

CREATE TABLE teams (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT teams_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT teams_revision_positive CHECK (revision >= 1),
    CONSTRAINT teams_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX teams_by_source ON teams (source_id, source);

CREATE TABLE people (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT people_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT people_revision_positive CHECK (revision >= 1),
    CONSTRAINT people_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX people_by_source ON people (source_id, source);

CREATE TABLE deployments (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    service TEXT,
    environment TEXT,
    version TEXT NOT NULL,
    outcome TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT deployments_outcome_known CHECK (outcome IN ('planned', 'running', 'succeeded', 'failed', 'rolled_back', 'unknown')),
    CONSTRAINT deployments_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT deployments_revision_positive CHECK (revision >= 1),
    CONSTRAINT deployments_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX deployments_by_environment ON deployments (environment, at, id);
CREATE INDEX deployments_by_outcome ON deployments (outcome, at, id);
CREATE INDEX deployments_by_service ON deployments (service, at, id);
CREATE INDEX deployments_by_source ON deployments (source_id, source);
CREATE INDEX deployments_by_time ON deployments (at, id);

CREATE TABLE incidents (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    severity INTEGER,
    status TEXT NOT NULL,
    at BIGINT NOT NULL,
    detected_at BIGINT,
    resolved_at BIGINT,
    PRIMARY KEY (id),
    CONSTRAINT incidents_severity_range CHECK (severity BETWEEN 1 AND 5),
    CONSTRAINT incidents_status_known CHECK (status IN ('open', 'acknowledged', 'mitigated', 'resolved', 'closed')),
    CONSTRAINT incidents_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT incidents_revision_positive CHECK (revision >= 1),
    CONSTRAINT incidents_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX incidents_by_severity ON incidents (severity, at, id);
CREATE INDEX incidents_by_source ON incidents (source_id, source);
CREATE INDEX incidents_by_status ON incidents (status, at, id);
CREATE INDEX incidents_by_time ON incidents (at, id);

CREATE TABLE artifacts (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    state TEXT NOT NULL,
    owner TEXT,
    team TEXT,
    risk TEXT,
    review_on DATE,
    proven_on DATE,
    remedy TEXT,
    excerpt TEXT NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT artifacts_kind_known CHECK (kind IN ('postmortem', 'lesson', 'runbook', 'note')),
    CONSTRAINT artifacts_state_known CHECK (state IN ('draft', 'in_review', 'approved', 'published', 'due_for_review', 'retired', 'archived')),
    CONSTRAINT artifacts_risk_known CHECK (risk IN ('low', 'medium', 'high', 'critical')),
    CONSTRAINT artifacts_remedy_known CHECK (remedy IN ('worked', 'did_not_work', 'untried')),
    CONSTRAINT artifacts_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT artifacts_revision_positive CHECK (revision >= 1),
    CONSTRAINT artifacts_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX artifacts_by_change ON artifacts (updated_at, id);
CREATE INDEX artifacts_by_kind ON artifacts (kind, updated_at, id);
CREATE INDEX artifacts_by_owner ON artifacts (kind, owner, updated_at, id);
CREATE INDEX artifacts_by_review ON artifacts (review_on);
CREATE INDEX artifacts_by_source ON artifacts (source_id, source);
CREATE INDEX artifacts_by_state ON artifacts (kind, state, updated_at, id);

CREATE TABLE actions (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    side TEXT NOT NULL,
    state TEXT NOT NULL,
    owner TEXT,
    team TEXT,
    due_on DATE NOT NULL,
    incident TEXT,
    unfinished INTEGER NOT NULL,
    updated_at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT actions_kind_known CHECK (kind IN ('prevent', 'detect', 'mitigate', 'repair')),
    CONSTRAINT actions_side_known CHECK (side IN ('technical', 'process')),
    CONSTRAINT actions_state_known CHECK (state IN ('open', 'in_progress', 'blocked', 'done', 'verified', 'ineffective', 'cancelled')),
    CONSTRAINT actions_unfinished_flag CHECK (unfinished IN (0, 1)),
    CONSTRAINT actions_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT actions_revision_positive CHECK (revision >= 1),
    CONSTRAINT actions_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX actions_by_change ON actions (updated_at, id);
CREATE INDEX actions_by_due ON actions (due_on, id);
CREATE INDEX actions_by_incident ON actions (incident, due_on, id);
CREATE INDEX actions_by_owner ON actions (owner, due_on, id);
CREATE INDEX actions_by_source ON actions (source_id, source);
CREATE INDEX actions_by_state ON actions (state, due_on, id);
CREATE INDEX actions_by_team ON actions (team, due_on, id);
CREATE INDEX actions_unfinished_by_due ON actions (due_on, id) WHERE unfinished = 1;

CREATE TABLE labels (
    record TEXT NOT NULL,
    axis TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (record, axis, value),
    CONSTRAINT labels_axis_known CHECK (axis IN ('service', 'environment', 'tag', 'factor')),
    CONSTRAINT labels_value_not_empty CHECK (length(value) > 0)
);
CREATE INDEX labels_by_value ON labels (axis, value, record);

CREATE TABLE links (
    source TEXT NOT NULL,
    relation TEXT NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (source, relation, target),
    CONSTRAINT links_target_not_empty CHECK (length(target) > 0)
);
CREATE INDEX links_by_target ON links (target, relation, source);

CREATE TABLE revisions (
    kind TEXT NOT NULL,
    record TEXT NOT NULL,
    number INTEGER NOT NULL,
    at_ms BIGINT NOT NULL,
    "by" TEXT NOT NULL,
    verb TEXT NOT NULL,
    detail TEXT NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (kind, record, number),
    CONSTRAINT revisions_number_positive CHECK (number >= 1)
);
CREATE INDEX revisions_by_time ON revisions (at_ms, record, number);

CREATE TABLE audit (
    id {serial} NOT NULL,
    entry {bytes} NOT NULL,
    leaf {bytes} NOT NULL,
    position BIGINT,
    PRIMARY KEY (id),
    UNIQUE (position)
);
CREATE INDEX audit_unplaced ON audit (id) WHERE position IS NULL;

CREATE TABLE audit_tree (
    size BIGINT NOT NULL,
    frontier {bytes} NOT NULL,
    root {bytes} NOT NULL,
    PRIMARY KEY (size)
);

CREATE TABLE counters (
    name TEXT NOT NULL,
    last BIGINT NOT NULL,
    PRIMARY KEY (name),
    CONSTRAINT counters_not_negative CHECK (last >= 0)
);

CREATE TABLE search_documents (
    document TEXT NOT NULL,
    txid BIGINT NOT NULL,
    seq BIGINT NOT NULL,
    deleted INTEGER NOT NULL,
    scope TEXT NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (document),
    CONSTRAINT search_documents_deleted_flag CHECK (deleted IN (0, 1))
);
CREATE UNIQUE INDEX search_documents_by_seq ON search_documents (txid, seq);

CREATE TABLE jobs (
    id {serial} NOT NULL,
    kind TEXT NOT NULL,
    "key" TEXT,
    payload {bytes} NOT NULL,
    run_at_ms BIGINT NOT NULL,
    lease_until_ms BIGINT,
    worker TEXT,
    attempt INTEGER DEFAULT '0' NOT NULL,
    state TEXT NOT NULL,
    error TEXT DEFAULT '' NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT jobs_state_known CHECK (state IN ('waiting', 'running', 'done', 'failed')),
    CONSTRAINT jobs_attempt_not_negative CHECK (attempt >= 0),
    UNIQUE ("key")
);
CREATE INDEX jobs_due ON jobs (state, run_at_ms);

CREATE TABLE notices (
    id {serial} NOT NULL,
    reader TEXT NOT NULL,
    record TEXT NOT NULL,
    text TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    read_at_ms BIGINT,
    PRIMARY KEY (id)
);
CREATE INDEX notices_by_reader ON notices (reader, id);

CREATE TABLE tokens (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    permissions TEXT NOT NULL,
    teams TEXT NOT NULL,
    created_at_ms BIGINT NOT NULL,
    expires_at_ms BIGINT NOT NULL,
    revoked_at_ms BIGINT,
    PRIMARY KEY (id),
    CONSTRAINT tokens_sha256_length CHECK (length(sha256) = 64),
    UNIQUE (sha256)
);
