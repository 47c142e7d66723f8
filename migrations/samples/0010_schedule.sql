INSERT INTO job_wishes (job, asked, done, woken, attempts, fence, due_at, woken_at) VALUES
    ('rerank', 2, 1, 2, 0, 1, '2026-01-12T12:00:00+00:00', '2026-01-12T12:00:00+00:00');
INSERT INTO schedule_slots (schedule, slot, at, claimed_at) VALUES ('rerank', '2026-01-12 02:30', '2026-01-12T12:00:00+00:00', '2026-01-12T12:00:00+00:00');
