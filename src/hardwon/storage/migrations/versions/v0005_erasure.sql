-- What the trail commits to can be erased: salts, pseudonyms, and what entries say in columns beside them.

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
