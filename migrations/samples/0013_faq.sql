INSERT INTO faq_answers (id, provider_id, discord_user, surface, text, locale, band, reason, entry, best, score_millionths, version,
    at) VALUES
    (@81, @3, '100', 'discord', 'comment annuler', 'fr', 'answer', NULL, 'cancel', 'cancel', 900000, 'v', '2026-01-12T12:00:00+00:00'),
    (@82, NULL, NULL, 'terminal', NULL, 'en', 'hand_over', 'unknown', NULL, '', 100000, 'v', '2026-01-12T12:00:00+00:00');
INSERT INTO faq_feedback (answer_id, kind, entry, at) VALUES (@81, 'helped', NULL, '2026-01-12T12:00:00+00:00'), (@82, 'chosen', 'cancel', '2026-01-12T12:00:00+00:00');
INSERT INTO faq_settled (answer_id, how, entry, at) VALUES (@81, 'ignored', NULL, '2026-01-12T12:00:00+00:00'), (@82, 'variant', 'cancel', '2026-01-12T12:00:00+00:00');
INSERT INTO faq_changes (id, entry, locale, variant, fixes, breaks, version_before, version_after, changed_by, at) VALUES
    (@83, 'cancel', 'fr', 'annuler', 1, 0, 'v', 'w', 'anna', '2026-01-12T12:00:00+00:00'), (@84, 'cancel', 'en', 'cancel', 1, 0, 'w', 'x', 'anna', '2026-01-12T12:00:00+00:00');
INSERT INTO faq_handovers (id, number, answer_id, at) VALUES
    (@85, 1, @81, '2026-01-12T12:00:00+00:00'), (@86, 2, @82, '2026-01-12T12:00:00+00:00');
INSERT INTO faq_resolutions (handover_id, staff_id, at) VALUES
    (@85, @71, '2026-01-12T12:00:00+00:00'), (@86, @72, '2026-01-12T12:00:00+00:00');
