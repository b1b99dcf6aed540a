//! Proof that whoever is signed in is still the account's owner, before what can't be undone or takes the account over.

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::store::people::accounts;

/// Seconds after signing in within which an account without a password needs no other proof.
const FRESH: i64 = 600;

/// Demands the present password, in a session. Who has none, since they sign in elsewhere, has to have done so just now.
///
/// # Errors
/// 403 where it is wrong or missing, or one asks by a token; 429 after too many wrong ones.
pub async fn by_password(app: &App, signed_in: &SignedIn, password: Option<String>) -> Result<(), Problem> {
    let session = signed_in.needs_session()?;
    let account = &signed_in.account;
    let Some(hash) = accounts::password(&mut *app.store.read().await?, &account.id).await? else {
        if app.now().seconds_since(session.created) <= FRESH {
            return Ok(());
        }
        return Err(wrong("sign-in-again", "sign in once more first: it was too long ago"));
    };
    app.limits.password(&account.id)?;
    if !app.passwords.is_right(password.unwrap_or_default(), Some(hash)).await? {
        return Err(wrong("wrong-password", "the present password is wrong"));
    }
    app.limits.password_was_right(&account.id);
    Ok(())
}

fn wrong(kind: &str, detail: &str) -> Problem {
    Problem { kind: format!("/problems/{kind}"), field: Some("password".into()), ..Problem::forbidden(detail) }
}
