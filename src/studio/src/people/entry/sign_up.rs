//! Making accounts.

use std::str::FromStr as _;

use config::settings::{SignUp, SignUpRole};
use lettre::Address;
use sqlx::AnyConnection;

use crate::http::App;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::model::{AccountName, AccountState, Id, NoRandom, PasswordError, Role, Secret, check_password};
use crate::people::entry::passwords::HashError;
use crate::people::invitations;
use crate::people::mail::{self, Kind};
use crate::people::trail::{Actor, note};
use crate::store::StoreError;
use crate::store::people::accounts::{self, Account};

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
    #[error(transparent)]
    Hash(#[from] HashError),
    /// The program failed.
    #[error(transparent)]
    Random(#[from] NoRandom),
}

/// An account that is ready to be put into the database.
#[derive(Debug)]
pub(in crate::people) struct Prepared {
    pub(in crate::people) account: Account,
    pub(in crate::people) hash: Option<String>,
}

/// Signs somebody up by themselves, as the settings allow, or by an invitation.
///
/// # Errors
/// When the settings don't allow it, the invitation is none, or [`make`] fails.
pub async fn by_oneself(
    app: &App,
    wanted: Wanted,
    invitation: Option<&Secret>,
    client: &Client,
) -> Result<Account, Problem> {
    client.needs_privacy()?;
    app.limits.sign_up(client.network())?;
    if let Some(secret) = invitation {
        return invitations::accept(app, wanted, secret, client).await;
    }
    let (role, state) = (role(app), state(app)?);
    let mut prepared = prepare(app, wanted, role, state).await?;
    let mut db = app.store.write().await?;
    insert_unproven(app, &mut db, &mut prepared).await?;
    let name = prepared.account.name.as_str();
    note(app, &mut db, &Actor::named(name, client), "account.created", name, "signed up").await?;
    db.commit().await?;
    Ok(prepared.account)
}

/// The role of who signs up.
pub(in crate::people) fn role(app: &App) -> Role {
    match app.settings.role {
        SignUpRole::Viewer => Role::Viewer,
        SignUpRole::Creator => Role::Creator,
    }
}

/// The state of an account that somebody makes without an invitation.
///
/// # Errors
/// 403 where nobody can.
pub(in crate::people) fn state(app: &App) -> Result<AccountState, Problem> {
    match app.settings.sign_up {
        SignUp::Open => Ok(AccountState::Active),
        SignUp::Approval => Ok(AccountState::Pending),
        SignUp::Invitation => Err(Problem::forbidden("signing up needs an invitation")),
        SignUp::Closed => Err(Problem::forbidden("nobody can sign up here")),
    }
}

/// Makes an account.
///
/// # Errors
/// When the password or the address breaks a rule, the name or address is taken, or the database refuses.
pub async fn make(app: &App, wanted: Wanted, role: Role, state: AccountState) -> Result<Account, MakeError> {
    let prepared = prepare(app, wanted, role, state).await?;
    let mut db = app.store.write().await?;
    insert(&mut db, &prepared).await?;
    db.commit().await?;
    Ok(prepared.account)
}

/// Judges `wanted`, and hashes the password.
pub(in crate::people) async fn prepare(
    app: &App,
    wanted: Wanted,
    role: Role,
    state: AccountState,
) -> Result<Prepared, MakeError> {
    check_password(&wanted.password, &wanted.name)?;
    let email = wanted.email.map(|text| email(&text)).transpose()?;
    let hash = app.passwords.hash(wanted.password).await?;
    let account = blank(app, wanted.name, role, state)?;
    Ok(Prepared { account: Account { email, ..account }, hash: Some(hash) })
}

/// An account without anything of its own.
pub(in crate::people) fn blank(
    app: &App,
    name: AccountName,
    role: Role,
    state: AccountState,
) -> Result<Account, NoRandom> {
    Ok(Account {
        id: Id::random()?,
        display: name.to_string(),
        name,
        email: None,
        role,
        state,
        quota: None,
        used: 0,
        reserved: 0,
        language: String::new(),
        created: app.now(),
    })
}

/// Puts it into the database.
pub(in crate::people) async fn insert(db: &mut AnyConnection, prepared: &Prepared) -> Result<(), MakeError> {
    match accounts::insert(db, &prepared.account, prepared.hash.as_deref()).await {
        Ok(()) => Ok(()),
        Err(error) if error.is_duplicate() => Err(MakeError::Taken),
        Err(error) => Err(error.into()),
    }
}

/// Puts it into the database, with an address that nobody has proven to be theirs. Where there is mail, it counts once it is
/// confirmed: so nobody takes another's, and nobody learns who has one.
pub(in crate::people) async fn insert_unproven(
    app: &App,
    db: &mut AnyConnection,
    prepared: &mut Prepared,
) -> Result<(), Problem> {
    let unconfirmed = if mail::is_on(app) { prepared.account.email.take() } else { None };
    insert(db, prepared).await?;
    if let Some(email) = unconfirmed {
        mail::put(app, db, Kind::Confirm, &email, prepared.account.id.as_str()).await?;
    }
    Ok(())
}

/// A mail address in the form in which it is compared.
pub(in crate::people) fn email(text: &str) -> Result<String, MakeError> {
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
            MakeError::Hash(error) => error.into(),
            MakeError::Random(error) => error.into(),
        }
    }
}

impl From<HashError> for Problem {
    fn from(error: HashError) -> Self {
        Self::internal(&error.to_string())
    }
}
