//! The second factor: time-based codes (RFC 6238), and recovery codes for who has lost the device.

use qrcode::QrCode;
use qrcode::render::svg;
use ring::rand::{SecureRandom as _, SystemRandom};
use totp_rs::{Builder, Secret as Seed, Totp};

use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{NoRandom, Secret};
use crate::people::mail::{self, Kind};
use crate::people::trail::{Actor, note, record};
use crate::store::Write;
use crate::store::people::accounts::Account;
use crate::store::people::factors;
use crate::store::vault::VaultError;

/// Recovery codes of an account.
const CODES: usize = 10;
/// The name that apps show beside the account's.
const ISSUER: &str = "pack studio";
/// Steps before and after the present one whose codes count (RFC 6238 §5.2).
const SKEW: u16 = 1;

/// A factor that is being set up, to be shown once.
#[derive(Debug)]
pub struct Setup {
    /// The secret in base 32, for who types it in.
    pub secret: String,
    /// The same as a URI that apps read.
    pub uri: String,
    /// The URI as a QR code, an SVG picture.
    pub qr: String,
}

/// Begins to set up the factor of `account`. It counts once [`confirm`] was called.
///
/// # Errors
/// 409 where there is one already.
pub async fn begin(app: &App, account: &Account) -> Result<Setup, Problem> {
    let mut seed = [0; 20];
    SystemRandom::new().fill(&mut seed).map_err(|_| NoRandom)?;
    let totp = totp(account, &seed)?;
    let uri = totp.to_url().map_err(|error| Problem::internal(&error.to_string()))?;
    let code = QrCode::new(uri.as_bytes()).map_err(|error| Problem::internal(&error.to_string()))?;
    let qr = code.render::<svg::Color<'_>>().min_dimensions(200, 200).build();
    let mut db = app.store.write().await?;
    if !factors::begin(&mut db, &account.id, &app.vault.seal(&place(account), &seed)?).await? {
        return Err(Problem::conflict("totp-on", "there is a second factor already: take it off first"));
    }
    db.commit().await?;
    Ok(Setup { secret: totp.secret().to_base32(), uri, qr })
}

/// Ends setting up, by a first code. Gives recovery codes, to be shown once.
///
/// # Errors
/// 400 for a wrong code, 409 where nothing is being set up, 429 after too many wrong ones.
pub async fn confirm(app: &App, account: &Account, actor: &Actor, code: &str) -> Result<Vec<String>, Problem> {
    let found = factors::get(&mut *app.store.read().await?, &account.id).await?;
    let Some(factor) = found.filter(|factor| factor.confirmed.is_none()) else {
        return Err(Problem::conflict("totp-none", "no second factor is being set up"));
    };
    app.limits.code(&account.id)?;
    let step = step_of(app, account, &factor.secret, code)?;
    let step = step.ok_or_else(|| Problem::invalid("code", "this code is wrong: is the device's clock right?"))?;
    app.limits.code_was_right(&account.id);
    let codes = new_codes()?;
    let mut db = app.store.write().await?;
    if !factors::confirm(&mut db, &account.id, app.now()).await? {
        return Err(Problem::conflict("totp-on", "there is a second factor already"));
    }
    factors::use_step(&mut db, &account.id, step).await?;
    set_codes(&mut db, account, &codes).await?;
    tell(app, &mut db, account, actor, "totp.on").await?;
    db.commit().await?;
    Ok(codes)
}

/// Gives other recovery codes, to be shown once; those before end.
///
/// # Errors
/// 409 where there is no second factor.
pub async fn renew_codes(app: &App, account: &Account, actor: &Actor) -> Result<Vec<String>, Problem> {
    let codes = new_codes()?;
    let mut db = app.store.write().await?;
    if factors::get(&mut db, &account.id).await?.is_none_or(|factor| factor.confirmed.is_none()) {
        return Err(Problem::conflict("totp-none", "there is no second factor"));
    }
    set_codes(&mut db, account, &codes).await?;
    tell(app, &mut db, account, actor, "totp.codes").await?;
    db.commit().await?;
    Ok(codes)
}

/// Takes the factor of `account` off.
///
/// # Errors
/// 409 where there is none.
pub async fn remove(app: &App, account: &Account, actor: &Actor) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    if !factors::remove(&mut db, &account.id).await? {
        return Err(Problem::conflict("totp-none", "there is no second factor"));
    }
    tell(app, &mut db, account, actor, "totp.off").await?;
    Ok(db.commit().await?)
}

/// True if `account` has a second factor.
///
/// # Errors
/// When the database refuses.
pub async fn is_on(app: &App, account: &Account) -> Result<bool, Problem> {
    let factor = factors::get(&mut *app.store.read().await?, &account.id).await?;
    Ok(factor.is_some_and(|factor| factor.confirmed.is_some()))
}

/// Demands a code where `account` has a second factor: of the device, or a recovery code.
///
/// # Errors
/// 401 `totp-required` without one, 401 `totp-wrong` for a wrong or used one, 429 after too many wrong ones.
pub(in crate::people) async fn demand(
    app: &App,
    account: &Account,
    actor: &Actor,
    code: Option<&str>,
) -> Result<(), Problem> {
    let found = factors::get(&mut *app.store.read().await?, &account.id).await?;
    let Some(factor) = found.filter(|factor| factor.confirmed.is_some()) else { return Ok(()) };
    let Some(code) = code.map(str::trim).filter(|code| !code.is_empty()) else {
        return Err(refused("totp-required", "this account needs a code of its second factor, too"));
    };
    app.limits.code(&account.id)?;
    // A recovery code does even where the key that sealed the factor is lost; that is in the log.
    let step = step_of(app, account, &factor.secret, code).unwrap_or(None);
    let mut db = app.store.write().await?;
    let is_right = match step {
        Some(step) => factors::use_step(&mut db, &account.id, step).await?,
        None => factors::use_code(&mut db, &account.id, &Secret::shown(&plain(code)).hash()).await?,
    };
    if !is_right {
        drop(db);
        record(app, actor, "session.refused", account.name.as_str(), "wrong code").await?;
        return Err(refused("totp-wrong", "this code is wrong, or was used already: wait for the next one"));
    }
    if step.is_none() {
        note(app, &mut db, actor, "totp.recovery", account.name.as_str(), "a recovery code was used").await?;
    }
    db.commit().await?;
    app.limits.code_was_right(&account.id);
    Ok(())
}

/// Notes a change of the factor, and tells its owner.
async fn tell(app: &App, db: &mut Write, account: &Account, actor: &Actor, act: &'static str) -> Result<(), Problem> {
    note(app, db, actor, act, account.name.as_str(), "").await?;
    if let Some(email) = &account.email {
        mail::put(app, db, Kind::Factor, email, account.name.as_str()).await?;
    }
    Ok(())
}

async fn set_codes(db: &mut Write, account: &Account, codes: &[String]) -> Result<(), Problem> {
    let hashes: Vec<_> = codes.iter().map(|code| Secret::shown(&plain(code)).hash()).collect();
    Ok(factors::set_codes(db, &account.id, &hashes).await?)
}

/// Codes of 80 bits, in groups that can be read aloud.
fn new_codes() -> Result<Vec<String>, NoRandom> {
    let code = || {
        let digits = Secret::random()?;
        let groups: Vec<&str> = [0, 4, 8, 12].into_iter().filter_map(|at| digits.reveal().get(at..at + 4)).collect();
        Ok(groups.join("-"))
    };
    (0..CODES).map(|_| code()).collect()
}

/// A recovery code without what people put between its groups.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// The step that `code` is of, now or nearly now.
fn step_of(app: &App, account: &Account, sealed: &str, code: &str) -> Result<Option<i64>, Problem> {
    let seed = app.vault.open_sealed(&place(account), sealed)?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let now = u64::try_from(app.now().seconds()).unwrap_or(0);
    Ok(totp(account, &seed)?.check(&code, now).and_then(|step| i64::try_from(step).ok()))
}

fn totp(account: &Account, seed: &[u8]) -> Result<Totp, Problem> {
    Builder::new()
        .with_secret(Seed::new(seed.into()))
        .with_skew(SKEW)
        .with_issuer(Some(ISSUER))
        .with_account_name(account.name.as_str())
        .build()
        .map_err(|error| Problem::internal(&error.to_string()))
}

/// The place that a secret is sealed for: another account's row opens nothing.
fn place(account: &Account) -> String {
    format!("factors/{}", account.id)
}

fn refused(kind: &str, detail: &str) -> Problem {
    Problem { kind: format!("/problems/{kind}"), field: Some("totp".into()), ..Problem::unauthorized(detail) }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        Self::internal(&error.to_string())
    }
}
