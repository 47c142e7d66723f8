INSERT INTO rank_states (project_id, state) VALUES (@14, @bytes);
INSERT INTO rank_models (id, stage, verdict, why, awards, sample_rows, odds, model, learned_at) VALUES
    (@111, 'own', 'accepted', '', 40, 900, '[]', @bytes, '2026-01-14T12:00:00+00:00'), (@112, 'own', 'refused', 'worse', 41, 910, '[]', @bytes, '2026-01-15T12:00:00+00:00');
INSERT INTO rank_publications (model_id, as_of, projects, moved, tail_below, first_pages) VALUES
    (@111, '2026-01-14T12:00:00+00:00', 2, 1, 0.01, '[]'), (NULL, '2026-01-15T12:00:00+00:00', 2, 0, NULL, '[]');
