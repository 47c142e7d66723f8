//! `verify`: proves that the database still says what it may say.

use anyhow::bail;
use relance_shared::credit::store as credit;
use relance_shared::db::Db;
use relance_shared::env::Env;
use relance_shared::listing::store as listing;
use relance_shared::platform::webhook::Secrets;
use relance_shared::verify::{Finding, store as verify};

/// Checks guards, chains, evidence, seals, the list and the ledger; prints each finding.
///
/// # Errors
/// When anything was found, or the database cannot be read.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let findings = findings(env, &env.db, |line| println!("{line}")).await?;
    for finding in &findings {
        println!("  {finding}");
    }
    if findings.is_empty() {
        return Ok(());
    }
    bail!(
        "{} findings: nothing was changed; a person has to look",
        findings.len()
    )
}

/// What is wrong in `db`, which is this installation's database or a copy of it; `tell` hears what each check came to.
///
/// # Errors
/// When the database cannot be read.
pub(super) async fn findings(
    env: &Env,
    db: &Db,
    mut tell: impl FnMut(&str),
) -> anyhow::Result<Vec<Finding>> {
    let mut all = Vec::new();
    let mut found = |check: &str, findings: Vec<Finding>, all: &mut Vec<Finding>| {
        tell(&format!("{check}: {}", verdict(findings.len())));
        all.extend(findings);
    };
    found("guards of the schema", verify::schema(db).await?, &mut all);
    let chains = verify::chains(db).await?;
    found("states, events, evidence and refunds", chains, &mut all);
    let contradictions = verify::contradictions(db).await?;
    found("checks and keys of the tables", contradictions, &mut all);
    let secrets = Secrets::new(env.settings.platform.secret.as_ref())?;
    let evidence = verify::evidence(db, &secrets, &env.keys).await?;
    found("signatures of the evidence", evidence, &mut all);
    let seals = verify::events(db, &env.keys).await?;
    let check = format!(
        "seals of {} events, {} broken",
        seals.looked_at, seals.broken
    );
    found(&check, seals.findings, &mut all);
    let list = listing::verify(db).await?;
    let check = format!(
        "pending projects, {} of {} listed",
        list.listed, list.pending
    );
    found(&check, missing(&list).into_iter().collect(), &mut all);
    let ledger = credit::prove(db).await?;
    let check = format!("ledger of credits, {} transfers", ledger.transfers);
    found(&check, ledger.first_bad.into_iter().collect(), &mut all);
    if ledger.unpaid > 0 {
        tell(&format!(
            "  {} spends that no grant could pay yet: ask the platform for the missing grants",
            ledger.unpaid
        ));
    }
    Ok(all)
}

fn missing(list: &listing::Verified) -> Option<Finding> {
    (!list.is_whole()).then(|| Finding {
        rule: "P5",
        what: format!(
            "{} projects are pending, {} listed, {} announced",
            list.pending, list.listed, list.announced
        ),
    })
}

fn verdict(findings: usize) -> String {
    if findings == 0 {
        "in order".to_owned()
    } else {
        format!("{findings} findings")
    }
}
