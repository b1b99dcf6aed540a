//! `/settings/profile`: the account, and how pages look.

use axum::extract::State;

use super::page::SettingsPage;
use crate::http::App;
use crate::http::signed_in::SignedIn;
use crate::pages::frame::Frame;
use crate::pages::{Page, html};

/// `GET /settings/profile`.
pub(super) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    html(&SettingsPage::of(&app, page, &signed_in, "profile"))
}
