//! Invitations: links, good once for seven days, by which somebody makes an account.

use config::settings::SignUp;

use super::admin;
use super::entry::sign_up::{self, Wanted, insert, insert_unproven, prepare};
use super::mail::{self, Kind};
use super::trail::{Actor, note};
use crate::http::App;
use crate::http::caller::Client;
use crate::http::problem::Problem;
use crate::model::{AccountState, Id, Role, Secret};
use crate::store::Write;
use crate::store::people::accounts::Account;
use crate::store::people::invitations::{self, Invitation};

/// Seconds that one is good for.
const GOOD_FOR: i64 = 7 * 86_400;
/// Most that one account can have open.
const MOST: i64 = 100;

/// An invitation that was just made.
#[derive(Debug)]
pub struct Made {
    /// The invitation.
    pub invitation: Invitation,
    /// Its secret, to be handed out once; none where a mail has it.
    pub secret: Option<Secret>,
}

/// The address of the page that takes an invitation.
#[must_use]
pub fn link(app: &App, secret: &Secret) -> String {
    format!("{}/sign-up?invitation={}", app.settings.address, secret.reveal())
}

/// Makes an invitation.
///
/// # Errors
/// 403 for a role above the maker's own or below a moderator, 400 for an address that is none, 409 where too many are open.
pub async fn make(app: &App, maker: &Account, actor: &Actor, role: Role, email: Option<&str>) -> Result<Made, Problem> {
    if app.settings.sign_up == SignUp::Closed {
        return Err(Problem::forbidden("nobody can sign up here: the setting studio.sign_up is \"closed\""));
    }
    if maker.role < Role::Moderator || role > maker.role {
        return Err(Problem::forbidden("moderators and administrators invite, up to their own role"));
    }
    let email = email.map(sign_up::email).transpose()?;
    let (secret, now) = (Secret::random()?, app.now());
    let invitation = Invitation {
        id: Id::random()?,
        maker: maker.name.clone(),
        role,
        email,
        created: now,
        ends: now.plus_seconds(GOOD_FOR),
    };
    let mut db = app.store.write().await?;
    if invitations::count(&mut db, &maker.id, now).await? >= MOST {
        return Err(Problem::conflict("too-many", &format!("{MOST} invitations are open: take some back")));
    }
    invitations::insert(&mut db, &invitation, &maker.id, &secret.hash()).await?;
    note(app, &mut db, actor, "invitation.created", invitation.id.as_str(), role.name()).await?;
    let sent = invitation.email.as_deref().filter(|_| mail::is_on(app));
    if let Some(email) = sent {
        mail::put(app, &mut db, Kind::Invitation, email, invitation.id.as_str()).await?;
    }
    // The mail gets a secret of its own, which ends this one.
    let secret = sent.is_none().then_some(secret);
    db.commit().await?;
    Ok(Made { invitation, secret })
}

/// The invitation with this secret, while it is good.
///
/// # Errors
/// 404 where there is none.
pub async fn open(app: &App, secret: &Secret) -> Result<Invitation, Problem> {
    let found = invitations::by_secret(&mut *app.store.read().await?, &secret.hash(), app.now()).await?;
    found.ok_or_else(ended)
}

/// Makes an account for whoever has the secret of an invitation, which ends.
///
/// # Errors
/// 404 where there is none, and those of [`sign_up::make`].
pub(super) async fn accept(app: &App, wanted: Wanted, secret: &Secret, client: &Client) -> Result<Account, Problem> {
    if app.settings.sign_up == SignUp::Closed {
        return sign_up::state(app).and(Err(ended()));
    }
    let invitation = open(app, secret).await?;
    // The mail with the link came to this address, so it is theirs; another counts as anybody's.
    let email = invitation.email.clone().or(wanted.email);
    let wanted = Wanted { email, ..wanted };
    let mut prepared = prepare(app, wanted, invitation.role, AccountState::Active).await?;
    let mut db = app.store.write().await?;
    // Its maker's role does not change from here on.
    admin::lock(&mut db).await?;
    let is_good = invitations::by_secret(&mut db, &secret.hash(), app.now()).await?.is_some();
    if !is_good || !invitations::remove(&mut db, &invitation.id, None).await? {
        return Err(ended());
    }
    match invitation.email {
        Some(_) => insert(&mut db, &prepared).await?,
        None => insert_unproven(app, &mut db, &mut prepared).await?,
    }
    let name = prepared.account.name.as_str();
    let detail = format!("invitation {}", invitation.id);
    note(app, &mut db, &Actor::named(name, client), "account.created", name, &detail).await?;
    db.commit().await?;
    Ok(prepared.account)
}

/// Takes an invitation back: one's own, or anybody's for an administrator.
///
/// # Errors
/// 404 where there is none.
pub async fn take_back(app: &App, account: &Account, actor: &Actor, id: &Id) -> Result<(), Problem> {
    let maker = (account.role < Role::Administrator).then_some(&account.id);
    let mut db = app.store.write().await?;
    if !invitations::remove(&mut db, id, maker).await? {
        return Err(Problem::not_found());
    }
    note(app, &mut db, actor, "invitation.deleted", id.as_str(), "").await?;
    Ok(db.commit().await?)
}

/// Takes back what `maker` may not give any more: each above its role, and all where it may not come in.
pub(super) async fn take_back_from(app: &App, db: &mut Write, actor: &Actor, maker: &Account) -> Result<(), Problem> {
    let most = usize::try_from(MOST).unwrap_or(usize::MAX);
    for invitation in invitations::page(db, Some(&maker.id), app.now(), (i64::MIN, ""), most).await? {
        if invitation.role > maker.role || maker.state != AccountState::Active {
            invitations::remove(db, &invitation.id, None).await?;
            let detail = format!("{} may not give it any more", maker.id);
            note(app, db, actor, "invitation.deleted", invitation.id.as_str(), &detail).await?;
        }
    }
    Ok(())
}

fn ended() -> Problem {
    Problem {
        detail: "this invitation was used, taken back, or is over: ask for another".into(),
        ..Problem::not_found()
    }
}
