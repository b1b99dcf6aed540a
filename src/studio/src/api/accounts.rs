//! Accounts.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::http::signed_in::SignedIn;
use crate::model::{AccountName, Id, Micros, Role, Scope};
use crate::people::sign_up::{self, Wanted};
use crate::store::accounts::Account;

/// A new account.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    name: AccountName,
    #[serde(default)]
    email: Option<String>,
    #[schema(min_length = 12, max_length = 1000)]
    password: String,
}

/// An account, as its owner sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(super) struct Own {
    id: Id,
    name: AccountName,
    display: String,
    email: Option<String>,
    role: Role,
    created: Micros,
    /// Bytes that its titles take, with what uploads under way have reserved.
    used: i64,
    /// Bytes that they may take; null for no limit.
    quota: Option<i64>,
}

impl Own {
    fn of(account: Account, app: &App) -> Self {
        let limit = i64::try_from(app.settings.limits.quota).unwrap_or(i64::MAX);
        let quota = account.quota.or(Some(limit)).filter(|bytes| *bytes > 0);
        Self {
            id: account.id,
            name: account.name,
            display: account.display,
            email: account.email,
            role: account.role,
            created: account.created,
            used: account.used.saturating_add(account.reserved),
            quota,
        }
    }
}

/// Signs up, where the settings allow it.
#[utoipa::path(post, path = "/accounts", request_body = New, responses(
    (status = CREATED, body = Own),
    (status = BAD_REQUEST, body = Problem, content_type = "application/problem+json"),
    (status = FORBIDDEN, body = Problem, content_type = "application/problem+json"),
    (status = CONFLICT, body = Problem, content_type = "application/problem+json"),
    (status = TOO_MANY_REQUESTS, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn create(
    State(app): State<App>,
    client: Client,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Own>), Problem> {
    app.limits.sign_up(client.network())?;
    let wanted = Wanted { name: new.name, email: new.email, password: new.password };
    let account = sign_up::by_oneself(&app, wanted, &client.text()).await?;
    Ok((StatusCode::CREATED, Json(Own::of(account, &app))))
}

/// One's own account.
#[utoipa::path(get, path = "/me", responses(
    (status = OK, body = Own),
    (status = UNAUTHORIZED, body = Problem, content_type = "application/problem+json"),
))]
pub(super) async fn me(State(app): State<App>, signed_in: SignedIn) -> Result<Json<Own>, Problem> {
    signed_in.needs(Scope::Read)?;
    Ok(Json(Own::of(signed_in.account, &app)))
}
