//! Forms as they are sent: from our own pages only, with the mark that those carry (W1).

use axum::Form;
use axum::extract::{FromRequest, Request};
use chrono::TimeDelta;
use relance_shared::env::Env;
use relance_shared::token::Purpose;
use uuid::Uuid;

use crate::web::Fault;

/// How long a page may stay open before its form is refused. Source: our choice; a page opened in the morning works in
/// the evening, one of last week does not.
const FORM_LIFE: TimeDelta = TimeDelta::hours(24);
/// Name of the field that carries the mark.
const FIELD: &str = "form";

/// The mark for a form of `subject`, a client or a session.
pub(super) fn mark(env: &Env, subject: Uuid) -> String {
    env.keys
        .mint(Purpose::Form, subject, env.clock.now() + FORM_LIFE)
}

/// The fields of a form that no other site sent (Fetch Metadata; browsers without it are held by the mark).
#[derive(Debug)]
pub(super) struct Fields(Vec<(String, String)>);

impl Fields {
    /// The value of `name`, empty when it is not there.
    pub(super) fn get(&self, name: &str) -> &str {
        self.0
            .iter()
            .find(|(field, _)| field == name)
            .map_or("", |(_, value)| value.as_str())
    }

    /// Refuses a form without our mark for `subject`; gives the mark.
    pub(super) fn marked(&self, env: &Env, subject: Uuid) -> Result<&str, Fault> {
        let mark = self.get(FIELD);
        match env.keys.read(Purpose::Form, mark, env.clock.now()) {
            Ok(of) if of == subject => Ok(mark),
            Ok(_) | Err(_) => Err(Fault::FormRefused),
        }
    }
}

impl FromRequest<Env> for Fields {
    type Rejection = Fault;

    async fn from_request(request: Request, env: &Env) -> Result<Self, Fault> {
        let site = request.headers().get("sec-fetch-site");
        if site.is_some_and(|site| site != "same-origin" && site != "none") {
            return Err(Fault::FormRefused);
        }
        let Form(fields) = Form::from_request(request, env)
            .await
            .map_err(|_| Fault::FormRefused)?;
        Ok(Self(fields))
    }
}
