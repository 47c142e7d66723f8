//! What speaks for and against a project, and its chance, in words.
//!
//! The public is told signs and silences with their dates; what the client *said* is for staff and privilege subscribers
//! (D3). Chances are words for all, figures with their number of cases for those who may see them (S15, N8).

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use crate::account::Locale;
use crate::ranking::evidence::Said;
use crate::ranking::odds::Odds;
use crate::ranking::reasons::{Reason, Weighed};
use crate::words::time::date;

/// From which chance on a project is called likely, possible, unlikely; below, dormant. Source: `guides/ranking.md` 5.
const LIKELY: f64 = 0.10;
const POSSIBLE: f64 = 0.03;
const UNLIKELY: f64 = 0.005;

/// Who reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reader {
    /// Anybody.
    Public,
    /// Staff, and privilege subscribers inside their window.
    Insider,
}

/// The chance of an award within thirty days, as a word.
#[must_use]
pub fn chance(locale: Locale, probability: f64) -> &'static str {
    let words = match probability {
        p if p >= LIKELY => ["probable", "likely"],
        p if p >= POSSIBLE => ["possible", "possible"],
        p if p >= UNLIKELY => ["peu probable", "unlikely"],
        _ => ["en sommeil", "dormant"],
    };
    match locale {
        Locale::Fr => words[0],
        Locale::En => words[1],
    }
}

/// "about 1 in 200 within 30 days": the chance as a figure, for insiders.
#[must_use]
pub fn figure(locale: Locale, probability: f64) -> String {
    let one_in = (1.0 / probability.clamp(0.000_1, 1.0)).round();
    match locale {
        Locale::Fr => format!("environ 1 sur {one_in} dans les 30 jours"),
        Locale::En => format!("about 1 in {one_in} within 30 days"),
    }
}

/// What became of projects of that age, with the number of cases, for insiders (b10).
#[must_use]
pub fn odds(locale: Locale, odds: &Odds) -> String {
    let (cases, awarded, days) = (odds.cases, odds.awarded, odds.from_days);
    match locale {
        Locale::Fr => format!(
            "sur {cases} projets encore en attente au bout de {days} jours, {awarded} se sont concrétisés dans les 30 jours suivants"
        ),
        Locale::En => format!(
            "of {cases} projects still pending after {days} days, {awarded} went ahead within the next 30 days"
        ),
    }
}

/// One reason as a sentence: which way it bears, and since when it is known.
#[must_use]
pub fn reason(locale: Locale, of: &Weighed, reader: Reader, zone: Tz) -> String {
    let fact = fact(locale, of.reason, reader, zone);
    match (locale, of.adds > 0.0) {
        (Locale::Fr, true) => format!("Rapproche des premières pages\u{a0}: {fact}."),
        (Locale::Fr, false) => format!("Éloigne des premières pages\u{a0}: {fact}."),
        (Locale::En, true) => format!("Brings it nearer to the first pages: {fact}."),
        (Locale::En, false) => format!("Moves it away from the first pages: {fact}."),
    }
}

fn fact(locale: Locale, reason: Reason, reader: Reader, zone: Tz) -> String {
    let day = |at: i64| {
        date(
            locale,
            DateTime::<Utc>::from_timestamp(at, 0).unwrap_or_default(),
            zone,
        )
    };
    let fr = locale == Locale::Fr;
    match reason {
        Reason::Seen(at) if fr => format!("client vu sur la plateforme le {}", day(at)),
        Reason::Seen(at) => format!("client seen on the platform on {}", day(at)),
        Reason::NeverSeen if fr => "client jamais revu sur la plateforme à ce jour".to_owned(),
        Reason::NeverSeen => "client never seen on the platform again so far".to_owned(),
        Reason::Word(said, at) => word(locale, said, reader, &day(at)),
        Reason::NoWord if fr => "aucune réponse du client à ce jour".to_owned(),
        Reason::NoWord => "no answer from the client so far".to_owned(),
        Reason::CameBack(at) if fr => format!("client revenu le {}", day(at)),
        Reason::CameBack(at) => format!("client back on {}", day(at)),
        Reason::Unanswered { letters, calls } => unanswered(locale, letters, calls),
        Reason::Bounced if fr => "l’adresse connue ne reçoit plus".to_owned(),
        Reason::Bounced => "the known address no longer receives".to_owned(),
        Reason::WrongNumber if fr => "le numéro connu n’est pas le bon".to_owned(),
        Reason::WrongNumber => "the known number is not the right one".to_owned(),
        Reason::RefusedCalls(n) if fr => format!("appels refusés\u{a0}: {n}"),
        Reason::RefusedCalls(n) => format!("calls refused: {n}"),
        Reason::Applications(n) if fr => format!("candidatures\u{a0}: {n}"),
        Reason::Applications(n) => format!("applications: {n}"),
        Reason::Posting if fr => "ce que dit l’annonce (budget, description, urgence)".to_owned(),
        Reason::Posting => "what the posting says (budget, description, urgency)".to_owned(),
    }
}

fn unanswered(locale: Locale, letters: u32, calls: u32) -> String {
    match (locale, letters, calls) {
        (Locale::Fr, 0, 0) => "aucune relance sans réponse".to_owned(),
        (Locale::En, 0, 0) => "no follow-up unanswered".to_owned(),
        (Locale::Fr, ..) => {
            format!("relances sans réponse\u{a0}: {letters} par mail, {calls} par téléphone")
        }
        (Locale::En, ..) => format!("follow-ups unanswered: {letters} by mail, {calls} by phone"),
    }
}

fn word(locale: Locale, said: Said, reader: Reader, day: &str) -> String {
    let words = match (reader, said) {
        (Reader::Public, _) => ["dernière réponse du client", "last answer of the client"],
        (Reader::Insider, Said::StillLooking) => [
            "le client dit chercher encore",
            "the client says they still look",
        ],
        (Reader::Insider, Said::Paused) => {
            ["le client dit reporter", "the client says they postpone"]
        }
        (Reader::Insider, Said::Unclear) => [
            "réponse du client sans conclusion",
            "an inconclusive answer of the client",
        ],
        (Reader::Insider, Said::FoundElsewhere) => [
            "le client dit avoir trouvé ailleurs",
            "the client says they found somebody elsewhere",
        ],
        (Reader::Insider, Said::Abandoned) => {
            ["le client dit renoncer", "the client says they give it up"]
        }
    };
    match locale {
        Locale::Fr => format!("{} ({day})", words[0]),
        Locale::En => format!("{} ({day})", words[1]),
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Europe::Paris;

    use super::*;

    const REASONS: [Reason; 13] = [
        Reason::Seen(1_780_000_000),
        Reason::NeverSeen,
        Reason::Word(Said::StillLooking, 1_780_000_000),
        Reason::Word(Said::FoundElsewhere, 1_780_000_000),
        Reason::Word(Said::Abandoned, 1_780_000_000),
        Reason::NoWord,
        Reason::CameBack(1_780_000_000),
        Reason::Unanswered {
            letters: 3,
            calls: 1,
        },
        Reason::Unanswered {
            letters: 0,
            calls: 0,
        },
        Reason::Bounced,
        Reason::WrongNumber,
        Reason::RefusedCalls(2),
        Reason::Posting,
    ];

    fn all(reader: Reader) -> Vec<String> {
        let weighed = |reason| [0.5, -0.5].map(|adds| Weighed { reason, adds });
        REASONS
            .into_iter()
            .flat_map(weighed)
            .flat_map(|w| [Locale::Fr, Locale::En].map(|locale| reason(locale, &w, reader, Paris)))
            .collect()
    }

    // S17, N3: no certainty, nobody called a liar.
    #[test]
    fn no_reason_claims_to_be_certain() {
        for told in all(Reader::Insider).into_iter().chain(all(Reader::Public)) {
            let lower = told.to_lowercase();
            for word in [
                "certain",
                "garanti",
                "guarantee",
                "sûr",
                "surely",
                "ment",
                "lie",
                "dead",
                "mort",
            ] {
                let is_there = lower
                    .split(|c: char| !c.is_alphanumeric())
                    .any(|w| w == word);
                assert!(!is_there, "{word}: {told}");
            }
        }
    }

    // D3: what the client said is not for everybody.
    #[test]
    fn the_public_is_not_told_what_the_client_said() {
        for told in all(Reader::Public) {
            assert!(
                !told.contains("ailleurs") && !told.contains("elsewhere"),
                "{told}"
            );
            assert!(
                !told.contains("renoncer") && !told.contains("chercher"),
                "{told}"
            );
        }
    }

    #[test]
    fn a_chance_has_a_word_and_a_figure() {
        assert_eq!(chance(Locale::Fr, 0.2), "probable");
        assert_eq!(chance(Locale::En, 0.05), "possible");
        assert_eq!(chance(Locale::Fr, 0.01), "peu probable");
        assert_eq!(chance(Locale::En, 0.001), "dormant");
        assert_eq!(
            figure(Locale::Fr, 0.005),
            "environ 1 sur 200 dans les 30 jours"
        );
    }

    #[test]
    fn a_date_says_since_when_it_is_known() {
        let seen = Weighed {
            reason: Reason::Seen(1_780_000_000),
            adds: 1.0,
        };
        assert_eq!(
            reason(Locale::Fr, &seen, Reader::Public, Paris),
            "Rapproche des premières pages\u{a0}: client vu sur la plateforme le 28 mai 2026."
        );
    }
}
