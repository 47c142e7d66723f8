INSERT INTO projects (id, reference, client_id, title, description, budget_minor, currency, published_at, details_at, state,
    rank_key, ranked_at) VALUES
    (@11, 'R1', @1, 'Un site', '', 500000, 'EUR', '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 'pending', 1767355200, '2026-01-02T12:00:00+00:00'),
    (@12, 'R2', @2, 'Un logo', '', NULL, NULL, '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 'pending', 1767355201, '2026-01-02T12:00:00+00:00'),
    (@13, 'R3', @1, 'Une affiche', '', NULL, NULL, '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 'pending', 1767355202, '2026-01-02T12:00:00+00:00'),
    (@14, 'R4', @1, 'Une app', '', NULL, NULL, '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 'pending', 1767355203, '2026-01-02T12:00:00+00:00'),
    (@15, 'R5', @2, 'Un film', '', NULL, NULL, '2026-01-02T12:00:00+00:00', '2026-01-02T12:00:00+00:00', 'pending', 1767355204, '2026-01-02T12:00:00+00:00');
INSERT INTO client_proofs (id, client_id, project_id, evidence, made_at, expires_at) VALUES
    (@21, @1, @11, 1, '2026-01-05T12:00:00+00:00', '2026-01-12T12:00:00+00:00'), (@22, @1, @13, 3, '2026-01-06T12:00:00+00:00', '2026-01-13T12:00:00+00:00');
INSERT INTO project_events (project_id, from_state, to_state, actor_kind, actor_id, cause, proof, awarded_to, reason, at) VALUES
    (@11, 'pending', 'cancelled', 'client', @1, 1, @21, NULL, 'other', '2026-01-05T12:00:00+00:00'),
    (@12, 'pending', 'in_progress', 'platform', NULL, 2, NULL, @3, NULL, '2026-01-05T12:00:00+00:00'),
    (@13, 'pending', 'cancelled', 'client', @1, 3, @22, NULL, 'fell_through', '2026-01-06T12:00:00+00:00');
INSERT INTO applications (id, project_id, provider_id, kind, credits, applied_at) VALUES
    (@16, @14, @3, 'offer', 1, '2026-01-03T12:00:00+00:00'), (@17, @15, @4, 'contact', 2, '2026-01-03T12:00:00+00:00');
INSERT INTO past_projects (reference, client_reference, title, published_at, ended_at, evidence) VALUES
    ('R8', 'C8', 'Fini', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 4), ('R9', 'C9', 'Fini aussi', '2026-01-01T12:00:00+00:00', '2026-01-01T12:00:00+00:00', 5);
