//! The links of mails: made when the mail is sent, so that no secret waits in the database.

use super::Kind;
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{AccountState, Id, Secret};
use crate::store::Write;
use crate::store::people::accounts::{self, Account};
use crate::store::people::invitations;
use crate::store::people::outbox::{self, Due};

/// The kind of a link to another password.
pub(in crate::people) const RESET: &str = "reset";
/// The kind of a link that confirms an address.
pub(in crate::people) const CONFIRM: &str = "email";
/// Seconds that a link to another password is good for.
const RESET_GOOD_FOR: i64 = 30 * 60;
/// Seconds that a link to confirm an address is good for.
const CONFIRM_GOOD_FOR: i64 = 86_400;

/// The subject of a mail.
#[derive(Debug)]
pub(super) struct Subject {
    /// Whom it is about, for people.
    pub(super) who: String,
    /// Its link; empty where it has none.
    pub(super) link: String,
}

/// The subject of a mail that is due, with a link of its own; `None` where there is nothing to be said any more.
///
/// # Errors
/// When the database refuses.
pub(super) async fn subject(app: &App, kind: Kind, due: &Due) -> Result<Option<Subject>, Problem> {
    let mut db = app.store.write().await?;
    let subject = match kind {
        Kind::Moved | Kind::Password | Kind::Factor => Some(Subject { who: due.subject.clone(), link: String::new() }),
        Kind::Reset => match reset_for(&mut db, &due.recipient).await? {
            Some(account) => {
                let link = reset_link(app, &mut db, &account).await?;
                Some(Subject { who: account.name.to_string(), link })
            }
            None => None,
        },
        Kind::Invitation => invitation(app, &mut db, due).await?,
        Kind::Confirm => confirmation(app, &mut db, due).await?,
    };
    db.commit().await?;
    Ok(subject)
}

/// A new link to another password of `account`.
///
/// # Errors
/// When the database refuses.
pub(crate) async fn reset_link(app: &App, db: &mut Write, account: &Account) -> Result<String, Problem> {
    let secret = Secret::random()?;
    let ends = app.now().plus_seconds(RESET_GOOD_FOR);
    outbox::set_link(db, &account.id, RESET, &secret.hash(), None, ends).await?;
    Ok(url(app, "/reset", &secret))
}

/// The account whose owner may choose another password by a mail to `email`.
async fn reset_for(db: &mut Write, email: &str) -> Result<Option<Account>, Problem> {
    let found = accounts::by_email(db, email).await?;
    Ok(found.filter(|account| account.state == AccountState::Active))
}

async fn invitation(app: &App, db: &mut Write, due: &Due) -> Result<Option<Subject>, Problem> {
    let Ok(id) = due.subject.parse::<Id>() else { return Ok(None) };
    let Some(invitation) = invitations::by_id(db, &id).await? else { return Ok(None) };
    let secret = Secret::random()?;
    invitations::set_secret(db, &id, &secret.hash()).await?;
    Ok(Some(Subject { who: invitation.maker.to_string(), link: crate::people::invitations::link(app, &secret) }))
}

async fn confirmation(app: &App, db: &mut Write, due: &Due) -> Result<Option<Subject>, Problem> {
    let Ok(id) = due.subject.parse::<Id>() else { return Ok(None) };
    let Some(account) = accounts::by_id(db, &id).await? else { return Ok(None) };
    // Whose address it is already is not asked: the answer to who asked was the same.
    if accounts::by_email(db, &due.recipient).await?.is_some() {
        return Ok(None);
    }
    let secret = Secret::random()?;
    let ends = app.now().plus_seconds(CONFIRM_GOOD_FOR);
    outbox::set_link(db, &account.id, CONFIRM, &secret.hash(), Some(&due.recipient), ends).await?;
    Ok(Some(Subject { who: account.name.to_string(), link: url(app, "/confirm", &secret) }))
}

fn url(app: &App, path: &str, secret: &Secret) -> String {
    format!("{}{path}?secret={}", app.settings.address, secret.reveal())
}

/// The answer to a link that is none, was used, or is over.
pub(in crate::people) fn ended() -> Problem {
    Problem { detail: "this link was used, or is over: ask for another".into(), ..Problem::not_found() }
}
