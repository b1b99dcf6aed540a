//! `/sign-up`.

use std::str::FromStr as _;

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse as _;
use config::settings::SignUp;
use serde::Deserialize;

use crate::http::App;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::model::{AccountName, AccountState};
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::sign_up::{self, Wanted};

#[derive(Debug, Template)]
#[template(path = "entry/sign-up.html")]
struct SignUpPage {
    page: Frame,
    open: bool,
    approval: bool,
    name: String,
    email: String,
    email_needed: bool,
    wrong: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    name: String,
    #[serde(default)]
    email: String,
    password: String,
}

/// The form.
pub(super) async fn show(State(app): State<App>, page: Frame) -> Page {
    html(&form(&app, page))
}

fn form(app: &App, page: Frame) -> SignUpPage {
    let approval = app.settings.sign_up == SignUp::Approval;
    let open = approval || app.settings.sign_up == SignUp::Open;
    SignUpPage { page, open, approval, name: String::new(), email: String::new(), email_needed: false, wrong: None }
}

/// Makes an account.
pub(super) async fn send(State(app): State<App>, page: Frame, client: Client, Form(new): Form<New>) -> Page {
    match make(&app, &client, &new).await {
        Ok(AccountState::Pending) => Ok(see("/sign-in?did=sign_up.waiting")),
        Ok(_) => Ok(see("/sign-in?did=sign_up.made")),
        Err(problem) if problem.status().is_server_error() => Err(problem),
        Err(problem) => {
            let wrong = Some(problem.detail.clone());
            let form = SignUpPage { name: new.name, email: new.email, wrong, ..form(&app, page) };
            Ok((problem.status(), html(&form)?).into_response())
        }
    }
}

async fn make(app: &App, client: &Client, new: &New) -> Result<AccountState, Problem> {
    let name = AccountName::from_str(new.name.trim()).map_err(|error| Problem::invalid("name", &error.to_string()))?;
    let email = Some(new.email.trim().to_owned()).filter(|text| !text.is_empty());
    let wanted = Wanted { name, email, password: new.password.clone() };
    Ok(sign_up::by_oneself(app, wanted, None, client).await?.state)
}
