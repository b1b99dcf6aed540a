//! `/reset`: a link to another password is asked for, and followed; `/confirm`: a mail address is confirmed.

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse as _;
use serde::Deserialize;

use crate::http::App;
use crate::http::caller::Client;
use crate::http::path::Asked;
use crate::http::problem::Problem;
use crate::model::Secret;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::address;
use crate::people::entry::reset;

/// A form of one field, which a link opens.
#[derive(Debug, Template)]
#[template(path = "entry/ask.html")]
pub(in crate::pages) struct AskPage {
    pub(in crate::pages) page: Frame,
    /// Its texts in the catalogue.
    pub(in crate::pages) key: &'static str,
    /// The field; none where pressing the button is all.
    pub(in crate::pages) field: Option<Field>,
    pub(in crate::pages) wrong: Option<String>,
}

/// A field, with what browsers are told of it.
#[derive(Debug, Clone, Copy)]
pub(in crate::pages) struct Field {
    pub(in crate::pages) name: &'static str,
    pub(in crate::pages) kind: &'static str,
    pub(in crate::pages) complete: &'static str,
}

const EMAIL: Field = Field { name: "email", kind: "email", complete: "email" };
const PASSWORD: Field = Field { name: "new_password", kind: "password", complete: "new-password" };

/// The secret of the link that led here.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Link {
    pub(super) secret: Option<String>,
}

/// What the forms send.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    email: Option<String>,
    new_password: Option<String>,
}

/// `GET /reset`.
pub(super) async fn show(page: Frame, Asked(link): Asked<Link>) -> Page {
    html(&form(page, &link))
}

const fn form(page: Frame, link: &Link) -> AskPage {
    let (key, field) = if link.secret.is_some() { ("reset", PASSWORD) } else { ("forgotten", EMAIL) };
    AskPage { page, key, field: Some(field), wrong: None }
}

/// `POST /reset`.
pub(super) async fn send(
    State(app): State<App>,
    page: Frame,
    client: Client,
    Asked(link): Asked<Link>,
    Form(answer): Form<Answer>,
) -> Page {
    let form = form(page, &link);
    let done = match link.secret {
        Some(secret) => {
            let new = answer.new_password.unwrap_or_default();
            reset::accept(&app, &Secret::shown(&secret), new, &client).await.map(|()| "/sign-in?did=reset.done")
        }
        None => {
            let email = answer.email.unwrap_or_default();
            reset::ask(&app, &email, &client).await.map(|()| "/sign-in?did=forgotten.sent")
        }
    };
    match done {
        Ok(path) => Ok(see(path)),
        Err(problem) if problem.field.is_some() || problem.status().as_u16() == 429 => refused(form, problem),
        Err(problem) => Err(problem),
    }
}

fn refused(form: AskPage, problem: Problem) -> Page {
    let status = problem.status();
    Ok((status, html(&AskPage { wrong: Some(problem.detail), ..form })?).into_response())
}

/// `GET /confirm`. Following a link changes nothing by itself: programs follow links in mails, too.
pub(super) async fn show_confirm(page: Frame) -> Page {
    html(&AskPage { page, key: "confirm", field: None, wrong: None })
}

/// `POST /confirm`.
pub(super) async fn confirm(State(app): State<App>, client: Client, Asked(link): Asked<Link>) -> Page {
    address::confirm(&app, &Secret::shown(&link.secret.unwrap_or_default()), &client).await?;
    Ok(see("/?did=confirm.done"))
}
