//! How sure it must be who wrote before what they wish counts (a8; threats M1, M3, D2).

use super::*;

const SILENT: &str = "SELECT COUNT(*) FROM clients WHERE mails = 'none'";
const DEAD: &str = "SELECT COUNT(*) FROM clients WHERE email_dead_at IS NOT NULL";

/// A proven message of the client to the general address: it answers no letter.
fn out_of_the_blue(words: &str) -> Vec<u8> {
    let raw = answer("x", "c1@clients.example", true, words);
    let text = String::from_utf8(raw).expect("ASCII headers");
    text.replace("REPLY+X@localhost", "suivi@localhost")
        .into_bytes()
}

// a8, M1: the one open project of a proven sender is a guess: good enough to go on asking, not to end anything.
#[tokio::test]
async fn a_wish_that_ends_something_needs_more_than_a_guessed_letter() {
    each_desk(async |desk, _, asked, _| {
        for words in [
            "Ne m'écrivez plus, merci.",
            "Le projet est abandonné.",
            "Merci d'annuler mon projet.",
        ] {
            let row = filed(desk, &out_of_the_blue(words)).await?;
            assert_eq!(
                (row.state.as_str(), row.matched.as_str()),
                ("tray", "inferred"),
                "{words}: {row:?}"
            );
        }
        assert_eq!(count(desk.db, SILENT).await?, 0);
        assert_eq!(stage(desk.db, asked.project).await?, None);
        let row = filed(
            desk,
            &out_of_the_blue("Bonjour, je cherche toujours un prestataire."),
        )
        .await?;
        assert_eq!(
            (row.state.as_str(), row.matched.as_str()),
            ("filed", "inferred"),
            "{row:?}"
        );
        Ok(())
    })
    .await;
}

// N17: what others should send less of is no wish for silence; a wish for it is honoured though the rest is unclear.
#[tokio::test]
async fn only_words_that_ask_for_silence_silence() {
    each_desk(async |desk, _, _, token| {
        let words = "Ne m'envoyez plus de plombiers, il me faut un electricien.";
        filed(desk, &answer(token, "c1@clients.example", true, words)).await?;
        assert_eq!(count(desk.db, SILENT).await?, 0);
        let words = "Les artisans ne me contactent plus, desabonnez-moi.";
        filed(desk, &answer(token, "c1@clients.example", true, words)).await?;
        assert_eq!(count(desk.db, SILENT).await?, 1);
        Ok(())
    })
    .await;
}

// D2: the List-Unsubscribe address is signed; nobody else has it, and silence harms nobody.
#[tokio::test]
async fn an_unsubscribe_mail_counts_by_its_signed_address_alone() {
    each_desk(async |desk, _, _, token| {
        let mail = |token: &str, id: &str| {
            format!(
                "From: c1@clients.example\r\nTo: reply+{token}@localhost\r\nSubject: unsubscribe\r\n\
                 Message-ID: <{id}@x>\r\n\r\nunsubscribe\r\n"
            )
            .into_bytes()
        };
        let altered: String = token.chars().rev().collect();
        let row = filed(desk, &mail(&altered, "a")).await?;
        assert_eq!((row.state.as_str(), count(desk.db, SILENT).await?), ("tray", 0));
        let row = filed(desk, &mail(token, "b")).await?;
        assert_eq!((row.state.as_str(), count(desk.db, SILENT).await?), ("filed", 1), "{row:?}");
        Ok(())
    })
    .await;
}

// M3: whoever may answer cannot say with the reply address that the letter came back; the return path can.
#[tokio::test]
async fn only_the_return_path_says_that_a_letter_came_back() {
    each_desk(async |desk, env, asked, token| {
        let bounce = |to: &str, id: &str| {
            format!(
                "Return-Path: <>\r\nFrom: MAILER-DAEMON@mx.example\r\nTo: {to}@localhost\r\nMessage-ID: <{id}@x>\r\n\
                 Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n\
                 Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n\
                 --b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
                 --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\r\n\
                 Final-Recipient: rfc822; c1@clients.example\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n--b--\r\n"
            )
            .into_bytes()
        };
        for (prefix, id) in [("reply", "a"), ("bounce", "b")] {
            let row = filed(desk, &bounce(&format!("{prefix}+{token}"), id)).await?;
            assert_eq!(row.kind.as_deref(), Some("bounce"), "{row:?}");
            assert_eq!(count(desk.db, DEAD).await?, 0, "{prefix}+ with the reply token");
        }
        let returned = crate::mail::bounce_token(&env.keys, asked.letter.id);
        assert!(asked.letter.return_path.contains(&returned));
        filed(desk, &bounce(&format!("bounce+{returned}"), "c")).await?;
        assert_eq!(count(desk.db, DEAD).await?, 1);
        Ok(())
    })
    .await;
}
