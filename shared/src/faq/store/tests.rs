//! The log on both engines.

use sqlx::AssertSqlSafe;

use super::*;
use crate::account::DiscordUser;
use crate::faq::{Band, Reason, Verdict};
use crate::testing::store::{a_client, a_provider, each_prepares};
use crate::testing::{day, each_engine};

const USER: DiscordUser = DiscordUser(7);

fn verdict(band: Band) -> Verdict {
    Verdict {
        band,
        language: Locale::Fr,
        score: 0.25,
        among: 0.5,
        ranked: vec![
            ("credits-what".to_owned(), 3.0),
            ("credits-buy".to_owned(), 2.0),
        ],
    }
}

async fn asked(
    db: &Db,
    asker: Asker,
    text: &str,
    band: Band,
    n: i64,
) -> Result<AnswerId, StoreError> {
    let answered = Answered::of(asker, Surface::Discord, text, &verdict(band), "v1");
    log(db, &answered, day(n)).await
}

async fn raw(db: &Db, statement: &str) -> Result<u64, sqlx::Error> {
    on_engine!(db.write(), pool => sqlx::query(AssertSqlSafe(statement.to_owned())).execute(pool).await
        .map(|done| done.rows_affected()))
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(ALL_SQL, &PAIRS).await;
}

// N24, D4, D5
#[tokio::test]
async fn an_asker_gets_their_own_answers_and_nobody_elses_until_they_are_erased() {
    each_engine(async |db| {
        let provider = a_provider(&db, "V1", day(0)).await?;
        let other = a_provider(&db, "V2", day(0)).await?;
        let me = Asker {
            provider: Some(provider),
            user: Some(USER),
            ..Asker::default()
        };
        let them = Asker {
            provider: Some(other),
            ..Asker::default()
        };
        let text = "mon mail jean@ici.example et mon 06 12 34 56 78, dossier 4471 ?";
        asked(&db, me, text, Band::Answer("credits-what".to_owned()), 1).await?;
        asked(&db, me, "et alors ?", Band::HandOver(Reason::Unknown), 2).await?;
        asked(
            &db,
            them,
            "autre",
            Band::Suggest(vec!["credits-buy".to_owned()]),
            3,
        )
        .await?;
        let lines = own_log(&db, &me).await?;
        assert_eq!(lines.len(), 2);
        assert_eq!(
            lines[1].text.as_deref(),
            Some("mon mail [@] et mon [n°], dossier [n°] ?")
        );
        assert_eq!(lines[1].entry.as_deref(), Some("credits-what"));
        assert_eq!(lines[1].best, ["credits-what", "credits-buy"]);
        assert_eq!(lines[0].band, "hand_over");
        assert_eq!(erase(&db, &me).await?, 2);
        let lines = own_log(&db, &me).await?;
        assert!(lines.len() == 2 && lines.iter().all(|line| line.text.is_none()));
        assert_eq!(own_log(&db, &them).await?.len(), 1);
        Ok(())
    })
    .await;
}

// c6: what helped, what did not, and what a person was asked for.
#[tokio::test]
async fn what_became_of_the_answers_is_counted_entry_by_entry() {
    each_engine(async |db| {
        let nobody = Asker::default();
        let entry = |id: &str| Band::Answer(id.to_owned());
        let first = asked(&db, nobody, "un", entry("credits-what"), 1).await?;
        let second = asked(&db, nobody, "deux", entry("credits-what"), 2).await?;
        let third = asked(&db, nobody, "trois", entry("credits-buy"), 3).await?;
        let offered = Band::Suggest(vec!["sub-free".to_owned()]);
        let offered = asked(&db, nobody, "quatre", offered, 4).await?;
        asked(&db, nobody, "cinq", Band::HandOver(Reason::Unknown), 5).await?;
        say(&db, first, &Feedback::Helped, day(6)).await?;
        say(&db, first, &Feedback::Helped, day(6)).await?;
        say(&db, second, &Feedback::NotHelped, day(6)).await?;
        say(&db, second, &Feedback::Person, day(6)).await?;
        say(
            &db,
            offered,
            &Feedback::Chosen("sub-free".to_owned()),
            day(6),
        )
        .await?;
        let counted = uses(&db, day(0)).await?;
        assert_eq!(
            (counted.answered, counted.offered, counted.handed_over),
            (3, 1, 1)
        );
        let counts: Vec<_> = (counted.entries.iter())
            .map(|one| {
                (
                    one.entry.as_str(),
                    one.answered,
                    one.chosen,
                    one.helped,
                    one.not_helped,
                    one.person,
                )
            })
            .collect();
        assert_eq!(
            counts,
            [
                ("credits-what", 2, 0, 1, 1, 1),
                ("credits-buy", 1, 0, 0, 0, 0),
                ("sub-free", 0, 1, 0, 0, 0)
            ]
        );
        say(&db, third, &Feedback::Helped, day(7)).await?;
        let later = uses(&db, day(3)).await?;
        assert_eq!(later.entries[0].entry, "credits-buy");
        assert_eq!(later.answered, 1);
        Ok(())
    })
    .await;
}

// c5
#[tokio::test]
async fn what_was_not_answered_stays_on_the_list_until_somebody_settles_it() {
    each_engine(async |db| {
        let nobody = Asker::default();
        let entry = || Band::Answer("credits-what".to_owned());
        let handed = asked(&db, nobody, "inconnu", Band::HandOver(Reason::Unknown), 1).await?;
        let offered = asked(
            &db,
            nobody,
            "offert",
            Band::Suggest(vec!["a".to_owned()]),
            2,
        )
        .await?;
        let chosen = asked(
            &db,
            nobody,
            "choisi",
            Band::Suggest(vec!["a".to_owned()]),
            3,
        )
        .await?;
        let missed = asked(&db, nobody, "manqué", entry(), 4).await?;
        asked(&db, nobody, "répondu", entry(), 5).await?;
        asked(&db, nobody, "merci", Band::HandOver(Reason::Courtesy), 6).await?;
        say(&db, chosen, &Feedback::Chosen("a".to_owned()), day(7)).await?;
        say(&db, missed, &Feedback::NotHelped, day(7)).await?;
        say(&db, missed, &Feedback::NotHelped, day(8)).await?;
        let ids = |list: &[Unanswered]| list.iter().map(|one| one.id).collect::<Vec<_>>();
        let list = unanswered(&db, day(0)).await?;
        assert_eq!(ids(&list), [missed, offered, handed]);
        assert_eq!(ids(&unanswered(&db, day(3)).await?), [missed]);
        settle(
            &db,
            &[missed, handed],
            &Settled::Variant("credits-what".to_owned()),
            day(9),
        )
        .await?;
        settle(&db, &[missed, handed], &Settled::Ignored, day(9)).await?;
        assert_eq!(ids(&unanswered(&db, day(0)).await?), [offered]);
        Ok(())
    })
    .await;
}

// N24: what was answered stays as it was written.
#[tokio::test]
async fn the_database_keeps_the_log_as_it_was_written() {
    each_engine(async |db| {
        let client = a_client(&db, "C1", day(0)).await?;
        let me = Asker {
            client: Some(client),
            ..Asker::default()
        };
        let id = asked(&db, me, "bonjour", Band::Answer("a".to_owned()), 1).await?;
        say(&db, id, &Feedback::Helped, day(1)).await?;
        settle(&db, &[id], &Settled::Ignored, day(1)).await?;
        let noted = Change {
            entry: "a",
            locale: Locale::Fr,
            variant: "b",
            fixes: 1,
            breaks: 0,
            version_before: "1",
            version_after: "2",
            changed_by: "operator",
        };
        change(&db, &noted, day(1)).await?;
        for attack in [
            "UPDATE faq_answers SET band = 'suggest', entry = NULL",
            "UPDATE faq_answers SET text = 'other'",
            "UPDATE faq_answers SET version = 'v2'",
            "DELETE FROM faq_answers",
            "UPDATE faq_feedback SET kind = 'not_helped'",
            "DELETE FROM faq_feedback",
            "UPDATE faq_settled SET how = 'out_of_scope'",
            "DELETE FROM faq_settled",
            "UPDATE faq_changes SET variant = 'c'",
            "DELETE FROM faq_changes",
            "INSERT INTO faq_feedback (answer_id, kind, entry, at) SELECT id, 'loved', NULL, at FROM faq_answers",
            "INSERT INTO faq_feedback (answer_id, kind, entry, at) SELECT id, 'chosen', NULL, at FROM faq_answers",
        ] {
            assert!(raw(&db, attack).await.is_err(), "{attack}");
        }
        Ok(())
    })
    .await;
}
