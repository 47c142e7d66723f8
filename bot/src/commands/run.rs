//! `run`: Discord until the signal to stop.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use relance_shared::discord_out::store::next_due;
use relance_shared::env::Env;
use relance_shared::id::Id;
use relance_shared::queue::{self, JobName, Running};
use relance_shared::verify::store as verify;
use relance_shared::{figures, log};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;

use crate::commands::faq;
use crate::conversation::Desk;
use crate::discord::connect::Lines;
use crate::discord::{Bot, tell};
use crate::health;

/// How often messages that were put off are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Names a process start; nothing but an identity.
struct ProcessStart;

/// Serves until SIGTERM or Ctrl-C.
///
/// # Errors
/// When the FAQ has a fault, Discord cannot be reached, or refuses the token.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    log::begin("relance_bot");
    verify::guarded(&env.db).await?;
    let mut terminate = signal(SignalKind::terminate()).context("no signals here")?;
    let desk = Arc::new(Desk::new(env.clone(), faq::live(&env.settings)?.into())?);
    let bot = Bot::connect(desk.clone()).await?;
    let (lines, shards) = (bot.lines(), bot.shards());
    let (stop, stopped) = watch::channel(false);
    let deliveries = tokio::spawn(deliver(desk.clone(), lines, stopped));
    let health = tokio::spawn(serve(env.clone()));
    let looks = tokio::spawn(look(env.clone()));
    let reads = tokio::spawn(faq::watch(desk.faq.clone()));
    let listening = bot.listen();
    let ended = tokio::select! {
        ended = listening => ended,
        _ = terminate.recv() => Ok(()),
        _ = tokio::signal::ctrl_c() => Ok(()),
    };
    shards.shutdown_all().await;
    health.abort();
    looks.abort();
    reads.abort();
    // An error means that the deliveries ended already.
    let _ = stop.send(true);
    deliveries.await.context("delivering messages")??;
    env.db.close().await;
    ended
}

/// Serves health and figures where the settings say; a bot without them answers all the same.
async fn serve(env: Env) {
    let Some(address) = &env.settings.discord.metrics_listen else {
        return;
    };
    if let Err(error) = health::serve(address, env.db.clone()).await {
        tracing::error!(error = %format!("{error:#}"), "no figures are served");
    }
}

/// Serves the job `tell-discord`.
async fn deliver(
    desk: Arc<Desk>,
    lines: Arc<Lines>,
    mut stopped: watch::Receiver<bool>,
) -> anyhow::Result<()> {
    let holder = format!("bot-{}", Id::<ProcessStart>::at(desk.env.clock.now()));
    let env = desk.env.clone();
    let work = Arc::new(move |_| -> Running {
        let (desk, lines) = (desk.clone(), lines.clone());
        Box::pin(async move { tell::run(&desk, &lines).await })
    });
    let stop = async move {
        // An error means that the sender is gone, which is as good as the signal.
        let _ = stopped.wait_for(|stop| *stop).await;
    };
    queue::run(
        &env.db,
        &env.clock,
        &holder,
        &[JobName::TellDiscord],
        work,
        stop,
    )
    .await
}

/// Wishes for the job when a message that was put off is due, and wakes what nobody serves.
async fn look(env: Env) {
    loop {
        if let Err(error) = wish(&env).await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the messages could not be looked at; trying again"
            );
        }
        figures::fold();
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

async fn wish(env: &Env) -> Result<(), relance_shared::db::StoreError> {
    let now = env.clock.now();
    if next_due(&env.db).await?.is_some_and(|due| due <= now) {
        let mut tx = env.db.begin().await?;
        queue::hurry(&mut tx, JobName::TellDiscord, now).await?;
        tx.commit().await?;
    }
    queue::wake_unserved(&env.db, now).await
}
