//! Another password.

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::{PasswordError, check_password};
use crate::people::mail::{self, Kind};
use crate::people::trail::{Actor, note};
use crate::store::people::{accounts, sessions};

/// Gives the account that is signed in another password. The caller has demanded proof. All other sessions end.
///
/// # Errors
/// 400 where it breaks a rule, 403 without a session.
pub async fn change(app: &App, signed_in: &SignedIn, actor: &Actor, new: String) -> Result<(), Problem> {
    let keep = signed_in.needs_session()?;
    let account = &signed_in.account;
    check_password(&new, &account.name).map_err(invalid)?;
    let hash = app.passwords.hash(new).await?;
    let mut db = app.store.write().await?;
    accounts::set_password(&mut db, &account.id, &hash).await?;
    sessions::end_all(&mut db, &account.id, Some(&keep.id)).await?;
    note(app, &mut db, actor, "password.changed", account.name.as_str(), "").await?;
    if let Some(email) = &account.email {
        mail::put(app, &mut db, Kind::Password, email, account.name.as_str()).await?;
    }
    Ok(db.commit().await?)
}

/// The answer to a new password that breaks a rule.
pub(in crate::people) fn invalid(error: PasswordError) -> Problem {
    Problem::invalid("new_password", &error.to_string())
}
