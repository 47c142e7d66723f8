//! What was not answered, and what the author does about it.

use std::io::{BufRead as _, IsTerminal as _, stdin};
use std::iter;

use anyhow::{Context as _, bail};
use chrono::TimeDelta;
use comfy_table::Table;
use comfy_table::presets::UTF8_HORIZONTAL_ONLY;
use relance_shared::account::{self, Identity};
use relance_shared::faq::log::{AnswerId, Asker, Change, Settled, Unanswered};
use relance_shared::faq::store;

use super::{Env, Index, Locale, author, content, examples, faults, files, index};

/// Texts of an effect that are listed.
const EFFECT_SHOWN: usize = 10;
/// Messages of a group that are listed.
const GROUP_SHOWN: usize = 5;

/// Which messages.
#[derive(Debug, clap::Args)]
pub struct UnansweredArgs {
    /// How far back, in days.
    #[arg(long, default_value_t = 90)]
    days: u32,
    /// As JSON, one group a line.
    #[arg(long)]
    json: bool,
}

/// Of which time.
#[derive(Debug, clap::Args)]
pub struct ReportArgs {
    /// How far back, in days.
    #[arg(long, default_value_t = 90)]
    days: u32,
    /// As one JSON object.
    #[arg(long)]
    json: bool,
}

/// Which variant.
#[derive(Debug, clap::Args)]
pub struct AddVariantArgs {
    /// Id of the entry.
    entry: String,
    /// The way to ask it, cleaned.
    text: String,
    /// fr or en; without it, the language that the text looks like.
    #[arg(long, value_name = "LOCALE")]
    lang: Option<String>,
    /// Messages that this settles, by the ids that `unanswered` shows.
    #[arg(long, value_name = "ID")]
    settles: Vec<uuid::Uuid>,
    /// Save without asking, even when it breaks more than it fixes.
    #[arg(long)]
    yes: bool,
}

/// Lists the groups.
pub async fn unanswered(env: &Env, args: &UnansweredArgs) -> anyhow::Result<()> {
    let since = env.clock.now() - TimeDelta::days(i64::from(args.days));
    let messages = store::unanswered(&env.db, since).await?;
    let texts: Vec<String> = messages
        .iter()
        .map(|message| message.text.clone())
        .collect();
    for group in author::groups(&texts) {
        let group: Vec<&Unanswered> = group.iter().map(|n| &messages[*n]).collect();
        if args.json {
            println!("{}", serde_json::to_string(&group)?);
            continue;
        }
        println!("{} × {}", group.len(), group[0].text);
        println!("    nearest: {}", group[0].best.join(", "));
        for message in group.iter().take(GROUP_SHOWN) {
            println!("    {}  {}", message.id, message.text);
        }
    }
    if messages.is_empty() && !args.json {
        println!("every message of the last {} days was answered", args.days);
    }
    Ok(())
}

/// Prints what became of the answers (c6), and the entries that nobody needed.
pub async fn report(env: &Env, args: &ReportArgs) -> anyhow::Result<()> {
    let since = env.clock.now() - TimeDelta::days(i64::from(args.days));
    let uses = store::uses(&env.db, since).await?;
    if args.json {
        println!("{}", serde_json::to_string(&uses)?);
        return Ok(());
    }
    println!(
        "{} answered, {} offered entries to choose from, {} handed over",
        uses.answered, uses.offered, uses.handed_over
    );
    let mut table = Table::new();
    table.load_style(UTF8_HORIZONTAL_ONLY);
    table.set_header([
        "entry", "answered", "chosen", "helped", "did not", "a person",
    ]);
    for one in &uses.entries {
        let counts = [
            one.answered,
            one.chosen,
            one.helped,
            one.not_helped,
            one.person,
        ];
        table.add_row(iter::once(one.entry.clone()).chain(counts.map(|n| n.to_string())));
    }
    println!("{table}");
    let content = content::Content::read(&files(&env.settings, None)?);
    let content = content.map_err(|problems| faults(&problems))?;
    let is_used = |id: &str| uses.entries.iter().any(|one| one.entry == id);
    let ids = content.entries.iter().map(|entry| entry.id.as_str());
    let unused: Vec<&str> = ids.filter(|id| !is_used(id)).collect();
    println!("never used: {}", unused.join(", "));
    Ok(())
}

/// Adds a variant to the author's folder.
pub async fn add_variant(env: &Env, args: &AddVariantArgs) -> anyhow::Result<()> {
    let Some(folder) = &env.settings.faq.content else {
        bail!(
            "the built-in content cannot be changed: `faq export DIR`, then set faq.content to DIR"
        );
    };
    let before = index(&env.settings)?;
    let locale = match &args.lang {
        Some(tag) => Locale::of_tag(tag),
        None => language_of(&before, &args.text),
    };
    let old = files(&env.settings, None)?;
    let new = author::with_variant(&old, &args.entry, locale, &args.text)
        .map_err(|problem| faults(&[problem]))?;
    let after = Index::of_files(&new).map_err(|problems| faults(&problems))?;
    let effect = author::effect(&before, &after, &examples(&env.settings, &[])?);
    show(&effect);
    if !args.yes && !confirmed(effect.is_worth_it())? {
        bail!("nothing was saved");
    }
    let changed = (new.iter().zip(&old).find(|(new, old)| new.text != old.text))
        .context("the variant was there already")?;
    let path = folder.join(&changed.0.path);
    std::fs::write(&path, &changed.0.text)
        .with_context(|| format!("writing {}", path.display()))?;
    let now = env.clock.now();
    let change = Change {
        entry: &args.entry,
        locale,
        variant: &args.text,
        fixes: effect.fixes.len(),
        breaks: effect.breaks.len(),
        version_before: &before.version,
        version_after: &after.version,
        changed_by: "operator",
    };
    store::change(&env.db, &change, now).await?;
    let settled: Vec<AnswerId> = args.settles.iter().copied().map(AnswerId::from).collect();
    store::settle(
        &env.db,
        &settled,
        &Settled::Variant(args.entry.clone()),
        now,
    )
    .await?;
    println!(
        "saved in {}; running bots read it within seconds",
        path.display()
    );
    Ok(())
}

fn show(effect: &author::Effect) {
    println!(
        "fixes {}, breaks {} of the messages in {}",
        effect.fixes.len(),
        effect.breaks.len(),
        content::GOLDEN
    );
    for (what, texts) in [("fixes", &effect.fixes), ("breaks", &effect.breaks)] {
        texts
            .iter()
            .take(EFFECT_SHOWN)
            .for_each(|text| println!("  {what}: {text}"));
    }
}

fn language_of(index: &Index, text: &str) -> Locale {
    let question = relance_shared::faq::Question {
        text,
        locale: None,
        audience: None,
    };
    index.ask(&question).language
}

/// Asks on a terminal; elsewhere only `--yes` saves.
fn confirmed(is_worth_it: bool) -> anyhow::Result<bool> {
    if !stdin().is_terminal() {
        println!("not saved: give --yes to save without being asked");
        return Ok(false);
    }
    println!(
        "{}",
        if is_worth_it {
            "save it? [y/N]"
        } else {
            "this breaks more than it fixes; save it anyway? [y/N]"
        }
    );
    let mut line = String::new();
    stdin()
        .lock()
        .read_line(&mut line)
        .context("reading your answer")?;
    Ok(matches!(line.trim(), "y" | "yes" | "o" | "oui"))
}

/// Prints somebody's own log, one JSON object a line.
pub async fn log(env: &Env, who: &str) -> anyhow::Result<()> {
    let identity = account::store::named(&env.db, who, env.clock.now()).await?;
    let asker = match identity {
        Some(Identity::Provider { provider, .. }) => Asker {
            provider: Some(provider.id),
            ..Asker::default()
        },
        Some(Identity::Client { id, .. }) => Asker {
            client: Some(id),
            ..Asker::default()
        },
        Some(Identity::Staff(_) | Identity::Nobody) | None => {
            bail!("no provider or client has the reference {who}")
        }
    };
    for line in store::own_log(&env.db, &asker).await? {
        println!("{}", serde_json::to_string(&line)?);
    }
    Ok(())
}
