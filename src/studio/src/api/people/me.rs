//! One's own account: its facts, and where it is signed in.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::Serialize;

use super::accounts::Own;
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::{By, SignedIn};
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::{Id, Micros, Scope};
use crate::people::entry::sign_in;
use crate::people::trail::Actor;
use crate::store::people::sessions;

/// A browser that is signed in.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Session {
    id: Id,
    /// The client's address when it signed in.
    address: String,
    /// The browser, as it calls itself.
    agent: String,
    created: Micros,
    seen: Micros,
    /// True for the one that asks.
    current: bool,
}

/// All of one's sessions.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Sessions {
    items: Vec<Session>,
    /// Always null: all are in one answer.
    next: Option<String>,
}

/// One's own account.
#[utoipa::path(get, path = "/me", responses(
    (status = OK, body = Own),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn me(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Own>, Problem> {
    signed_in.needs(Scope::Read)?;
    Ok(Json(Own::of(signed_in.account, &app)))
}

/// Browsers that are signed in, the last seen first.
#[utoipa::path(get, path = "/me/sessions", responses(
    (status = OK, body = Sessions),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn list_sessions(
    State(app): State<App>,
    signed_in: SignedIn,
) -> Result<Json<Sessions>, Problem> {
    signed_in.needs(Scope::Read)?;
    let own = current(&signed_in);
    let found = sessions::of_account(&mut *app.store.read().await?, &signed_in.account.id).await?;
    let shown = found.into_iter().map(|session| Session {
        current: own == Some(&session.id),
        id: session.id,
        address: session.address,
        agent: session.agent,
        created: session.created,
        seen: session.seen,
    });
    Ok(Json(Sessions { items: shown.collect(), next: None }))
}

/// Ends one of one's sessions.
#[utoipa::path(delete, path = "/me/sessions/{id}", params(("id" = Id, Path)), responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn end_session(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    At(id): At<Id>,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    let ended = sign_in::end(&app, &Actor::of(&signed_in, &client), &signed_in.account, &id).await?;
    if ended { Ok(StatusCode::NO_CONTENT) } else { Err(Problem::not_found()) }
}

/// Ends all of one's sessions but the one that asks.
#[utoipa::path(delete, path = "/me/sessions", responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn end_sessions(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    let actor = Actor::of(&signed_in, &client);
    sign_in::end_all(&app, &actor, &signed_in.account, current(&signed_in)).await?;
    Ok(StatusCode::NO_CONTENT)
}

const fn current(signed_in: &SignedIn) -> Option<&Id> {
    match &signed_in.by {
        By::Session(session) => Some(&session.id),
        By::Token(_) => None,
    }
}
