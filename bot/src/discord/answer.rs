//! From an interaction to its answer: acknowledge, ask the desk, show what it says.

use std::collections::BTreeMap;
use std::time::Instant;

use relance_shared::account::{DiscordUser, Locale};
use relance_shared::config::Discord;
use relance_shared::words::bot::say as words;
use serde_json::{Value, json};
use serenity::all::{
    ActionRow, ActionRowComponent, CommandDataOption, CommandDataOptionValue, CommandInteraction,
    GuildId, Interaction, InteractionId,
};

use crate::conversation::table::How;
use crate::conversation::{Caller, Desk, Options, Reply, Request, Surface};
use crate::discord::connect::Lines;
use crate::discord::draw;
use crate::discord::say::{Said, UNKNOWN_MESSAGE, say};

/// What an interaction is answered by.
struct Ticket {
    id: InteractionId,
    token: String,
    caller: Caller,
    /// Whether we answer where it was asked (c14).
    is_allowed: bool,
    /// Whether a button of a message was pressed, which can be replaced.
    has_message: bool,
}

/// Answers one interaction; whatever goes wrong is logged without the token.
pub async fn answer(desk: &Desk, lines: &Lines, interaction: Interaction) {
    let began = Instant::now();
    let settings = &desk.env.settings.discord;
    match interaction {
        Interaction::Autocomplete(of) => suggest(desk, lines, settings, &of).await,
        Interaction::Command(of) => {
            let (name, options) = command(&of);
            let ticket = ticket(settings, &of, false);
            serve(
                desk,
                lines,
                &ticket,
                &Request::Command { name, options },
                began,
            )
            .await;
        }
        Interaction::Component(of) => {
            let ticket = Ticket {
                id: of.id,
                token: of.token.clone(),
                caller: caller(of.id, of.user.id.get(), &of.locale),
                is_allowed: is_allowed(
                    settings,
                    of.guild_id.map(GuildId::get),
                    of.channel_id.get(),
                ),
                has_message: true,
            };
            let request = Request::Button(of.data.custom_id);
            serve(desk, lines, &ticket, &request, began).await;
        }
        Interaction::Modal(of) => {
            let ticket = Ticket {
                id: of.id,
                token: of.token.clone(),
                caller: caller(of.id, of.user.id.get(), &of.locale),
                is_allowed: is_allowed(
                    settings,
                    of.guild_id.map(GuildId::get),
                    of.channel_id.get(),
                ),
                has_message: false,
            };
            let fields = fields(of.data.components);
            let id = of.data.custom_id;
            serve(desk, lines, &ticket, &Request::Form { id, fields }, began).await;
        }
        // Pings come over the web only; kinds that a later Discord may send are not ours.
        _ => {}
    }
}

/// What was written into a form, by the name of its field.
fn fields(rows: Vec<ActionRow>) -> BTreeMap<String, String> {
    let components = rows.into_iter().flat_map(|row| row.components);
    components
        .filter_map(|component| match component {
            ActionRowComponent::InputText(input) => {
                Some((input.custom_id, input.value.unwrap_or_default()))
            }
            _ => None,
        })
        .collect()
}

fn ticket(settings: &Discord, of: &CommandInteraction, has_message: bool) -> Ticket {
    Ticket {
        id: of.id,
        token: of.token.clone(),
        caller: caller(of.id, of.user.id.get(), &of.locale),
        is_allowed: is_allowed(settings, of.guild_id.map(GuildId::get), of.channel_id.get()),
        has_message,
    }
}

fn caller(interaction: InteractionId, user: u64, locale: &str) -> Caller {
    Caller {
        user: Some(DiscordUser(user)),
        chosen: None,
        locale: Locale::of_tag(locale),
        surface: Surface::Discord,
        interaction: Some(interaction.to_string()),
    }
}

/// On the server and in the channels of the settings, and in private messages.
fn is_allowed(settings: &Discord, guild: Option<u64>, channel: u64) -> bool {
    let Some(guild) = guild else { return true };
    let is_staff_channel = settings.review_channel == Some(channel);
    settings.guild.is_none_or(|ours| ours == guild)
        && (settings.channels.is_empty()
            || settings.channels.contains(&channel)
            || is_staff_channel)
}

async fn serve(desk: &Desk, lines: &Lines, ticket: &Ticket, request: &Request, began: Instant) {
    let how = Desk::how(request);
    let sent = match how {
        How::MayAsk => {
            let reply = reply(desk, ticket, request).await;
            acknowledge(lines, ticket, &draw::first(&reply)).await
        }
        How::Private | How::Replaces => {
            let defer = if how == How::Replaces && ticket.has_message {
                json!({"type": 6})
            } else {
                json!({"type": 5, "data": {"flags": draw::EPHEMERAL}})
            };
            let acknowledged = acknowledge(lines, ticket, &defer).await;
            metrics::histogram!("relance_bot_acknowledged_seconds").record(began.elapsed());
            if acknowledged {
                let reply = reply(desk, ticket, request).await;
                show(lines, ticket, &reply).await
            } else {
                false
            }
        }
    };
    let outcome = if sent { "answered" } else { "lost" };
    metrics::counter!("relance_bot_interactions_total", "outcome" => outcome).increment(1);
    metrics::histogram!("relance_bot_answered_seconds").record(began.elapsed());
}

async fn reply(desk: &Desk, ticket: &Ticket, request: &Request) -> Reply {
    if ticket.is_allowed {
        desk.answer(&ticket.caller, request).await
    } else {
        Reply::text(words(ticket.caller.locale, "not_here", &[]))
    }
}

/// The first answer; false when it did not arrive or another delivery of the interaction was answered before.
async fn acknowledge(lines: &Lines, ticket: &Ticket, body: &Value) -> bool {
    let send = || {
        lines
            .answers
            .create_interaction_response(ticket.id, &ticket.token, body, Vec::new())
    };
    match say(send).await {
        Said::Done(()) => true,
        Said::Before => {
            tracing::debug!(interaction = %ticket.id, "delivered twice");
            false
        }
        // On a repeated try: our first one arrived.
        Said::Refused { code, .. } if code == super::say::ALREADY_ANSWERED => true,
        Said::Refused { status, code } => {
            tracing::warn!(interaction = %ticket.id, status, code, "an answer was refused");
            false
        }
        Said::Later(why) => {
            tracing::error!(interaction = %ticket.id, why, "an interaction could not be acknowledged");
            false
        }
    }
}

/// Fills the deferred answer; when its message is gone, says it in a new one for the asker alone.
async fn show(lines: &Lines, ticket: &Ticket, reply: &Reply) -> bool {
    let body = draw::reply(reply);
    let edit = || {
        lines
            .answers
            .edit_original_interaction_response(&ticket.token, &body, Vec::new())
    };
    let said = match say(edit).await {
        Said::Refused { code, .. } if code == UNKNOWN_MESSAGE => {
            let mut body = body.clone();
            body["flags"] = json!(draw::EPHEMERAL);
            let follow = || {
                lines
                    .answers
                    .create_followup_message(&ticket.token, &body, Vec::new())
            };
            say(follow).await
        }
        said => said,
    };
    match said {
        Said::Done(_) => true,
        Said::Before => false,
        Said::Refused { status, code } => {
            tracing::warn!(interaction = %ticket.id, status, code, "an answer was refused");
            false
        }
        Said::Later(why) => {
            tracing::error!(interaction = %ticket.id, why, "an answer could not be shown");
            false
        }
    }
}

async fn suggest(desk: &Desk, lines: &Lines, settings: &Discord, of: &CommandInteraction) {
    let ticket = ticket(settings, of, false);
    let (name, _) = command(of);
    let choices = match of.data.autocomplete() {
        Some(typing) if ticket.is_allowed => {
            desk.suggest(&ticket.caller, &name, typing.name, typing.value)
                .await
        }
        _ => Vec::new(),
    };
    // Without suggestions the person types on: a failure needs no words.
    acknowledge(lines, &ticket, &draw::choices(&choices)).await;
}

/// The English name of the command, `group name` for one of a group, and its options.
fn command(of: &CommandInteraction) -> (String, Options) {
    let mut name = of.data.name.clone();
    let mut given: &[CommandDataOption] = &of.data.options;
    if let [
        CommandDataOption {
            name: own,
            value: CommandDataOptionValue::SubCommand(inner),
            ..
        },
    ] = given
    {
        name = format!("{name} {own}");
        given = inner;
    }
    let options = given
        .iter()
        .filter_map(|option| {
            let value = match &option.value {
                CommandDataOptionValue::String(text) => text.clone(),
                CommandDataOptionValue::Integer(number) => number.to_string(),
                _ => return None,
            };
            Some((option.name.clone(), value))
        })
        .collect();
    (name, Options(options))
}
