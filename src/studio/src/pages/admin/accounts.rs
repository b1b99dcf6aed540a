//! `/admin/accounts`: accounts, who may do what, and invitations.

use axum::extract::State;
use axum::response::IntoResponse as _;
use config::settings::SignUp;
use serde::Deserialize;

use super::by_administrator;
use super::page::{AccountLine, AdminPage};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::cursor::{Page as Cut, Paging};
use crate::http::path::{Asked, At};
use crate::http::problem::Problem;
use crate::model::{AccountName, AccountState, Role};
use crate::pages::form::Form;
use crate::pages::frame::{Frame, format};
use crate::pages::view::{Badge, more};
use crate::pages::{Page, html, see};
use crate::people::trail::Actor;
use crate::people::{admin, invitations};
use crate::store::people::accounts::Account;
use crate::store::people::roster;

/// Those that are looked for.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Wanted {
    #[serde(default)]
    q: String,
    cursor: Option<String>,
}

/// A change of an account.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Change {
    role: Option<Role>,
    state: Option<AccountState>,
}

/// An invitation to make.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Invited {
    role: Role,
}

/// `GET /admin/accounts`.
pub(super) async fn show(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    Asked(wanted): Asked<Wanted>,
) -> Page {
    html(&place(&app, page, &signed_in, wanted).await?)
}

async fn place(app: &App, page: Frame, signed_in: &SignedIn, wanted: Wanted) -> Result<AdminPage, Problem> {
    by_administrator(signed_in)?;
    let filter = roster::Filter { text: wanted.q.replace('\0', ""), ..roster::Filter::default() };
    let paging = Paging { cursor: wanted.cursor, limit: None };
    let (size, after) = (paging.size()?, paging.place::<String>()?.unwrap_or_default());
    let rows = roster::page(&mut *app.store.read().await?, &filter, &after, size + 1).await?;
    let found = Cut::of(rows, size, |account| account.name.clone());
    let line = |account: Account| {
        let kind = if account.state == AccountState::Pending { "warn" } else { "bad" };
        let is_active = account.state == AccountState::Active;
        let badge = Badge { kind, text: page.t_of("account", account.state.name()) };
        AccountLine {
            me: account.id == signed_in.account.id,
            role: account.role.name(),
            since: format::date(account.created.0, page.texts),
            used: format::size(u64::try_from(account.used).unwrap_or(0), page.texts),
            badge: (!is_active).then_some(badge),
            shut_out: !is_active,
            name: account.name.to_string(),
        }
    };
    Ok(AdminPage {
        accounts: found.items.into_iter().map(line).collect(),
        more: more(&page.path, found.next.as_deref()),
        q: wanted.q,
        invites: app.settings.sign_up != SignUp::Closed,
        ..AdminPage::of(page.clone(), "accounts")
    })
}

/// `POST /admin/accounts/{name}`.
pub(super) async fn change(
    State(app): State<App>,
    page: Frame,
    client: Client,
    signed_in: SignedIn,
    At(name): At<String>,
    Form(change): Form<Change>,
) -> Page {
    by_administrator(&signed_in)?;
    let name = AccountName::parse_any(&name).map_err(|_| Problem::not_found())?;
    let change = admin::Change { role: change.role, state: change.state, quota: None };
    match admin::change(&app, &Actor::of(&signed_in, &client), &name, &change).await {
        Ok(_) => Ok(see("/admin/accounts?did=edit.saved")),
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let status = problem.status();
            let place = place(&app, page, &signed_in, Wanted::default()).await?;
            Ok((status, html(&AdminPage { wrong: Some(problem.detail), ..place })?).into_response())
        }
    }
}

/// `POST /admin/invitations`. The answer shows the link; it is never shown again.
pub(super) async fn invite(
    State(app): State<App>,
    page: Frame,
    client: Client,
    signed_in: SignedIn,
    Form(invited): Form<Invited>,
) -> Page {
    let origin = page.origin.clone();
    let place = place(&app, page, &signed_in, Wanted::default()).await?;
    let actor = Actor::of(&signed_in, &client);
    let made = invitations::make(&app, &signed_in.account, &actor, invited.role, None).await?;
    let link = made.secret.map(|secret| invitations::link(&app, &secret));
    // Where no address is set, it is the one that the browser asked.
    let invitation = link.map(|link| if link.starts_with('/') { format!("{origin}{link}") } else { link });
    html(&AdminPage { invitation, ..place })
}
