//! What the platform's events say, understood.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use crate::account::{Locale, Plan};
use crate::consent::CancelReason;
use crate::contact::{Channel, LineKind, Stage};

/// An event of the platform, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The platform's id: the same id is one event.
    pub id: String,
    /// Its type, on disk and on the wire.
    pub kind: String,
    /// When it happened: what orders it.
    pub at: DateTime<Utc>,
    /// The reference of its project, else of its client or provider.
    pub subject: Option<String>,
    /// What happened.
    pub what: What,
}

/// What happened. People, projects and providers are named by the platform's references.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// `client.upserted`: the whole profile; what it leaves out is not known.
    Client(ClientProfile),
    /// `client.seen`: on the platform; about one project only in logs of the past.
    Seen {
        /// Who.
        client: String,
        /// The project that the log names.
        project: Option<String>,
    },
    /// `provider.upserted`: the whole profile.
    Provider(ProviderProfile),
    /// `subscription.changed`
    Subscription(Subscription),
    /// `project.published`
    Published {
        /// The project.
        project: String,
        /// Its owner, for ever.
        client: String,
        /// What it says.
        details: Details,
    },
    /// `project.updated`: what it leaves out stays.
    Updated {
        /// The project.
        project: String,
        /// What changed.
        details: Details,
    },
    /// `project.awarded`
    Awarded {
        /// The project.
        project: String,
        /// Who was chosen.
        provider: String,
    },
    /// `project.award_revoked`
    AwardRevoked {
        /// The project.
        project: String,
    },
    /// `project.cancelled_by_client`: the only event that cancels; signed, or it is not taken at all.
    Cancelled {
        /// The project.
        project: String,
        /// Who acted.
        client: String,
        /// Why.
        reason: CancelReason,
    },
    /// `project.reopened_by_client`
    Reopened {
        /// The project.
        project: String,
        /// Who acted, if the platform says.
        client: Option<String>,
    },
    /// `credits.granted`
    Credits {
        /// To whom.
        provider: String,
        /// What for, in the platform's word.
        kind: String,
        /// How many.
        amount: i64,
        /// The platform's own reference.
        reference: String,
    },
    /// `application.created`
    Applied(Application),
    /// `application.withdrawn`; without a kind: every application of that provider to that project.
    Withdrawn {
        /// The project.
        project: String,
        /// Who withdraws.
        provider: String,
        /// Which application.
        kind: Option<ApplicationKind>,
    },
    /// A line of the past: a letter, a call, an answer, a report. Only from history folders.
    Logged {
        /// The project.
        project: String,
        /// What happened.
        line: LineKind,
        /// By which way.
        channel: Channel,
        /// What the client said.
        stage: Option<Stage>,
    },
    /// `project.evidence`: something of a kind that the installation declared was seen of it.
    Evidence {
        /// The project.
        project: String,
        /// The kind's name.
        kind: String,
    },
    /// The past says that its client had ended it. Only from history folders; cancels nothing that is known.
    Ended {
        /// The project.
        project: String,
    },
    /// A type that this version does not know: kept and reported.
    Unknown,
}

/// What is known of a client.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientProfile {
    /// The platform's reference.
    pub client: String,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// Telephone.
    pub phone: Option<String>,
    /// Language.
    pub locale: Locale,
    /// Zone, by its IANA name.
    pub zone: String,
}

/// What is known of a provider.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProviderProfile {
    /// The platform's reference.
    pub provider: String,
    /// Name.
    pub name: String,
    /// Address.
    pub email: Option<String>,
    /// Language.
    pub locale: Locale,
}

/// A plan from an instant on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Whose.
    pub provider: String,
    /// Which.
    pub plan: Plan,
    /// First instant.
    pub from: DateTime<Utc>,
    /// First instant after it; none: until further notice.
    pub until: Option<DateTime<Utc>>,
}

/// What a project says; `None`: not said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// One line.
    pub title: Option<String>,
    /// The client's text.
    pub description: Option<String>,
    /// The platform's word for its kind.
    pub category: Option<String>,
    /// Hundredths of the currency's unit.
    pub budget_minor: Option<i64>,
    /// ISO 4217.
    pub currency: Option<String>,
    /// The platform's word.
    pub urgency: Option<String>,
    /// Whether the client's number was proved when it was posted.
    pub phone_verified: Option<bool>,
    /// Whether the client is a company.
    pub is_company: Option<bool>,
    /// The platform's word for where the client came from, for example `organic`, `ads`, `partner`.
    pub source: Option<String>,
}

/// A credit spent on a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The project.
    pub project: String,
    /// Who applied.
    pub provider: String,
    /// Which way.
    pub kind: ApplicationKind,
    /// What it cost.
    pub credits: i64,
}

/// Which way a provider applied.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, sqlx::Type,
)]
#[sqlx(type_name = "TEXT", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum ApplicationKind {
    /// Looked at the client's contact.
    View,
    /// Made an offer.
    Offer,
    /// Wrote or called.
    Contact,
}
