//! The REST side: what each request does, and what Discord would refuse.

use std::time::Duration;

use serde_json::{Value, json};

use super::http::Response;
use super::world::{Posted, State, World, private_channel};
use super::{APPLICATION, check};

/// Discord forgets an interaction that was not answered by then.
const ANSWER_WITHIN: Duration = Duration::from_secs(3);

/// 429, as Discord sends it.
pub(super) fn too_many(wait_ms: u32) -> Response {
    let seconds = f64::from(wait_ms) / 1_000.0;
    let headers = [
        ("retry-after", seconds.to_string()),
        ("x-ratelimit-limit", "1".to_owned()),
        ("x-ratelimit-remaining", "0".to_owned()),
        ("x-ratelimit-reset-after", seconds.to_string()),
        ("x-ratelimit-bucket", "scripted".to_owned()),
    ];
    Response {
        status: 429,
        headers: headers.into(),
        body: json!({"message": "You are being rate limited.", "retry_after": seconds, "global": false}),
    }
}

/// What is known here, as Discord's description names it.
const ROUTES: [(&str, &str); 12] = [
    ("GET", "/gateway"),
    ("GET", "/gateway/bot"),
    ("GET", "/oauth2/applications/@me"),
    (
        "PUT",
        "/applications/{application_id}/guilds/{guild_id}/commands",
    ),
    ("PUT", "/applications/{application_id}/commands"),
    (
        "POST",
        "/interactions/{interaction_id}/{interaction_token}/callback",
    ),
    (
        "PATCH",
        "/webhooks/{webhook_id}/{webhook_token}/messages/@original",
    ),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}"),
    ("POST", "/users/@me/channels"),
    ("POST", "/channels/{channel_id}/messages"),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}"),
    ("POST", "/channels/{channel_id}/threads"),
];
/// The one request without a body.
const JOIN: (&str, &str) = ("PUT", "/channels/{channel_id}/thread-members/{user_id}");

/// Answers a request to `/api/v10/…`.
pub(super) fn answer(
    world: &World,
    method: &str,
    path: &str,
    authorization: Option<&str>,
    body: &[u8],
) -> Response {
    let path = path.split('?').next().unwrap_or_default();
    let Some(path) = path.strip_prefix("/api/v10") else {
        return refuse(
            world,
            404,
            0,
            &format!("{method} {path}: not below /api/v10"),
        );
    };
    if authorization != Some("Bot test-token") {
        return refuse(
            world,
            401,
            0,
            &format!("{method} {path}: without the token"),
        );
    }
    let body: Value = serde_json::from_slice(body).unwrap_or(Value::Null);
    let mut known = ROUTES.iter().chain([&JOIN]);
    let route = known.find(|(of, template)| *of == method && holes(template, path).is_some());
    let Some((_, template)) = route else {
        return refuse(world, 404, 0, &format!("{method} {path}: not known here"));
    };
    described(world, method, template, &body);
    let holes = holes(template, path).unwrap_or_default();
    perform(world, (method, template), &holes, &body)
}

/// What stands in the holes of `template`; none when `path` is another one.
fn holes<'a>(template: &str, path: &'a str) -> Option<Vec<&'a str>> {
    let (of, given): (Vec<&str>, Vec<&str>) =
        (template.split('/').collect(), path.split('/').collect());
    let fits = |(of, given): (&&str, &&str)| of.starts_with('{') || of == given;
    (of.len() == given.len() && of.iter().zip(&given).all(fits)).then(|| {
        let pairs = of.iter().zip(given);
        pairs
            .filter(|(of, _)| of.starts_with('{'))
            .map(|(_, given)| given)
            .collect()
    })
}

fn perform(world: &World, route: (&str, &str), holes: &[&str], body: &Value) -> Response {
    match (route, holes) {
        ((_, "/gateway"), _) => ok(json!({"url": gateway(world)})),
        ((_, "/gateway/bot"), _) => ok(
            json!({"url": gateway(world), "shards": 1, "session_start_limit":
            {"total": 1000, "remaining": 1000, "reset_after": 0, "max_concurrency": 1}}),
        ),
        ((_, "/oauth2/applications/@me"), _) => {
            ok(json!({"id": APPLICATION.to_string(), "name": "relance"}))
        }
        ((_, commands_of), _) if commands_of.starts_with("/applications") => commands(world, body),
        ((_, callback_of), [id, token]) if callback_of.starts_with("/interactions") => {
            callback(world, id, token, body)
        }
        ((_, webhook), [_, token]) if webhook.starts_with("/webhooks") => {
            original(world, token, body)
        }
        ((_, "/users/@me/channels"), _) => {
            let user = number(body["recipient_id"].as_str().unwrap_or_default());
            ok(
                json!({"id": private_channel(user).to_string(), "type": 1, "last_message_id": null,
                "recipients": [super::person(user)]}),
            )
        }
        (("POST", "/channels/{channel_id}/messages"), [channel]) => {
            post(world, number(channel), body)
        }
        (("PATCH", _), [_, message]) => edit(world, number(message), body),
        (("POST", "/channels/{channel_id}/threads"), [channel]) => thread(world, channel, body),
        _ => done(),
    }
}

fn gateway(world: &World) -> Option<String> {
    world.with(|state| state.gateway.clone())
}

fn number(id: &str) -> u64 {
    id.parse().unwrap_or(0)
}

const fn ok(body: Value) -> Response {
    Response {
        status: 200,
        headers: Vec::new(),
        body,
    }
}

const fn done() -> Response {
    Response {
        status: 204,
        headers: Vec::new(),
        body: Value::Null,
    }
}

/// Refuses, and counts it as a broken rule.
fn refuse(world: &World, status: u16, code: u32, why: &str) -> Response {
    world.with(|state| state.violations.push(why.to_owned()));
    error(status, code, why)
}

/// Refuses as Discord does in its ordinary life.
fn error(status: u16, code: u32, why: &str) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: json!({"code": code, "message": why}),
    }
}

fn described(world: &World, method: &str, template: &str, body: &Value) {
    let (looked_at, wrong) = world.description.check(method, template, body);
    world.with(|state| {
        state.described += u32::from(looked_at);
        state
            .violations
            .extend(wrong.map(|wrong| format!("{method} {template}: {wrong}")));
    });
}

fn break_rules(state: &mut State, what: &str, wrong: Vec<String>) -> bool {
    let is_whole = wrong.is_empty();
    state
        .violations
        .extend(wrong.into_iter().map(|wrong| format!("{what}: {wrong}")));
    is_whole
}

fn commands(world: &World, body: &Value) -> Response {
    world.with(|state| {
        break_rules(state, "commands", check::commands(body));
        state.commands = Some(body.clone());
        state.registrations += 1;
    });
    ok(json!([]))
}

fn callback(world: &World, id: &str, token: &str, body: &Value) -> Response {
    world.with(|state| {
        let Some(asked) = state
            .asked
            .get(token)
            .filter(|asked| asked.id == number(id))
        else {
            state
                .violations
                .push(format!("an answer to no interaction: {id}"));
            return error(404, 10_062, "Unknown interaction");
        };
        let (kind, after) = (asked.kind, asked.at.elapsed());
        if asked.first.is_some() {
            return error(400, 40_060, "Interaction has already been acknowledged.");
        }
        if after > ANSWER_WITHIN {
            state.violations.push(format!("an answer after {after:?}"));
            return error(404, 10_062, "Unknown interaction");
        }
        let first = body["type"].as_u64().unwrap_or(0);
        let fits = match kind {
            2 => matches!(first, 4 | 5 | 9),
            3 => matches!(first, 4..=7 | 9),
            4 => first == 8,
            _ => matches!(first, 4..=7),
        };
        let mut wrong = match first {
            4 | 7 => check::message(&body["data"]),
            8 => check::choices(&body["data"]),
            9 => check::form(&body["data"]),
            _ => Vec::new(),
        };
        if !fits {
            wrong.push(format!("type {first} for an interaction of kind {kind}"));
        }
        if !break_rules(state, "a first answer", wrong) {
            return error(400, 50_035, "Invalid Form Body");
        }
        let Some(asked) = state.asked.get_mut(token) else {
            return error(404, 10_062, "Unknown interaction");
        };
        asked.first = Some(first);
        asked.acknowledged = Some(after);
        asked.acknowledgements += 1;
        asked.is_private = body["data"]["flags"].as_u64() == Some(64);
        if matches!(first, 4 | 7 | 8 | 9) {
            asked.data = Some(body["data"].clone());
        }
        done()
    })
}

fn original(world: &World, token: &str, body: &Value) -> Response {
    world.with(|state| {
        let Some(first) = state.asked.get(token).map(|asked| asked.first) else {
            state
                .violations
                .push("an edit of no interaction".to_owned());
            return error(404, 10_015, "Unknown Webhook");
        };
        if first.is_none() {
            state
                .violations
                .push("an edit before the first answer".to_owned());
            return error(404, 10_015, "Unknown Webhook");
        }
        if !break_rules(state, "an answer", check::message(body)) {
            return error(400, 50_035, "Invalid Form Body");
        }
        let Some(asked) = state.asked.get_mut(token) else {
            return error(404, 10_015, "Unknown Webhook");
        };
        let message = as_message(asked.message, super::CHANNEL, body);
        asked.data = Some(message.clone());
        ok(message)
    })
}

fn post(world: &World, channel: u64, body: &Value) -> Response {
    world.with(|state| {
        if state
            .closed_doors
            .iter()
            .any(|user| private_channel(*user) == channel)
        {
            return error(403, 50_007, "Cannot send messages to this user");
        }
        let nonce = body["nonce"].as_str().unwrap_or_default().to_owned();
        let mut wrong = check::message(body);
        if nonce.is_empty() || nonce.chars().count() > 25 || body["enforce_nonce"] != json!(true) {
            wrong.push("without a nonce that is enforced".to_owned());
        }
        if !break_rules(state, "a message", wrong) {
            return error(400, 50_035, "Invalid Form Body");
        }
        let known = state.nonces.get(&nonce).copied();
        let known = known.and_then(|id| state.messages.iter().find(|posted| posted.id == id));
        if let Some(posted) = known {
            return ok(posted.body.clone());
        }
        let id = state.next_id();
        let message = as_message(id, channel, body);
        state.nonces.insert(nonce, id);
        state.messages.push(Posted {
            id,
            channel,
            content: body["content"].as_str().unwrap_or_default().to_owned(),
            body: message.clone(),
            edits: 0,
        });
        ok(message)
    })
}

fn edit(world: &World, id: u64, body: &Value) -> Response {
    world.with(|state| {
        if !break_rules(state, "an edit", check::message(body)) {
            return error(400, 50_035, "Invalid Form Body");
        }
        let Some(posted) = state.messages.iter_mut().find(|posted| posted.id == id) else {
            return error(404, 10_008, "Unknown Message");
        };
        posted.body = as_message(id, posted.channel, body);
        body["content"]
            .as_str()
            .unwrap_or_default()
            .clone_into(&mut posted.content);
        posted.edits += 1;
        ok(posted.body.clone())
    })
}

fn thread(world: &World, parent: &str, body: &Value) -> Response {
    let id = world.with(State::next_id);
    Response {
        status: 201,
        headers: Vec::new(),
        body: json!({"id": id.to_string(), "guild_id": super::GUILD.to_string(), "parent_id": parent,
            "owner_id": APPLICATION.to_string(), "name": body["name"], "type": body["type"], "position": 0,
            "message_count": 0, "member_count": 1, "rate_limit_per_user": 0, "last_message_id": null,
            "thread_metadata": {"archived": false, "auto_archive_duration": 1440, "locked": false,
                "archive_timestamp": "2026-01-01T00:00:00+00:00", "invitable": false}}),
    }
}

fn as_message(id: u64, channel: u64, body: &Value) -> Value {
    json!({
        "id": id.to_string(), "channel_id": channel.to_string(), "author": {"id": APPLICATION.to_string(),
            "username": "relance", "discriminator": "0", "avatar": null, "bot": true},
        "content": body["content"].as_str().unwrap_or_default(), "timestamp": "2026-01-01T00:00:00+00:00",
        "edited_timestamp": null, "tts": false, "mention_everyone": false, "mentions": [], "mention_roles": [],
        "attachments": [], "embeds": body["embeds"].as_array().cloned().unwrap_or_default(), "pinned": false,
        "type": 0, "components": body["components"].as_array().cloned().unwrap_or_default(),
    })
}
