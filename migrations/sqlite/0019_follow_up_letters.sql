-- A letter that did not arrive is something learned about its projects; of one that did, the timeline tells.
CREATE TRIGGER follow_up_due_letter_ended AFTER UPDATE OF state ON outbox
WHEN NEW.state IS NOT OLD.state AND NEW.kind = 'follow_up' AND NEW.state IN ('refused', 'unknown', 'withdrawn')
BEGIN
    UPDATE follow_up_due SET due_at = NULL WHERE due_at IS NOT NULL
        AND project_id IN (SELECT project_id FROM outbox_projects WHERE letter_id = NEW.id);
END;
