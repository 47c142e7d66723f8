//! Many processes decide on one request at the same time.

use std::process::Stdio;

use futures_util::future::join_all;
use relance_shared::account::store::find_staff;
use relance_shared::account::{Locale, StaffId};
use relance_shared::credit::Kind;
use relance_shared::credit::store::{balance, history};
use relance_shared::db::Db;
use relance_shared::platform::store::out;
use relance_shared::project::ProjectId;
use relance_shared::refund::store::{self, Ask, Command, Decided, Opened, Verdict, decide};
use relance_shared::refund::{EventKind, Limits, Reason, Request, RequestId, Surface};
use relance_shared::testing::{day, each_engine};
use relance_tests::programs::{program, url_of};
use secrecy::ExposeSecret as _;

use super::scene::a_market;

/// Bots, each with a pool of its own, as in a process of its own.
const BOTS: usize = 4;
/// Presses that each bot receives, half of either admin.
const PRESSES: usize = 246;
/// `relance-worker refunds approve`, each a process.
const COMMANDS: usize = 16;
const ZONE: chrono_tz::Tz = chrono_tz::Europe::Paris;

async fn opened(db: &Db) -> anyhow::Result<Request> {
    let provider = a_market(db).await?;
    let spends = store::claimable(db, provider, "31204").await?;
    let project: ProjectId = spends[0].project_id;
    let ask = Ask {
        provider,
        project,
        kind: Kind::Offer,
        reason: Reason::FellThrough,
        story: "Le client dit que c’est tombé à l’eau.".to_owned(),
        proof: String::new(),
        locale: Locale::Fr,
        surface: Surface::Discord,
        key: "discord:1".to_owned(),
    };
    match store::open(db, &ask, &Limits::default(), ZONE, day(2)).await? {
        Opened::Queued(request) => Ok(*request),
        other => anyhow::bail!("{other:?}"),
    }
}

/// All presses that reach one bot, at once; gives how many were told that theirs approved.
async fn a_bot(
    bot: usize,
    db: Db,
    request: RequestId,
    admins: [StaffId; 2],
) -> anyhow::Result<usize> {
    let interactions: Vec<String> = (0..PRESSES).map(|n| format!("{bot}-{n}")).collect();
    let limits = Limits::default();
    let commands: Vec<Command<'_>> = interactions
        .iter()
        .enumerate()
        .map(|(n, interaction)| Command {
            request,
            staff: admins[n % 2],
            verdict: Verdict::Approve,
            said: "le client nous l’a confirmé",
            surface: Surface::Discord,
            interaction: Some(interaction),
        })
        .collect();
    let all = commands
        .iter()
        .map(|command| decide(&db, command, &limits, ZONE, day(3)));
    let mut approved = 0;
    for decided in join_all(all).await {
        match decided? {
            Decided::Done(done) => {
                assert_eq!(done.event, EventKind::Approved);
                approved += 1;
            }
            Decided::Refused { by, .. } => assert!(by.is_some(), "the loser is told who decided"),
        }
    }
    db.close().await;
    Ok(approved)
}

/// The command line's twin, in a process of its own.
async fn a_command(db: &Db, admin: &str) -> anyhow::Result<usize> {
    let folder = tempfile::TempDir::new()?;
    let output = tokio::process::Command::new(program("relance-worker")?)
        .arg("--data")
        .arg(folder.path())
        .args([
            "refunds",
            "approve",
            "1",
            "--as",
            admin,
            "--reason",
            "le client nous l’a confirmé",
        ])
        .env("RELANCE__DATABASE__URL", url_of(db).expose_secret())
        // One key signs for the database, whatever folder a process has.
        .env(
            "RELANCE__WEB__KEY",
            "one key of all the processes of this test",
        )
        .env("RELANCE__CLOCK__SIMULATED", "true")
        .env("RELANCE__CLOCK__AT", day(3).to_rfc3339())
        .stdin(Stdio::null())
        .output()
        .await?;
    if output.status.success() {
        return Ok(1);
    }
    let why = String::from_utf8(output.stderr)?;
    anyhow::ensure!(why.contains("there is nothing left to do"), "{why}");
    Ok(0)
}

// d12, L4, L5, S25: a thousand approvals from four bots and sixteen commands, each with connections of its own, give one
// refund, one event for the platform, one message to the claimant.
#[tokio::test(flavor = "multi_thread")]
async fn a_thousand_approvals_of_several_processes_give_one_refund() {
    each_engine(async |db| {
        let request = opened(&db).await?;
        let mut admins = Vec::new();
        for name in ["anne", "bilal"] {
            admins.push(find_staff(&db, name).await?.expect("of the staff").id);
        }
        let mut bots = Vec::new();
        for bot in 0..BOTS {
            let own = Db::open(url_of(&db).expose_secret()).await?;
            bots.push(tokio::spawn(a_bot(
                bot,
                own,
                request.id,
                [admins[0], admins[1]],
            )));
        }
        let commands = (0..COMMANDS).map(|n| a_command(&db, ["anne", "bilal"][n % 2]));
        let mut approved = 0;
        for done in join_all(commands).await {
            approved += done?;
        }
        for bot in bots {
            approved += bot.await??;
        }
        assert_eq!(approved, 1, "of {}", BOTS * PRESSES + COMMANDS);
        let provider = request.provider_id;
        assert_eq!(balance(&db, provider, Kind::Offer).await?.available, 18);
        let refunds = history(&db, provider)
            .await?
            .into_iter()
            .filter(|of| of.refunds.is_some());
        assert_eq!(refunds.count(), 1);
        assert_eq!(store::events(&db, request.id).await?.len(), 1);
        assert_eq!(out::next(&db).await?.len(), 1);
        Ok(())
    })
    .await;
}
