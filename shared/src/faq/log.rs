//! The log of answers: what was said to whom from which content, and what came of it.

use chrono::{DateTime, Utc};

use crate::account::{ClientId, DiscordUser, Locale, ProviderId};
use crate::faq::{Band, Reason, Verdict, author};
use crate::id::Id;

/// The id of a logged [`Answered`].
pub type AnswerId = Id<Answered>;

/// Where the question was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, sqlx::Type)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum Surface {
    /// Discord.
    Discord,
    /// The terminal.
    Terminal,
}

/// Who asked.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Asker {
    /// The provider, if known.
    pub provider: Option<ProviderId>,
    /// The client, if known.
    pub client: Option<ClientId>,
    /// The Discord user.
    pub user: Option<DiscordUser>,
}

/// What is written down about an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Answered {
    /// Who asked.
    pub asker: Asker,
    /// Where.
    pub surface: Surface,
    /// The message, masked.
    pub text: String,
    /// Language of the answer.
    pub locale: Locale,
    /// What was said.
    pub band: Band,
    /// The best three entries, best first.
    pub best: Vec<String>,
    /// Probability that the first is right, in millionths.
    pub score_millionths: i64,
    /// Version of the index.
    pub version: String,
}

/// Entries of the ranking that are kept.
const BEST_KEPT: usize = 3;

impl Answered {
    /// The line for a verdict; the message is masked here, so nothing else can be stored.
    #[must_use]
    pub fn of(
        asker: Asker,
        surface: Surface,
        text: &str,
        verdict: &Verdict,
        version: &str,
    ) -> Self {
        Self {
            asker,
            surface,
            text: author::mask(text),
            locale: verdict.language,
            band: verdict.band.clone(),
            best: (verdict.ranked.iter().take(BEST_KEPT))
                .map(|(id, _)| id.clone())
                .collect(),
            score_millionths: millionths(verdict.score),
            version: version.to_owned(),
        }
    }
}

#[expect(clippy::cast_possible_truncation, reason = "a share between 0 and 1")]
fn millionths(share: f32) -> i64 {
    (f64::from(share.clamp(0.0, 1.0)) * 1e6).round() as i64
}

/// What the asker said about an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Feedback {
    /// It helped.
    Helped,
    /// It did not.
    NotHelped,
    /// They asked for a person.
    Person,
    /// They chose this entry among the buttons.
    Chosen(String),
}

impl Feedback {
    pub(crate) fn parts(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Helped => ("helped", None),
            Self::NotHelped => ("not_helped", None),
            Self::Person => ("person", None),
            Self::Chosen(entry) => ("chosen", Some(entry)),
        }
    }
}

/// What the author did about a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// Added as a variant of this entry.
    Variant(String),
    /// No entry shall answer it.
    OutOfScope,
    /// Nothing.
    Ignored,
}

impl Settled {
    pub(crate) fn parts(&self) -> (&'static str, Option<&str>) {
        match self {
            Self::Variant(entry) => ("variant", Some(entry)),
            Self::OutOfScope => ("out_of_scope", None),
            Self::Ignored => ("ignored", None),
        }
    }
}

/// A line as its asker gets it (N24).
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct OwnLine {
    /// Which.
    pub id: AnswerId,
    /// When.
    pub at: DateTime<Utc>,
    /// Where.
    pub surface: Surface,
    /// The message, masked; none after an erasure.
    pub text: Option<String>,
    /// `answer`, `suggest`, `hand_over`.
    pub band: String,
    /// The entry that was answered.
    pub entry: Option<String>,
    /// The entries that were nearest.
    pub best: Vec<String>,
    /// Version of the content.
    pub version: String,
}

/// A message that no answer settled.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Unanswered {
    /// Which.
    pub id: AnswerId,
    /// When.
    pub at: DateTime<Utc>,
    /// The message, masked.
    pub text: String,
    /// Language that the answer would have had.
    pub locale: Locale,
    /// The entries that were nearest.
    pub best: Vec<String>,
}

/// What became of the answers of one entry.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, sqlx::FromRow)]
pub struct Use {
    /// The entry.
    pub entry: String,
    /// Times that it was answered by itself.
    pub answered: i64,
    /// “This helped.”
    pub helped: i64,
    /// “This does not help.”
    pub not_helped: i64,
    /// A person was asked for under it.
    pub person: i64,
    /// Times that it was chosen among those offered.
    #[sqlx(default)]
    pub chosen: i64,
}

/// What became of the questions of a time.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize)]
pub struct Uses {
    /// Questions that were answered.
    pub answered: i64,
    /// Questions for which entries were offered.
    pub offered: i64,
    /// Questions that were handed over.
    pub handed_over: i64,
    /// By entry: most answered first, then those that were only chosen.
    pub entries: Vec<Use>,
}

impl Uses {
    pub(crate) fn of(
        mut entries: Vec<Use>,
        chosen: Vec<(String, i64)>,
        bands: &[(String, i64)],
    ) -> Self {
        for (entry, chosen) in chosen {
            if let Some(known) = entries.iter_mut().find(|one| one.entry == entry) {
                known.chosen = chosen;
            } else {
                entries.push(Use {
                    entry,
                    answered: 0,
                    helped: 0,
                    not_helped: 0,
                    person: 0,
                    chosen,
                });
            }
        }
        let times = |name: &str| {
            let found = bands.iter().find(|(band, _)| band == name);
            found.map_or(0, |(_, times)| *times)
        };
        Self {
            answered: times("answer"),
            offered: times("suggest"),
            handed_over: times("hand_over"),
            entries,
        }
    }
}

/// A variant that was added through the program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change<'a> {
    /// To which entry.
    pub entry: &'a str,
    /// In which language.
    pub locale: Locale,
    /// The variant.
    pub variant: &'a str,
    /// Golden messages that it made right.
    pub fixes: usize,
    /// Golden messages that it made wrong.
    pub breaks: usize,
    /// Version of the content before.
    pub version_before: &'a str,
    /// Version after.
    pub version_after: &'a str,
    /// Who.
    pub changed_by: &'a str,
}

/// The band and the reason as they are stored.
pub(crate) fn band_parts(band: &Band) -> (&'static str, Option<&'static str>, Option<&str>) {
    match band {
        Band::Answer(entry) => ("answer", None, Some(entry)),
        Band::Suggest(_) => ("suggest", None, None),
        Band::HandOver(reason) => ("hand_over", Some(reason_name(*reason)), None),
    }
}

const fn reason_name(reason: Reason) -> &'static str {
    match reason {
        Reason::Unknown => "unknown",
        Reason::Case => "case",
        Reason::OtherService => "other_service",
        Reason::Instruction => "instruction",
        Reason::Courtesy => "courtesy",
        Reason::Insult => "insult",
        Reason::NotInFaq => "not_in_faq",
        Reason::OffTopic => "off_topic",
        Reason::Nothing => "nothing",
    }
}
