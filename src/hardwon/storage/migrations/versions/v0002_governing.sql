CREATE TABLE observations (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT observations_kind_known CHECK (kind IN ('near_miss', 'outside', 'threat', 'need')),
    CONSTRAINT observations_state_known CHECK (state IN ('noted', 'became', 'dismissed')),
    CONSTRAINT observations_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT observations_revision_positive CHECK (revision >= 1),
    CONSTRAINT observations_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX observations_by_kind ON observations (kind, at, id);
CREATE INDEX observations_by_source ON observations (source_id, source);
CREATE INDEX observations_by_state ON observations (state, at, id);
CREATE INDEX observations_by_time ON observations (at, id);

CREATE TABLE reviews (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    subject TEXT NOT NULL,
    state TEXT NOT NULL,
    due_on DATE NOT NULL,
    starts_at BIGINT,
    PRIMARY KEY (id),
    CONSTRAINT reviews_kind_known CHECK (kind IN ('incident', 'launch', 'rollback', 'near_miss', 'success')),
    CONSTRAINT reviews_state_known CHECK (state IN ('planned', 'held', 'closed', 'cancelled')),
    CONSTRAINT reviews_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT reviews_revision_positive CHECK (revision >= 1),
    CONSTRAINT reviews_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX reviews_by_due ON reviews (due_on, id);
CREATE INDEX reviews_by_source ON reviews (source_id, source);
CREATE INDEX reviews_by_state ON reviews (state, due_on, id);
CREATE INDEX reviews_by_subject ON reviews (subject, due_on, id);

CREATE TABLE threads (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    artifact TEXT NOT NULL,
    section TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    at BIGINT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT threads_kind_known CHECK (kind IN ('comment', 'question')),
    CONSTRAINT threads_state_known CHECK (state IN ('open', 'resolved')),
    CONSTRAINT threads_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT threads_revision_positive CHECK (revision >= 1),
    CONSTRAINT threads_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX threads_by_artifact ON threads (artifact, at, id);
CREATE INDEX threads_by_source ON threads (source_id, source);

CREATE TABLE templates (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT templates_kind_known CHECK (kind IN ('postmortem', 'runbook', 'lesson', 'note', 'drill', 'review_agenda')),
    CONSTRAINT templates_state_known CHECK (state IN ('in_use', 'retired')),
    CONSTRAINT templates_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT templates_revision_positive CHECK (revision >= 1),
    CONSTRAINT templates_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX templates_by_kind ON templates (kind, state, title, id);
CREATE INDEX templates_by_source ON templates (source_id, source);

CREATE TABLE terms (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    axis TEXT NOT NULL,
    state TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT terms_axis_known CHECK (axis IN ('tag', 'factor', 'service', 'environment', 'risk', 'word')),
    CONSTRAINT terms_state_known CHECK (state IN ('in_use', 'merged')),
    CONSTRAINT terms_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT terms_revision_positive CHECK (revision >= 1),
    CONSTRAINT terms_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX terms_by_axis ON terms (axis, title, id);
CREATE INDEX terms_by_source ON terms (source_id, source);

CREATE TABLE policies (
    id TEXT NOT NULL,
    revision INTEGER NOT NULL,
    scope TEXT NOT NULL,
    source TEXT DEFAULT '' NOT NULL,
    source_id TEXT DEFAULT '' NOT NULL,
    body {bytes} NOT NULL,
    title TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT policies_id_not_empty CHECK (length(id) > 0),
    CONSTRAINT policies_revision_positive CHECK (revision >= 1),
    CONSTRAINT policies_scope_not_empty CHECK (length(scope) > 0)
);
CREATE INDEX policies_by_source ON policies (source_id, source);

CREATE TABLE questions (
    id TEXT NOT NULL,
    day DATE NOT NULL,
    artifact TEXT NOT NULL,
    section TEXT NOT NULL,
    text TEXT NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT questions_text_not_empty CHECK (length(text) > 0)
){without_rowid};

CREATE TABLE calendars (
    person TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    PRIMARY KEY (person),
    CONSTRAINT calendars_sha256_length CHECK (length(sha256) = 64),
    UNIQUE (sha256)
);

ALTER TABLE artifacts ADD COLUMN reminded INTEGER DEFAULT 0 NOT NULL;
