//! `/sign-in/code`: the code of a second factor, for who was known at another place.

use axum::extract::State;
use axum::response::{AppendHeaders, IntoResponse as _};
use http::HeaderMap;
use http::StatusCode;
use http::header::SET_COOKIE;
use serde::Deserialize;

use super::begin::from;
use super::reset::{AskPage, Field};
use crate::api::people::oidc::cookies;
use crate::http::App;
use crate::http::caller::{Client, cookie};
use crate::pages::form::Form;
use crate::pages::frame::{Frame, own_path};
use crate::pages::{Page, html, see};
use crate::people::oidc;

const CODE: Field = Field { name: "totp", kind: "text", complete: "one-time-code" };

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Answer {
    totp: String,
}

/// The form.
pub(super) async fn show(page: Frame) -> Page {
    html(&form(page, None))
}

const fn form(page: Frame, wrong: Option<String>) -> AskPage {
    AskPage { page, key: "code", field: Some(CODE), wrong }
}

/// Signs in.
pub(super) async fn send(
    State(app): State<App>,
    page: Frame,
    client: Client,
    headers: HeaderMap,
    Form(answer): Form<Answer>,
) -> Page {
    let journey = cookie::journey(&headers, &client);
    match oidc::finish(&app, journey, &answer.totp, from(&client, &headers)).await {
        Ok((secret, next)) => {
            let cookies: Vec<_> = cookies(&secret, &client).into_iter().map(|value| (SET_COOKIE, value)).collect();
            Ok((AppendHeaders(cookies), see(own_path(&next))).into_response())
        }
        Err(problem) => {
            let text = match problem.status() {
                StatusCode::UNAUTHORIZED => "sign_in.wrong_code",
                StatusCode::TOO_MANY_REQUESTS => "sign_in.many",
                _ => return Err(problem),
            };
            let wrong = page.t(text).to_owned();
            Ok((problem.status(), html(&form(page, Some(wrong)))?).into_response())
        }
    }
}
