ALTER TABLE services ADD COLUMN unclaimed INTEGER NOT NULL DEFAULT 0
    CONSTRAINT services_unclaimed_flag CHECK (unclaimed IN (0, 1));
ALTER TABLE services ADD COLUMN same_as TEXT;
UPDATE services SET unclaimed = 1 WHERE {team} IS NULL AND NOT {public};
CREATE INDEX services_by_claim ON services (unclaimed, id);
CREATE INDEX services_by_same ON services (same_as, id);
CREATE TABLE merges (
    source TEXT NOT NULL,
    "commit" TEXT NOT NULL,
    scope TEXT NOT NULL,
    body TEXT NOT NULL,
    PRIMARY KEY (source, "commit"),
    CONSTRAINT merges_commit_not_empty CHECK (length("commit") > 0)
);
CREATE INDEX merges_by_commit ON merges ("commit");
