-- A letter that did not arrive is something learned about its projects; of one that did, the timeline tells.
CREATE FUNCTION follow_up_due_letter_ended() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    UPDATE follow_up_due SET due_at = NULL WHERE due_at IS NOT NULL
        AND project_id IN (SELECT project_id FROM outbox_projects WHERE letter_id = NEW.id);
    RETURN NULL;
END $$;
CREATE TRIGGER follow_up_due_letter_ended AFTER UPDATE OF state ON outbox
FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state AND NEW.kind = 'follow_up'
    AND NEW.state IN ('refused', 'unknown', 'withdrawn'))
EXECUTE FUNCTION follow_up_due_letter_ended();
