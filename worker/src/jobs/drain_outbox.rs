//! Hands due letters to the relay.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream;
use relance_shared::env::Env;
use relance_shared::outbox::Verdict;
use relance_shared::outbox::store::{self, CLAIM_ROWS_MAX, Claimed, Settled};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tokio::time::Instant;

use crate::jobs::stand_in;
use crate::relay::{Breaker, CONNECTIONS_MAX, Relay, Stop};

/// Claims under way at once: one records and claims while the other's letters travel.
const LANES: usize = 2;
/// No letter is begun later than so long after its claim: it goes back, so that a claim ends before its lease.
const BEGIN_WITHIN: Duration = Duration::from_mins(1);
/// A claim should be through in so long: what a killed worker leaves unknown is what it had under way then.
const CLAIM_TIME_AIM: Duration = Duration::from_millis(100);

/// What one run did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Drained {
    /// Letters that the relay took over.
    pub accepted: usize,
    /// Letters refused for good.
    pub refused: usize,
    /// Letters that began to travel and got no verdict.
    pub unknown: usize,
    /// Letters that go out later.
    pub later: usize,
    /// Letters no longer right to send.
    pub withdrawn: usize,
    /// Why the relay is left alone for a while, when it is.
    pub away: Option<String>,
}

/// One run: until nothing is due, the relay is away, or the program stops.
///
/// # Errors
/// When the settings name no relay that can be used, or the database fails.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    // Its letters leave with the others; when it fails, the others leave all the same.
    let stood_in = stand_in::run(env).await;
    let drained = drain(env).await?;
    if drained != Drained::default() {
        tracing::info!(?drained, "letters handed over");
    }
    stood_in
}

/// [`run`], and what it did.
///
/// # Errors
/// As [`run`].
pub async fn drain(env: &Env) -> anyhow::Result<Drained> {
    let relay = Relay::of(env)?;
    let (told, stop) = watch::channel(false);
    let mut terminate = signal(SignalKind::terminate())?;
    let listening = tokio::spawn(async move {
        terminate.recv().await;
        // Nobody listens any more: the drain has ended.
        let _ended = told.send(true);
    });
    let drained = drain_until(env, &relay, &stop).await;
    listening.abort();
    drained
}

async fn drain_until(env: &Env, relay: &Relay, stop: &Stop) -> anyhow::Result<Drained> {
    let now = env.clock.now();
    let died = store::expire(&env.db, relay.is_repeat_harmless(), now).await?;
    if died > 0 {
        tracing::warn!(
            letters = died,
            "a sender died in transmission: see `relance-worker outbox`"
        );
    }
    let lanes = (0..LANES).map(|_| lane(env, relay, stop));
    let lanes = futures_util::future::try_join_all(lanes).await;
    note_relay(env, relay).await?;
    Ok(lanes?.into_iter().fold(Drained::default(), Drained::plus))
}

/// Leaves word for other processes of whether the relay answers.
async fn note_relay(env: &Env, relay: &Relay) -> anyhow::Result<()> {
    let news = breaker(relay).news();
    match news.trouble {
        Some(away) => store::relay_away(&env.db, &away).await?,
        None if news.took || news.answered => store::relay_back(&env.db, news.took).await?,
        None => {}
    }
    Ok(())
}

fn breaker(relay: &Relay) -> MutexGuard<'_, Breaker> {
    relay.breaker.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn lane(env: &Env, relay: &Relay, stop: &Stop) -> anyhow::Result<Drained> {
    let mut drained = Drained::default();
    let mut rows = CONNECTIONS_MAX;
    // What came of the last claim; it is never kept back while this waits for anything but the database.
    let mut settled: Vec<Settled> = Vec::new();
    while !*stop.borrow() && !is_away(env, relay) {
        let leave = relay.limits.take(rows);
        if leave.is_err() || !relay.is_ready() {
            store::record(&env.db, &settled, env.clock.now()).await?;
            settled.clear();
        }
        let leave = match leave {
            Ok(leave) => leave,
            // With no letter in hand.
            Err(pause) => {
                tokio::time::sleep(pause).await;
                continue;
            }
        };
        if let Err(why) = relay.ready().await {
            failed(env, relay, &why);
            drained.away = Some(why);
            continue;
        }
        breaker(relay).answered();
        let claim = store::record_and_claim(&env.db, &settled, leave, env.clock.now()).await;
        let claim = match claim {
            Ok(claim) => claim,
            // What was sent is worth a second attempt by itself.
            Err(error) => {
                store::record(&env.db, &settled, env.clock.now()).await?;
                return Err(error.into());
            }
        };
        settled.clear();
        if claim.letters.is_empty() && claim.withdrawn == 0 {
            break;
        }
        drained.withdrawn += claim.withdrawn;
        let (claimed, began) = (claim.letters.len(), Instant::now());
        settled = send(env, relay, stop, claim.letters, began).await;
        for settled in &settled {
            drained.count(&settled.verdict);
        }
        rows = next_rows(rows, claimed, began.elapsed());
    }
    store::record(&env.db, &settled, env.clock.now()).await?;
    Ok(drained)
}

async fn send(
    env: &Env,
    relay: &Relay,
    stop: &Stop,
    letters: Vec<Claimed>,
    claimed_at: Instant,
) -> Vec<Settled> {
    let each = stream::iter(letters).map(async |letter| {
        let now = env.clock.now();
        let (verdict, due_at) = if *stop.borrow() || claimed_at.elapsed() > BEGIN_WITHIN {
            (Verdict::NotTried("its turn did not come".to_owned()), None)
        } else if is_away(env, relay) {
            (Verdict::NotTried("the relay is away".to_owned()), None)
        } else {
            match relay.limits.take_domain(&letter.recipient, now) {
                Err(turn) => (Verdict::NotTried("domain limit".to_owned()), Some(turn)),
                Ok(()) => (relay.send(&letter, stop).await, None),
            }
        };
        if due_at.is_none() {
            watch_relay(env, relay, stop, &verdict);
        }
        Settled {
            id: letter.id,
            fence: letter.fence,
            attempts: letter.attempts,
            verdict,
            due_at,
        }
    });
    each.buffer_unordered(CONNECTIONS_MAX).collect().await
}

/// As many letters per claim as go through in [`CLAIM_TIME_AIM`]: what a killed worker had under way is few.
fn next_rows(rows: usize, claimed: usize, took: Duration) -> usize {
    if took > CLAIM_TIME_AIM {
        (rows / 2).max(CONNECTIONS_MAX)
    } else if claimed >= rows {
        (rows * 2).min(CLAIM_ROWS_MAX)
    } else {
        rows
    }
}

fn is_away(env: &Env, relay: &Relay) -> bool {
    breaker(relay).is_open(env.clock.now())
}

fn failed(env: &Env, relay: &Relay, why: &str) {
    tracing::warn!(why, "the relay cannot be reached");
    metrics::counter!("relance_relay_failures_total").increment(1);
    breaker(relay).failed(why, env.clock.now());
}

/// What a verdict says about the relay itself.
fn watch_relay(env: &Env, relay: &Relay, stop: &Stop, verdict: &Verdict) {
    match verdict {
        Verdict::Accepted | Verdict::AddressRefused(_) | Verdict::Refused(_) => {
            breaker(relay).worked();
        }
        Verdict::NotTried(why) | Verdict::Unknown(why)
            if !*stop.borrow() && !is_away(env, relay) =>
        {
            failed(env, relay, why);
        }
        Verdict::NotTried(_) | Verdict::Unknown(_) | Verdict::Later(_) => {}
    }
}

impl Drained {
    fn count(&mut self, verdict: &Verdict) {
        let (name, count) = match verdict {
            Verdict::Accepted => ("accepted", &mut self.accepted),
            Verdict::AddressRefused(_) => ("address_refused", &mut self.refused),
            Verdict::Refused(_) => ("refused", &mut self.refused),
            Verdict::Later(_) => ("later", &mut self.later),
            Verdict::NotTried(_) => ("not_tried", &mut self.later),
            Verdict::Unknown(_) => ("unknown", &mut self.unknown),
        };
        *count += 1;
        metrics::counter!("relance_letters_total", "verdict" => name).increment(1);
    }

    fn plus(self, other: Self) -> Self {
        Self {
            accepted: self.accepted + other.accepted,
            refused: self.refused + other.refused,
            unknown: self.unknown + other.unknown,
            later: self.later + other.later,
            withdrawn: self.withdrawn + other.withdrawn,
            away: self.away.or(other.away),
        }
    }
}

#[cfg(test)]
mod tests;
