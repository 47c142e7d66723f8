INSERT INTO staff (id, reference, name, email, locale, role, provider_id, created_at) VALUES
    (@71, 'anna', 'Anna', 'anna@relance.example', 'fr', 'admin', NULL, '2026-01-01T12:00:00+00:00'),
    (@72, 'bob', 'Bob', 'bob@relance.example', 'en', 'support', NULL, '2026-01-01T12:00:00+00:00');
INSERT INTO discord_links (discord_user, provider_id, linked_at) VALUES ('100', @3, '2026-01-02T12:00:00+00:00');
INSERT INTO link_codes (discord_user, provider_id, code_mac, attempts, made_at, expires_at) VALUES ('101', @4, 'm', 0, '2026-01-02T12:00:00+00:00', '2026-01-03T12:00:00+00:00');
INSERT INTO link_requests (id, discord_user, address_hash, at) VALUES (@73, '101', 'c', '2026-01-02T12:00:00+00:00');
INSERT INTO crm_readings (id, provider_id, project_id, surface, lines, at) VALUES
    (@74, @3, @14, 'discord', 2, '2026-01-12T12:00:00+00:00'), (@75, @3, @15, 'web', 0, '2026-01-12T12:00:00+00:00');
