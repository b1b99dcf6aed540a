//! `/admin/settings`: the settings in force. Secrets are not among them.

use axum::extract::State;

use super::by_administrator;
use super::page::AdminPage;
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::pages::frame::{Frame, format};
use crate::pages::{Page, html};
use crate::store::Dialect;
use config::settings::SignUp;

/// `GET /admin/settings`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    by_administrator(&signed_in)?;
    let settings = &app.settings;
    let size = |bytes: u64| match bytes {
        0 => "–".to_owned(),
        _ => format::size(bytes, page.texts),
    };
    let database = match app.store.dialect() {
        Dialect::Sqlite => "SQLite",
        // The address may hold a password.
        Dialect::Postgres => "PostgreSQL",
    };
    let proxies: Vec<String> = settings.proxies.iter().map(ToString::to_string).collect();
    let settings = [
        ("studio.address", settings.address.clone()),
        ("studio.sign_up", name(settings.sign_up).to_owned()),
        ("studio.role", settings.role.to_string()),
        ("studio.limits.quota", size(settings.limits.quota)),
        ("studio.limits.upload", size(settings.limits.upload)),
        ("studio.proxies", proxies.join(", ")),
        ("studio.state", settings.state.display().to_string()),
        ("studio.database", database.to_owned()),
    ];
    let settings = settings.map(|(name, value)| (name, if value.is_empty() { "–".into() } else { value })).into();
    html(&AdminPage { settings, ..AdminPage::of(page, "settings") })
}

/// Its name in the settings.
const fn name(sign_up: SignUp) -> &'static str {
    match sign_up {
        SignUp::Open => "open",
        SignUp::Invitation => "invitation",
        SignUp::Approval => "approval",
        SignUp::Closed => "closed",
    }
}
