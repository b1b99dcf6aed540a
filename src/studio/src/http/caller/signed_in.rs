//! Who asks: a stranger, or an account by its session or by a token.

use axum::extract::FromRequestParts;
use http::header::AUTHORIZATION;
use http::request::Parts;

use super::Client;
use super::cookie;
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{AccountState, Role, Scope, Scopes, Secret, Who};
use crate::store::people::accounts::Account;
use crate::store::people::sessions::{self, Session};
use crate::store::people::tokens;

/// Seconds after which a session that nobody uses ends.
const IDLE: i64 = 14 * 86_400;
/// Seconds after which every session ends.
pub const LONGEST: i64 = 90 * 86_400;
/// Seconds between two notes that a session or a token was seen.
const NOTED: i64 = 60;

/// Who asks, signed in or not.
#[derive(Debug, Clone)]
pub enum Viewer {
    /// Nobody that is known.
    Stranger,
    /// An account.
    Account(Box<SignedIn>),
}

/// An account, and what it showed.
#[derive(Debug, Clone)]
pub struct SignedIn {
    /// The account; by a token, with no higher role than the token's scopes allow ([`Scopes::bound`]).
    pub account: Account,
    /// What it showed.
    pub by: By,
}

/// What lets an account in.
#[derive(Debug, Clone)]
pub enum By {
    /// A browser's session.
    Session(Session),
    /// A token, which may be used for these.
    Token(Scopes),
}

impl Viewer {
    /// The account.
    #[must_use]
    pub fn account(&self) -> Option<&Account> {
        match self {
            Self::Stranger => None,
            Self::Account(signed_in) => Some(&signed_in.account),
        }
    }

    /// Who asks, for [`Who::permit`].
    #[must_use]
    pub fn who(&self) -> Who<'_> {
        match self {
            Self::Stranger => Who::Stranger,
            Self::Account(signed_in) => signed_in.who(),
        }
    }

    /// Refuses a token that is not made for `scope`.
    ///
    /// # Errors
    /// 403.
    pub fn needs(&self, scope: Scope) -> Result<(), Problem> {
        match self {
            Self::Stranger => Ok(()),
            Self::Account(signed_in) => signed_in.needs(scope),
        }
    }
}

impl SignedIn {
    /// Who asks, for [`Who::permit`].
    #[must_use]
    pub const fn who(&self) -> Who<'_> {
        Who::Account { id: &self.account.id, role: self.account.role }
    }

    /// Refuses a token that is not made for `scope`.
    ///
    /// # Errors
    /// 403.
    pub fn needs(&self, scope: Scope) -> Result<(), Problem> {
        match &self.by {
            By::Token(scopes) if !scopes.contains(scope) => {
                Err(Problem::forbidden(&format!("this token has not the scope '{}'", scope.name())))
            }
            _ => Ok(()),
        }
    }

    /// The browser's session. A token is refused: with it one can't make others, nor take the account over.
    ///
    /// # Errors
    /// 403.
    pub fn needs_session(&self) -> Result<&Session, Problem> {
        match &self.by {
            By::Session(session) => Ok(session),
            By::Token(_) => Err(Problem::forbidden("this can't be done with a token: sign in with the password")),
        }
    }

    /// Refuses an account below `role`.
    ///
    /// # Errors
    /// 403.
    pub fn needs_role(&self, role: Role) -> Result<(), Problem> {
        if self.account.role >= role { Ok(()) } else { Err(Problem::forbidden(&format!("this is for a {role}"))) }
    }
}

impl FromRequestParts<App> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        // More than one extractor of a handler asks.
        if let Some(known) = parts.extensions.get::<Self>() {
            return Ok(known.clone());
        }
        let viewer = match parts.headers.get(AUTHORIZATION) {
            Some(value) => {
                let token = value.to_str().ok().and_then(|text| text.split_once(' '));
                let token = token.filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
                let secret = token.map(|(_, secret)| Secret::shown(secret.trim()));
                let secret = secret.ok_or_else(|| Problem::unauthorized("expected 'Authorization: Bearer TOKEN'"))?;
                by_token(app, &secret).await?
            }
            None => {
                let Ok(client) = Client::from_request_parts(parts, app).await;
                match cookie::secret(&parts.headers, &client) {
                    Some(secret) => by_session(app, &secret).await?,
                    None => Self::Stranger,
                }
            }
        };
        parts.extensions.insert(viewer.clone());
        Ok(viewer)
    }
}

impl FromRequestParts<App> for SignedIn {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match Viewer::from_request_parts(parts, app).await? {
            Viewer::Account(signed_in) => Ok(*signed_in),
            Viewer::Stranger => Err(Problem::unauthorized("sign in first")),
        }
    }
}

/// The account of a session. One that is over is a stranger's.
async fn by_session(app: &App, secret: &Secret) -> Result<Viewer, Problem> {
    let found = sessions::by_secret(&mut *app.store.read().await?, &secret.hash()).await?;
    let now = app.now();
    let Some((session, account)) = found else { return Ok(Viewer::Stranger) };
    let is_over = now.seconds_since(session.seen) > IDLE || now.seconds_since(session.created) > LONGEST;
    if is_over || account.state != AccountState::Active {
        return Ok(Viewer::Stranger);
    }
    if now.seconds_since(session.seen) > NOTED {
        let mut db = app.store.write().await?;
        sessions::touch(&mut db, &session.id, now).await?;
        db.commit().await?;
    }
    Ok(Viewer::Account(Box::new(SignedIn { account, by: By::Session(session) })))
}

/// The account of a token. One that is wrong is refused: its bearer believes to be signed in.
async fn by_token(app: &App, secret: &Secret) -> Result<Viewer, Problem> {
    let found = tokens::by_secret(&mut *app.store.read().await?, &secret.hash()).await?;
    let found = found.filter(|(_, account)| account.state == AccountState::Active);
    let (token, account) = found.ok_or_else(|| Problem::unauthorized("this token is not valid"))?;
    let now = app.now();
    if token.seen.is_none_or(|seen| now.seconds_since(seen) > NOTED) {
        let mut db = app.store.write().await?;
        tokens::touch(&mut db, &token.id, now).await?;
        db.commit().await?;
    }
    let account = Account { role: token.scopes.bound(account.role), ..account };
    Ok(Viewer::Account(Box::new(SignedIn { account, by: By::Token(token.scopes) })))
}

/// When sessions must have begun and been seen not to be over `now`.
#[must_use]
pub const fn over(now: crate::model::Micros) -> (crate::model::Micros, crate::model::Micros) {
    (now.plus_seconds(-LONGEST), now.plus_seconds(-IDLE))
}
