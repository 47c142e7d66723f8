use super::*;
use crate::testing::day;

fn told(locale: Locale, of: &Evidence, position: u64, n: i64) -> String {
    explanation(locale, Place::at(position), of, day(n), Tz::Europe__Paris)
}

// b8, N6: the sentence of the promise, with its dates.
#[test]
fn a_place_is_explained_with_what_is_known_and_since_when() {
    let of = Evidence {
        last_sign: Some((day(120), LineKind::Answer)),
        calls_unanswered: 2,
        ..Evidence::none(day(0))
    };
    assert_eq!(
        told(Locale::En, &of, 270, 275),
        "Page 14: online 9 months (since 1 January 2026), last sign of the client 5 months ago (1 May 2026), two calls \
         unanswered."
    );
    assert_eq!(
        told(Locale::Fr, &of, 270, 275),
        "Page 14\u{a0}: en ligne depuis 9 mois (1er janvier 2026), dernier signe du client il y a 5 mois (1er mai 2026), deux \
         appels sans réponse."
    );
}

// N22: silence is a fact of its own.
#[test]
fn a_client_who_was_never_heard_is_said_to_be_so() {
    let of = Evidence {
        mails_unanswered: 11,
        calls_unanswered: 1,
        unreachable_at: Some(day(80)),
        ..Evidence::none(day(0))
    };
    assert_eq!(
        told(Locale::En, &of, 1, 100),
        "Page 1: online 3 months (since 1 January 2026), never heard from the client so far, 11 mails and one call \
         unanswered, client silent so far, client not reachable at the known address since 22 March 2026."
    );
    assert_eq!(
        told(Locale::Fr, &of, 1, 100),
        "Page 1\u{a0}: en ligne depuis 3 mois (1er janvier 2026), aucun signe du client à ce jour, 11 mails et un appel sans \
         réponse, client silencieux à ce jour, client injoignable aux coordonnées connues depuis le 22 mars 2026."
    );
}

// S4: page 3 warns, page 2 does not.
#[test]
fn a_project_beyond_page_two_carries_the_warning() {
    for locale in [Locale::Fr, Locale::En] {
        assert_eq!(warning(locale, Place::at(40)), None);
        assert!(warning(locale, Place::at(41)).is_some_and(|text| text.contains("page 3")));
    }
}

/// Words that claim to know what nobody can know in real time.
const CERTAINTY: [&str; 26] = [
    "certain",
    "assurément",
    "forcément",
    "sûrement",
    "à coup sûr",
    "garanti",
    "sans aucun doute",
    "toujours d’actualité",
    "définitivement",
    "en temps réel",
    "100 %",
    "mort",
    "expiré",
    "menteur",
    "duplicité",
    "definitely",
    "guarantee",
    "surely",
    "undoubtedly",
    "without doubt",
    "no doubt",
    "real time",
    "100%",
    "expired",
    "dead",
    "dishonest",
];

// S17: no sentence about a project claims certainty or calls anyone dishonest.
#[test]
fn no_sentence_claims_certainty() {
    let mut texts: Vec<String> = SENTENCES
        .iter()
        .flat_map(|(_, fr, en)| [(*fr).to_owned(), (*en).to_owned()])
        .collect();
    for locale in [Locale::Fr, Locale::En] {
        texts.extend([
            advice(locale).to_owned(),
            why_still_here(locale).to_owned(),
            never_heard(locale).to_owned(),
        ]);
        texts.extend(warning(locale, Place::at(100)));
        for (mails, calls, sign_at) in [
            (0, 0, None),
            (1, 0, Some(3)),
            (0, 9, Some(3)),
            (12, 12, None),
        ] {
            for unreachable_at in [None, Some(day(50))] {
                let of = Evidence {
                    last_sign: sign_at.map(|n| (day(n), LineKind::Login)),
                    mails_unanswered: mails,
                    calls_unanswered: calls,
                    unreachable_at,
                    ..Evidence::none(day(0))
                };
                texts.push(told(locale, &of, 99, 800));
            }
        }
    }
    for text in texts {
        let lower = text.to_lowercase();
        for word in CERTAINTY {
            assert!(!lower.contains(word), "“{word}” in “{text}”");
        }
    }
}

// S17: a fact without a date does not leave the house.
#[test]
fn age_and_sign_always_come_with_their_date() {
    let of = Evidence {
        last_sign: Some((day(10), LineKind::Login)),
        ..Evidence::none(day(0))
    };
    for locale in [Locale::Fr, Locale::En] {
        assert_eq!(told(locale, &of, 1, 20).matches("2026)").count(), 2);
    }
}

#[test]
fn an_amount_is_written_as_the_reader_writes_it() {
    assert_eq!(
        money(Locale::Fr, 123_456_700, "EUR"),
        "1\u{202f}234\u{202f}567\u{a0}EUR"
    );
    assert_eq!(money(Locale::En, 120_050, "EUR"), "1,200.50\u{a0}EUR");
    assert_eq!(money(Locale::En, 90_000, "EUR"), "900\u{a0}EUR");
}
