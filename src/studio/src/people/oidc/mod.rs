//! Signing in at another place: OpenID Connect with code, PKCE, state, nonce, and the issuer compared exactly.
//!
//! What a browser has to bring back lies sealed in a cookie of its own, so a callback counts in the browser that set out,
//! and for the provider that it set out to, alone.

mod code;
mod fetch;
mod join;
mod known;
mod provider;

pub use code::finish;
pub use join::part;
pub use known::Directory;

use openidconnect::{CsrfToken, Nonce, PkceCodeVerifier};
use serde::{Deserialize, Serialize};

use super::entry::second_factor;
use super::entry::sign_in::{self, From};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::Viewer;
use crate::http::problem::Problem;
use crate::model::{Id, Secret};
use config::settings::Provider;

/// Seconds within which one has to come back.
const GOOD_FOR: i64 = 600;
/// The place that a journey is sealed for.
const PLACE: &str = "oidc";

/// A browser on its way to a provider and back.
#[derive(Serialize, Deserialize)]
struct Journey {
    provider: String,
    state: CsrfToken,
    nonce: Nonce,
    verifier: PkceCodeVerifier,
    /// The account that is to be joined; none for signing in.
    account: Option<Id>,
    next: String,
    began: i64,
}

/// The beginning of a journey.
#[derive(Debug)]
pub struct Departure {
    /// The provider's page.
    pub url: String,
    /// Sealed, to be kept in a cookie until the browser is back.
    pub cookie: String,
}

/// The parameters that a browser brings back (OAuth 2.0 §4.1.2; `iss`: RFC 9207).
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
pub struct Returned {
    /// The code.
    pub code: Option<String>,
    /// The state.
    pub state: Option<String>,
    /// The issuer.
    pub iss: Option<String>,
    /// Why there is no code.
    pub error: Option<String>,
}

/// The end of a journey.
#[derive(Debug)]
pub struct Arrival {
    /// What came of it.
    pub outcome: Outcome,
    /// The path to go on to.
    pub next: String,
}

/// What comes of a journey.
#[derive(Debug)]
pub enum Outcome {
    /// A session, with this secret.
    SignedIn(Secret),
    /// The account's second factor is asked for, before [`finish`] begins a session. Sealed, to be kept in the cookie.
    NeedsCode(String),
    /// An account that is signed in was joined.
    Joined,
}

/// Sends a browser to the provider `id`: to sign in, or to join `account`, whose owner the caller has demanded proof of.
///
/// # Errors
/// 403 where others can read along, 404 for no such provider, 429 after too many, 502 where it does not answer as it should.
pub async fn depart(
    app: &App,
    id: &str,
    account: Option<Id>,
    next: &str,
    client: &Client,
) -> Result<Departure, Problem> {
    client.needs_privacy()?;
    app.limits.link(client.network())?;
    let (url, state, nonce, verifier) = provider::authorize(app, find(app, id)?).await?;
    let (provider, next, began) = (id.to_owned(), next.to_owned(), app.now().0);
    let journey = Journey { provider, state, nonce, verifier, account, next, began };
    let text = serde_json::to_vec(&journey).map_err(|error| Problem::internal(&error.to_string()))?;
    Ok(Departure { url: url.to_string(), cookie: app.vault.seal(PLACE, &text)? })
}

/// Takes in a browser that comes back from the provider `id`.
///
/// # Errors
/// 400 where it brings the wrong things back, 403 where nobody new may come in, 502 where the provider fails.
pub async fn arrive(
    app: &App,
    id: &str,
    returned: Returned,
    cookie: Option<&str>,
    viewer: &Viewer,
    from: From<'_>,
) -> Result<Arrival, Problem> {
    from.client.needs_privacy()?;
    app.limits.link(from.client.network())?;
    let provider = find(app, id)?;
    let journey = cookie.and_then(|sealed| open(app, sealed)).ok_or_else(|| strayed("it began in another browser"))?;
    if journey.provider != id || app.now().0.saturating_sub(journey.began) > GOOD_FOR * 1_000_000 {
        return Err(strayed("it took too long, or began for another provider"));
    }
    let state = CsrfToken::new(returned.state.unwrap_or_default());
    if state.secret() != journey.state.secret() {
        return Err(strayed("the state is another one"));
    }
    // RFC 9207 §2.4: an answer that another provider's was mixed up with.
    if returned.iss.as_deref().is_some_and(|iss| iss != provider.issuer) {
        return Err(strayed("it comes from another issuer"));
    }
    let code = returned.code.ok_or_else(|| strayed(returned.error.as_deref().unwrap_or("there is no code")))?;
    let identity = provider::identify(app, provider, code, journey.verifier, &journey.nonce).await?;
    let outcome = match (&journey.account, viewer.account()) {
        (None, _) => sign_in(app, identity, from, &journey.next).await?,
        (Some(wanted), Some(account)) if *wanted == account.id => {
            join::join(app, account, identity, from.client).await?;
            Outcome::Joined
        }
        (Some(_), _) => return Err(strayed("another account is signed in now")),
    };
    Ok(Arrival { outcome, next: journey.next })
}

/// Signs in whoever the provider knows. A second factor that the account has here is asked for here: another place may ask
/// for less.
async fn sign_in(app: &App, identity: provider::Identity, from: From<'_>, next: &str) -> Result<Outcome, Problem> {
    let account = join::account(app, &identity, from.client).await?;
    if second_factor::is_on(app, &account).await? {
        return Ok(Outcome::NeedsCode(code::ask(app, &account, next)?));
    }
    Ok(Outcome::SignedIn(sign_in::admit(app, &account, from).await?))
}

fn find<'a>(app: &'a App, id: &str) -> Result<&'a Provider, Problem> {
    app.settings.oidc.iter().find(|provider| provider.id == id).ok_or_else(Problem::not_found)
}

fn open(app: &App, sealed: &str) -> Option<Journey> {
    serde_json::from_slice(&app.vault.open_sealed(PLACE, sealed).ok()?).ok()
}

fn strayed(why: &str) -> Problem {
    let why: String = why.chars().filter(|c| !c.is_control()).take(100).collect();
    Problem {
        kind: "/problems/oidc".into(),
        ..Problem::bad_request(&format!("signing in there failed: {why}; begin anew"))
    }
}
