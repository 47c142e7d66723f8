-- Credits. A provider's book of one kind of credit has three accounts: issued (below zero by all that was granted),
-- available, used. A transfer is one immutable row inside one book (L1, L3); its two entries follow from it. Nothing
-- stores a balance that could be edited: the last entry of an account says it.
CREATE TABLE credit_books (
    provider_id BLOB NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    opened_at TEXT NOT NULL,
    PRIMARY KEY (provider_id, kind),
    CONSTRAINT credit_book_kind_known CHECK (kind IN ('view', 'offer', 'contact'))
) STRICT, WITHOUT ROWID;

CREATE TABLE transfers (
    id BLOB PRIMARY KEY NOT NULL,
    provider_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    -- Place in the book, from 1 without a gap.
    n INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    debit TEXT NOT NULL,
    credit TEXT NOT NULL,
    amount INTEGER NOT NULL,
    -- What a spend was for.
    project_id BLOB REFERENCES projects (id) ON DELETE RESTRICT,
    -- The spend that a refund gives back, and the approved request it answers.
    refunds BLOB REFERENCES transfers (id) ON DELETE RESTRICT,
    request BLOB,
    -- The grant or refund that a correction takes back.
    corrects BLOB REFERENCES transfers (id) ON DELETE RESTRICT,
    reason TEXT,
    -- The command's idempotency key (L7): the same key is the same transfer, for ever.
    idempotency_key TEXT NOT NULL,
    at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
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
) STRICT, WITHOUT ROWID;
-- At most one spend of each kind per provider and project.
CREATE UNIQUE INDEX transfer_spent_once ON transfers (provider_id, project_id, kind) WHERE purpose = 'spend';
CREATE INDEX transfers_of_project ON transfers (project_id) WHERE project_id IS NOT NULL;

CREATE TABLE entries (
    provider_id BLOB NOT NULL,
    kind TEXT NOT NULL,
    account TEXT NOT NULL,
    -- Place in the account, from 1 without a gap.
    n INTEGER NOT NULL,
    transfer_id BLOB NOT NULL REFERENCES transfers (id) ON DELETE RESTRICT,
    delta INTEGER NOT NULL,
    -- What the account holds after it: what it held before, and delta.
    after INTEGER NOT NULL,
    PRIMARY KEY (provider_id, kind, account, n),
    CONSTRAINT entry_of_transfer_once UNIQUE (transfer_id, account),
    CONSTRAINT entry_account_known CHECK (account IN ('issued', 'available', 'used')),
    CONSTRAINT entry_moves CHECK (delta <> 0),
    -- A provider's accounts never go below zero (L2).
    CONSTRAINT entry_never_overdrawn CHECK ((account = 'issued' AND after <= 0) OR (account <> 'issued' AND after >= 0))
) STRICT, WITHOUT ROWID;

-- Spends that the platform took and the book could not pay when they arrived: paid by the next grants, oldest first.
CREATE TABLE unpaid_spends (
    idempotency_key TEXT PRIMARY KEY NOT NULL,
    provider_id BLOB NOT NULL REFERENCES providers (id) ON DELETE RESTRICT,
    kind TEXT NOT NULL,
    project_id BLOB NOT NULL REFERENCES projects (id) ON DELETE RESTRICT,
    amount INTEGER NOT NULL,
    at TEXT NOT NULL,
    noted_at TEXT NOT NULL,
    paid_by BLOB REFERENCES transfers (id) ON DELETE RESTRICT,
    CONSTRAINT unpaid_spend_once UNIQUE (provider_id, kind, project_id),
    CONSTRAINT unpaid_spend_paid_once UNIQUE (paid_by),
    CONSTRAINT unpaid_spend_kind_known CHECK (kind IN ('view', 'offer', 'contact')),
    CONSTRAINT unpaid_spend_amount_bounded CHECK (amount BETWEEN 1 AND 1000000)
) STRICT;
CREATE INDEX unpaid_spends_waiting ON unpaid_spends (provider_id, kind, at) WHERE paid_by IS NULL;

CREATE TRIGGER credit_books_once BEFORE INSERT ON credit_books
WHEN EXISTS (SELECT 1 FROM credit_books WHERE provider_id = NEW.provider_id AND kind = NEW.kind)
BEGIN SELECT RAISE(ABORT, 'credit_books: opened once'); END;
CREATE TRIGGER credit_books_no_update BEFORE UPDATE ON credit_books
BEGIN SELECT RAISE(ABORT, 'credit_books: append only'); END;
CREATE TRIGGER credit_books_no_delete BEFORE DELETE ON credit_books
BEGIN SELECT RAISE(ABORT, 'credit_books: append only'); END;

CREATE TRIGGER transfers_checked BEFORE INSERT ON transfers
BEGIN
    SELECT RAISE(ABORT, 'transfers: append only')
    WHERE EXISTS (SELECT 1 FROM transfers WHERE id = NEW.id)
        OR EXISTS (SELECT 1 FROM transfers WHERE idempotency_key = NEW.idempotency_key)
        OR EXISTS (SELECT 1 FROM transfers WHERE provider_id = NEW.provider_id AND kind = NEW.kind AND n = NEW.n)
        OR EXISTS (SELECT 1 FROM transfers WHERE refunds = NEW.refunds)
        OR EXISTS (SELECT 1 FROM transfers WHERE request = NEW.request)
        OR EXISTS (SELECT 1 FROM transfers WHERE corrects = NEW.corrects)
        OR (NEW.purpose = 'spend' AND EXISTS (SELECT 1 FROM transfers WHERE purpose = 'spend'
            AND provider_id = NEW.provider_id AND project_id = NEW.project_id AND kind = NEW.kind));
    SELECT RAISE(ABORT, 'transfers: appended to the end of their book')
    WHERE NEW.n IS NOT 1 + COALESCE((SELECT MAX(n) FROM transfers
            WHERE provider_id = NEW.provider_id AND kind = NEW.kind), 0)
        OR NEW.previous_hash IS NOT COALESCE((SELECT hash FROM transfers
            WHERE provider_id = NEW.provider_id AND kind = NEW.kind ORDER BY n DESC LIMIT 1), '')
        OR length(NEW.hash) <> 64;
    -- Again, as CHECK says it: a console may switch that off.
    SELECT RAISE(ABORT, 'transfers: legs of their purpose, within the bounds')
    WHERE NEW.amount NOT BETWEEN 1 AND 1000000
        OR NOT ((NEW.purpose = 'grant' AND NEW.debit = 'issued' AND NEW.credit = 'available')
            OR (NEW.purpose = 'spend' AND NEW.debit = 'available' AND NEW.credit = 'used')
            OR (NEW.purpose = 'refund' AND NEW.debit = 'used' AND NEW.credit = 'available')
            OR (NEW.purpose = 'correction' AND NEW.debit = 'available' AND NEW.credit IN ('issued', 'used')))
        OR (NEW.purpose = 'spend') <> (NEW.project_id IS NOT NULL)
        OR (NEW.purpose = 'refund') <> (NEW.refunds IS NOT NULL) OR (NEW.purpose = 'refund') <> (NEW.request IS NOT NULL)
        OR (NEW.purpose = 'correction') <> (NEW.corrects IS NOT NULL);
    SELECT RAISE(ABORT, 'transfers: a refund gives one spend of its book back, whole')
    WHERE NEW.purpose = 'refund' AND NOT EXISTS (
        SELECT 1 FROM transfers s WHERE s.id = NEW.refunds AND s.purpose = 'spend'
            AND s.provider_id = NEW.provider_id AND s.kind = NEW.kind AND s.amount = NEW.amount);
    SELECT RAISE(ABORT, 'transfers: a correction takes one grant or refund of its book back, whole')
    WHERE NEW.purpose = 'correction' AND NOT EXISTS (
        SELECT 1 FROM transfers c WHERE c.id = NEW.corrects AND c.purpose IN ('grant', 'refund')
            AND c.provider_id = NEW.provider_id AND c.kind = NEW.kind AND c.amount = NEW.amount
            AND c.debit = NEW.credit AND c.credit = NEW.debit);
END;
CREATE TRIGGER transfers_make_entries AFTER INSERT ON transfers
BEGIN
    INSERT INTO entries (provider_id, kind, account, n, transfer_id, delta, after)
    SELECT NEW.provider_id, NEW.kind, NEW.debit, COALESCE(MAX(n), 0) + 1, NEW.id, -NEW.amount,
        COALESCE((SELECT e.after FROM entries e WHERE e.provider_id = NEW.provider_id AND e.kind = NEW.kind
            AND e.account = NEW.debit ORDER BY e.n DESC LIMIT 1), 0) - NEW.amount
    FROM entries WHERE provider_id = NEW.provider_id AND kind = NEW.kind AND account = NEW.debit;
    INSERT INTO entries (provider_id, kind, account, n, transfer_id, delta, after)
    SELECT NEW.provider_id, NEW.kind, NEW.credit, COALESCE(MAX(n), 0) + 1, NEW.id, NEW.amount,
        COALESCE((SELECT e.after FROM entries e WHERE e.provider_id = NEW.provider_id AND e.kind = NEW.kind
            AND e.account = NEW.credit ORDER BY e.n DESC LIMIT 1), 0) + NEW.amount
    FROM entries WHERE provider_id = NEW.provider_id AND kind = NEW.kind AND account = NEW.credit;
END;
CREATE TRIGGER transfers_no_update BEFORE UPDATE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers: append only'); END;
CREATE TRIGGER transfers_no_delete BEFORE DELETE ON transfers
BEGIN SELECT RAISE(ABORT, 'transfers: append only'); END;

CREATE TRIGGER entries_checked BEFORE INSERT ON entries
BEGIN
    SELECT RAISE(ABORT, 'entries: append only')
    WHERE EXISTS (SELECT 1 FROM entries WHERE provider_id = NEW.provider_id AND kind = NEW.kind
            AND account = NEW.account AND n = NEW.n)
        OR EXISTS (SELECT 1 FROM entries WHERE transfer_id = NEW.transfer_id AND account = NEW.account);
    SELECT RAISE(ABORT, 'entries: a leg of its transfer')
    WHERE NOT EXISTS (
        SELECT 1 FROM transfers t WHERE t.id = NEW.transfer_id AND t.provider_id = NEW.provider_id
            AND t.kind = NEW.kind AND ((t.debit = NEW.account AND NEW.delta = -t.amount)
                OR (t.credit = NEW.account AND NEW.delta = t.amount)));
    SELECT RAISE(ABORT, 'entries: never overdrawn')
    WHERE NOT ((NEW.account = 'issued' AND NEW.after <= 0) OR (NEW.account <> 'issued' AND NEW.after >= 0));
    SELECT RAISE(ABORT, 'entries: continues its account')
    WHERE NEW.n IS NOT 1 + COALESCE((SELECT MAX(n) FROM entries WHERE provider_id = NEW.provider_id
            AND kind = NEW.kind AND account = NEW.account), 0)
        OR NEW.after IS NOT NEW.delta + COALESCE((SELECT after FROM entries WHERE provider_id = NEW.provider_id
            AND kind = NEW.kind AND account = NEW.account ORDER BY n DESC LIMIT 1), 0);
END;
CREATE TRIGGER entries_no_update BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'entries: append only'); END;
CREATE TRIGGER entries_no_delete BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'entries: append only'); END;

CREATE TRIGGER unpaid_spends_once BEFORE INSERT ON unpaid_spends
WHEN NEW.paid_by IS NOT NULL OR EXISTS (SELECT 1 FROM unpaid_spends WHERE idempotency_key = NEW.idempotency_key
    OR (provider_id = NEW.provider_id AND kind = NEW.kind AND project_id = NEW.project_id) OR rowid = NEW.rowid)
BEGIN SELECT RAISE(ABORT, 'unpaid_spends: noted once, unpaid'); END;
CREATE TRIGGER unpaid_spends_only_paid BEFORE UPDATE ON unpaid_spends
WHEN OLD.paid_by IS NOT NULL OR NEW.rowid IS NOT OLD.rowid OR NEW.idempotency_key IS NOT OLD.idempotency_key
    OR NEW.provider_id IS NOT OLD.provider_id OR NEW.kind IS NOT OLD.kind OR NEW.project_id IS NOT OLD.project_id
    OR NEW.amount IS NOT OLD.amount OR NEW.at IS NOT OLD.at OR NEW.noted_at IS NOT OLD.noted_at
    OR NOT EXISTS (SELECT 1 FROM transfers t WHERE t.id = NEW.paid_by AND t.purpose = 'spend'
        AND t.provider_id = NEW.provider_id AND t.kind = NEW.kind AND t.project_id = NEW.project_id)
BEGIN SELECT RAISE(ABORT, 'unpaid_spends: only paid, once, by its own spend'); END;
CREATE TRIGGER unpaid_spends_no_delete BEFORE DELETE ON unpaid_spends
BEGIN SELECT RAISE(ABORT, 'unpaid_spends: kept'); END;
