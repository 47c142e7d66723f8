-- Which key signs the links and the evidence of this database; its id says nothing about it.
CREATE TABLE signing_key (
    only_row INTEGER PRIMARY KEY NOT NULL,
    key_id TEXT NOT NULL,
    since_at TEXT NOT NULL,
    CONSTRAINT signing_key_one CHECK (only_row = 1),
    CONSTRAINT signing_key_named CHECK (length(key_id) BETWEEN 4 AND 20)
) STRICT;
