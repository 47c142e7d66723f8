INSERT INTO credit_books (provider_id, kind, opened_at) VALUES (@3, 'offer', '2026-01-01T12:00:00+00:00'), (@4, 'offer', '2026-01-01T12:00:00+00:00');
INSERT INTO transfers (id, provider_id, kind, n, purpose, debit, credit, amount, project_id, idempotency_key, at, recorded_at,
    previous_hash, hash) VALUES
    (@91, @3, 'offer', 1, 'grant', 'issued', 'available', 10, NULL, 'g1', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', '',
        'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'),
    (@92, @4, 'offer', 1, 'grant', 'issued', 'available', 10, NULL, 'g2', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', '',
        'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb');
INSERT INTO transfers (id, provider_id, kind, n, purpose, debit, credit, amount, project_id, idempotency_key, at, recorded_at,
    previous_hash, hash) VALUES
    (@93, @3, 'offer', 2, 'spend', 'available', 'used', 1, @14, 's1', '2026-01-03T12:00:00+00:00', '2026-01-03T12:00:00+00:00',
        'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', 'cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc'),
    (@94, @4, 'offer', 2, 'spend', 'available', 'used', 2, @15, 's2', '2026-01-03T12:00:00+00:00', '2026-01-03T12:00:00+00:00',
        'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 'dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd');
INSERT INTO unpaid_spends (idempotency_key, provider_id, kind, project_id, amount, at, noted_at) VALUES
    ('u1', @3, 'view', @14, 1, '2026-01-04T12:00:00+00:00', '2026-01-04T12:00:00+00:00'), ('u2', @4, 'view', @15, 1, '2026-01-04T12:00:00+00:00', '2026-01-04T12:00:00+00:00');
