//! Personal tokens.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::{Id, Micros, Scope, Scopes};
use crate::people::tokens;
use crate::people::trail::Actor;
use crate::store::people::tokens as table;

/// A new token.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewToken {
    #[schema(min_length = 1, max_length = 100)]
    name: String,
    #[schema(min_items = 1)]
    scopes: Vec<Scope>,
}

/// A token that was just made.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct MadeToken {
    id: Id,
    name: String,
    scopes: Vec<Scope>,
    created: Micros,
    /// The token itself. It is never shown again.
    token: String,
}

/// A token.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Token {
    id: Id,
    name: String,
    scopes: Vec<Scope>,
    created: Micros,
    /// When it was last used, to the minute; null for never.
    seen: Option<Micros>,
}

/// All of one's tokens.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Tokens {
    items: Vec<Token>,
    /// Always null: all are in one answer.
    next: Option<String>,
}

/// Makes a token.
#[utoipa::path(post, path = "/tokens", request_body = NewToken, responses(
    (status = CREATED, body = MadeToken),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn create(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Body(new): Body<NewToken>,
) -> Result<(StatusCode, Json<MadeToken>), Problem> {
    signed_in.needs_session()?;
    client.needs_privacy()?;
    let actor = Actor::of(&signed_in, &client);
    let (token, secret) = tokens::make(&app, &signed_in.account, &actor, &new.name, Scopes::new(new.scopes)).await?;
    let scopes = token.scopes.list().to_vec();
    let made =
        MadeToken { id: token.id, name: token.name, scopes, created: token.created, token: secret.reveal().into() };
    Ok((StatusCode::CREATED, Json(made)))
}

/// One's tokens, the newest first.
#[utoipa::path(get, path = "/tokens", responses(
    (status = OK, body = Tokens),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn list(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Tokens>, Problem> {
    signed_in.needs(Scope::Read)?;
    let found = table::of_account(&mut *app.store.read().await?, &signed_in.account.id).await?;
    let shown = found.into_iter().map(|token| Token {
        scopes: token.scopes.list().to_vec(),
        id: token.id,
        name: token.name,
        created: token.created,
        seen: token.seen,
    });
    Ok(Json(Tokens { items: shown.collect(), next: None }))
}

/// Takes a token away.
#[utoipa::path(delete, path = "/tokens/{id}", params(("id" = Id, Path)), responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn delete(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    At(id): At<Id>,
) -> Result<StatusCode, Problem> {
    signed_in.needs(Scope::Write)?;
    tokens::remove(&app, &signed_in.account, &Actor::of(&signed_in, &client), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
