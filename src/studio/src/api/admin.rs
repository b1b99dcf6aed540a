//! Accounts as administrators manage them.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Deserializer, Serialize};

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::cursor::{Page, Paging};
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::{AccountName, AccountState, Id, Micros, Role, Scope};
use crate::people::admin;
use crate::people::entry::second_factor;
use crate::people::trail::Actor;
use crate::store::people::accounts::Account;
use crate::store::people::roster;

/// An account, as administrators see it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Managed {
    id: Id,
    name: AccountName,
    display: String,
    email: Option<String>,
    role: Role,
    state: AccountState,
    created: Micros,
    /// Bytes that its titles take, with what uploads under way have reserved.
    used: i64,
    /// Bytes of its own quota; null for the setting's.
    quota: Option<i64>,
}

/// Accounts that are wanted.
#[derive(Debug, Deserialize, utoipa::IntoParams)]
pub(super) struct Wanted {
    role: Option<Role>,
    state: Option<AccountState>,
    /// Beginning of the name or mail address.
    #[serde(default)]
    q: String,
}

/// Changes to an account; what is left out stays.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    role: Option<Role>,
    /// `active` lets in who waits; `disabled` shuts out, and ends all sessions.
    state: Option<AccountState>,
    /// Bytes; 0 for no limit, null for the setting's.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, minimum = 0)]
    quota: Option<Option<i64>>,
}

/// Tells null from nothing.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<i64>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

impl From<Account> for Managed {
    fn from(account: Account) -> Self {
        Self {
            id: account.id,
            name: account.name,
            display: account.display,
            email: account.email,
            role: account.role,
            state: account.state,
            created: account.created,
            used: account.used.saturating_add(account.reserved),
            quota: account.quota,
        }
    }
}

/// Accounts, by name.
#[utoipa::path(get, path = "/accounts", params(Wanted, Paging), responses(
    (status = OK, body = Page<Managed>),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn list(
    State(app): State<App>,
    signed_in: SignedIn,
    Asked(paging): Asked<Paging>,
    Asked(wanted): Asked<Wanted>,
) -> Result<Json<Page<Managed>>, Problem> {
    by_administrator(&signed_in)?;
    let filter = roster::Filter { role: wanted.role, state: wanted.state, text: wanted.q.replace('\0', "") };
    let (size, after) = (paging.size()?, paging.place::<String>()?.unwrap_or_default());
    let rows = roster::page(&mut *app.store.read().await?, &filter, &after, size + 1).await?;
    Ok(Json(Page::of(rows, size, |account| account.name.clone()).map(Managed::from)))
}

/// An account.
#[utoipa::path(get, path = "/accounts/{name}", params(("name" = String, Path)), responses(
    (status = OK, body = Managed),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn show(
    State(app): State<App>,
    signed_in: SignedIn,
    At(name): At<String>,
) -> Result<Json<Managed>, Problem> {
    by_administrator(&signed_in)?;
    Ok(Json(admin::find(&app, &named(&name)?).await?.into()))
}

/// Changes an account: its role, state or quota.
#[utoipa::path(patch, path = "/accounts/{name}", params(("name" = String, Path)), request_body = Change, responses(
    (status = OK, body = Managed),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn change(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    At(name): At<String>,
    Body(change): Body<Change>,
) -> Result<Json<Managed>, Problem> {
    by_administrator(&signed_in)?;
    if change.quota.flatten().is_some_and(i64::is_negative) {
        return Err(Problem::invalid("quota", "a quota is a number of bytes, 0 or more, or null"));
    }
    let change = admin::Change { role: change.role, state: change.state, quota: change.quota };
    let actor = Actor::of(&signed_in, &client);
    Ok(Json(admin::change(&app, &actor, &named(&name)?, &change).await?.into()))
}

/// Takes an account's second factor off, whose owner has lost the device and all recovery codes.
#[utoipa::path(delete, path = "/accounts/{name}/totp", params(("name" = String, Path)), responses(
    (status = NO_CONTENT),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = NOT_FOUND, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn remove_totp(
    State(app): State<App>,
    client: Client,
    signed_in: SignedIn,
    At(name): At<String>,
) -> Result<StatusCode, Problem> {
    client.needs_privacy()?;
    by_administrator(&signed_in)?;
    signed_in.needs_session()?;
    let account = admin::find(&app, &named(&name)?).await?;
    second_factor::remove(&app, &account, &Actor::of(&signed_in, &client)).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(super) fn by_administrator(signed_in: &SignedIn) -> Result<(), Problem> {
    signed_in.needs(Scope::Admin)?;
    signed_in.needs_role(Role::Administrator)
}

/// The name in an address: there is nothing under one that is none.
pub(super) fn named(name: &str) -> Result<AccountName, Problem> {
    AccountName::parse_any(name).map_err(|_| Problem::not_found())
}
