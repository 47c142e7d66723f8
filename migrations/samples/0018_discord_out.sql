INSERT INTO discord_messages (id, dedupe, target, provider_id, body, version, shown, state, attempts, fence, due_at, made_at) VALUES
    (@131, 'd1', 'provider', @3, '{}', 1, 0, 'planned', 0, 0, '2026-01-15T12:00:00+00:00', '2026-01-15T12:00:00+00:00');
INSERT INTO discord_doors (discord_user, dm_closed_at, thread_ref) VALUES ('100', '2026-01-15T12:00:00+00:00', NULL);
INSERT INTO discord_registrations (place, fingerprint, at) VALUES ('global', 'f', '2026-01-15T12:00:00+00:00');
