, line_of AS (
    SELECT t.id AS project_id, c.seq, c.kind, c.channel, c.stage, c.ask_again_at, c.at
    -- CROSS keeps SQLite from reading the whole timeline first.
    FROM touched t CROSS JOIN contacts c WHERE c.project_id = t.id
    UNION ALL
    SELECT t.id, c.seq, c.kind, c.channel, c.stage, c.ask_again_at, c.at
    FROM touched t CROSS JOIN projects p CROSS JOIN contacts c
    WHERE p.id = t.id AND c.client_id = p.client_id AND c.project_id IS NULL AND c.at >= p.published_at),
sign AS (
    SELECT project_id, kind, at, ROW_NUMBER() OVER (PARTITION BY project_id ORDER BY at DESC, seq DESC) AS nth
    FROM line_of WHERE kind IN ('answer', 'login', 'reopened')),
word AS (
    -- A return to the list takes older words back: it says, without words, that the search goes on.
    SELECT project_id, CASE kind WHEN 'reopened' THEN 'searching' ELSE stage END AS stage, ask_again_at, at,
        ROW_NUMBER() OVER (PARTITION BY project_id ORDER BY at DESC, seq DESC) AS nth
    FROM line_of WHERE kind IN ('answer', 'reopened')),
asked AS (
    SELECT l.project_id, l.at, l.kind = 'letter_sent' AS is_mail,
        COALESCE(l.at > s.at, TRUE) AS is_unanswered
    FROM line_of l LEFT JOIN sign s ON s.project_id = l.project_id AND s.nth = 1
    WHERE l.kind IN ('letter_sent', 'call_no_answer', 'call_left_message', 'call_refused', 'call_wrong_number')
        OR (l.kind = 'answer' AND l.channel = 'phone')),
count_of AS (
    SELECT project_id,
        SUM(CASE WHEN is_mail THEN 1 ELSE 0 END) AS mails_total,
        SUM(CASE WHEN is_mail THEN 0 ELSE 1 END) AS calls_total,
        SUM(CASE WHEN is_mail AND is_unanswered THEN 1 ELSE 0 END) AS mails_unanswered,
        SUM(CASE WHEN NOT is_mail AND is_unanswered THEN 1 ELSE 0 END) AS calls_unanswered,
        MAX(at) AS asked_at
    FROM asked GROUP BY project_id)
INSERT INTO project_facts (project_id, last_sign_at, last_sign_kind, stage, stage_at, ask_again_at,
    mails_unanswered, calls_unanswered, mails_total, calls_total, asked_at, changed_at)
SELECT t.id, s.at, s.kind, w.stage, w.at, w.ask_again_at,
    COALESCE(n.mails_unanswered, 0), COALESCE(n.calls_unanswered, 0),
    COALESCE(n.mails_total, 0), COALESCE(n.calls_total, 0), n.asked_at, $2
FROM touched t
    LEFT JOIN sign s ON s.project_id = t.id AND s.nth = 1
    LEFT JOIN word w ON w.project_id = t.id AND w.nth = 1
    LEFT JOIN count_of n ON n.project_id = t.id
WHERE TRUE
ON CONFLICT (project_id) DO UPDATE SET
    last_sign_at = excluded.last_sign_at, last_sign_kind = excluded.last_sign_kind, stage = excluded.stage,
    stage_at = excluded.stage_at, ask_again_at = excluded.ask_again_at,
    mails_unanswered = excluded.mails_unanswered, calls_unanswered = excluded.calls_unanswered,
    mails_total = excluded.mails_total, calls_total = excluded.calls_total, asked_at = excluded.asked_at,
    changed_at = excluded.changed_at
