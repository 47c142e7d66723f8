//! `verify`: proves that the database still says what it may say.

use anyhow::bail;
use relance_shared::credit::store as credit;
use relance_shared::listing::store as listing;
use relance_shared::platform::webhook::Secrets;
use relance_shared::verify::{Finding, store as verify};

use relance_shared::env::Env;

/// Checks guards, chains, evidence and the list; prints each finding.
///
/// # Errors
/// When anything was found, or the database cannot be read.
pub async fn run(env: &Env) -> anyhow::Result<()> {
    let mut findings = verify::schema(&env.db).await?;
    println!("guards of the schema: {}", verdict(findings.len()));
    let chains = verify::chains(&env.db).await?;
    println!(
        "states, events, evidence and refunds: {}",
        verdict(chains.len())
    );
    findings.extend(chains);
    let contradictions = verify::contradictions(&env.db).await?;
    println!(
        "checks and keys of the tables: {}",
        verdict(contradictions.len())
    );
    findings.extend(contradictions);
    let secrets = Secrets::new(env.settings.platform.secret.as_ref())?;
    let evidence = verify::evidence(&env.db, &secrets, &env.keys).await?;
    println!("signatures of the evidence: {}", verdict(evidence.len()));
    findings.extend(evidence);
    let seals = verify::events(&env.db, &env.keys).await?;
    println!(
        "seals of {} events: {}",
        seals.looked_at,
        verdict(usize::try_from(seals.broken).unwrap_or(usize::MAX))
    );
    findings.extend(seals.findings);
    let list = listing::verify(&env.db).await?;
    let missing = usize::from(!list.is_whole());
    println!(
        "pending projects, {} of {} listed: {}",
        list.listed,
        list.pending,
        verdict(missing)
    );
    if missing > 0 {
        findings.push(Finding {
            rule: "P5",
            what: format!(
                "{} projects are pending, {} listed, {} announced",
                list.pending, list.listed, list.announced
            ),
        });
    }
    let ledger = credit::prove(&env.db).await?;
    println!(
        "ledger of credits, {} transfers: {}",
        ledger.transfers,
        verdict(usize::from(ledger.first_bad.is_some()))
    );
    if ledger.unpaid > 0 {
        println!(
            "  {} spends that no grant could pay yet: ask the platform for the missing grants",
            ledger.unpaid
        );
    }
    findings.extend(ledger.first_bad);
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

fn verdict(findings: usize) -> String {
    if findings == 0 {
        "in order".to_owned()
    } else {
        format!("{findings} findings")
    }
}
