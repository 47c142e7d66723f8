INSERT INTO call_tasks (id, client_id, opened_at, due_at, expires_at) VALUES
    (@31, @1, '2026-01-09T12:00:00+00:00', '2026-01-10T12:00:00+00:00', '2026-01-20T12:00:00+00:00'), (@32, @2, '2026-01-09T12:00:00+00:00', '2026-01-10T12:00:00+00:00', '2026-01-20T12:00:00+00:00');
UPDATE call_tasks SET outcome = 'no_answer', ended_at = '2026-01-10T12:00:00+00:00' WHERE id = @32;
INSERT INTO follow_ups (project_id, step, client_id, channel, at, letter_id, call_id, mails_in_row, reason, planned_at) VALUES
    (@14, 1, @1, 'email', '2026-01-09T12:00:00+00:00', @41, NULL, 1, 'first', '2026-01-09T12:00:00+00:00'),
    (@15, 1, @2, 'phone', '2026-01-09T12:00:00+00:00', NULL, @32, 0, 'first', '2026-01-09T12:00:00+00:00');
INSERT INTO follow_up_unreachable (client_id, since) VALUES (@2, '2026-01-10T12:00:00+00:00');
INSERT INTO follow_up_rhythm (only_row, fingerprint) VALUES (1, 'f');
INSERT INTO follow_up_stop (only_row, people, people_max, since) VALUES (1, 9, 8, '2026-01-10T12:00:00+00:00');
