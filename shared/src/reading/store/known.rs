//! Which letter of ours, which client and which projects a message is about.

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use crate::account::ClientId;
use crate::db::{Db, StoreError};
use crate::mail::{LetterId, read_bounce_token, read_reply_token};
use crate::on_engine;
use crate::project::ProjectId;
use crate::reading::matching::{self, Matched, Pointers};
use crate::reading::meaning::projects::Asked;
use crate::reading::meaning::{Label, Meaning};
use crate::reading::message::Mail;
use crate::token::Keys;

/// Message-IDs of a thread that are looked up; ours is among the nearest.
const REFERENCES_LOOKED_UP: usize = 8;

const LETTER: &str =
    "SELECT id, client_id, recipient FROM outbox WHERE client_id IS NOT NULL AND id = $1";
const LETTERS: &str = "SELECT id, client_id, recipient FROM outbox WHERE client_id IS NOT NULL
    AND message_id IN ($1, $2, $3, $4, $5, $6, $7, $8)";
const ASKED: &str =
    "SELECT p.id, p.reference, p.title, p.published_at, p.state = 'pending' AS is_pending FROM outbox_projects l
    JOIN projects p ON p.id = l.project_id WHERE l.letter_id = $1 ORDER BY l.line_number";
const BY_SENDER: &str = "SELECT p.id, p.reference, p.title, p.published_at, TRUE AS is_pending, p.client_id FROM clients c
    JOIN projects p ON p.client_id = c.id WHERE LOWER(c.email) = $1 AND p.state = 'pending' ORDER BY p.id LIMIT 2";

/// Statements of this file that run on both engines, for the test that prepares each.
pub(super) const ALL_SQL: &[&str] = &[LETTER, LETTERS, ASKED, BY_SENDER];

/// A letter of ours that a message may answer.
#[derive(Debug, Clone, FromRow)]
struct Ours {
    id: LetterId,
    client_id: ClientId,
    recipient: Option<String>,
}

/// A project that a message is about.
#[derive(Debug, Clone, FromRow)]
pub(super) struct About {
    pub(super) id: ProjectId,
    pub(super) reference: String,
    pub(super) title: String,
    pub(super) published_at: DateTime<Utc>,
    pub(super) is_pending: bool,
}

#[derive(Debug, FromRow)]
struct OpenProject {
    #[sqlx(flatten)]
    about: About,
    client_id: ClientId,
}

/// What is known of a message when it is filed.
#[derive(Debug)]
pub(super) struct Known {
    pub(super) letter: Option<LetterId>,
    pub(super) client: Option<ClientId>,
    pub(super) recipient: Option<String>,
    pub(super) matched: Matched,
    pub(super) conflict: bool,
    /// Whether it came to the letter's return path or names the letter's Message-ID, as what returns does: a reply address
    /// alone does not say that a letter came back (M3).
    pub(super) is_returned: bool,
    pub(super) about: Vec<About>,
}

impl Known {
    /// The projects as the reader of meanings wants them.
    pub(super) fn asked(&self) -> Vec<Asked> {
        let asked = |(at, about): (usize, &About)| Asked {
            rank: at + 1,
            reference: about.reference.clone(),
            title: about.title.clone(),
        };
        self.about.iter().enumerate().map(asked).collect()
    }

    /// What is said of each project; what is said of none is said of all.
    pub(super) fn said<'k>(
        &'k self,
        meaning: &'k Meaning,
    ) -> impl Iterator<Item = (&'k About, Label)> {
        self.about.iter().filter_map(|about| {
            let of = meaning
                .projects
                .iter()
                .find(|(reference, _)| *reference == about.reference);
            match of {
                Some((_, Label::None)) => None,
                Some((_, label)) => Some((about, *label)),
                None => Some((about, meaning.main())),
            }
        })
    }
}

/// Which letter, client and projects a message is about.
pub(super) async fn find(db: &Db, keys: &Keys, mail: &Mail<'_>) -> Result<Known, StoreError> {
    let pointers = matching::pointers(mail);
    let (mut by_token, mut is_returned) = (Vec::new(), false);
    for token in pointers.tokens.iter().take(2) {
        let returned = read_bounce_token(keys, token);
        is_returned |= returned.is_some();
        let Some(letter) = returned.or_else(|| read_reply_token(keys, token)) else {
            continue;
        };
        let found: Option<Ours> = on_engine!(db.read(), pool => sqlx::query_as(LETTER).bind(letter).fetch_optional(pool).await)?;
        by_token.extend(found);
    }
    let returned = crate::reading::complaint::returned_message_id(mail);
    let Pointers {
        in_reply_to,
        references,
        ..
    } = pointers;
    let by_reply = by_message_id(db, in_reply_to.into_iter().chain(returned).collect()).await?;
    let by_reference = by_message_id(db, references).await?;
    let pairs = |found: &[Ours]| -> Vec<(LetterId, ClientId)> {
        found.iter().map(|ours| (ours.id, ours.client_id)).collect()
    };
    let agreed = matching::agreed(&pairs(&by_token), &pairs(&by_reply), &pairs(&by_reference));
    let mut known = Known {
        is_returned: is_returned || !by_reply.is_empty(),
        letter: None,
        client: None,
        recipient: None,
        matched: Matched::None,
        conflict: agreed.is_err(),
        about: Vec::new(),
    };
    match agreed {
        Ok(Some((letter, matched))) => {
            let ours = by_token
                .iter()
                .chain(&by_reply)
                .chain(&by_reference)
                .find(|ours| ours.id == letter);
            known.letter = Some(letter);
            known.client = ours.map(|ours| ours.client_id);
            known.recipient = ours.and_then(|ours| ours.recipient.clone());
            known.matched = matched;
            known.about = on_engine!(db.read(), pool => sqlx::query_as(ASKED).bind(letter).fetch_all(pool).await)?;
        }
        Ok(None) => infer(db, mail, &mut known).await?,
        Err(matching::Conflict) => {}
    }
    Ok(known)
}

/// By the sender alone, when exactly one project of theirs is open.
async fn infer(db: &Db, mail: &Mail<'_>, known: &mut Known) -> Result<(), StoreError> {
    let Some(from) = mail.from_address() else {
        return Ok(());
    };
    let open: Vec<OpenProject> =
        on_engine!(db.read(), pool => sqlx::query_as(BY_SENDER).bind(&from).fetch_all(pool).await)?;
    if let [only] = open.as_slice() {
        known.client = Some(only.client_id);
        known.recipient = Some(from);
        known.matched = Matched::Inferred;
        known.about = vec![only.about.clone()];
    }
    Ok(())
}

async fn by_message_id(db: &Db, ids: Vec<String>) -> Result<Vec<Ours>, StoreError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut ids = ids.into_iter().map(|id| format!("<{id}>"));
    Ok(on_engine!(db.read(), pool => {
        let mut query = sqlx::query_as(LETTERS);
        for _ in 0..REFERENCES_LOOKED_UP {
            query = query.bind(ids.next().unwrap_or_default());
        }
        query.fetch_all(pool).await
    })?)
}
