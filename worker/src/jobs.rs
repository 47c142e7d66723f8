//! The jobs, one file each: coarse steps that look at the whole state and may run twice.

pub mod deliver_events;
pub mod drain_outbox;
pub mod housekeep;
pub mod plan_follow_ups;
pub mod poll_feed;
pub mod read_inbox;
pub mod remind_reviewers;
pub mod rerank;
mod stand_in;

use relance_shared::env::Env;
use relance_shared::queue::JobName;

/// The jobs that this program serves.
pub const SERVED: [JobName; 8] = [
    JobName::PlanFollowUps,
    JobName::DrainOutbox,
    JobName::Rerank,
    JobName::PollFeed,
    JobName::DeliverEvents,
    JobName::ReadInbox,
    JobName::RemindReviewers,
    JobName::Housekeep,
];

/// One run of `job`.
///
/// # Errors
/// Whatever the job could not do; the queue's wrapper records it and tries again later.
pub async fn run(env: &Env, job: JobName) -> anyhow::Result<()> {
    match job {
        JobName::PlanFollowUps => plan_follow_ups::run(env).await,
        JobName::DrainOutbox => drain_outbox::run(env).await,
        JobName::Rerank => rerank::run(env).await,
        JobName::PollFeed => poll_feed::run(env).await,
        JobName::DeliverEvents => deliver_events::run(env).await,
        JobName::ReadInbox => read_inbox::run(env).await,
        JobName::RemindReviewers => remind_reviewers::run(env).await,
        JobName::Housekeep => housekeep::run(env).await,
        JobName::TellDiscord => anyhow::bail!("done by `relance-bot run`, not here"),
    }
}

#[cfg(test)]
mod tests;
