//! `/status` for the staff: the lists, the database, the jobs.

use chrono::TimeDelta;
use relance_shared::listing::store::{List, count};
use relance_shared::queue::store::{JobRow, list};
use relance_shared::report::store::recent_alarms;
use relance_shared::words::bot::say;
use relance_shared::words::report::alarm_line;
use relance_shared::words::time::moment;

use crate::conversation::{Asker, Desk, Options, Reply, Trouble};

/// Alarms about reports are shown for so long.
const ALARMS_DAYS: TimeDelta = TimeDelta::days(30);
/// Alarms that are shown.
const ALARMS_MAX: u32 = 10;

/// How things are.
pub async fn run(desk: &Desk, asker: &Asker, _: &Options) -> Result<Reply, Trouble> {
    let (db, locale) = (&desk.env.db, asker.locale);
    let pending = count(db, List::Pending).await?.to_string();
    let progress = count(db, List::InProgress).await?.to_string();
    let fits = db.fits().await?.migrated;
    let base = if fits {
        "status_base_fits"
    } else {
        "status_base_old"
    };
    let counts = [("pending", pending.as_str()), ("progress", &progress)];
    let mut lines = vec![
        say(locale, "status_title", &[]),
        say(locale, "status_counts", &counts),
        say(locale, "status_base", &[("state", &say(locale, base, &[]))]),
    ];
    lines.extend(list(db).await?.iter().map(|row| job(desk, asker, row)));
    let since = desk.env.clock.now() - ALARMS_DAYS;
    for alarm in recent_alarms(db, since, ALARMS_MAX).await? {
        let (provider, project) = (alarm.provider.as_deref(), alarm.project.as_deref());
        lines.push(alarm_line(
            locale,
            alarm.kind,
            alarm.reports,
            provider,
            project,
        ));
    }
    Ok(Reply::text(lines.join("\n")))
}

fn job(desk: &Desk, asker: &Asker, row: &JobRow) -> String {
    let (locale, attempts) = (asker.locale, row.attempts.to_string());
    let values = |key| say(locale, key, &[("job", &row.job), ("attempts", &attempts)]);
    if row.parked_at.is_some() {
        return values("status_job_parked");
    }
    if row.attempts > 0 && row.holder.is_none() {
        return values("status_job_waits");
    }
    match row.ended_at {
        Some(at) => {
            let ended = moment(locale, at, desk.env.settings.schedule.zone);
            say(
                locale,
                "status_job_idle",
                &[("job", &row.job), ("ended", &ended)],
            )
        }
        None => values("status_job_never"),
    }
}
