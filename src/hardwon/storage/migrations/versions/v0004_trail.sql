-- The trail made complete: signed checkpoints, and columns to filter entries by. Entries stay byte for byte.

CREATE TABLE checkpoints (
    size BIGINT NOT NULL,
    at_ms BIGINT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (size),
    CONSTRAINT checkpoints_size_positive CHECK (size >= 1),
    CONSTRAINT checkpoints_note_not_empty CHECK (length(note) > 0)
);
ALTER TABLE audit ADD COLUMN at_ms BIGINT DEFAULT '0' NOT NULL;
ALTER TABLE audit ADD COLUMN actor TEXT DEFAULT '' NOT NULL;
ALTER TABLE audit ADD COLUMN verb TEXT DEFAULT '' NOT NULL;
ALTER TABLE audit ADD COLUMN kind TEXT DEFAULT '' NOT NULL;
ALTER TABLE audit ADD COLUMN record TEXT DEFAULT '' NOT NULL;
ALTER TABLE audit ADD COLUMN revision INTEGER DEFAULT '0' NOT NULL;
UPDATE audit SET at_ms = CAST({at_ms} AS BIGINT), actor = {actor}, verb = {verb}, kind = {kind}, record = {record},
    revision = CAST({revision} AS INTEGER) {readable};
CREATE INDEX audit_by_actor ON audit (actor, at_ms, id);
CREATE INDEX audit_by_kind ON audit (kind, at_ms, id);
CREATE INDEX audit_by_record ON audit (record, at_ms, id);
CREATE INDEX audit_by_time ON audit (at_ms, id);
CREATE INDEX audit_by_verb ON audit (verb, at_ms, id);
