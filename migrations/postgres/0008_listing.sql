-- How many projects are in each state: the sum of the changes. Counting them at each reading would read the whole list.
-- On this engine changes are appended and folded together by the re-rank: one row per state would make all awards queue.
CREATE TABLE listing_counts (
    seq BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    state TEXT NOT NULL,
    change BIGINT NOT NULL,
    CONSTRAINT listing_count_state_known CHECK (state IN ('pending', 'in_progress', 'cancelled'))
);
INSERT INTO listing_counts (state, change)
SELECT s.state, (SELECT COUNT(*) FROM projects p WHERE p.state = s.state)
FROM (SELECT 'pending' AS state UNION ALL SELECT 'in_progress' UNION ALL SELECT 'cancelled') AS s;

CREATE FUNCTION listing_counts_born() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO listing_counts (state, change) SELECT state, COUNT(*) FROM born GROUP BY state;
    RETURN NULL;
END $$;
CREATE TRIGGER listing_counts_born AFTER INSERT ON projects REFERENCING NEW TABLE AS born
FOR EACH STATEMENT EXECUTE FUNCTION listing_counts_born();

CREATE FUNCTION listing_counts_moved() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    INSERT INTO listing_counts (state, change) VALUES (OLD.state, -1), (NEW.state, 1);
    RETURN NULL;
END $$;
CREATE TRIGGER listing_counts_moved AFTER UPDATE OF state ON projects
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION listing_counts_moved();
