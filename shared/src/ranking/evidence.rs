//! What is known of a project since it was posted, folded into a state of constant size.
//!
//! The state is all that the score needs: an incremental re-rank applies the new event and forgets it.

use serde::{Deserialize, Serialize};

use super::{DAY_SECS, EXTRA_KINDS_MAX};

/// What a client said last, by mail or by phone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Said {
    /// Still wants the work done.
    StillLooking,
    /// Wants it, later.
    Paused,
    /// Answered, and nobody can tell what.
    Unclear,
    /// Had it done by somebody who is not on the platform.
    FoundElsewhere,
    /// Dropped the idea.
    Abandoned,
}

impl Said {
    /// True when the client said that the project is over for them.
    #[must_use]
    pub fn is_no(self) -> bool {
        matches!(self, Self::FoundElsewhere | Self::Abandoned)
    }
}

/// One fact about one project.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A follow-up left by mail.
    LetterSent,
    /// The address failed for good.
    Bounced,
    /// The client said something.
    Said(Said),
    /// Nobody took the call.
    CallUnanswered,
    /// The number is somebody else's.
    WrongNumber,
    /// The client would not talk.
    CallRefused,
    /// The client was seen on the site.
    SeenOnSite,
    /// A provider applied.
    Applied,
    /// A provider says that the project is over, with the weight that [`crate::report::weight`] gave it. Weak, sometimes
    /// a lie: the score does not look at it.
    StaleReport(u8),
    /// A kind that the installation declared; the index in its list.
    Declared(u8),
    /// The client cancelled.
    Cancelled,
    /// The project was awarded on the platform.
    Awarded,
}

/// An application weighs a third after this many days (a decayed count stands for "in the last two weeks": it needs no
/// list of dates).
const RECENT_APPLICATIONS_DAYS: f64 = 14.0;

/// Days in which a visit to the site fades to a third, for the two counts of visits: who is about to decide comes more
/// often. Source: half, equal and double these were tried on the development world's past; all within a hundredth.
const VISITS_DAYS: [f64; 2] = [10.0, 40.0];

/// The folded state.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Evidence {
    pub(super) seen_at: Option<i64>,
    /// Days with a visit, each weighing less as it ages, as of the last visit.
    visits: [f64; 2],
    pub(super) said: Option<(Said, i64)>,
    pub(super) came_back_at: Option<i64>,
    pub(super) unanswered_letters: u32,
    pub(super) unanswered_calls: u32,
    pub(super) refused_calls: u32,
    pub(super) bounced: bool,
    pub(super) wrong_number: bool,
    pub(super) applications: u32,
    recent_applications: f64,
    recent_at: i64,
    /// Weights of the reports since the last sign of life, together.
    pub(super) reported: u32,
    pub(super) declared_at: [Option<i64>; EXTRA_KINDS_MAX],
}

impl Evidence {
    /// Nothing is known yet.
    #[must_use]
    pub fn none() -> Self {
        Self {
            seen_at: None,
            visits: [0.0; 2],
            said: None,
            came_back_at: None,
            unanswered_letters: 0,
            unanswered_calls: 0,
            refused_calls: 0,
            bounced: false,
            wrong_number: false,
            applications: 0,
            recent_applications: 0.0,
            recent_at: 0,
            reported: 0,
            declared_at: [None; EXTRA_KINDS_MAX],
        }
    }

    /// Takes one more event; `at` in seconds since 1970, not before the last one taken.
    pub fn take(&mut self, event: Event, at: i64) {
        match event {
            Event::LetterSent => self.unanswered_letters += 1,
            Event::Bounced => self.bounced = true,
            Event::Said(said) => self.hear(said, at),
            Event::CallUnanswered => self.unanswered_calls += 1,
            Event::WrongNumber => self.wrong_number = true,
            Event::CallRefused => self.refused_calls += 1,
            Event::SeenOnSite => {
                if self.said.is_some_and(|(said, _)| said.is_no()) {
                    self.came_back_at = Some(at);
                }
                self.visit(at);
                self.sign_of_life();
            }
            Event::Applied => {
                self.recent_applications = self.recent_applications(at) + 1.0;
                self.recent_at = at;
                self.applications += 1;
            }
            Event::Declared(kind) => {
                if let Some(slot) = self.declared_at.get_mut(usize::from(kind)) {
                    *slot = Some(at);
                }
            }
            Event::StaleReport(weight) => {
                self.reported = self.reported.saturating_add(u32::from(weight));
            }
            Event::Cancelled | Event::Awarded => {}
        }
    }

    fn hear(&mut self, said: Said, at: i64) {
        let took_it_back =
            said == Said::StillLooking && self.said.is_some_and(|(before, _)| before.is_no());
        if took_it_back {
            self.came_back_at = Some(at);
        }
        self.said = Some((said, at));
        self.sign_of_life();
    }

    /// One visit a day counts: coming and going does not lift a project.
    fn visit(&mut self, at: i64) {
        let day = |at: i64| at.div_euclid(DAY_SECS);
        let is_first_today = self.seen_at.is_none_or(|before| day(before) != day(at));
        let counts = f64::from(u8::from(is_first_today));
        self.visits = self.visits(at).map(|visits| visits + counts);
        self.seen_at = Some(at);
    }

    fn sign_of_life(&mut self) {
        self.reported = 0;
        self.unanswered_letters = 0;
        self.unanswered_calls = 0;
    }

    /// Days with a visit so far, each weighing less as it ages: quickly, and slowly.
    #[must_use]
    pub fn visits(&self, at: i64) -> [f64; 2] {
        let since = days(self.seen_at.unwrap_or(at), at);
        let [quick, slow] = VISITS_DAYS;
        [
            self.visits[0] * (-since / quick).exp(),
            self.visits[1] * (-since / slow).exp(),
        ]
    }

    /// Applications so far, each weighing less as it ages.
    #[must_use]
    pub fn recent_applications(&self, at: i64) -> f64 {
        self.recent_applications * (-days(self.recent_at, at) / RECENT_APPLICATIONS_DAYS).exp()
    }
}

/// Days from one instant to a later one, never negative.
#[must_use]
#[expect(
    clippy::cast_precision_loss,
    reason = "seconds of a few decades fit a double exactly"
)]
pub fn days(from: i64, to: i64) -> f64 {
    (to - from).max(0) as f64 / DAY_SECS as f64
}
