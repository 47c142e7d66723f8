INSERT INTO send_hold (only_row, since_at, cause) VALUES (1, '2026-01-15T12:00:00+00:00', 'command');
