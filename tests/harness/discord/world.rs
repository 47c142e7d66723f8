//! What the local Discord remembers.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::{broadcast, watch};

use super::describe::Description;
use super::gateway::Control;

/// Controls that may wait for a slow connection.
const CONTROLS_MAX: usize = 10_000;
/// Private channels have ids of their own range.
const PRIVATE: u64 = 2_000_000_000_000_000_000;

/// The channel of private messages with `user`.
pub(super) const fn private_channel(user: u64) -> u64 {
    PRIVATE + user
}

/// A scripted fault.
#[derive(Debug, Clone)]
pub struct Fault {
    /// Part of `METHOD /path`.
    pub path: String,
    /// What happens.
    pub kind: FaultKind,
    /// How often still.
    pub times: u32,
}

/// What may go wrong with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// Answered with this status; nothing is done.
    Status(u16),
    /// 429 with so many milliseconds to wait.
    TooMany(u32),
    /// The line is cut before anything is done.
    CutBefore,
    /// It is done, and the line is cut before the answer.
    CutAfter,
}

/// A message in a channel.
#[derive(Debug, Clone)]
pub struct Posted {
    /// Its id.
    pub id: u64,
    /// Where.
    pub channel: u64,
    /// Its text.
    pub content: String,
    /// As Discord gives it.
    pub body: Value,
    /// How often it was edited.
    pub edits: u32,
}

/// What an asker sees.
#[derive(Debug, Clone)]
pub struct Shown {
    /// Type of the first answer.
    pub first: u64,
    /// Data of the answer: of a message, a form, suggestions.
    pub data: Value,
    /// Whether only the asker sees it.
    pub is_private: bool,
    /// First answers that arrived.
    pub acknowledgements: u32,
    /// From dispatch to the first answer.
    pub after: Duration,
}

impl Shown {
    /// All text of a message.
    #[must_use]
    pub fn text(&self) -> String {
        let content = self.data["content"].as_str().unwrap_or_default();
        let embed = self.data["embeds"][0]["description"]
            .as_str()
            .unwrap_or_default();
        format!("{content}{embed}")
    }

    /// The ids of the buttons.
    #[must_use]
    pub fn buttons(&self) -> Vec<String> {
        let rows = self.data["components"].as_array().into_iter().flatten();
        let buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
        buttons
            .filter_map(|button| button["custom_id"].as_str().map(str::to_owned))
            .collect()
    }

    /// The id of the first button whose label contains `label`.
    #[must_use]
    pub fn button(&self, label: &str) -> Option<String> {
        button(&self.data, label)
    }

    /// The id and the field of the form that is open.
    #[must_use]
    pub fn form(&self) -> Option<(String, String)> {
        let field = &self.data["components"][0]["components"][0]["custom_id"];
        let is_form = self.first == 9;
        let form = self.data["custom_id"].as_str().zip(field.as_str());
        form.filter(|_| is_form)
            .map(|(id, field)| (id.to_owned(), field.to_owned()))
    }

    /// The values of the suggestions.
    #[must_use]
    pub fn choices(&self) -> Vec<String> {
        let choices = self.data["choices"].as_array().into_iter().flatten();
        choices
            .filter_map(|choice| choice["value"].as_str().map(str::to_owned))
            .collect()
    }

    /// The message, for pressing its buttons.
    #[must_use]
    pub fn message(&self) -> &Value {
        &self.data
    }
}

impl Posted {
    /// The id of the first button whose label contains `label`.
    #[must_use]
    pub fn button(&self, label: &str) -> Option<String> {
        button(&self.body, label)
    }
}

fn button(message: &Value, label: &str) -> Option<String> {
    let rows = message["components"].as_array().into_iter().flatten();
    let mut buttons = rows.flat_map(|row| row["components"].as_array().into_iter().flatten());
    let found = buttons
        .find(|button| (button["label"].as_str()).is_some_and(|shown| shown.contains(label)))?;
    found["custom_id"].as_str().map(str::to_owned)
}

/// An interaction and what was answered.
#[derive(Debug)]
pub(super) struct Asked {
    pub id: u64,
    pub kind: u8,
    pub at: Instant,
    pub acknowledged: Option<Duration>,
    pub first: Option<u64>,
    pub acknowledgements: u32,
    pub is_private: bool,
    pub data: Option<Value>,
    pub message: u64,
}

impl Asked {
    pub fn new(id: u64, kind: u8) -> Self {
        Self {
            id,
            kind,
            at: Instant::now(),
            acknowledged: None,
            first: None,
            acknowledgements: 0,
            is_private: false,
            data: None,
            message: id + 1,
        }
    }

    pub fn shown(&self) -> Option<Shown> {
        Some(Shown {
            first: self.first?,
            data: self.data.clone()?,
            is_private: self.is_private,
            acknowledgements: self.acknowledgements,
            after: self.acknowledged?,
        })
    }
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub last_id: u64,
    pub asked: HashMap<String, Asked>,
    pub messages: Vec<Posted>,
    pub nonces: HashMap<String, u64>,
    pub faults: Vec<Fault>,
    pub closed_doors: Vec<u64>,
    pub requests: Vec<String>,
    pub violations: Vec<String>,
    pub described: u32,
    pub commands: Option<Value>,
    pub registrations: u32,
    pub sessions: u32,
    pub resumes: u32,
    pub seq: u64,
    pub events: Vec<(u64, String, Value)>,
    pub gateway: Option<String>,
}

impl State {
    pub fn next_id(&mut self) -> u64 {
        self.last_id += 10;
        3_000_000_000_000_000_000 + self.last_id
    }
}

/// All of it, with a bell that rings at every change.
pub(super) struct World {
    state: Mutex<State>,
    changed: watch::Sender<u64>,
    controls: broadcast::Sender<Control>,
    pub description: Description,
}

impl World {
    pub fn new(description: Description) -> Self {
        Self {
            state: Mutex::default(),
            changed: watch::Sender::new(0),
            controls: broadcast::Sender::new(CONTROLS_MAX),
            description,
        }
    }

    /// Looks or changes; whoever waits looks again.
    pub fn with<T>(&self, f: impl FnOnce(&mut State) -> T) -> T {
        let done = f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner));
        self.changed.send_modify(|n| *n += 1);
        done
    }

    /// Waits until `found` finds something.
    pub async fn until<T>(&self, mut found: impl FnMut(&State) -> Option<T>) -> T {
        let mut bell = self.changed.subscribe();
        loop {
            bell.mark_unchanged();
            let seen = found(&self.state.lock().unwrap_or_else(PoisonError::into_inner));
            if let Some(seen) = seen {
                return seen;
            }
            // The sender lives as long as the world.
            let _ = bell.changed().await;
        }
    }

    /// Sends an event to the bot; it is kept for a resume.
    pub fn dispatch(&self, name: &str, data: &Value) {
        let (seq, name, data) = self.with(|state| {
            state.seq += 1;
            let event = (state.seq, name.to_owned(), data.clone());
            state.events.push(event.clone());
            event
        });
        self.control(Control::Event(seq, name, data));
    }

    /// Tells the open connections; none is fine.
    pub fn control(&self, control: Control) {
        let _ = self.controls.send(control);
    }

    pub fn controls(&self) -> broadcast::Receiver<Control> {
        self.controls.subscribe()
    }
}
