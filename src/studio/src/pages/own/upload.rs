//! `/upload`.

use askama::Template;
use axum::extract::State;

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::model::Role;
use crate::pages::frame::{Frame, format};
use crate::pages::own::room::Room;
use crate::pages::{Page, html};
use crate::store::people::accounts::Account;

/// The place to drop files.
#[derive(Debug, Template)]
#[template(path = "own/upload.html")]
pub(in crate::pages) struct UploadPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) limits: Limits,
}

/// Bounds of what may be uploaded.
#[derive(Debug)]
pub(in crate::pages) struct Limits {
    /// Bytes of a file.
    pub(in crate::pages) largest: Option<u64>,
    /// Bytes that are free.
    pub(in crate::pages) room: Option<u64>,
    /// Both, for people.
    pub(in crate::pages) text: String,
}

/// `GET /upload`.
pub(in crate::pages) async fn show(State(app): State<App>, page: Frame, signed_in: SignedIn) -> Page {
    signed_in.needs_role(Role::Creator)?;
    html(&UploadPage { limits: Limits::of(&app, &signed_in.account, &page), page })
}

impl Limits {
    /// Those of an account.
    pub(super) fn of(app: &App, account: &Account, page: &Frame) -> Self {
        let largest = Some(app.settings.limits.upload).filter(|bytes| *bytes > 0);
        let room = Room::of(app, account).free();
        let said =
            |key: &str, bytes: Option<u64>| bytes.map(|bytes| page.put(key, "size", format::size(bytes, page.texts)));
        let texts = [said("upload.limit", largest), said("upload.room", room)];
        Self { largest, room, text: texts.into_iter().flatten().collect::<Vec<_>>().join(" ") }
    }
}
