//! What is kept about a person: all of it on demand, and its end (D4).
//!
//! An erased person stays as a reference, so that money and event chains still add up. What the events kept said about
//! them is taken out by the database itself (`platform_events`), down to references, dates and figures; the four kinds
//! of event that move projects name references only and stay whole, they are evidence.

pub mod store;

use crate::account::{ClientId, ProviderId};

/// Tables that an erasure leaves as they are, and why. Every other table is reached; a standing test lists them all.
pub const KEPT: &[(&str, &str)] = &[
    ("subscriptions", "plans and dates under a pseudonym"),
    ("suppressions", "a hash, so that nobody is written to again"),
    ("platform_outcomes", "what became of events, by reference"),
    ("platform_feeds", "the platform's feed, no person"),
    (
        "platform_out",
        "our events by reference; they end after 30 days",
    ),
    (
        "client_proofs",
        "evidence that the client alone cancelled (P2)",
    ),
    ("project_events", "chain of states under pseudonyms (P1)"),
    ("applications", "who applied to what, under pseudonyms"),
    ("project_facts", "dates and counts of a project"),
    ("follow_ups", "dates of a plan, under a pseudonym"),
    ("follow_up_due", "a date, under a pseudonym"),
    ("follow_up_unreachable", "a date, under a pseudonym"),
    ("follow_up_rhythm", "settings, no person"),
    ("follow_up_stop", "counts, no person"),
    ("outbox_projects", "which letter asked about which project"),
    (
        "chosen_providers",
        "a choice under pseudonyms, part of the timeline",
    ),
    ("listing_counts", "counts, no person"),
    ("job_wishes", "jobs, no person"),
    ("schedule_slots", "schedules, no person"),
    (
        "staff",
        "the operator's own people; they leave by `relance-bot staff`",
    ),
    (
        "crm_readings",
        "audit of who read a timeline, under pseudonyms (N12)",
    ),
    ("faq_feedback", "that an answer helped or not"),
    ("faq_settled", "what the FAQ's author did with a question"),
    (
        "faq_handovers",
        "a number and a date; the question ends with its answer",
    ),
    ("faq_resolutions", "who of the staff took a question"),
    ("faq_changes", "published content of the FAQ"),
    ("credit_books", "money under a pseudonym (L1)"),
    ("transfers", "money under a pseudonym (L1)"),
    ("entries", "money under a pseudonym (L1)"),
    ("unpaid_spends", "money under a pseudonym (L1)"),
    ("refund_gate", "a counter, no person"),
    ("spend_pages", "a page number of a spend"),
    ("refund_reminders", "dates of reminders to the staff"),
    ("rank_states", "figures of a project's place"),
    ("rank_models", "learned figures, no person"),
    ("rank_publications", "figures of the order, by reference"),
    ("reports", "weak evidence under pseudonyms (N11)"),
    ("report_hastes", "a date of a project"),
    ("report_alarms", "a pattern under pseudonyms (N10)"),
    (
        "discord_registrations",
        "definitions of commands, no person",
    ),
    ("evidence_kinds", "settings, no person"),
    ("signing_key", "a fingerprint of our key, no person"),
    (
        "relay_away",
        "since when the relay does not answer, no person",
    ),
    ("send_hold", "since when a restored copy is held, no person"),
];

/// Whose data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Person {
    /// Somebody who posts projects.
    Client(ClientId),
    /// Somebody who applies.
    Provider(ProviderId),
}

impl Person {
    /// The column that names them in every table.
    #[must_use]
    pub const fn column(self) -> &'static str {
        match self {
            Self::Client(_) => "client_id",
            Self::Provider(_) => "provider_id",
        }
    }

    /// Their id.
    #[must_use]
    pub const fn uuid(self) -> uuid::Uuid {
        match self {
            Self::Client(id) => id.uuid(),
            Self::Provider(id) => id.uuid(),
        }
    }
}

/// What an erasure came to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Erased {
    /// Rows that lost what they said, by table.
    pub rows: Vec<(&'static str, u64)>,
    /// Letters on their way at this moment: erase again when they have left.
    pub letters_leaving: u64,
}
