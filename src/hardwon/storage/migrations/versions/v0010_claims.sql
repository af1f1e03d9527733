ALTER TABLE services ADD COLUMN unclaimed INTEGER NOT NULL DEFAULT 0;
ALTER TABLE services ADD COLUMN same_as TEXT;
UPDATE services SET unclaimed = 1 WHERE {team} IS NULL AND NOT {public};
CREATE INDEX services_by_claim ON services (unclaimed, id);
CREATE INDEX services_by_same ON services (same_as, id);
