//! Answers: the warning first, dated facts, the fixed wording, buttons.

use chrono_tz::Europe::Paris;

use crate::account::Locale;
use crate::faq::answer::{Answer, Facts, Offer, ProjectFacts, Reader, compose};
use crate::faq::{Action, Audience, Index};
use crate::testing::day;

const PROVIDER: Option<Audience> = Some(Audience::Provider);
const CLIENT: Option<Audience> = Some(Audience::Client);

fn asked(
    index: &Index,
    entry: &str,
    locale: Locale,
    audience: Option<Audience>,
    page: Option<u32>,
) -> Answer {
    let reader = Reader {
        locale,
        audience,
        now: day(200),
        zone: Paris,
    };
    let facts = Facts {
        credits_left: Some(31),
        project: page.map(|page| ProjectFacts {
            reference: "31204",
            published_at: day(0),
            page,
            last_sign_at: Some(day(30)),
        }),
    };
    compose(
        index,
        index.entry(entry).expect("there is such an entry"),
        &reader,
        &facts,
    )
}

// S2, S4, N22, c10, c11
#[test]
fn advice_and_warning_come_first_then_dated_facts_then_the_fixed_wording() {
    let index = Index::for_tests();
    let refund = |page| {
        asked(
            &index,
            "credits-refund-expired",
            Locale::Fr,
            PROVIDER,
            Some(page),
        )
    };
    let far = refund(3);
    insta::assert_snapshot!("refund_fr", far.paragraphs.join("\n"));
    assert!(far.paragraphs[0].contains("page 3"), "{far:?}");
    assert!(
        far.offers[0].0 == Offer::Act(Action::RefundRequest),
        "{far:?}"
    );
    assert!(far.source.contains("credits-refund-expired"));
    let near = refund(2);
    assert!(
        near.paragraphs
            .iter()
            .all(|said| !said.contains("page 2 de")),
        "{near:?}"
    );
    let why = |locale, page| asked(&index, "projects-not-cancelled", locale, PROVIDER, page);
    insta::assert_snapshot!("why_en", why(Locale::En, Some(1)).paragraphs.join("\n"));
    let bare = why(Locale::Fr, None);
    assert!(
        bare.paragraphs[0].contains("postulez aux projets récents"),
        "{bare:?}"
    );
}

// S27, c8
#[test]
fn a_client_reads_neither_the_advice_nor_the_buttons_of_providers() {
    let index = Index::for_tests();
    let why = asked(
        &index,
        "projects-not-cancelled",
        Locale::Fr,
        CLIENT,
        Some(3),
    );
    assert!(why.paragraphs[0].starts_with("Seul le client"), "{why:?}");
    let refund = asked(&index, "credits-refund-expired", Locale::Fr, CLIENT, None);
    assert!(
        refund
            .offers
            .iter()
            .all(|(offer, _)| !matches!(offer, Offer::Act(_))),
        "{refund:?}"
    );
}
