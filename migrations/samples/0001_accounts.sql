-- Sample rows, written after the migration of the same number on either engine; the next migrations are applied on top.
-- @7 stands for the id that ends in 7, @bytes for a few bytes, @no for false.
INSERT INTO clients (id, reference, name, email, phone, locale, zone, profile_at, mails, created_at) VALUES
    (@1, 'C1', 'Jeanne', 'jeanne@clients.example', NULL, 'fr', 'Europe/Paris', '2026-01-01T12:00:00+00:00', 'normal', '2026-01-01T12:00:00+00:00'),
    (@2, 'C2', 'Louis', NULL, '+33639980000', 'en', 'Europe/Paris', '2026-01-01T12:00:00+00:00', 'fewer', '2026-01-01T12:00:00+00:00');
INSERT INTO providers (id, reference, name, email, locale, profile_at, created_at) VALUES
    (@3, 'V1', 'Vera', 'Vera@prestataires.example', 'fr', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00'),
    (@4, 'V2', 'Victor', NULL, 'en', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00');
INSERT INTO subscriptions (provider_id, plan, from_at, until_at, event_at) VALUES (@3, 'privilege', '2026-01-01T12:00:00+00:00', NULL, '2026-01-01T12:00:00+00:00');
INSERT INTO suppressions (address_hash, reason, at) VALUES ('a', 'opt_out', '2026-01-02T12:00:00+00:00'), ('b', 'bounce', '2026-01-02T12:00:00+00:00');
