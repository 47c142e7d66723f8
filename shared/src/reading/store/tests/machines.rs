//! Complaints, bounces and robots (a12, a13, a15; threats M2, M3).

use super::*;

fn report(kind: &str, part: &str, message_id: &str) -> Vec<u8> {
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: postmaster@localhost\r\nSubject: A report\r\nMIME-Version: 1.0\r\n\
        Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\n\
        Sorry.\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{part}\r\n\r\n--b\r\nContent-Type: text/rfc822-headers\r\n\r\n\
        Message-ID: {message_id}\r\n\r\n--b--\r\n"
    )
    .into_bytes()
}

fn bounced(message_id: &str) -> Vec<u8> {
    let part = "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; c1@clients.example\r\nAction: failed\r\n\
        Status: 5.1.1";
    report("delivery-status", part, message_id)
}

const DEAD: &str = "SELECT COUNT(*) FROM clients WHERE email_dead_at IS NOT NULL";
const SILENT: &str = "SELECT COUNT(*) FROM clients WHERE mails = 'none'";
const LETTERS: &str = "SELECT COUNT(*) FROM outbox";
const SUPPRESSED: &str = "SELECT COUNT(*) FROM suppressions WHERE reason = 'complaint'";

// a15, M3: only a report about a letter of ours counts against an address.
#[tokio::test]
async fn a_bounce_of_our_letter_ends_the_address_and_one_of_another_letter_does_not() {
    each_desk(async |desk, _, asked, _| {
        let foreign = filed(desk, &bounced("<somebody@elsewhere.example>")).await?;
        assert_eq!(
            (foreign.state.as_str(), foreign.kind.as_deref()),
            ("filed", Some("bounce")),
            "{foreign:?}"
        );
        assert_eq!(
            (count(desk.db, DEAD).await?, kinds(desk.db).await?),
            (0, vec![])
        );
        let row = filed(desk, &bounced(&asked.letter.message_id)).await?;
        assert_eq!(
            (row.state.as_str(), row.matched.as_str()),
            ("filed", "in_reply_to"),
            "{row:?}"
        );
        assert_eq!(count(desk.db, DEAD).await?, 1);
        assert_eq!(kinds(desk.db).await?, ["bounce"]);
        Ok(())
    })
    .await;
}

// M3: a complaint counts when it returns a letter of ours.
#[tokio::test]
async fn a_complaint_about_our_letter_ends_all_mail_to_its_reader() {
    each_desk(async |desk, _, asked, _| {
        let part = "Feedback-Type: abuse\r\nUser-Agent: Loop/1\r\nVersion: 1";
        filed(
            desk,
            &report("feedback-report", part, "<somebody@elsewhere.example>"),
        )
        .await?;
        assert_eq!(
            (
                count(desk.db, SILENT).await?,
                count(desk.db, SUPPRESSED).await?
            ),
            (0, 0)
        );
        let row = filed(
            desk,
            &report("feedback-report", part, &asked.letter.message_id),
        )
        .await?;
        assert_eq!(
            (row.state.as_str(), row.kind.as_deref()),
            ("filed", Some("complaint")),
            "{row:?}"
        );
        assert_eq!(
            (
                count(desk.db, SILENT).await?,
                count(desk.db, SUPPRESSED).await?
            ),
            (1, 1)
        );
        assert_eq!(kinds(desk.db).await?, ["complaint"]);
        Ok(())
    })
    .await;
}

// a12, M2: a robot is no answer, whatever it says and however well it is signed, and nobody answers it.
#[tokio::test]
async fn an_out_of_office_message_is_an_automatic_reply_and_no_answer() {
    each_desk(async |desk, _, asked, token| {
        let raw = answer(
            token,
            "c1@clients.example",
            true,
            "Je suis absente. Le projet est abandonné.",
        );
        let raw = [b"Auto-Submitted: auto-replied\r\n".as_slice(), &raw].concat();
        let row = filed(desk, &raw).await?;
        assert_eq!(
            (row.state.as_str(), row.kind.as_deref()),
            ("filed", Some("auto")),
            "{row:?}"
        );
        assert_eq!(kinds(desk.db).await?, ["auto_reply"]);
        assert_eq!(stage(desk.db, asked.project).await?, None);
        assert_eq!(count(desk.db, LETTERS).await?, 1, "only the one it answers");
        Ok(())
    })
    .await;
}

// a13: the day of return is when the client is asked again; one too far away, or past, is not believed.
#[tokio::test]
async fn the_return_of_an_absent_client_moves_the_next_step() {
    each_desk(async |desk, _, _, token| {
        let mut expected = Vec::new();
        for (words, back) in [
            ("Je suis absente, de retour le 19 janvier 2026.", Some("2026-01-19")),
            ("Je suis absente, de retour le 19 janvier 2028.", None),
            ("Je suis absente.", None),
        ] {
            let raw = answer(token, "c1@clients.example", false, words);
            let raw = [b"Auto-Submitted: auto-replied\r\n".as_slice(), &raw].concat();
            filed(desk, &raw).await?;
            expected.push(back.map(str::to_owned));
            let days: Vec<Option<DateTime<Utc>>> = on_engine!(desk.db.read(), pool =>
                sqlx::query_scalar("SELECT ask_again_at FROM contacts WHERE kind = 'auto_reply' ORDER BY seq")
                    .fetch_all(pool).await)?;
            let days: Vec<_> = days.iter().map(|at| at.map(|at| at.date_naive().to_string())).collect();
            assert_eq!(days, expected);
        }
        Ok(())
    })
    .await;
}
