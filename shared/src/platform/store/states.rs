//! Changes of state: appended to the project's history, which moves it; the database repeats every condition.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::FromRow;

use super::known::{Known, ProjectRow, twin_in};
use super::{Item, Settled, Twin, out, spelled};
use crate::account::ProviderId;
use crate::consent::{self, CancelReason, OwnerConsent, ProofId, SignedAct};
use crate::contact::LineKind;
use crate::db::{StoreError, Tx, time_text};
use crate::listing::store::{StateName, Whose, hold};
use crate::platform::standing::{Key, Move, Standing, Stands, Step};
use crate::platform::{Source, Taken, What};
use crate::project::{Project, ProjectId};

/// Providers named in one outgoing event.
const BIDDERS_PER_EVENT_MAX: usize = 500;

const REMEMBERED: Twin = twin_in!(
    "SELECT e.subject, e.kind, e.at, e.id, e.seq
    FROM platform_events e JOIN platform_outcomes o ON o.event_seq = e.seq
    WHERE o.outcome IN ('applied', 'late') AND e.kind IN ('project.awarded', 'project.award_revoked',
        'project.cancelled_by_client', 'project.reopened_by_client') AND e.subject",
    ""
);
const PROVE: Twin = Twin {
    sqlite: "INSERT INTO client_proofs (id, client_id, project_id, evidence, made_at, expires_at)
        SELECT unhex(value ->> 'id'), unhex(value ->> 'client'), unhex(value ->> 'project'), value ->> 'evidence',
            value ->> 'made_at', value ->> 'expires_at'
        FROM json_each($1) WHERE $2 IS NOT NULL",
    postgres: "INSERT INTO client_proofs (id, client_id, project_id, evidence, made_at, expires_at)
        SELECT id, client, project, evidence, made_at, expires_at
        FROM json_to_recordset($1::json) AS c(id UUID, client UUID, project UUID, evidence BIGINT,
            made_at TIMESTAMPTZ, expires_at TIMESTAMPTZ) WHERE $2::TIMESTAMPTZ IS NOT NULL",
};
const APPEND: Twin = Twin {
    sqlite: "INSERT INTO project_events
            (project_id, from_state, to_state, actor_kind, actor_id, cause, proof, awarded_to, reason, at)
        SELECT unhex(value ->> 'project'), value ->> 'from', value ->> 'to', value ->> 'actor_kind',
            unhex(value ->> 'actor'), value ->> 'cause', unhex(value ->> 'proof'), unhex(value ->> 'awarded_to'),
            value ->> 'reason', value ->> 'at'
        FROM json_each($1) WHERE $2 IS NOT NULL",
    postgres: "INSERT INTO project_events
            (project_id, from_state, to_state, actor_kind, actor_id, cause, proof, awarded_to, reason, at)
        SELECT project, \"from\", \"to\", actor_kind, actor, cause, proof, awarded_to, reason, at
        FROM json_to_recordset($1::json) AS e(project UUID, \"from\" TEXT, \"to\" TEXT, actor_kind TEXT, actor UUID,
            cause BIGINT, proof UUID, awarded_to UUID, reason TEXT, at TIMESTAMPTZ)
        WHERE $2::TIMESTAMPTZ IS NOT NULL",
};
const BIDDERS: Twin = Twin {
    sqlite: "SELECT DISTINCT a.project_id, v.reference FROM applications a JOIN providers v ON v.id = a.provider_id
        WHERE a.withdrawn_at IS NULL AND a.project_id IN (SELECT unhex(value) FROM json_each($1))
        ORDER BY v.reference",
    postgres: "SELECT DISTINCT a.project_id, v.reference FROM applications a JOIN providers v ON v.id = a.provider_id
        WHERE a.withdrawn_at IS NULL AND a.project_id IN (SELECT json_array_elements_text($1::json)::UUID)
        ORDER BY v.reference",
};

#[cfg(test)]
pub(super) const TWINS: &[&Twin] = &[&REMEMBERED, &PROVE, &APPEND, &BIDDERS];

#[derive(FromRow)]
struct RememberedRow {
    subject: String,
    kind: String,
    at: DateTime<Utc>,
    id: String,
    seq: i64,
}

/// An event that may move its project, with what it needs to.
struct Mover<'a> {
    item: &'a Item,
    row: &'a ProjectRow,
    what: Move,
    awarded_to: Option<ProviderId>,
    consent: Option<(OwnerConsent, CancelReason)>,
}

/// Rows to write, in the order in which they may be written: the n-th change of each project together.
#[derive(Default)]
struct Changes {
    proofs: Vec<Value>,
    generations: Vec<Vec<Value>>,
    told: BTreeMap<String, Value>,
}

/// Awards, awards revoked, cancellations, reopenings.
pub(super) async fn settle(
    tx: &mut Tx,
    items: &[Item],
    known: &Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let mut movers: BTreeMap<&str, Vec<Mover<'_>>> = BTreeMap::new();
    for item in items {
        let Some(what) = Move::of(&item.event.kind) else {
            continue;
        };
        match mover(item, what, known) {
            Ok(mover) => movers.entry(&mover.row.reference).or_default().push(mover),
            Err(taken) => {
                settled.outcomes.insert(item.seq, taken?);
            }
        }
    }
    if movers.is_empty() {
        return Ok(());
    }
    let mut whose = Whose::default();
    let first = movers.values().filter_map(|movers| movers.first());
    whose.projects.extend(first.map(|mover| mover.row.id));
    hold(tx, &whose).await?;
    let list: Vec<Value> = movers.keys().map(|project| (*project).into()).collect();
    let (mut standings, mut seqs) = remembered(tx, &list).await?;
    let mut changes = Changes::default();
    for (reference, mut movers) in movers {
        movers.sort_by_key(|mover| mover.item.key());
        let mut standing = standings.remove(reference).unwrap_or_default();
        seqs.extend(movers.iter().map(|one| (one.item.key(), one.item.seq)));
        change(
            tx,
            &movers,
            &mut standing,
            &seqs,
            &mut changes,
            settled,
            now,
        )?;
    }
    PROVE.write(tx, &changes.proofs, now).await?;
    for generation in &changes.generations {
        APPEND.write(tx, generation, now).await?;
    }
    tell(tx, changes.told, known, settled, now).await
}

/// Where projects stand after the events that moved them before, and the numbers of those events.
async fn remembered(
    tx: &mut Tx,
    projects: &[Value],
) -> Result<(HashMap<String, Standing>, HashMap<Key, i64>), StoreError> {
    let mut standings: HashMap<String, Standing> = HashMap::new();
    let mut seqs: HashMap<Key, i64> = HashMap::new();
    for row in REMEMBERED.read::<RememberedRow>(tx, projects).await? {
        let Some(what) = Move::of(&row.kind) else {
            continue;
        };
        seqs.insert((row.at, row.id.clone()), row.seq);
        standings
            .entry(row.subject)
            .or_default()
            .remember(what, (row.at, row.id));
    }
    Ok((standings, seqs))
}

/// The event with what it needs, or why it may not move the project.
fn mover<'a>(
    item: &'a Item,
    what: Move,
    known: &'a Known,
) -> Result<Mover<'a>, Result<Taken, StoreError>> {
    let (project, provider) = match &item.event.what {
        What::Awarded { project, provider } => (project, Some(provider)),
        What::AwardRevoked { project }
        | What::Cancelled { project, .. }
        | What::Reopened { project, .. } => (project, None),
        _ => {
            return Err(Ok(Taken::Kept(
                "its body says something else than its type".to_owned(),
            )));
        }
    };
    let row = known.project(project).map_err(Ok)?;
    let awarded_to = provider
        .map(|provider| known.provider(provider))
        .transpose()
        .map_err(Ok)?;
    let mut consent = None;
    match &item.event.what {
        What::Cancelled { client, reason, .. } => {
            let act = SignedAct {
                // Somebody else than the owner, whoever it is, has another id.
                client: if *client == row.client {
                    row.client_id
                } else {
                    uuid::Uuid::nil().into()
                },
                project: row.id,
                at: item.event.at,
                signature_holds: item.signed_at.is_some(),
            };
            let signed_at = item.signed_at.unwrap_or(item.event.at);
            let project = row.project().map_err(Err)?;
            match consent::verify(&act, &project, signed_at) {
                Ok(given) => consent = Some((given, *reason)),
                Err(why) => return Err(Ok(Taken::Refused(why.to_string()))),
            }
        }
        What::Reopened {
            client: Some(client),
            ..
        } if *client != row.client => {
            return Err(Ok(Taken::Refused(
                "only the project's own client may put it back".to_owned(),
            )));
        }
        _ => {}
    }
    Ok(Mover {
        item,
        row,
        what,
        awarded_to: awarded_to.map(|row| row.id),
        consent,
    })
}

/// Takes the events of one project in their order and notes every change that follows.
fn change(
    tx: &Tx,
    movers: &[Mover<'_>],
    standing: &mut Standing,
    seqs: &HashMap<Key, i64>,
    changes: &mut Changes,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    let Some(row) = movers.first().map(|mover| mover.row) else {
        return Ok(());
    };
    standing.stand(match row.state {
        StateName::Pending => Stands::Pending,
        StateName::InProgress => Stands::InProgress,
        StateName::Cancelled => Stands::Cancelled,
    });
    let mut project = row.project()?;
    let mut generation = 0;
    for mover in movers {
        let steps = standing.take(mover.what, mover.item.key());
        let taken = if steps.is_empty() {
            Taken::Late
        } else {
            Taken::Applied
        };
        settled.outcomes.insert(mover.item.seq, taken);
        let line = mover
            .item
            .line(row.client_id, Some(row.id), line_of(mover.what));
        settled.lines.push(line);
        for step in steps {
            project = moved(project, mover, &step)?;
            let proof = (step.to == Stands::Cancelled).then(|| ProofId::at(now));
            if let (Some(proof), Some((consent, _))) = (proof, &mover.consent) {
                changes.proofs.push(json!({
                    "id": spelled(tx, proof.uuid()), "client": spelled(tx, consent.client().uuid()),
                    "project": spelled(tx, consent.project().uuid()), "evidence": mover.item.seq,
                    "made_at": time_text(mover.item.event.at), "expires_at": time_text(consent.until()),
                }));
            }
            if changes.generations.len() <= generation {
                changes.generations.push(Vec::new());
            }
            let event = event_row(tx, mover, row, &step, seqs, proof);
            changes.generations[generation].push(event);
            generation += 1;
            if mover.item.source != Source::History {
                changes.told.insert(row.reference.clone(), json!({
                    "project": row.reference, "state": step.to, "from": step.from, "changed_at": time_text(step.by.0),
                    "because": step.by.1,
                }));
            }
        }
    }
    Ok(())
}

const fn line_of(what: Move) -> LineKind {
    match what {
        Move::Award => LineKind::Award,
        Move::Revoke => LineKind::AwardRevoked,
        Move::Cancel => LineKind::Cancelled,
        Move::Reopen => LineKind::Reopened,
    }
}

/// The step on the domain's own terms, which must agree.
fn moved(project: Project, mover: &Mover<'_>, step: &Step) -> Result<Project, StoreError> {
    let (id, at) = (project.id, step.by.0);
    let done = match (step.to, step.from, mover.awarded_to, &mover.consent) {
        (Stands::InProgress, _, Some(to), _) => project.award(to, at),
        (Stands::Cancelled, _, _, Some((consent, _))) => project.cancel(consent, at),
        (Stands::Pending, Stands::InProgress, _, _) => project.revoke_award(at),
        (Stands::Pending, Stands::Cancelled, _, _) => project.reopen(at),
        _ => return Err(corrupt(id)),
    };
    done.map_err(|_| corrupt(id))
}

fn corrupt(id: ProjectId) -> StoreError {
    StoreError::Corrupt {
        what: "project",
        id: id.to_string(),
        why: "its state is not what its events come to; run relance-worker verify",
    }
}

fn event_row(
    tx: &Tx,
    mover: &Mover<'_>,
    row: &ProjectRow,
    step: &Step,
    seqs: &HashMap<Key, i64>,
    proof: Option<ProofId>,
) -> Value {
    let by_client = step.to == Stands::Cancelled
        || (step.from == Stands::Cancelled && step.to == Stands::Pending);
    let awarded_to = mover.awarded_to.filter(|_| step.to == Stands::InProgress);
    let reason = mover
        .consent
        .as_ref()
        .filter(|_| step.to == Stands::Cancelled);
    json!({
        "project": spelled(tx, row.id.uuid()), "from": step.from, "to": step.to,
        "actor_kind": if by_client { "client" } else { "platform" },
        "actor": by_client.then(|| spelled(tx, row.client_id.uuid())),
        "cause": seqs.get(&step.by), "proof": proof.map(|proof| spelled(tx, proof.uuid())),
        "awarded_to": awarded_to.map(|provider| spelled(tx, provider.uuid())),
        "reason": reason.map(|(_, reason)| reason), "at": time_text(step.by.0),
    })
}

/// Tells the platform, with the providers who had applied: they learn at once what came of it.
async fn tell(
    tx: &mut Tx,
    told: BTreeMap<String, Value>,
    known: &Known,
    settled: &mut Settled,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    settled.moved = true;
    let ids = told
        .keys()
        .filter_map(|project| known.projects.get(project))
        .map(|row| row.id);
    let list: Vec<Value> = ids.map(|id| spelled(tx, id.uuid()).into()).collect();
    let mut bidders: HashMap<ProjectId, Vec<String>> = HashMap::new();
    for (project, provider) in BIDDERS.read::<(ProjectId, String)>(tx, &list).await? {
        let bidders = bidders.entry(project).or_default();
        if bidders.len() < BIDDERS_PER_EVENT_MAX {
            bidders.push(provider);
        }
    }
    for (project, mut data) in told {
        let Some(row) = known.projects.get(&project) else {
            continue;
        };
        data["bidders"] = json!(bidders.remove(&row.id).unwrap_or_default());
        out::tell(tx, "project.state_changed", data, now).await?;
        settled.told = true;
    }
    Ok(())
}
