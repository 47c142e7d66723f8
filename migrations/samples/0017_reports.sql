INSERT INTO reports (id, project_id, provider_id, stake, weight, at) VALUES
    (@121, @14, @3, 'applied', 4, '2026-01-15T12:00:00+00:00'), (@122, @15, @4, 'none', 1, '2026-01-15T12:00:00+00:00');
INSERT INTO report_hastes (project_id, at) VALUES (@14, '2026-01-15T12:00:00+00:00'), (@15, '2026-01-15T12:00:00+00:00');
INSERT INTO report_alarms (id, kind, provider_id, project_id, slot, reports, raised_at) VALUES
    (@123, 'many_projects', @3, NULL, 'V1 2026-W03', 6, '2026-01-15T12:00:00+00:00');
