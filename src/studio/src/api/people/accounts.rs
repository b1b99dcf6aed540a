//! Accounts.

use axum::Json;
use axum::extract::State;
use http::StatusCode;
use serde::{Deserialize, Serialize};

use crate::http::App;
use crate::http::body::Body;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::model::{AccountName, AccountState, Id, Micros, Role, Secret};
use crate::people::entry::sign_up::{self, Wanted};
use crate::store::people::accounts::Account;

/// A new account.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub(in crate::api) struct New {
    name: AccountName,
    #[serde(default)]
    email: Option<String>,
    #[schema(min_length = 12, max_length = 1000)]
    password: String,
    /// The secret of an invitation.
    #[serde(default)]
    invitation: Option<String>,
}

/// An account, as its owner sees it.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub(in crate::api) struct Own {
    id: Id,
    name: AccountName,
    display: String,
    email: Option<String>,
    role: Role,
    /// `pending` until an administrator lets it in.
    state: AccountState,
    created: Micros,
    /// Bytes that its titles take, with what uploads under way have reserved.
    used: i64,
    /// Bytes that they may take; null for no limit.
    quota: Option<i64>,
}

impl Own {
    pub(in crate::api) fn of(account: Account, app: &App) -> Self {
        let limit = i64::try_from(app.settings.limits.quota).unwrap_or(i64::MAX);
        let quota = account.quota.or(Some(limit)).filter(|bytes| *bytes > 0);
        Self {
            id: account.id,
            name: account.name,
            display: account.display,
            email: account.email,
            role: account.role,
            state: account.state,
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
pub(in crate::api) async fn create(
    State(app): State<App>,
    client: Client,
    Body(new): Body<New>,
) -> Result<(StatusCode, Json<Own>), Problem> {
    let wanted = Wanted { name: new.name, email: new.email, password: new.password };
    let invitation = new.invitation.as_deref().map(Secret::shown);
    let account = sign_up::by_oneself(&app, wanted, invitation.as_ref(), &client).await?;
    Ok((StatusCode::CREATED, Json(Own::of(account, &app))))
}
