-- A restored copy sends nothing before a person has looked: what was planned in it may have been sent since (O5).
CREATE TABLE send_hold (
    only_row INTEGER PRIMARY KEY NOT NULL,
    since_at TEXT NOT NULL,
    cause TEXT NOT NULL,
    CONSTRAINT send_hold_one CHECK (only_row = 1),
    CONSTRAINT send_hold_cause_known CHECK (cause IN ('backup', 'command'))
) STRICT;
CREATE TRIGGER outbox_waits_while_held BEFORE UPDATE ON outbox
WHEN NEW.state = 'sending' AND OLD.state IS NOT 'sending' AND EXISTS (SELECT 1 FROM send_hold)
BEGIN SELECT RAISE(ABORT, 'outbox: held since a restore, until a person releases it'); END;

-- The person counts, not the row: the account that has a member's own address is the member's account (L5).
CREATE TRIGGER refund_events_by_another_person BEFORE INSERT ON refund_events
WHEN NEW.actor_kind = 'staff' AND EXISTS (
    SELECT 1 FROM staff s JOIN providers own ON lower(trim(own.email)) = lower(trim(s.email))
        JOIN refund_requests r ON r.id = NEW.request_id
    WHERE s.id IN (NEW.staff_id, NEW.seconded_by) AND (
        own.id = r.provider_id
        OR EXISTS (SELECT 1 FROM transfers t WHERE t.project_id = r.project_id AND t.provider_id = own.id)
        OR EXISTS (SELECT 1 FROM projects p WHERE p.id = r.project_id AND p.awarded_to = own.id)))
BEGIN SELECT RAISE(ABORT, 'refund_events: the claimant decides under another hat'); END;
CREATE TRIGGER staff_keep_person BEFORE UPDATE ON staff
WHEN OLD.provider_id IS NOT NULL AND NEW.provider_id IS NOT OLD.provider_id
BEGIN SELECT RAISE(ABORT, 'staff: whose account a member has never changes'); END;
