INSERT INTO evidence_kinds (slot, name, half_life_days, sign, retired, declared_at) VALUES
    (0, 'visit', 30, 'raises', 0, '2026-01-15T12:00:00+00:00'),
    (1, 'quote', NULL, 'free', 1, '2026-01-15T12:00:00+00:00');
