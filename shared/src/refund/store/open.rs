//! A request enters the queue, or is turned away at the door.

use chrono::{DateTime, Utc};
use chrono_tz::Tz;

use super::{announce, get_in, pass_the_gate, requests};
use crate::account::store::plan_of;
use crate::account::{Locale, Plan, ProviderId};
use crate::credit::{Kind, TransferId};
use crate::db::{Db, StoreError, Tx};
use crate::on_engine;
use crate::project::ProjectId;
use crate::queue::{self, JobName};
use crate::refund::door::{self, Facts, PROVIDER_WINDOW, Turned};
use crate::refund::{Limits, Reason, Request, RequestId, Surface};

/// Spends that autocomplete offers. Source: Discord shows 25 choices.
const CLAIMABLE_MAX: i64 = 25;

const BY_KEY: &str = requests!("WHERE r.idempotency_key = $1");
const FACTS: &str = "SELECT s.id AS spend, s.amount, s.at AS spent_at,
        (SELECT b.at FROM transfers b WHERE b.refunds = s.id) AS refunded_at,
        (SELECT q.number FROM refund_requests q WHERE q.spend = s.id AND q.state IN ('open', 'asked')) AS waiting,
        (SELECT COUNT(*) FROM unpaid_spends u WHERE u.provider_id = $1 AND u.kind = $2 AND u.project_id = $3
            AND u.paid_by IS NULL) AS unpaid,
        (SELECT COUNT(*) FROM projects p WHERE p.id = $3 AND p.awarded_to = $1) AS awarded,
        (SELECT f.last_sign_at FROM project_facts f WHERE f.project_id = $3) AS last_sign_at,
        (SELECT COUNT(*) FROM refund_requests q WHERE q.provider_id = $1 AND q.state = 'approved'
            AND q.state_at > $4) AS refunds,
        (SELECT MIN(q.state_at) FROM refund_requests q WHERE q.provider_id = $1 AND q.state = 'approved'
            AND q.state_at > $4) AS oldest_refund_at
    FROM (SELECT 1 AS one) o LEFT JOIN transfers s ON s.purpose = 'spend' AND s.provider_id = $1 AND s.kind = $2
        AND s.project_id = $3";
const NUMBER: &str =
    "UPDATE refund_gate SET last_number = last_number + 1 WHERE one = 1 RETURNING last_number";
const INSERT: &str = "INSERT INTO refund_requests (id, number, spend, provider_id, project_id, kind, amount, plan, reason,
        story, proof, locale, surface, idempotency_key, opened_at, state, state_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'open', $15)";
// Own spends not given back and not asked back, the latest first; `$2` is looked for in the reference and the title.
const CLAIMABLE: &str = "SELECT s.id AS spend, s.project_id, s.kind, s.amount, s.at, p.reference, p.title
    FROM transfers s JOIN projects p ON p.id = s.project_id
    WHERE s.provider_id = $1 AND s.purpose = 'spend'
        AND ($2 = '' OR p.reference = $2 OR lower(p.reference || ' ' || p.title) LIKE $3)
        AND NOT EXISTS (SELECT 1 FROM transfers b WHERE b.refunds = s.id)
        AND NOT EXISTS (SELECT 1 FROM refund_requests q WHERE q.spend = s.id AND q.state IN ('open', 'asked'))
    ORDER BY s.at DESC, s.id DESC LIMIT $4";

/// Statements of this file, for the test that prepares each on both engines.
pub const ALL_SQL: &[&str] = &[BY_KEY, FACTS, NUMBER, INSERT, CLAIMABLE];

/// What a provider asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ask {
    /// Who asks: the account of the person who speaks, never one that they name.
    pub provider: ProviderId,
    /// For which project.
    pub project: ProjectId,
    /// Which kind of credit.
    pub kind: Kind,
    /// Why.
    pub reason: Reason,
    /// What happened.
    pub story: String,
    /// A link, as text.
    pub proof: String,
    /// The language of the answers.
    pub locale: Locale,
    /// Where it is asked.
    pub surface: Surface,
    /// Idempotency key, for example `discord:<interaction>`.
    pub key: String,
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opened {
    /// It waits for a person now, or has been since the same form was sent before.
    Queued(Box<Request>),
    /// Not taken; nothing was written.
    Turned(Turned),
    /// The key belongs to another request (L7).
    KeyTaken(i64),
}

/// A spend that could be asked back.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Claimable {
    /// The spend.
    pub spend: TransferId,
    /// The project.
    pub project_id: ProjectId,
    /// The kind of credit.
    pub kind: Kind,
    /// How many.
    pub amount: i64,
    /// When it was spent.
    pub at: DateTime<Utc>,
    /// The platform's id of the project.
    pub reference: String,
    /// Its title.
    pub title: String,
}

#[derive(Debug, sqlx::FromRow)]
struct FactsRow {
    spend: Option<TransferId>,
    amount: Option<i64>,
    spent_at: Option<DateTime<Utc>>,
    refunded_at: Option<DateTime<Utc>>,
    waiting: Option<i64>,
    unpaid: i64,
    awarded: i64,
    last_sign_at: Option<DateTime<Utc>>,
    refunds: i64,
    oldest_refund_at: Option<DateTime<Utc>>,
}

/// Puts a request into the queue, if it can be there at all (d3).
///
/// # Errors
/// [`StoreError::Sql`]; being turned away is a value.
pub async fn open(
    db: &Db,
    ask: &Ask,
    limits: &Limits,
    zone: Tz,
    now: DateTime<Utc>,
) -> Result<Opened, StoreError> {
    let (story, proof) = match door::texts(&ask.story, &ask.proof) {
        Ok(texts) => texts,
        Err(turned) => return Ok(Opened::Turned(turned)),
    };
    let plan = plan_of(db, ask.provider, now).await?;
    let mut tx = db.begin().await?;
    pass_the_gate(&mut tx).await?;
    if let Some(known) = by_key(&mut tx, &ask.key).await? {
        return Ok(if is_the_same(&known, ask, story, proof) {
            Opened::Queued(Box::new(known))
        } else {
            Opened::KeyTaken(known.number)
        });
    }
    let row: FactsRow = on_engine!(&mut tx, tx => sqlx::query_as(FACTS).bind(ask.provider).bind(ask.kind)
        .bind(ask.project).bind(now - PROVIDER_WINDOW).fetch_one(&mut **tx).await)?;
    if let Err(turned) = door::check(&row.facts(plan), limits, now) {
        return Ok(Opened::Turned(turned));
    }
    let (Some(spend), Some(amount)) = (row.spend, row.amount) else {
        return Ok(Opened::Turned(Turned::NothingSpent));
    };
    let id = RequestId::at(now);
    let number: i64 =
        on_engine!(&mut tx, tx => sqlx::query_scalar(NUMBER).fetch_one(&mut **tx).await)?;
    on_engine!(&mut tx, tx => sqlx::query(INSERT).bind(id).bind(number).bind(spend).bind(ask.provider)
        .bind(ask.project).bind(ask.kind).bind(amount).bind(plan).bind(ask.reason).bind(story).bind(proof)
        .bind(ask.locale).bind(ask.surface).bind(&ask.key).bind(now).execute(&mut **tx).await.map(drop))?;
    let request = get_in(&mut tx, id).await?;
    // The card follows at once; should this process die in between, the job puts it.
    queue::hurry(&mut tx, JobName::RemindReviewers, now).await?;
    tx.commit().await?;
    announce(db, id, zone, now).await?;
    Ok(Opened::Queued(Box::new(request)))
}

/// Own spends that could be asked back and that `text` may mean, the latest first.
///
/// # Errors
/// [`StoreError::Sql`]
pub async fn claimable(
    db: &Db,
    provider: ProviderId,
    text: &str,
) -> Result<Vec<Claimable>, StoreError> {
    let text = text.trim();
    let like = format!("%{}%", text.to_lowercase().replace(['%', '_'], ""));
    Ok(
        on_engine!(db.read(), pool => sqlx::query_as(CLAIMABLE).bind(provider).bind(text).bind(like)
        .bind(CLAIMABLE_MAX).fetch_all(pool).await)?,
    )
}

impl FactsRow {
    fn facts(&self, plan: Option<Plan>) -> Facts {
        Facts {
            spent_at: self.spent_at,
            refunded_at: self.refunded_at,
            waiting: self.waiting,
            is_unpaid: self.unpaid > 0,
            awarded_to_claimant: self.awarded > 0,
            last_sign_at: self.last_sign_at,
            plan,
            refunds: self.refunds,
            oldest_refund_at: self.oldest_refund_at,
        }
    }
}

async fn by_key(tx: &mut Tx, key: &str) -> Result<Option<Request>, StoreError> {
    Ok(on_engine!(tx, tx => sqlx::query_as(BY_KEY).bind(key).fetch_optional(&mut **tx).await)?)
}

fn is_the_same(known: &Request, ask: &Ask, story: &str, proof: &str) -> bool {
    known.provider_id == ask.provider
        && known.project_id == ask.project
        && known.kind == ask.kind
        && known.reason == ask.reason
        && known.story == story
        && known.proof == proof
}
