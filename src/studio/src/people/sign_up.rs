//! Making accounts.

use std::str::FromStr as _;

use config::settings::{SignUp, SignUpRole};
use lettre::Address;

use super::sign_in::record;
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{AccountName, AccountState, Id, PasswordError, Role, check_password};
use crate::store::StoreError;
use crate::store::accounts::{self, Account};

/// A new account, as it is asked for.
#[derive(Debug)]
pub struct Wanted {
    /// Its name.
    pub name: AccountName,
    /// Its mail address.
    pub email: Option<String>,
    /// Its password.
    pub password: String,
}

/// Why an account is not made.
#[derive(Debug, thiserror::Error)]
pub enum MakeError {
    /// The password breaks a rule.
    #[error(transparent)]
    Password(#[from] PasswordError),
    /// The mail address is none.
    #[error("'{0}' is no mail address")]
    Email(String),
    /// The name or the address is another account's.
    #[error("there is an account with this name or mail address")]
    Taken,
    /// The program failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The program failed.
    #[error("{0}")]
    Hash(String),
}

/// Signs somebody up by themselves, as the settings allow.
///
/// # Errors
/// When the settings don't allow it, or [`make`] fails.
pub async fn by_oneself(app: &App, wanted: Wanted, address: &str) -> Result<Account, Problem> {
    let state = match app.settings.sign_up {
        SignUp::Open => AccountState::Active,
        SignUp::Approval => AccountState::Pending,
        SignUp::Invitation => return Err(Problem::forbidden("signing up needs an invitation")),
        SignUp::Closed => return Err(Problem::forbidden("nobody can sign up here")),
    };
    let role = match app.settings.role {
        SignUpRole::Viewer => Role::Viewer,
        SignUpRole::Creator => Role::Creator,
    };
    let account = make(app, wanted, role, state).await?;
    record(app, account.name.as_str(), "account.created", account.name.as_str(), "signed up", address).await?;
    Ok(account)
}

/// Makes an account.
///
/// # Errors
/// When the password or the address breaks a rule, the name or address is taken, or the database refuses.
pub async fn make(app: &App, wanted: Wanted, role: Role, state: AccountState) -> Result<Account, MakeError> {
    check_password(&wanted.password, &wanted.name)?;
    let email = wanted.email.map(|text| email(&text)).transpose()?;
    let hash = app.passwords.hash(wanted.password).await.map_err(|error| MakeError::Hash(error.to_string()))?;
    let account = Account {
        id: Id::random().map_err(|error| MakeError::Hash(error.to_string()))?,
        display: wanted.name.to_string(),
        name: wanted.name,
        email,
        role,
        state,
        quota: None,
        used: 0,
        reserved: 0,
        language: String::new(),
        created: app.now(),
    };
    let mut db = app.store.write().await?;
    match accounts::insert(&mut db, &account, Some(&hash)).await {
        Ok(()) => db.commit().await?,
        Err(error) if error.is_duplicate() => return Err(MakeError::Taken),
        Err(error) => return Err(error.into()),
    }
    Ok(account)
}

/// A mail address in the form in which it is compared.
fn email(text: &str) -> Result<String, MakeError> {
    let text = text.trim();
    let is_short = text.len() <= 254; // RFC 5321 §4.5.3.1.3, without the angle brackets
    match Address::from_str(text) {
        Ok(_) if is_short => Ok(text.to_lowercase()),
        _ => Err(MakeError::Email(text.chars().take(100).collect())),
    }
}

impl From<MakeError> for Problem {
    fn from(error: MakeError) -> Self {
        match error {
            MakeError::Password(error) => Self::invalid("password", &error.to_string()),
            MakeError::Email(_) => Self::invalid("email", &error.to_string()),
            MakeError::Taken => Self::conflict("name-taken", &error.to_string()),
            MakeError::Store(error) => error.into(),
            MakeError::Hash(error) => Self::internal(&error),
        }
    }
}
