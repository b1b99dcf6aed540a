//! `/sign-in` and `/sign-out`.

use askama::Template;
use axum::extract::{Query, State};
use axum::response::{AppendHeaders, IntoResponse as _, Redirect};
use http::header::SET_COOKIE;
use http::{HeaderMap, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde::Deserialize;

use super::begin::from;
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::cookie;
use crate::http::caller::signed_in::{By, Viewer};
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::pages::form::Form;
use crate::pages::frame::{Frame, own_path};
use crate::pages::{Page, html, see};
use crate::people::entry::sign_in;
use crate::people::trail::Actor;
use crate::people::{mail, oidc};
use config::settings::SignUp;

/// Problems that a code mends begin so.
const CODE: &str = "/problems/totp-";
/// The problem of an account that has a second factor.
const CODE_NEEDED: &str = "/problems/totp-required";

#[derive(Debug, Template)]
#[template(path = "entry/sign-in.html")]
struct SignInPage {
    page: Frame,
    providers: Vec<Provider>,
    /// Where one wanted to go.
    next: String,
    name: String,
    wrong: Option<String>,
    asks_code: bool,
    sign_up: bool,
    mail: bool,
}

/// Another place that one can sign in at.
#[derive(Debug)]
struct Provider {
    href: String,
    name: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Asked {
    #[serde(default)]
    next: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Credentials {
    name: String,
    password: String,
    #[serde(default)]
    next: String,
    totp: Option<String>,
}

/// The form.
pub(super) async fn show(State(app): State<App>, page: Frame, Query(asked): Query<Asked>) -> Page {
    let next = own_path(&asked.next).to_owned();
    if page.viewer.is_some() {
        return Ok(see(&next));
    }
    html(&form(&app, page, next))
}

fn form(app: &App, page: Frame, next: String) -> SignInPage {
    let sign_up = matches!(app.settings.sign_up, SignUp::Open | SignUp::Approval);
    let to = utf8_percent_encode(&next, NON_ALPHANUMERIC);
    let provider = |provider: &config::settings::Provider| Provider {
        href: format!("/sign-in/with/{}?next={to}", provider.id),
        name: provider.name.clone(),
    };
    let providers = app.settings.oidc.iter().map(provider).collect();
    let (name, wrong) = (String::new(), None);
    SignInPage { page, providers, next, name, wrong, asks_code: false, sign_up, mail: mail::is_on(app) }
}

/// Signs in.
pub(super) async fn send(
    State(app): State<App>,
    page: Frame,
    client: Client,
    headers: HeaderMap,
    Form(credentials): Form<Credentials>,
) -> Page {
    let next = own_path(&credentials.next).to_owned();
    let from = from(&client, &headers);
    let shown =
        sign_in::Credentials { name: credentials.name.clone(), password: credentials.password, totp: credentials.totp };
    match sign_in::by_password(&app, shown, from).await {
        Ok((_, secret)) => {
            let cookie = cookie::set(&secret, &client).map(|value| (SET_COOKIE, value));
            Ok((AppendHeaders(cookie), see(&next)).into_response())
        }
        Err(problem) => {
            let wrong = Some(page.t(text_of(&problem, client.is_private())?).to_owned());
            let asks_code = problem.kind.starts_with(CODE);
            let form = SignInPage { name: credentials.name, wrong, asks_code, ..form(&app, page, next) };
            Ok((problem.status(), html(&form)?).into_response())
        }
    }
}

/// Sets out for another place to sign in at. It is a link, since `form-action` of the policy holds for wherever a form's
/// answer leads (CSP 3 §6.4.1).
pub(super) async fn elsewhere(
    State(app): State<App>,
    client: Client,
    At(provider): At<String>,
    Query(asked): Query<Asked>,
) -> Page {
    let departure = oidc::depart(&app, &provider, None, own_path(&asked.next), &client).await?;
    let journey = cookie::set_journey(&departure.cookie, &client).map(|value| (SET_COOKIE, value));
    Ok((AppendHeaders(journey), Redirect::to(&departure.url)).into_response())
}

/// The text for a refusal; the program's own failure is an error of the page.
fn text_of(problem: &Problem, is_private: bool) -> Result<&'static str, Problem> {
    match problem.status() {
        _ if !is_private => Ok("sign_in.plain"),
        StatusCode::UNAUTHORIZED if problem.kind == CODE_NEEDED => Ok("sign_in.code_needed"),
        StatusCode::UNAUTHORIZED => Ok("sign_in.wrong"),
        StatusCode::FORBIDDEN => Ok("sign_in.pending"),
        StatusCode::TOO_MANY_REQUESTS => Ok("sign_in.many"),
        _ => Err(problem.clone()),
    }
}

/// Signs out.
pub(super) async fn leave(State(app): State<App>, client: Client, viewer: Viewer) -> Page {
    if let Viewer::Account(signed_in) = viewer
        && let By::Session(session) = &signed_in.by
    {
        sign_in::end(&app, &Actor::of(&signed_in, &client), &signed_in.account, &session.id).await?;
    }
    Ok((AppendHeaders(cookie::clear(&client).map(|value| (SET_COOKIE, value))), see("/")).into_response())
}
