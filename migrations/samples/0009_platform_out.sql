INSERT INTO platform_out (id, kind, body, at, state, attempts, due_at) VALUES
    ('o1', 'project.state_changed', '{}', '2026-01-12T12:00:00+00:00', 'planned', 0, '2026-01-12T12:00:00+00:00');
