-- Credits. A provider's book of one kind of credit has three accounts: issued (below zero by all that was granted),
-- available, used. A transfer is one immutable row inside one book (L1, L3); its two entries follow from it. Nothing
-- stores a balance that could be edited: the last entry of an account says it.
CREATE TABLE credit_books (
    provider_id UUID NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    opened_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider_id, kind),
    CONSTRAINT credit_book_kind_known CHECK (kind IN ('view', 'offer', 'contact'))
);

CREATE TABLE transfers (
    id UUID PRIMARY KEY NOT NULL,
    provider_id UUID NOT NULL,
    kind TEXT NOT NULL,
    -- Place in the book, from 1 without a gap.
    n BIGINT NOT NULL,
    purpose TEXT NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount BIGINT NOT NULL,
    -- What a spend was for.
    project_id UUID REFERENCES projects (id) ON DELETE RESTRICT,
    -- The spend that a refund gives back, and the approved request it answers.
    refunds UUID REFERENCES transfers (id) ON DELETE RESTRICT,
    request UUID,
    -- The grant or refund that a correction takes back.
    corrects UUID REFERENCES transfers (id) ON DELETE RESTRICT,
    reason TEXT,
    -- The command's idempotency key (L7): the same key is the same transfer, for ever.
    idempotency_key TEXT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    recorded_at TIMESTAMPTZ NOT NULL,
    -- Hash of the transfer before in the book, and of this one: lowercase hexadecimal SHA-256.
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    FOREIGN KEY (provider_id, kind) REFERENCES credit_books (provider_id, kind) ON DELETE RESTRICT,
    CONSTRAINT transfer_place_once UNIQUE (provider_id, kind, n),
    CONSTRAINT transfer_key_once UNIQUE (idempotency_key),
    CONSTRAINT transfer_refund_once UNIQUE (refunds),
    CONSTRAINT transfer_request_once UNIQUE (request),
    CONSTRAINT transfer_correction_once UNIQUE (corrects),
    CONSTRAINT transfer_amount_bounded CHECK (amount BETWEEN 1 AND 1000000),
    CONSTRAINT transfer_legs_of_its_purpose CHECK (
        (purpose = 'grant' AND debit = 'issued' AND credit = 'available')
        OR (purpose = 'spend' AND debit = 'available' AND credit = 'used')
        OR (purpose = 'refund' AND debit = 'used' AND credit = 'available')
        OR (purpose = 'correction' AND debit = 'available' AND credit IN ('issued', 'used'))),
    CONSTRAINT transfer_spend_for_a_project CHECK ((purpose = 'spend') = (project_id IS NOT NULL)),
    CONSTRAINT transfer_refund_of_a_spend CHECK ((purpose = 'refund') = (refunds IS NOT NULL)),
    CONSTRAINT transfer_refund_on_request CHECK ((purpose = 'refund') = (request IS NOT NULL)),
    CONSTRAINT transfer_correction_of_one CHECK ((purpose = 'correction') = (corrects IS NOT NULL)),
    CONSTRAINT transfer_correction_says_why CHECK (purpose <> 'correction' OR (reason IS NOT NULL AND reason <> ''))
);
-- At most one spend of each kind per provider and project.
CREATE UNIQUE INDEX transfer_spent_once ON transfers (provider_id, project_id, kind) WHERE purpose = 'spend';
CREATE INDEX transfers_of_project ON transfers (project_id) WHERE project_id IS NOT NULL;

CREATE TABLE entries (
    provider_id UUID NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    -- Place in the account, from 1 without a gap.
    n BIGINT NOT NULL,
    transfer_id UUID NOT NULL REFERENCES transfers (id) ON DELETE RESTRICT,
    delta BIGINT NOT NULL,
    -- What the account holds after it: what it held before, and delta.
    after BIGINT NOT NULL,
    PRIMARY KEY (provider_id, kind, account, n),
    CONSTRAINT entry_of_transfer_once UNIQUE (transfer_id, account),
    CONSTRAINT entry_account_known CHECK (account IN ('issued', 'available', 'used')),
    CONSTRAINT entry_moves CHECK (delta <> 0),
    -- A provider's accounts never go below zero (L2).
    CONSTRAINT entry_never_overdrawn CHECK ((account = 'issued' AND after <= 0) OR (account <> 'issued' AND after >= 0))
);

-- Spends that the platform took and the book could not pay when they arrived: paid by the next grants, oldest first.
CREATE TABLE unpaid_spends (
    idempotency_key TEXT PRIMARY KEY NOT NULL,
    provider_id UUID NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    project_id UUID NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    amount BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL,
    noted_at TIMESTAMPTZ NOT NULL,
    paid_by UUID REFERENCES transfers (id) ON DELETE RESTRICT,
    CONSTRAINT unpaid_spend_once UNIQUE (provider_id, kind, project_id),
    CONSTRAINT unpaid_spend_paid_once UNIQUE (paid_by),
    CONSTRAINT unpaid_spend_kind_known CHECK (kind IN ('view', 'offer', 'contact')),
    CONSTRAINT unpaid_spend_amount_bounded CHECK (amount BETWEEN 1 AND 1000000)
);
CREATE INDEX unpaid_spends_waiting ON unpaid_spends (provider_id, kind, at) WHERE paid_by IS NULL;

CREATE FUNCTION transfers_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last transfers;
BEGIN
    -- The lock makes two transfers of one book queue: the second then sees what the first left. It must not clash with
    -- the locks of foreign keys, or two transfers would wait for each other.
    PERFORM 1 FROM credit_books WHERE provider_id = NEW.provider_id AND kind = NEW.kind FOR NO KEY UPDATE;
    SELECT * INTO last FROM transfers WHERE provider_id = NEW.provider_id AND kind = NEW.kind
    ORDER BY n DESC LIMIT 1;
    IF NEW.n IS DISTINCT FROM COALESCE(last.n, 0) + 1 OR NEW.previous_hash IS DISTINCT FROM COALESCE(last.hash, '')
        OR length(NEW.hash) <> 64 THEN
        PERFORM refuse('transfers: appended to the end of their book');
    END IF;
    IF NEW.purpose = 'refund' AND NOT EXISTS (
        SELECT 1 FROM transfers s WHERE s.id = NEW.refunds AND s.purpose = 'spend'
            AND s.provider_id = NEW.provider_id AND s.kind = NEW.kind AND s.amount = NEW.amount) THEN
        PERFORM refuse('transfers: a refund gives one spend of its book back, whole');
    END IF;
    IF NEW.purpose = 'correction' AND NOT EXISTS (
        SELECT 1 FROM transfers c WHERE c.id = NEW.corrects AND c.purpose IN ('grant', 'refund')
            AND c.provider_id = NEW.provider_id AND c.kind = NEW.kind AND c.amount = NEW.amount
            AND c.debit = NEW.credit AND c.credit = NEW.debit) THEN
        PERFORM refuse('transfers: a correction takes one grant or refund of its book back, whole');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER transfers_checked BEFORE INSERT ON transfers
FOR EACH ROW EXECUTE FUNCTION transfers_checked();

CREATE FUNCTION transfers_make_entries() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    leg RECORD;
    last entries;
BEGIN
    FOR leg IN VALUES (NEW.debit, -NEW.amount), (NEW.credit, NEW.amount) LOOP
        SELECT * INTO last FROM entries WHERE provider_id = NEW.provider_id AND kind = NEW.kind
            AND account = leg.column1 ORDER BY n DESC LIMIT 1;
        INSERT INTO entries (provider_id, kind, account, n, transfer_id, delta, after)
        VALUES (NEW.provider_id, NEW.kind, leg.column1, COALESCE(last.n, 0) + 1, NEW.id, leg.column2,
            COALESCE(last.after, 0) + leg.column2);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER transfers_make_entries AFTER INSERT ON transfers
FOR EACH ROW EXECUTE FUNCTION transfers_make_entries();

CREATE FUNCTION entries_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    last entries;
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM transfers t WHERE t.id = NEW.transfer_id AND t.provider_id = NEW.provider_id
            AND t.kind = NEW.kind AND ((t.debit = NEW.account AND NEW.delta = -t.amount)
                OR (t.credit = NEW.account AND NEW.delta = t.amount))) THEN
        PERFORM refuse('entries: a leg of its transfer');
    END IF;
    SELECT * INTO last FROM entries WHERE provider_id = NEW.provider_id AND kind = NEW.kind
        AND account = NEW.account ORDER BY n DESC LIMIT 1;
    IF NEW.n IS DISTINCT FROM COALESCE(last.n, 0) + 1
        OR NEW.after IS DISTINCT FROM COALESCE(last.after, 0) + NEW.delta THEN
        PERFORM refuse('entries: continues its account');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER entries_checked BEFORE INSERT ON entries
FOR EACH ROW EXECUTE FUNCTION entries_checked();

CREATE FUNCTION unpaid_spends_checked() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        IF NEW.paid_by IS NOT NULL THEN
            PERFORM refuse('unpaid_spends: noted once, unpaid');
        END IF;
        RETURN NEW;
    END IF;
    IF OLD.paid_by IS NOT NULL
        OR (NEW.idempotency_key, NEW.provider_id, NEW.kind, NEW.project_id, NEW.amount, NEW.at, NEW.noted_at)
            IS DISTINCT FROM
            (OLD.idempotency_key, OLD.provider_id, OLD.kind, OLD.project_id, OLD.amount, OLD.at, OLD.noted_at)
        OR NOT EXISTS (SELECT 1 FROM transfers t WHERE t.id = NEW.paid_by AND t.purpose = 'spend'
            AND t.provider_id = NEW.provider_id AND t.kind = NEW.kind AND t.project_id = NEW.project_id) THEN
        PERFORM refuse('unpaid_spends: only paid, once, by its own spend');
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER unpaid_spends_checked BEFORE INSERT OR UPDATE ON unpaid_spends
FOR EACH ROW EXECUTE FUNCTION unpaid_spends_checked();

CREATE TRIGGER credit_books_no_change BEFORE UPDATE OR DELETE ON credit_books
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_no_change BEFORE UPDATE OR DELETE ON transfers
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_no_change BEFORE UPDATE OR DELETE ON entries
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER unpaid_spends_no_delete BEFORE DELETE ON unpaid_spends
FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER credit_books_no_truncate BEFORE TRUNCATE ON credit_books
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transfers_no_truncate BEFORE TRUNCATE ON transfers
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER entries_no_truncate BEFORE TRUNCATE ON entries
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER unpaid_spends_no_truncate BEFORE TRUNCATE ON unpaid_spends
FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
