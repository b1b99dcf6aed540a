//! `/sign-up`, by oneself or by an invitation, and `/welcome`, where the first administrator signs up.

use std::str::FromStr as _;

use askama::Template;
use axum::extract::State;
use axum::response::IntoResponse as _;
use config::settings::SignUp;
use http::HeaderMap;
use serde::Deserialize;

use super::begin::begin;
use crate::http::App;
use crate::http::caller::Client;
use crate::http::path::Asked;
use crate::http::problem::Problem;
use crate::model::{AccountName, AccountState, Secret};
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::pages::{Page, html, see};
use crate::people::entry::sign_up::{self, Wanted};
use crate::people::entry::welcome;
use crate::people::invitations;
use crate::store::people::accounts::Account;

/// The form of a new account.
#[derive(Debug, Template)]
#[template(path = "entry/sign-up.html")]
struct SignUpPage {
    page: Frame,
    heading: String,
    /// What is to be said before.
    intro: Option<String>,
    /// True if the form is shown.
    open: bool,
    /// True if it asks for a mail address.
    asks_email: bool,
    name: String,
    email: String,
    wrong: Option<String>,
}

/// The secret of the link that led here.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Link {
    invitation: Option<String>,
    secret: Option<String>,
}

/// What the form sends.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct New {
    name: String,
    #[serde(default)]
    email: String,
    password: String,
}

/// `GET /sign-up`.
pub(super) async fn show(State(app): State<App>, page: Frame, Asked(link): Asked<Link>) -> Page {
    if let Some(secret) = &link.invitation {
        invitations::open(&app, &Secret::shown(secret)).await?;
    }
    html(&form(&app, page, link.invitation.is_some()))
}

fn form(app: &App, page: Frame, is_invited: bool) -> SignUpPage {
    let setting = app.settings.sign_up;
    let open = is_invited || matches!(setting, SignUp::Approval | SignUp::Open);
    let intro = match setting {
        _ if is_invited => Some("sign_up.invited"),
        SignUp::Open => None,
        SignUp::Approval => Some("sign_up.approval"),
        SignUp::Invitation | SignUp::Closed => Some("sign_up.closed"),
    };
    SignUpPage {
        heading: page.put("sign_up.heading", "site", page.site),
        intro: intro.map(|key| page.t(key).to_owned()),
        open,
        asks_email: true,
        name: String::new(),
        email: String::new(),
        wrong: None,
        page,
    }
}

/// `POST /sign-up`. Who may come in at once is signed in.
pub(super) async fn send(
    State(app): State<App>,
    page: Frame,
    client: Client,
    headers: HeaderMap,
    Asked(link): Asked<Link>,
    Form(new): Form<New>,
) -> Page {
    let form = form(&app, page, link.invitation.is_some());
    let invitation = link.invitation.map(|secret| Secret::shown(&secret));
    let made = match AccountName::from_str(new.name.trim()) {
        Ok(name) => sign_up::by_oneself(&app, new.wanted(name), invitation.as_ref(), &client).await,
        Err(error) => Err(Problem::invalid("name", &error.to_string())),
    };
    match made {
        Ok(account) if account.state == AccountState::Active => begin(&app, &account, &client, &headers, "/").await,
        Ok(_) => Ok(see("/sign-in?did=sign_up.waiting")),
        Err(problem) => refused(form, new, problem),
    }
}

/// `GET /welcome`.
pub(super) async fn show_welcome(State(app): State<App>, page: Frame, Asked(link): Asked<Link>) -> Page {
    let secret = Secret::shown(&link.secret.unwrap_or_default());
    if !welcome::is_open(&app, &secret).await? {
        return Err(Problem::not_found());
    }
    html(&welcome_form(page))
}

fn welcome_form(page: Frame) -> SignUpPage {
    SignUpPage {
        heading: page.t("welcome.title").to_owned(),
        intro: Some(page.t("welcome.text").to_owned()),
        open: true,
        asks_email: false,
        name: String::new(),
        email: String::new(),
        wrong: None,
        page,
    }
}

/// `POST /welcome`.
pub(super) async fn send_welcome(
    State(app): State<App>,
    page: Frame,
    client: Client,
    headers: HeaderMap,
    Asked(link): Asked<Link>,
    Form(new): Form<New>,
) -> Page {
    let secret = Secret::shown(&link.secret.unwrap_or_default());
    let made: Result<Account, Problem> = match AccountName::parse_any(new.name.trim()) {
        Ok(name) => welcome::accept(&app, &secret, name, new.password.clone(), &client).await,
        Err(error) => Err(Problem::invalid("name", &error.to_string())),
    };
    match made {
        Ok(account) => begin(&app, &account, &client, &headers, "/admin").await,
        Err(problem) => refused(welcome_form(page), new, problem),
    }
}

/// The form again with what is wrong, where that is in the form's hand.
fn refused(form: SignUpPage, new: New, problem: Problem) -> Page {
    if problem.status().is_server_error() || problem.status().as_u16() == 404 {
        return Err(problem);
    }
    let status = problem.status();
    let form = SignUpPage { name: new.name, email: new.email, wrong: Some(problem.detail), ..form };
    Ok((status, html(&form)?).into_response())
}

impl New {
    fn wanted(&self, name: AccountName) -> Wanted {
        let email = Some(self.email.trim().to_owned()).filter(|text| !text.is_empty());
        Wanted { name, email, password: self.password.clone() }
    }
}
