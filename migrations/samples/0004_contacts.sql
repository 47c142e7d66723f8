INSERT INTO contacts (client_id, project_id, kind, channel, stage, ask_again_at, note, source, at, known_at) VALUES
    (@1, @14, 'answer', 'email', 'searching', NULL, 'Je cherche encore', 's1', '2026-01-08T12:00:00+00:00', '2026-01-08T12:00:00+00:00'),
    (@2, NULL, 'login', 'platform', NULL, NULL, NULL, 's2', '2026-01-08T12:00:00+00:00', '2026-01-08T12:00:00+00:00');
INSERT INTO project_facts (project_id, mails_unanswered, calls_unanswered, mails_total, calls_total, changed_at) VALUES
    (@14, 0, 0, 1, 0, '2026-01-08T12:00:00+00:00'), (@15, 1, 0, 1, 1, '2026-01-08T12:00:00+00:00');
