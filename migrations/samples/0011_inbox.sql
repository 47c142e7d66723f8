INSERT INTO inbox (id, content_hash, message_id, state, kind, matched, trusted, attempts, received_at, settled_at, raw) VALUES
    (@61, 'h1', 'i1@mail.example', 'received', NULL, 'none', @no, 0, '2026-01-12T12:00:00+00:00', NULL, @bytes),
    (@62, 'h2', NULL, 'filed', 'human', 'token', @no, 1, '2026-01-12T12:00:00+00:00', '2026-01-12T12:00:00+00:00', NULL);
