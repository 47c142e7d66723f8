//! `staff`: who belongs to it. The operator's word, on the operator's machine, is where every right begins.

use anyhow::Context as _;
use relance_shared::account::link::AccountId;
use relance_shared::account::store::{self, NewStaff, StaffTie};
use relance_shared::account::{DiscordUser, Identity, Locale, Role, link};
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
    /// Tie a member to a Discord user, so that the staff's commands answer them there.
    Link {
        /// Short name.
        reference: String,
        /// Number of the Discord user: "Copy User ID" in Discord's developer mode.
        #[arg(value_name = "DISCORD_USER_ID", value_parser = clap::value_parser!(u64).range(1..))]
        user: u64,
    },
    /// End that tie: it counts at the next interaction.
    Unlink {
        /// Short name, also of one who left.
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
    /// Platform reference of the person's own account as a provider: nobody decides on their own request. Without it, the
    /// account with the same address; once told, it stays.
    #[arg(long)]
    provider: Option<String>,
}

/// Does it and says what was done.
///
/// # Errors
/// When the address is none or another member's, no provider has the reference, nobody has the short name, or the
/// Discord user or the member is tied already.
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
        Does::Link { reference, user } => link_member(env, reference, DiscordUser(*user)).await?,
        Does::Unlink { reference } => {
            let ended = store::untie_staff(&env.db, reference).await?;
            anyhow::ensure!(
                ended,
                "no Discord user is tied to a member of the staff called {reference:?}"
            );
            println!("{reference} is no longer tied to a Discord user");
        }
        Does::List => {
            for member in store::list_staff(&env.db).await? {
                println!("{}\t{}\t{:?}", member.reference, member.name, member.role);
            }
        }
    }
    Ok(())
}

async fn link_member(env: &Env, reference: &str, user: DiscordUser) -> anyhow::Result<()> {
    let number = user.0;
    match store::tie_staff(&env.db, user, reference, env.clock.now()).await? {
        StaffTie::Tied => {
            println!("{reference} is tied to the Discord user {number}");
            Ok(())
        }
        StaffTie::NoMember => anyhow::bail!(
            "nobody of the staff is called {reference:?}; see `relance-bot staff list`"
        ),
        StaffTie::UserTaken(Some(holder)) => anyhow::bail!(
            "the Discord user {number} is tied to {holder} of the staff already; \
             end that first: `relance-bot staff unlink {holder}`"
        ),
        StaffTie::UserTaken(None) => anyhow::bail!(
            "the Discord user {number} is tied to the account of a provider or client already; \
             give another Discord user of {reference}"
        ),
        StaffTie::MemberTied(other) => anyhow::bail!(
            "{reference} is tied to the Discord user {} already; \
             end that first: `relance-bot staff unlink {reference}`",
            other.0
        ),
    }
}

async fn new_staff(env: &Env, add: &AddArgs) -> anyhow::Result<NewStaff> {
    let email = link::address(&add.email)
        .with_context(|| format!("{:?} is no address; give it as name@example.org", add.email))?;
    let provider = match &add.provider {
        // Their own account, whether it was named or not.
        None => match store::by_email(&env.db, &email)
            .await?
            .map(|account| account.id)
        {
            Some(AccountId::Provider(own)) => Some(own),
            _ => None,
        },
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
