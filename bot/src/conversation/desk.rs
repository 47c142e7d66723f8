//! The desk: looks up who asks, whether they may, and what to answer; every failure becomes a sentence.

use std::sync::Arc;
use std::time::Duration;

use relance_shared::account::{self, Identity};
use relance_shared::db::StoreError;
use relance_shared::env::Env;
use relance_shared::faq::live::Live;
use relance_shared::id::Id;
use relance_shared::mail::{ComposeError, Composer, TemplateError};
use relance_shared::words::bot::{self as words, say};

use crate::conversation::limits::Limits;
use crate::conversation::table::{self, COMMANDS, Choice, Command, How, Who};
use crate::conversation::{Asker, Caller, Options, Reply, Request, Surface, usage};

/// An answer that is not there by then becomes an apology. Discord takes it for 15 minutes; people do not wait so long.
const ANSWER_WITHIN: Duration = Duration::from_secs(12);
/// The same where nothing could be sent before: Discord forgets the interaction after 3 s.
const ANSWER_AT_ONCE_WITHIN: Duration = Duration::from_secs(2);
/// Suggestions that are not there by then are left out.
const SUGGEST_WITHIN: Duration = Duration::from_secs(1);
/// Suggestions that Discord takes.
const CHOICES_MAX: usize = 25;

/// Names a failure, so that a person can be helped from the log.
struct Fault;

/// What kept an answer from being made.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The data could not be read or written.
    #[error("the data")]
    Store(#[from] StoreError),
    /// A letter could not be written.
    #[error("a letter")]
    Letter(#[from] ComposeError),
}

/// Answers requests; shared by every surface.
pub struct Desk {
    /// Settings, database, clock, keys.
    pub env: Env,
    /// Writes the letters.
    pub composer: Composer,
    /// The FAQ.
    pub faq: Arc<Live>,
    limits: Limits,
}

impl Desk {
    /// A desk on `env` that answers from `faq`.
    ///
    /// # Errors
    /// [`TemplateError`] when the letters' templates or their settings have a fault.
    pub fn new(env: Env, faq: Arc<Live>) -> Result<Self, TemplateError> {
        Ok(Self {
            composer: Composer::new(&env.settings, &env.keys)?,
            env,
            faq,
            limits: Limits::default(),
        })
    }

    /// How the answer to `request` will appear; known without any look at the data.
    #[must_use]
    pub fn how(request: &Request) -> How {
        let how = match request {
            Request::Command { name, .. } => table::command(name).map(|command| command.how),
            Request::Button(id) | Request::Form { id, .. } => {
                table::action(id).map(|(action, _)| action.how)
            }
        };
        how.unwrap_or(How::Private)
    }

    /// The answer to `request`. Never fails: what goes wrong is logged under a reference, which the answer names.
    pub async fn answer(&self, caller: &Caller, request: &Request) -> Reply {
        if let Some(wait) = self.too_hasty(caller) {
            let seconds = wait.to_string();
            return Reply::text(say(caller.locale, "too_many", &[("seconds", &seconds)]));
        }
        let within = match Self::how(request) {
            How::MayAsk => ANSWER_AT_ONCE_WITHIN,
            How::Private | How::Replaces => ANSWER_WITHIN,
        };
        match tokio::time::timeout(within, self.decide(caller, request)).await {
            Ok(Ok(reply)) => reply,
            Ok(Err(trouble)) => {
                let reference = self.reference();
                tracing::error!(
                    reference,
                    error = &trouble as &dyn std::error::Error,
                    "a request could not be answered"
                );
                Reply::text(say(caller.locale, "fault", &[("reference", &reference)]))
            }
            Err(_) => {
                let reference = self.reference();
                tracing::error!(reference, "a request took too long");
                Reply::text(say(caller.locale, "slow", &[("reference", &reference)]))
            }
        }
    }

    /// Suggestions for the option that is being typed; none when it cannot be told in time.
    pub async fn suggest(
        &self,
        caller: &Caller,
        command: &str,
        option: &str,
        typed: &str,
    ) -> Vec<Choice> {
        let complete = table::command(command)
            .and_then(|command| command.options.iter().find(|known| known.name == option))
            .and_then(|option| option.complete);
        let Some(complete) = complete else {
            return Vec::new();
        };
        let suggesting = async {
            let asker = self.asker(caller).await?;
            complete(self, &asker, typed).await
        };
        let mut choices = match tokio::time::timeout(SUGGEST_WITHIN, suggesting).await {
            Ok(Ok(choices)) => choices,
            Ok(Err(trouble)) => {
                tracing::warn!(error = &trouble as &dyn std::error::Error, "no suggestions");
                Vec::new()
            }
            Err(_) => Vec::new(),
        };
        choices.truncate(CHOICES_MAX);
        choices
    }

    fn too_hasty(&self, caller: &Caller) -> Option<i64> {
        let user = caller.user?;
        self.limits.count(user, self.env.clock.now()).err()
    }

    async fn decide(&self, caller: &Caller, request: &Request) -> Result<Reply, Trouble> {
        let asker = self.asker(caller).await?;
        match request {
            Request::Command { name, options } => match table::command(name) {
                Some(command) => match refusal(&asker, command.who) {
                    Some(refusal) => Ok(refusal),
                    None if !usage::is_whole(command, options) => {
                        Ok(usage::of(asker.locale, command))
                    }
                    None => (command.run)(self, &asker, options).await,
                },
                None => Ok(no_command(&asker, name)),
            },
            Request::Button(id) => self.act(&asker, id, &Options::default()).await,
            Request::Form { id, fields } => self.act(&asker, id, &Options(fields.clone())).await,
        }
    }

    async fn act(&self, asker: &Asker, id: &str, fields: &Options) -> Result<Reply, Trouble> {
        match table::action(id) {
            Some((action, row)) => match refusal(asker, action.who) {
                Some(refusal) => Ok(refusal),
                None => (action.run)(self, asker, row, fields).await,
            },
            None => Ok(Reply::text(say(asker.locale, "old_button", &[]))),
        }
    }

    async fn asker(&self, caller: &Caller) -> Result<Asker, Trouble> {
        let now = self.env.clock.now();
        let identity = match (&caller.surface, caller.user, &caller.chosen) {
            (Surface::Discord, Some(user), _) => {
                account::store::who(&self.env.db, user, now).await?
            }
            (Surface::Terminal, _, Some(name)) => account::store::named(&self.env.db, name, now)
                .await?
                .unwrap_or(Identity::Nobody),
            (Surface::Discord | Surface::Terminal, _, _) => Identity::Nobody,
        };
        Ok(Asker {
            user: caller.user,
            identity,
            locale: caller.locale,
            surface: caller.surface,
            interaction: caller.interaction.clone(),
        })
    }

    fn reference(&self) -> String {
        let id = Id::<Fault>::at(self.env.clock.now())
            .uuid()
            .simple()
            .to_string();
        id[id.len() - 8..].to_owned()
    }
}

/// What somebody is told who may not; none when they may.
fn refusal(asker: &Asker, who: Who) -> Option<Reply> {
    let (may, otherwise) = match who {
        Who::Everybody => (true, ""),
        Who::Provider => (asker.identity.provider().is_some(), "need_provider"),
        Who::Staff => (asker.identity.staff().is_some(), "need_staff"),
    };
    (!may).then(|| Reply::text(say(asker.locale, otherwise, &[])))
}

/// What somebody is told whose command is none of ours: the commands of the group that they named, or all that they may use.
fn no_command(asker: &Asker, name: &str) -> Reply {
    let (may, group): (Vec<&Command>, Vec<&Command>) = (
        COMMANDS
            .iter()
            .filter(|command| refusal(asker, command.who).is_none())
            .collect(),
        usage::group(name).collect(),
    );
    let of_group: Vec<&Command> = (group.iter().copied())
        .filter(|command| refusal(asker, command.who).is_none())
        .collect();
    match (group.first(), of_group.is_empty()) {
        (Some(first), true) => refusal(asker, first.who).unwrap_or_default(),
        (Some(_), false) => usage::of_group(asker.locale, &of_group),
        (None, _) => {
            let names: Vec<String> = may
                .iter()
                .map(|command| format!("`{}`", words::command(asker.locale, command.name)))
                .collect();
            let values = [("commands", &*names.join(", "))];
            Reply::text(say(asker.locale, "no_command", &values))
        }
    }
}
