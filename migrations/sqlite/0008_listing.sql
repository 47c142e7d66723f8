-- How many projects are in each state: the sum of the changes. Counting them at each reading would read the whole list.
-- On this engine one row per state is changed in place: there is one writer.
CREATE TABLE listing_counts (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    state TEXT NOT NULL,
    change INTEGER NOT NULL,
    CONSTRAINT listing_count_state_known CHECK (state IN ('pending', 'in_progress', 'cancelled'))
) STRICT;
INSERT INTO listing_counts (state, change)
SELECT s.state, (SELECT COUNT(*) FROM projects p WHERE p.state = s.state)
FROM (SELECT 'pending' AS state UNION ALL SELECT 'in_progress' UNION ALL SELECT 'cancelled') AS s;

CREATE TRIGGER listing_counts_born AFTER INSERT ON projects
BEGIN
    UPDATE listing_counts SET change = change + 1 WHERE state = NEW.state;
END;
CREATE TRIGGER listing_counts_moved AFTER UPDATE OF state ON projects
WHEN NEW.state IS NOT OLD.state
BEGIN
    UPDATE listing_counts SET change = change - 1 WHERE state = OLD.state;
    UPDATE listing_counts SET change = change + 1 WHERE state = NEW.state;
END;
