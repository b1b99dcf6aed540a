//! `/link/{secret}`: what a link opens, for people without an account, too.

use axum::extract::State;
use axum::response::IntoResponse as _;
use http::StatusCode;
use serde::Deserialize;

use super::embed::EmbedPage;
use super::shown::Shown;
use crate::http::App;
use crate::http::path::At;
use crate::model::Secret;
use crate::pages::entry::reset::{AskPage, Field};
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html};
use crate::titles::sharing::links;

/// The field of the form that asks for the link's password.
const PASSWORD: Field = Field { name: "password", kind: "password", complete: "off" };

/// The password that somebody typed.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Answer {
    password: String,
}

/// `GET /link/{secret}`. This counts as a use.
pub(in crate::pages) async fn show(State(app): State<App>, page: Frame, At(secret): At<String>) -> Page {
    open(&app, page, &secret, None).await
}

/// `POST /link/{secret}`.
pub(in crate::pages) async fn send(
    State(app): State<App>,
    page: Frame,
    At(secret): At<String>,
    Form(answer): Form<Answer>,
) -> Page {
    open(&app, page, &secret, Some(answer.password)).await
}

async fn open(app: &App, page: Frame, secret: &str, password: Option<String>) -> Page {
    let is_answer = password.is_some();
    match links::open(app, &Secret::shown(secret), password).await {
        Ok(title) => html(&EmbedPage { title: Shown::of(title, &page), page }),
        Err(problem) if problem.status() == StatusCode::UNAUTHORIZED => ask(page, is_answer),
        Err(problem) => Err(problem),
    }
}

fn ask(page: Frame, is_wrong: bool) -> Page {
    let wrong = is_wrong.then(|| page.t("link.wrong").to_owned());
    let page = html(&AskPage { page, key: "link", field: Some(PASSWORD), wrong })?;
    Ok((StatusCode::UNAUTHORIZED, page).into_response())
}
