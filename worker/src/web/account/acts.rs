//! What a client does on the account: cancel in two steps, put back; and the way back of a receipt.

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use minijinja::context;
use relance_shared::account::Locale;
use relance_shared::consent::CancelReason;
use relance_shared::consent::store::{self, AccountProject, Asking, Done, Why};
use relance_shared::env::Env;
use relance_shared::listing::store::StateName;
use relance_shared::mail::Composer;
use relance_shared::project::ProjectId;
use uuid::Uuid;

use super::session::{OwnAccount, SignedIn};
use crate::web::form::{self, Fields};
use crate::web::{Fault, page};

/// The client's own project while it is in `state`; else the account says that nothing was changed.
async fn own(
    env: &Env,
    signed_in: &SignedIn,
    id: Uuid,
    state: StateName,
) -> Result<Result<AccountProject, Response>, Fault> {
    let project = store::project(&env.db, signed_in.client.id, ProjectId::from(id))
        .await?
        .ok_or(Fault::NotFound)?;
    Ok(if project.state == state {
        Ok(project)
    } else {
        Err(after("not_now"))
    })
}

fn after(done: &str) -> Response {
    Redirect::to(&format!("/account?done={done}")).into_response()
}

fn answered(done: Done, yes: &str) -> Response {
    match done {
        Done::Yes => after(yes),
        Done::NotNow => after("not_now"),
        Done::NotAllowed => Redirect::to("/account/sign-in").into_response(),
    }
}

/// One of the two steps of a cancellation.
struct Step<'a> {
    reason: Option<&'a str>,
    text: &'a str,
    error: Option<&'static str>,
}

fn cancel_page(
    env: &Env,
    signed_in: &SignedIn,
    project: &AccountProject,
    step: &Step<'_>,
) -> Result<Response, Fault> {
    let html = page(
        signed_in.client.locale,
        "cancel.html",
        context! {
            id => project.id.to_string(),
            reference => project.reference.as_str(),
            title => project.title.as_str(),
            form => form::mark(env, signed_in.session.uuid()),
            is_confirming => step.reason.is_some(),
            reason => step.reason,
            text => step.text,
            error => step.error,
        },
    )?;
    let status = if step.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    Ok((status, html).into_response())
}

pub(super) async fn show_cancel(
    signed_in: SignedIn,
    State(env): State<Env>,
    Path(id): Path<Uuid>,
) -> Result<Response, Fault> {
    let project = match own(&env, &signed_in, id, StateName::Pending).await? {
        Ok(project) => project,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let step = Step {
        reason: None,
        text: "",
        error: None,
    };
    cancel_page(&env, &signed_in, &project, &step)
}

/// A reason first, then the project's number copied by hand: no robot that fills forms gets through both (W1, S11).
pub(super) async fn cancel(
    signed_in: SignedIn,
    State(env): State<Env>,
    Path(id): Path<Uuid>,
    fields: Fields,
) -> Result<Response, Fault> {
    fields.marked(&env, signed_in.session.uuid())?;
    let project = match own(&env, &signed_in, id, StateName::Pending).await? {
        Ok(project) => project,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let text = fields.get("text");
    let again = |reason, error| Step {
        reason,
        text,
        error,
    };
    let name = fields.get("reason");
    let Some(reason) = reason(name) else {
        let step = again(None, Some("cancel_no_reason"));
        return cancel_page(&env, &signed_in, &project, &step);
    };
    let number = fields.get("number").trim();
    if !number.eq_ignore_ascii_case(project.reference.trim()) {
        let error = (!number.is_empty()).then_some("cancel_wrong_number");
        return cancel_page(&env, &signed_in, &project, &again(Some(name), error));
    }
    let composer =
        Composer::new(&env.settings, &env.keys).map_err(|error| Fault::Broken(error.into()))?;
    let asking = Asking {
        cookie: &signed_in.cookie,
        project: project.id,
    };
    let done = store::cancel(&env, &composer, asking, Why { reason, text }).await?;
    Ok(answered(done, "cancelled"))
}

fn reason(name: &str) -> Option<CancelReason> {
    match name {
        "found_elsewhere" => Some(CancelReason::FoundElsewhere),
        "fell_through" => Some(CancelReason::FellThrough),
        "other" => Some(CancelReason::Other),
        "not_said" => Some(CancelReason::NotSaid),
        _ => None,
    }
}

/// What the page that puts a project back shows.
struct Reopening<'a> {
    locale: Locale,
    reference: &'a str,
    title: &'a str,
    action: String,
    form: String,
    error: Option<&'static str>,
    done: Option<&'static str>,
}

fn reopen_page(of: Reopening<'_>) -> Result<Response, Fault> {
    let status = if of.error.is_some() {
        StatusCode::UNPROCESSABLE_ENTITY
    } else {
        StatusCode::OK
    };
    let html = page(
        of.locale,
        "reopen.html",
        context! {
            reference => of.reference, title => of.title, action => of.action, form => of.form,
            error => of.error, done => of.done,
        },
    )?;
    Ok((status, html).into_response())
}

fn reopening<'a>(
    env: &Env,
    signed_in: &SignedIn,
    project: &'a AccountProject,
    error: Option<&'static str>,
) -> Reopening<'a> {
    Reopening {
        locale: signed_in.client.locale,
        reference: &project.reference,
        title: &project.title,
        action: format!("/account/projects/{}/reopen", project.id),
        form: form::mark(env, signed_in.session.uuid()),
        error,
        done: None,
    }
}

pub(super) async fn show_reopen(
    signed_in: SignedIn,
    State(env): State<Env>,
    Path(id): Path<Uuid>,
) -> Result<Response, Fault> {
    match own(&env, &signed_in, id, StateName::Cancelled).await? {
        Ok(project) => reopen_page(reopening(&env, &signed_in, &project, None)),
        Err(elsewhere) => Ok(elsewhere),
    }
}

pub(super) async fn reopen(
    signed_in: SignedIn,
    State(env): State<Env>,
    Path(id): Path<Uuid>,
    fields: Fields,
) -> Result<Response, Fault> {
    fields.marked(&env, signed_in.session.uuid())?;
    let project = match own(&env, &signed_in, id, StateName::Cancelled).await? {
        Ok(project) => project,
        Err(elsewhere) => return Ok(elsewhere),
    };
    match fields.get("choice") {
        "reopen" => {
            let asking = Asking {
                cookie: &signed_in.cookie,
                project: project.id,
            };
            let now = env.clock.now();
            let done = store::reopen(&env.db, &env.keys, asking, now).await?;
            Ok(answered(done, "reopened"))
        }
        "keep" => Ok(Redirect::to("/account").into_response()),
        _ => {
            let error = Some("cancel_no_reason");
            reopen_page(reopening(&env, &signed_in, &project, error))
        }
    }
}

pub(super) async fn show_back(
    _: OwnAccount,
    State(env): State<Env>,
    Path(token): Path<String>,
) -> Result<Response, Fault> {
    let way = store::way_back(&env.db, &env.keys, &token, env.clock.now())
        .await?
        .ok_or(Fault::LinkOver)?;
    reopen_page(Reopening {
        locale: way.locale,
        reference: &way.reference,
        title: &way.title,
        action: format!("/account/back/{token}"),
        form: form::mark(&env, way.project_id.uuid()),
        error: None,
        done: None,
    })
}

/// The receipt's link is mailed to the client alone and can only put the project back; it acts once, by a choice.
pub(super) async fn back(
    _: OwnAccount,
    State(env): State<Env>,
    Path(token): Path<String>,
    fields: Fields,
) -> Result<Response, Fault> {
    let now = env.clock.now();
    let way = store::way_back(&env.db, &env.keys, &token, now)
        .await?
        .ok_or(Fault::LinkOver)?;
    fields.marked(&env, way.project_id.uuid())?;
    let (done, error) = match fields.get("choice") {
        "reopen" => match store::reopen_by_way_back(&env.db, &env.keys, &token, now).await? {
            Done::Yes => (Some("reopen_done"), None),
            Done::NotNow => (None, Some("account_done_not_now")),
            Done::NotAllowed => return Err(Fault::LinkOver),
        },
        "keep" => (Some("reopen_left"), None),
        _ => (None, Some("cancel_no_reason")),
    };
    reopen_page(Reopening {
        locale: way.locale,
        reference: &way.reference,
        title: &way.title,
        action: format!("/account/back/{token}"),
        form: form::mark(&env, way.project_id.uuid()),
        error,
        done,
    })
}
