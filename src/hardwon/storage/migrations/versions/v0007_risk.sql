CREATE TABLE risk_traits (
    key BIGINT NOT NULL,
    at BIGINT NOT NULL,
    deployment TEXT NOT NULL,
    scope TEXT NOT NULL,
    PRIMARY KEY (key, at, deployment),
    CONSTRAINT risk_traits_key_not_negative CHECK (key >= 0)
){without_rowid};
CREATE INDEX risk_traits_by_deployment ON risk_traits (deployment);
CREATE TABLE failures (
    deployment TEXT NOT NULL,
    source TEXT NOT NULL,
    at BIGINT NOT NULL,
    scope TEXT NOT NULL,
    PRIMARY KEY (deployment, source),
    CONSTRAINT failures_source_not_empty CHECK (length(source) > 0)
){without_rowid};
CREATE INDEX failures_by_source ON failures (source);
ALTER TABLE deployments ADD COLUMN risk TEXT;
CREATE INDEX deployments_by_risk ON deployments (risk, at, id);
