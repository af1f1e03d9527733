-- What gates were answered.

CREATE TABLE checks (
    id TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    last_at_ms BIGINT NOT NULL,
    times INTEGER DEFAULT '1' NOT NULL,
    digest TEXT NOT NULL,
    gate TEXT NOT NULL,
    verdict TEXT NOT NULL,
    service TEXT,
    deployment TEXT,
    scope TEXT NOT NULL,
    body {bytes} NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT checks_gate_known CHECK (gate IN ('http', 'flagger', 'argo', 'github', 'mlflow')),
    CONSTRAINT checks_verdict_known CHECK (verdict IN ('pass', 'warn', 'block', 'unchecked')),
    CONSTRAINT checks_times_positive CHECK (times >= 1),
    CONSTRAINT checks_scope_not_empty CHECK (length(scope) > 0)
);
CREATE UNIQUE INDEX checks_once ON checks (digest);
CREATE INDEX checks_by_time ON checks (at_ms, id);
CREATE INDEX checks_by_verdict ON checks (verdict, at_ms, id);
CREATE INDEX checks_by_service ON checks (service, at_ms, id);
CREATE INDEX checks_by_deployment ON checks (deployment, at_ms);
