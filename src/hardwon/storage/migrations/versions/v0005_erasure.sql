-- What the trail commits to can be erased: salts, pseudonyms, and what entries say in columns beside them.
-- What other workspaces signed of this one's trail, and this one of theirs.

CREATE TABLE names (
    name TEXT NOT NULL,
    pseudonym TEXT NOT NULL,
    salt {bytes},
    PRIMARY KEY (name),
    CONSTRAINT names_pseudonym_length CHECK (length(pseudonym) = 64),
    UNIQUE (pseudonym)
);
CREATE TABLE erasing (
    actor TEXT NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (actor)
);
ALTER TABLE revisions ADD COLUMN salt {bytes};
ALTER TABLE audit ADD COLUMN detail TEXT DEFAULT '' NOT NULL;
ALTER TABLE audit ADD COLUMN salt {bytes};
UPDATE audit SET detail = COALESCE({detail}, '') {readable};
CREATE TABLE witnessed (
    origin TEXT NOT NULL,
    size BIGINT NOT NULL,
    root {bytes} NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (origin),
    CONSTRAINT witnessed_size_positive CHECK (size >= 1)
);
CREATE TABLE cosignatures (
    size BIGINT NOT NULL,
    line TEXT NOT NULL,
    at_ms BIGINT NOT NULL,
    PRIMARY KEY (size),
    CONSTRAINT cosignatures_line_not_empty CHECK (length(line) > 0)
);
