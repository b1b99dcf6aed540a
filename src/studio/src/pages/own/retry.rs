//! `POST /titles/{title}/retry`: another try of what failed.

use axum::extract::State;

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::model::Id;
use crate::pages::{Page, see};
use crate::titles::progress::states;

/// Tries it again.
pub(in crate::pages) async fn send(State(app): State<App>, signed_in: SignedIn, At(id): At<Id>) -> Page {
    let made = states::own(&app, &signed_in, &id).await?;
    states::retry(&app, &made).await?;
    Ok(see(&format!("/titles/{id}?did=edit.retrying")))
}
