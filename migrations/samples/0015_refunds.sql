INSERT INTO refund_requests (id, number, spend, provider_id, project_id, kind, amount, plan, reason, story, proof, locale, surface,
    idempotency_key, opened_at, state, state_at) VALUES
    (@101, 1, @93, @3, @14, 'offer', 1, 'privilege', 'unreachable', 'Pas de réponse', '', 'fr', 'discord', 'k1', '2026-01-13T12:00:00+00:00', 'open', '2026-01-13T12:00:00+00:00'),
    (@102, 2, @94, @4, @15, 'offer', 2, NULL, 'other', 'No reply', '', 'en', 'terminal', 'k2', '2026-01-13T12:00:00+00:00', 'open', '2026-01-13T12:00:00+00:00');
INSERT INTO spend_pages (transfer_id, page, noted_at) VALUES (@93, 1, '2026-01-03T12:00:00+00:00'), (@94, 2, '2026-01-03T12:00:00+00:00');
INSERT INTO refund_cases (id, request_id, staff_id, file, gathered_at) VALUES
    (@103, @101, @71, '{}', '2026-01-14T12:00:00+00:00'), (@104, @102, NULL, '{}', '2026-01-14T12:00:00+00:00');
INSERT INTO refund_events (request_id, kind, from_state, to_state, actor_kind, staff_id, said, surface, interaction, case_id, at)
VALUES (@101, 'asked', 'open', 'asked', 'staff', @72, 'Quand ?', 'discord', 'i1', NULL, '2026-01-14T12:00:00+00:00');
INSERT INTO refund_events (request_id, kind, from_state, to_state, actor_kind, staff_id, said, surface, interaction, case_id, at)
VALUES (@102, 'declined', 'open', 'declined', 'staff', @71, 'Too early', 'terminal', 'i2', @104, '2026-01-14T12:00:00+00:00');
INSERT INTO refund_notes (request_id, staff_id, text, at) VALUES (@101, @71, 'vu', '2026-01-14T12:00:00+00:00'), (@101, @72, 'vu aussi', '2026-01-14T12:00:00+00:00');
INSERT INTO refund_reminders (request_id, n, at) VALUES (@101, 1, '2026-01-14T12:00:00+00:00'), (@102, 1, '2026-01-14T12:00:00+00:00');
