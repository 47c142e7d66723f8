//! The gateway: greeting, session, resume, and the ways in which it ends.

use std::sync::Arc;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

use super::APPLICATION;
use super::world::World;

/// Milliseconds between heartbeats.
const HEARTBEAT_MS: u64 = 20_000;
/// The one intent that the bot may ask for. Source: Discord's list, `GUILDS`.
const GUILDS: u64 = 1;

/// What a connection is told.
#[derive(Debug, Clone)]
pub(super) enum Control {
    /// An event with its number.
    Event(u64, String, Value),
    /// Op 7.
    Reconnect,
    /// The line is cut.
    Drop,
    /// Op 9, not to be resumed.
    Invalidate,
}

/// Listens on a free port and remembers its address.
pub(super) async fn serve(world: &Arc<World>) -> std::io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    world.with(|state| state.gateway = Some(format!("ws://{address}")));
    let world = world.clone();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let _ = stream.set_nodelay(true);
            let world = world.clone();
            tokio::spawn(async move {
                if let Ok(socket) = accept_async(stream).await {
                    // A line that breaks concerns nobody but the bot.
                    let _ = session(&world, socket).await;
                }
            });
        }
    });
    Ok(())
}

type Socket = WebSocketStream<TcpStream>;
type Ended = Result<(), tokio_tungstenite::tungstenite::Error>;

async fn session(world: &World, mut socket: Socket) -> Ended {
    let mut controls = world.controls();
    let hello = json!({"op": 10, "d": {"heartbeat_interval": HEARTBEAT_MS}, "s": null, "t": null});
    send(&mut socket, &hello).await?;
    let mut is_greeted = false;
    loop {
        tokio::select! {
            received = socket.next() => {
                let Some(Ok(message)) = received else { return Ok(()) };
                if message.is_close() {
                    return Ok(());
                }
                let Ok(text) = message.to_text() else { continue };
                let Ok(payload) = serde_json::from_str::<Value>(text) else { continue };
                is_greeted |= receive(world, &mut socket, &payload).await?;
            }
            control = controls.recv() => match control {
                Ok(Control::Event(seq, name, data)) if is_greeted => event(&mut socket, seq, &name, &data).await?,
                Ok(Control::Event(..)) => {}
                Ok(Control::Reconnect) => send(&mut socket, &json!({"op": 7, "d": null, "s": null, "t": null})).await?,
                Ok(Control::Invalidate) => send(&mut socket, &json!({"op": 9, "d": false, "s": null, "t": null})).await?,
                Ok(Control::Drop) | Err(_) => return Ok(()),
            }
        }
    }
}

/// True once the session is greeted or taken up again.
async fn receive(
    world: &World,
    socket: &mut Socket,
    payload: &Value,
) -> Result<bool, tokio_tungstenite::tungstenite::Error> {
    match payload["op"].as_u64() {
        Some(1) => {
            send(socket, &json!({"op": 11, "d": null, "s": null, "t": null})).await?;
            Ok(false)
        }
        Some(2) => {
            let asked = &payload["d"];
            let seq = world.with(|state| {
                if asked["intents"].as_u64() != Some(GUILDS) {
                    state
                        .violations
                        .push(format!("IDENTIFY asks for intents {}", asked["intents"]));
                }
                if asked["token"]
                    .as_str()
                    .is_none_or(|token| !token.ends_with("test-token"))
                {
                    state
                        .violations
                        .push("IDENTIFY without the token".to_owned());
                }
                state.sessions += 1;
                state.seq += 1;
                state.seq
            });
            let ready = json!({
                "v": 10, "guilds": [], "session_id": format!("session-{seq}"),
                "resume_gateway_url": world.with(|state| state.gateway.clone()),
                "user": {"id": APPLICATION.to_string(), "username": "relance", "discriminator": "0", "avatar": null,
                    "bot": true, "mfa_enabled": false, "verified": true, "email": null, "flags": 0},
                "shard": asked["shard"], "application": {"id": APPLICATION.to_string(), "flags": 0},
            });
            event(socket, seq, "READY", &ready).await?;
            Ok(true)
        }
        Some(6) => {
            let seen = payload["d"]["seq"].as_u64().unwrap_or(0);
            let missed = world.with(|state| {
                state.resumes += 1;
                let missed = state.events.iter().filter(|(seq, ..)| *seq > seen);
                missed.cloned().collect::<Vec<_>>()
            });
            for (seq, name, data) in missed {
                event(socket, seq, &name, &data).await?;
            }
            let seq = world.with(|state| {
                state.seq += 1;
                state.seq
            });
            event(socket, seq, "RESUMED", &json!({"_trace": []})).await?;
            Ok(true)
        }
        _ => Ok(false),
    }
}

async fn event(socket: &mut Socket, seq: u64, name: &str, data: &Value) -> Ended {
    send(socket, &json!({"op": 0, "s": seq, "t": name, "d": data})).await
}

async fn send(socket: &mut Socket, payload: &Value) -> Ended {
    socket.send(Message::text(payload.to_string())).await
}
