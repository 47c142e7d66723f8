//! The queue on both engines: the door, one decision, ceilings, silence, and attacks with raw SQL.

mod attacks;
mod chance;
mod decisions;
mod silence;

use chrono::TimeDelta;
use futures_util::future::join_all;

use super::*;
use crate::account::store::{NewStaff, add_staff, remove_staff};
use crate::account::{ClientId, Locale, Role, StaffId};
use crate::credit::store::{balance, carry_out, grant, prove, spend};
use crate::credit::{self, Amount, Order, What};
use crate::project::ProjectId;
use crate::refund::case::{Contradiction, ProjectState};
use crate::refund::decider::NotYours;
use crate::refund::door::Turned;
use crate::refund::{Limits, Refused};
use crate::testing::store::{a_client, a_pending_project, a_provider, an_award, each_prepares};
use crate::testing::{day, each_engine};

const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;

/// What every story here begins with: a provider with twenty credits who spent one offer credit on day 1.
struct Ground {
    provider: ProviderId,
    project: ProjectId,
    admin: StaffId,
    second: StaffId,
}

async fn a_staff(
    db: &Db,
    name: &str,
    role: Role,
    provider: Option<ProviderId>,
) -> Result<StaffId, StoreError> {
    let new = NewStaff {
        reference: name.to_owned(),
        name: name.to_owned(),
        email: format!("{name}@staff.example"),
        locale: Locale::Fr,
        role,
        provider,
    };
    add_staff(db, &new, day(0)).await
}

async fn moves(db: &Db, order: &Order) -> anyhow::Result<()> {
    let mut tx = db.begin().await?;
    let outcome = match order.what {
        What::Grant => grant(&mut tx, order, order.at).await?,
        // Told two days late, as a feed may.
        What::Spend(_) if order.key == "late" => spend(&mut tx, order, day(3)).await?,
        What::Spend(_) => spend(&mut tx, order, order.at).await?,
        _ => carry_out(&mut tx, order, order.at).await?,
    };
    tx.commit().await?;
    anyhow::ensure!(matches!(outcome, credit::Outcome::Done(_)), "{outcome:?}");
    Ok(())
}

fn an_order(key: &str, provider: ProviderId, amount: i64, what: What) -> Order {
    Order {
        key: key.to_owned(),
        provider,
        kind: Kind::Offer,
        amount: Amount::new(amount).expect("in range"),
        what,
        at: day(1),
    }
}

async fn ground(db: &Db) -> anyhow::Result<Ground> {
    let client = a_client(db, "C1", day(0)).await?;
    let project = a_pending_project(db, client, "P1", day(0)).await?;
    let provider = a_provider(db, "V1", day(0)).await?;
    moves(db, &an_order("grant", provider, 20, What::Grant)).await?;
    moves(db, &an_order("spend", provider, 1, What::Spend(project))).await?;
    Ok(Ground {
        provider,
        project,
        admin: a_staff(db, "anne", Role::Admin, None).await?,
        second: a_staff(db, "bilal", Role::Admin, None).await?,
    })
}

fn an_ask(ground: &Ground, key: &str) -> Ask {
    Ask {
        provider: ground.provider,
        project: ground.project,
        kind: Kind::Offer,
        reason: Reason::FellThrough,
        story: "Le client dit que c’est tombé à l’eau.".to_owned(),
        proof: String::new(),
        locale: Locale::Fr,
        surface: Surface::Terminal,
        key: key.to_owned(),
    }
}

async fn opened(db: &Db, ground: &Ground, key: &str) -> anyhow::Result<Request> {
    match open(db, &an_ask(ground, key), &Limits::default(), ZONE, day(2)).await? {
        Opened::Queued(request) => Ok(*request),
        other => anyhow::bail!("{other:?}"),
    }
}

fn command(request: &Request, staff: StaffId, verdict: Verdict) -> Command<'static> {
    Command {
        request: request.id,
        staff,
        verdict,
        said: "le client nous l’a confirmé",
        surface: Surface::Terminal,
        interaction: None,
    }
}

async fn decided(db: &Db, command: &Command<'_>, n: i64) -> Result<Decided, StoreError> {
    decide(db, command, &Limits::default(), ZONE, day(n)).await
}

fn event(decided: &Decided) -> Option<EventKind> {
    match decided {
        Decided::Done(done) => Some(done.event),
        Decided::Refused { .. } => None,
    }
}

fn refused(decided: &Decided) -> Option<&Refused> {
    match decided {
        Decided::Done(_) => None,
        Decided::Refused { refused, .. } => Some(refused),
    }
}

async fn left(db: &Db, ground: &Ground) -> Result<i64, StoreError> {
    Ok(balance(db, ground.provider, Kind::Offer).await?.available)
}

#[tokio::test]
async fn every_statement_prepares() {
    each_prepares(&ALL_SQL.concat(), &[]).await;
}

// d1, d3, d5, L7: the door takes a request once, the same form again has the same answer, another one is told of it.
#[tokio::test]
async fn a_spend_waits_in_the_queue_once() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form 1").await?;
        assert_eq!((request.number, request.state), (1, State::Open));
        assert_eq!(opened(&db, &ground, "form 1").await?.id, request.id);
        let limits = Limits::default();
        let second = open(&db, &an_ask(&ground, "form 2"), &limits, ZONE, day(2)).await?;
        assert_eq!(second, Opened::Turned(Turned::AlreadyWaiting(1)));
        let mut other = an_ask(&ground, "form 1");
        other.reason = Reason::Other;
        let taken = open(&db, &other, &limits, ZONE, day(2)).await?;
        assert_eq!(taken, Opened::KeyTaken(1));
        other.key = "form 3".to_owned();
        other.kind = Kind::View;
        let none = open(&db, &other, &limits, ZONE, day(2)).await?;
        assert_eq!(none, Opened::Turned(Turned::NothingSpent));
        let late = open(&db, &an_ask(&ground, "form 4"), &limits, ZONE, day(31)).await?;
        assert_eq!(late, Opened::Turned(Turned::AlreadyWaiting(1)));
        assert_eq!(waiting(&db).await?, 1);
        assert_eq!(left(&db, &ground).await?, 19, "asking moves nothing");
        Ok(())
    })
    .await;
}

// d5 under a race: forty forms at once for one spend make one request.
#[tokio::test]
async fn forty_forms_at_once_make_one_request() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let asks: Vec<_> = (0..40)
            .map(|n| an_ask(&ground, &format!("form {n}")))
            .collect();
        let limits = Limits::default();
        let all = join_all(asks.iter().map(|ask| open(&db, ask, &limits, ZONE, day(2)))).await;
        let mut queued = 0;
        for opened in all {
            match opened? {
                Opened::Queued(_) => queued += 1,
                Opened::Turned(turned) => assert_eq!(turned, Turned::AlreadyWaiting(1)),
                Opened::KeyTaken(number) => panic!("key of {number}"),
            }
        }
        assert_eq!((queued, waiting(&db).await?), (1, 1));
        Ok(())
    })
    .await;
}

// d19: notes are for the staff, and only the staff write them.
#[tokio::test]
async fn notes_are_written_by_the_staff_only() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        assert!(note(&db, request.id, ground.admin, "à rappeler", day(3)).await?);
        assert!(!note(&db, request.id, StaffId::at(day(0)), "x", day(3)).await?);
        assert!(!note(&db, request.id, ground.admin, " ", day(3)).await?);
        assert_eq!(notes(&db, request.id).await?.len(), 1);
        assert!(
            events(&db, request.id).await?.is_empty(),
            "what the claimant may see"
        );
        Ok(())
    })
    .await;
}

// d2, d16, N20: the file holds the spend, the age, the record, the others on the project, and stays as it was seen.
#[tokio::test]
async fn the_case_file_is_kept_as_it_was_seen() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        let request = opened(&db, &ground, "form").await?;
        let rival = a_provider(&db, "V2", day(0)).await?;
        moves(&db, &an_order("g2", rival, 5, What::Grant)).await?;
        moves(
            &db,
            &an_order("late", rival, 1, What::Spend(ground.project)),
        )
        .await?;
        let mut theirs = an_ask(&ground, "theirs");
        theirs.provider = rival;
        let theirs = open(&db, &theirs, &Limits::default(), ZONE, day(4)).await?;
        let (id, file) = open_case(&db, request.id, Some(ground.admin), day(3)).await?;
        assert_eq!(case(&db, id).await?, file);
        let subject = &file.subject;
        assert_eq!(
            (
                subject.provider.as_str(),
                subject.project.as_str(),
                subject.project_state
            ),
            ("V1", "P1", ProjectState::Pending)
        );
        assert_eq!((file.age_days_then, subject.page_then), (1, Some(1)));
        let Opened::Queued(theirs) = theirs else {
            panic!("{theirs:?}");
        };
        let (_, of_theirs) = open_case(&db, theirs.id, None, day(4)).await?;
        assert_eq!(of_theirs.subject.page_then, None, "told late: not known");
        assert_eq!(
            (file.others.len(), file.others[0].provider.as_str()),
            (1, "V2")
        );
        assert_eq!(
            (
                file.record.requests,
                file.record.granted,
                file.record.available
            ),
            (1, 20, 19)
        );
        assert_eq!(file.chance, None, "fewer than thirty cases");
        assert_eq!(file.contradictions, [] as [Contradiction; 0]);
        Ok(())
    })
    .await;
}

// d17, d20: the queue is oldest first, whatever was asked meanwhile, and pages by number.
#[tokio::test]
async fn the_queue_is_oldest_first() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        opened(&db, &ground, "form").await?;
        let client = a_client(&db, "C2", day(0)).await?;
        let project = a_pending_project(&db, client, "P2", day(0)).await?;
        moves(
            &db,
            &an_order("spend 2", ground.provider, 1, What::Spend(project)),
        )
        .await?;
        let other = Ground { project, ..ground };
        open(
            &db,
            &an_ask(&other, "later"),
            &Limits::default(),
            ZONE,
            day(5),
        )
        .await?;
        let numbers: Vec<i64> = queue(&db, 0, 10)
            .await?
            .iter()
            .map(|row| row.number)
            .collect();
        assert_eq!(numbers, [1, 2]);
        assert_eq!(queue(&db, 1, 10).await?.len(), 1);
        assert_eq!(
            of_provider(&db, other.provider).await?[0].number,
            2,
            "own ones newest first"
        );
        assert!(
            claimable(&db, other.provider, "").await?.is_empty(),
            "all wait already"
        );
        Ok(())
    })
    .await;
}

// c13, d1: autocomplete offers own spends only, by reference or a word of the title.
#[tokio::test]
async fn only_own_spends_are_offered() {
    each_engine(async |db| {
        let ground = ground(&db).await?;
        for (text, hits) in [("", 1), ("P1", 1), ("projet", 1), ("P2", 0), ("%", 1)] {
            let found = claimable(&db, ground.provider, text).await?;
            assert_eq!(found.len(), hits, "{text:?}");
        }
        let stranger = a_provider(&db, "V9", day(0)).await?;
        assert!(claimable(&db, stranger, "").await?.is_empty());
        Ok(())
    })
    .await;
}
