//! `staff`: who belongs to it. The operator's word, on the operator's machine, is where every right begins.

use anyhow::Context as _;
use relance_shared::account::store::{self, NewStaff};
use relance_shared::account::{Identity, Locale, Role, link};
use relance_shared::env::Env;

/// What to do.
#[derive(Debug, clap::Args)]
pub struct StaffArgs {
    #[command(subcommand)]
    does: Does,
}

#[derive(Debug, clap::Subcommand)]
enum Does {
    /// Add a member, change one, or bring one back.
    Add(AddArgs),
    /// End a membership: it counts at the next interaction.
    Remove {
        /// Short name.
        reference: String,
    },
    /// Who belongs to it.
    List,
}

#[derive(Debug, clap::Args)]
struct AddArgs {
    /// Short name, for the command line.
    reference: String,
    /// As colleagues and decisions show it.
    #[arg(long)]
    name: String,
    /// Address; the code of `/link email` goes there.
    #[arg(long)]
    email: String,
    /// support (desks) or admin (decides, too).
    #[arg(long, default_value = "support")]
    role: Role,
    /// fr or en.
    #[arg(long, default_value = "fr")]
    locale: String,
    /// Platform reference of the person's own account as a provider: nobody decides on their own request.
    #[arg(long)]
    provider: Option<String>,
}

/// Does it and says what was done.
///
/// # Errors
/// When the address is none or another member's, or no provider has the reference.
pub async fn run(env: &Env, args: &StaffArgs) -> anyhow::Result<()> {
    match &args.does {
        Does::Add(add) => {
            let new = new_staff(env, add).await?;
            store::add_staff(&env.db, &new, env.clock.now())
                .await
                .context("adding a member: has another one this address?")?;
            println!("{} belongs to the staff ({:?})", new.reference, new.role);
        }
        Does::Remove { reference } => {
            let ended = store::remove_staff(&env.db, reference, env.clock.now()).await?;
            anyhow::ensure!(
                ended,
                "nobody of the staff is called {reference:?}; see `relance-bot staff list`"
            );
            println!("{reference} no longer belongs to the staff");
        }
        Does::List => {
            for member in store::list_staff(&env.db).await? {
                println!("{}\t{}\t{:?}", member.reference, member.name, member.role);
            }
        }
    }
    Ok(())
}

async fn new_staff(env: &Env, add: &AddArgs) -> anyhow::Result<NewStaff> {
    let email = link::address(&add.email)
        .with_context(|| format!("{:?} is no address; give it as name@example.org", add.email))?;
    let provider = match &add.provider {
        None => None,
        Some(reference) => match store::named(&env.db, reference, env.clock.now()).await? {
            Some(Identity::Provider { provider, .. }) => Some(provider.id),
            _ => anyhow::bail!("no provider has the reference {reference:?}"),
        },
    };
    Ok(NewStaff {
        reference: add.reference.clone(),
        name: add.name.clone(),
        email,
        locale: Locale::of_tag(&add.locale),
        role: add.role,
        provider,
    })
}
