INSERT INTO outbox (id, kind, state, client_id, dedupe, message_id, recipient, address_hash, return_path, composed_at, due_at,
    attempts, fence) VALUES
    (@41, 'follow_up', 'planned', @1, 'd1', 'm1@relance.example', 'jeanne@clients.example', 'a', '', '2026-01-09T12:00:00+00:00', '2026-01-09T12:00:00+00:00', 0, 0),
    (@42, 'sign_in', 'planned', @2, 'd2', 'm2@relance.example', 'louis@clients.example', 'c', '', '2026-01-09T12:00:00+00:00', '2026-01-09T12:00:00+00:00', 0, 0);
INSERT INTO outbox_messages (letter_id, raw) VALUES (@41, @bytes), (@42, @bytes);
INSERT INTO outbox_projects (letter_id, line_number, project_id) VALUES (@41, 1, @14), (@41, 2, @15);
