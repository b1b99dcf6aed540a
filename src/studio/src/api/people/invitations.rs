//! Invitations.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::cursor::{Page, Paging};
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::{AccountName, Id, Micros, Role, Scope};
use crate::people::invitations;
use crate::people::trail::Actor;
use crate::store::people::invitations as table;

/// A new invitation.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct NewInvitation {
    role: Role,
    /// Whom to send it to; without one, the link is to be handed over by oneself.
    #[serde(default)]
    email: Option<String>,
}

/// An invitation.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Invitation {
    id: Id,
    /// Who made it.
    maker: AccountName,
    role: Role,
    email: Option<String>,
    created: Micros,
    ends: Micros,
    /// The link, in the answer that made it alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

impl From<table::Invitation> for Invitation {
    fn from(row: table::Invitation) -> Self {
        let table::Invitation { id, maker, role, email, created, ends } = row;
        Self { id, maker, role, email, created, ends, url: None }
    }
}

/// Makes an invitation, for moderators and administrators.
#[utoipa::path(post, path = "/invitations", request_body = NewInvitation, responses(
    (status = CREATED, body = Invitation),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn create(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    Body(new): Body<NewInvitation>,
) -> Result<(StatusCode, Json<Invitation>), Problem> {
    signed_in.needs(Scope::Moderate)?;
    let actor = Actor::of(&signed_in, &client);
    let made = invitations::make(&app, &signed_in.account, &actor, new.role, new.email.as_deref()).await?;
    let url = made.secret.map(|secret| invitations::link(&app, &secret));
    Ok((StatusCode::CREATED, Json(Invitation { url, ..made.invitation.into() })))
}

/// Invitations that are open: one's own, or all for an administrator.
#[utoipa::path(get, path = "/invitations", params(Paging), responses(
    (status = OK, body = Page<Invitation>),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
))]
pub(in crate::api) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Asked(paging): Asked<Paging>,
) -> Result<Json<Page<Invitation>>, Problem> {
    signed_in.needs(Scope::Moderate)?;
    signed_in.needs_role(Role::Moderator)?;
    let maker = (signed_in.account.role < Role::Administrator).then_some(&signed_in.account.id);
    let size = paging.size()?;
    let (created, id) = paging.place::<(i64, String)>()?.unwrap_or((i64::MIN, String::new()));
    let rows = table::page(&mut *app.store.read().await?, maker, app.now(), (created, &id), size + 1).await?;
    Ok(Json(Page::of(rows, size, |row| (row.created.0, row.id.clone())).map(Invitation::from)))
}

/// Takes an invitation back: one's own, or anybody's for an administrator.
#[utoipa::path(delete, path = "/invitations/{id}", params(("id" = Id, Path)), responses(
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
    signed_in.needs(Scope::Moderate)?;
    invitations::take_back(&app, &signed_in.account, &Actor::of(&signed_in, &client), &id).await?;
    Ok(StatusCode::NO_CONTENT)
}
