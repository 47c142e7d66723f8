//! `erase`: ends what is kept about a person.

use std::io::{IsTerminal as _, Write as _};

use anyhow::bail;
use relance_shared::config::MailTransport;
use relance_shared::env::Env;
use relance_shared::privacy::KEPT;
use relance_shared::privacy::store::{erase, find};

/// What `erase` is told.
#[derive(Debug, clap::Args)]
pub struct EraseArgs {
    /// The platform's id of a client or provider, or an address that only one person has.
    person: String,
    /// Only say whom it would be, and what stays.
    #[arg(long)]
    dry_run: bool,
    /// Without asking; a script, which has no terminal, is not asked either.
    #[arg(long)]
    yes: bool,
}

/// Asks a person at the terminal; whoever gives the command without one is not asked.
fn is_confirmed(question: &str) -> anyhow::Result<bool> {
    if !std::io::stdin().is_terminal() {
        return Ok(true);
    }
    print!("{question} Type yes: ");
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().read_line(&mut answer)?;
    Ok(answer.trim().eq_ignore_ascii_case("yes"))
}

/// Erases the one person whom the name means; references, dates and figures stay, so that money and chains still add up.
///
/// # Errors
/// When nobody or more than one person is meant, or the database fails: nothing is erased then.
pub async fn run(env: &Env, args: &EraseArgs) -> anyhow::Result<()> {
    let people = find(&env.db, &args.person).await?;
    let [(person, reference)] = &people[..] else {
        let references: Vec<&str> = people
            .iter()
            .map(|(_, reference)| reference.as_str())
            .collect();
        if people.is_empty() {
            bail!(
                "nobody has the id or address {:?}, or it was erased already: give the platform's id",
                args.person
            );
        }
        bail!(
            "{} people have that id or address: {}; name one by the platform's id",
            people.len(),
            references.join(", ")
        );
    };
    let what = person.column().trim_end_matches("_id");
    if args.dry_run {
        println!("This would erase the {what} {reference} for good. What stays, and why:");
        for (table, why) in KEPT {
            println!("  {table}: {why}");
        }
        return Ok(());
    }
    if !args.yes && !is_confirmed(&format!("Erase the {what} {reference} for good?"))? {
        bail!("nothing was erased: answer yes, or give --yes");
    }
    let erased = erase(
        &env.db,
        *person,
        env.settings.schedule.zone,
        env.clock.now(),
    )
    .await?;
    println!("The {what} {reference} is erased:");
    for (table, rows) in &erased.rows {
        println!("{rows:>9} {table}");
    }
    if erased.letters_leaving > 0 {
        println!(
            "{} letters are leaving at this moment: erase again in some minutes.",
            erased.letters_leaving
        );
    }
    if env.settings.mail.transport == MailTransport::Folder {
        println!(
            "Letters written into {} stay there: delete those files.",
            env.settings.data.join("mail").display()
        );
    }
    println!("Copies in backups end with their own retention; after restoring one, erase again.");
    Ok(())
}
