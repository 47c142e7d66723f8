INSERT INTO signing_key (only_row, key_id, since_at) VALUES (1, 'k1k2', '2026-01-15T12:00:00+00:00');
