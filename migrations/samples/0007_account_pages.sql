INSERT INTO sign_ins (id, client_id, address_hash, token_hash, asked_at, expires_at) VALUES
    (@51, @1, 'a', 't1', '2026-01-11T12:00:00+00:00', '2026-01-13T12:00:00+00:00'), (@52, @2, 'c', 't2', '2026-01-11T12:00:00+00:00', '2026-01-13T12:00:00+00:00'), (@53, @1, 'a', 't3', '2026-01-11T12:00:00+00:00', '2026-01-13T12:00:00+00:00'),
    (@54, @1, 'a', 't4', '2026-01-11T12:00:00+00:00', '2026-01-13T12:00:00+00:00');
UPDATE sign_ins SET used_at = '2026-01-12T12:00:00+00:00' WHERE id IN (@51, @52);
INSERT INTO account_sessions (id, client_id, sign_in, token_hash, made_at, expires_at) VALUES
    (@55, @1, @51, 's1', '2026-01-12T12:00:00+00:00', '2026-01-13T12:00:00+00:00'), (@56, @2, @52, 's2', '2026-01-12T12:00:00+00:00', '2026-01-13T12:00:00+00:00');
INSERT INTO ways_back (token_hash, project_id, client_id, made_at, expires_at) VALUES
    ('b1', @11, @1, '2026-01-05T12:00:00+00:00', '2026-01-12T12:00:00+00:00'), ('b2', @13, @1, '2026-01-06T12:00:00+00:00', '2026-01-13T12:00:00+00:00');
INSERT INTO chosen_providers (source, project_id, provider_id, at) VALUES
    ('c1', @14, @3, '2026-01-12T12:00:00+00:00'), ('c2', @15, @4, '2026-01-12T12:00:00+00:00');
