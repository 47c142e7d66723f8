INSERT INTO platform_events (id, source, kind, at, received_at, subject, body, signature, seal) VALUES
    ('x1', 'webhook', 'project.cancelled_by_client', '2026-01-05T12:00:00+00:00', '2026-01-05T12:00:00+00:00', 'R1',
        '{"id":"x1","type":"project.cancelled_by_client","at":"2026-01-05T12:00:00Z","data":{"project":"R1","client":"C1"}}', '{}', @seal),
    ('w2', 'webhook', 'project.awarded', '2026-01-05T12:00:00+00:00', '2026-01-05T12:00:00+00:00', 'R2',
        '{"id":"w2","type":"project.awarded","at":"2026-01-05T12:00:00Z","data":{"project":"R2","provider":"V1"}}', NULL, @seal),
    ('x3', 'webhook', 'project.cancelled_by_client', '2026-01-06T12:00:00+00:00', '2026-01-06T12:00:00+00:00', 'R3',
        '{"id":"x3","type":"project.cancelled_by_client","at":"2026-01-06T12:00:00Z","data":{"project":"R3","client":"C1"}}', '{}', @seal),
    ('h4', 'webhook', 'history.client_cancelled', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 'R8',
        '{"id":"h4","type":"history.client_cancelled","at":"2026-01-01T12:00:00Z","data":{"project":"R8"}}', NULL, @seal),
    ('h5', 'webhook', 'history.client_cancelled', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 'R9',
        '{"id":"h5","type":"history.client_cancelled","at":"2026-01-01T12:00:00Z","data":{"project":"R9"}}', NULL, @seal);
INSERT INTO platform_outcomes (event_seq, outcome, waits_for, reason, at) VALUES
    (1, 'applied', NULL, NULL, '2026-01-05T12:00:00+00:00'), (2, 'waiting', 'project:R2', NULL, '2026-01-05T12:00:00+00:00');
INSERT INTO platform_feeds (url, cursor, failures, due_at) VALUES ('https://platform.example/feed', 'c1', 0, '2026-01-07T12:00:00+00:00');
