//! Changes of who may see titles, in the database and in the origin's records of access.
//!
//! The origin asks a title's record alone, so that is never wider than the row. What becomes narrower is narrower in the
//! record first, and tokens from before die with its epoch; what becomes wider is wider in the row first. A title is noted
//! in the table `access_due` meanwhile: after a crash its record is made as its row is.

use std::ops::{Deref, DerefMut};

use config::access::{self, Change as Written, Visibility};
use config::tree::TitleName;
use sqlx::AnyConnection;

use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{Id, Role};
use crate::people::trail::{Actor, note};
use crate::store::people::accounts::Account;
use crate::store::titles::{Title, access_due, shares};
use crate::store::{self, StoreError, Write};

/// A change of what decides who may see some titles: a transaction that holds their rows.
#[derive(Debug)]
pub struct Change<'a> {
    app: &'a App,
    db: Write,
    before: Vec<(Id, Audience)>,
}

/// Those who may watch a title.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Audience {
    title: TitleName,
    visibility: Visibility,
    /// Of a restricted title: the accounts that it is shared with.
    accounts: Vec<Id>,
}

/// A failure to change who may see a title.
#[derive(Debug, thiserror::Error)]
pub enum ChangeError {
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A record can't be written.
    #[error(transparent)]
    Record(#[from] access::AccessError),
    /// The program ends.
    #[error("a record of access was not written: {0}")]
    Ended(#[from] tokio::task::JoinError),
}

impl<'a> Change<'a> {
    /// Begins a change of `titles`.
    ///
    /// # Errors
    /// When the database refuses.
    pub async fn begin(app: &'a App, titles: &[Id]) -> Result<Self, StoreError> {
        let mut titles = titles.to_vec();
        // In one order, so that two changes never wait for each other.
        titles.sort();
        titles.dedup();
        if !titles.is_empty() {
            let mut db = app.store.write().await?;
            for title in &titles {
                access_due::begin(&mut db, title).await?;
            }
            db.commit().await?;
        }
        let mut db = app.store.write().await?;
        store::titles::lock(&mut db, &titles).await?;
        let mut before = Vec::with_capacity(titles.len());
        for title in titles {
            if let Some(audience) = audience(&mut db, &title).await? {
                before.push((title, audience));
            }
        }
        Ok(Self { app, db, before })
    }

    /// Makes it last, in the database and in the records.
    ///
    /// # Errors
    /// When the database or the file system refuses. The records are never wider than the rows then.
    pub async fn commit(mut self) -> Result<(), ChangeError> {
        let mut is_other = false;
        for (id, before) in &self.before {
            let after = audience(&mut self.db, id).await?;
            is_other |= after.as_ref() != Some(before);
            let visibility = after.as_ref().map_or(Visibility::Restricted, |after| after.visibility);
            if after.is_none_or(|after| after.is_narrower_than(before)) {
                write(self.app, &before.title, Written { visibility: Some(visibility), revoke: true }).await?;
            }
        }
        self.db.commit().await?;
        for (id, _) in self.before {
            settle(self.app, &id).await?;
        }
        if is_other {
            // Whoever is told that it is done asks the origin at once, and browsers keep its 404 for a while.
            tokio::time::sleep(self.app.ports.in_force).await;
        }
        Ok(())
    }
}

impl Deref for Change<'_> {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.db
    }
}

impl DerefMut for Change<'_> {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.db
    }
}

impl Audience {
    /// True if somebody who could watch `before` can't any more.
    fn is_narrower_than(&self, before: &Self) -> bool {
        let width = |visibility| match visibility {
            Visibility::Restricted => 0,
            Visibility::Unlisted => 1,
            Visibility::Public => 2,
        };
        let (now, then) = (width(self.visibility), width(before.visibility));
        let is_in = |account: &Id| self.accounts.contains(account);
        now < then || (now == 0 && then == 0 && !before.accounts.iter().all(is_in))
    }
}

/// Makes the record of a title as its row is.
///
/// # Errors
/// When the database or the file system refuses.
pub async fn settle(app: &App, id: &Id) -> Result<(), ChangeError> {
    let mut db = app.store.write().await?;
    store::titles::lock(&mut db, std::slice::from_ref(id)).await?;
    if let Some(title) = store::titles::by_id(&mut db, id).await? {
        let change = Written { visibility: Some(visibility(&title)), revoke: false };
        write(app, &title.title, change).await?;
    }
    access_due::end(&mut db, id).await?;
    Ok(db.commit().await?)
}

/// Ends all tokens of a title. Whoever may still watch it gets new ones.
///
/// # Errors
/// When the file system refuses.
pub async fn revoke(app: &App, title: &Title) -> Result<(), ChangeError> {
    write(app, &title.title, Written { visibility: None, revoke: true }).await
}

/// Decides who may see the title of this name, for operators with a shell; false where the studio has no such title. The
/// row and the record say the same then. `revoke`: every token from before dies, and a damaged record is written anew.
///
/// # Errors
/// When the database or the file system refuses.
pub async fn decide(app: &App, title: &TitleName, visibility: Visibility, revoke: bool) -> Result<bool, Problem> {
    let Some(row) = store::titles::by_name(&mut *app.store.read().await?, title).await? else { return Ok(false) };
    if revoke {
        write(app, title, Written { visibility: None, revoke }).await?;
    }
    let mut change = Change::begin(app, std::slice::from_ref(&row.id)).await?;
    let Some(row) = store::titles::by_id(&mut change, &row.id).await? else { return Ok(false) };
    store::titles::edit(&mut change, &row.id, &row.words, visibility).await?;
    let detail = format!("{} to {visibility}", row.visibility);
    note(app, &mut change, &Actor::program(), "title.visibility", row.id.as_str(), &detail).await?;
    change.commit().await?;
    Ok(true)
}

/// Ends all tokens that `account`, as it was before, may hold of restricted titles. It is called once the account is given
/// no new ones. Others who watch these titles get new ones, too.
///
/// # Errors
/// When the database refuses. A record that can't be written is said in the log: its tokens end by themselves.
pub async fn shut_out(app: &App, account: &Account) -> Result<(), Problem> {
    let all = account.role >= Role::Moderator;
    let titles = shares::within_reach(&mut *app.store.read().await?, &account.id, all).await?;
    let app = app.clone();
    // On a task of its own: an administrator who goes away does not leave it half done.
    let work = tokio::spawn(async move {
        for title in titles {
            if let Err(error) = write(&app, &title, Written { visibility: None, revoke: true }).await {
                tracing::error!("tokens of '{title}' stay good for up to twenty minutes: {error}");
            }
        }
    });
    work.await.map_err(|error| Problem::internal(&error.to_string()))
}

/// Settles whatever a crash left behind.
///
/// # Errors
/// When the database refuses. A record that can't be written is said in the log, and tried again the next time.
pub async fn repair(app: &App) -> Result<(), StoreError> {
    let due = access_due::all(&mut *app.store.read().await?).await?;
    for id in due {
        if let Err(error) = settle(app, &id).await {
            tracing::error!("{error}");
        }
    }
    Ok(())
}

/// The visibility that the origin goes by.
fn visibility(title: &Title) -> Visibility {
    if title.deleted.is_some() { Visibility::Restricted } else { title.visibility }
}

async fn audience(db: &mut AnyConnection, id: &Id) -> Result<Option<Audience>, StoreError> {
    let Some(title) = store::titles::by_id(db, id).await? else { return Ok(None) };
    let accounts = if title.deleted.is_some() { Vec::new() } else { shares::audience(db, id).await? };
    Ok(Some(Audience { visibility: visibility(&title), title: title.title, accounts }))
}

/// Writes the record of a title.
///
/// # Errors
/// When the file system refuses.
async fn write(app: &App, title: &TitleName, change: Written) -> Result<(), ChangeError> {
    let (library, title, now) = (app.ports.library.clone(), title.clone(), app.now());
    let seconds = u64::try_from(now.seconds()).unwrap_or(0);
    let write = move || access::change(&library, &title, Visibility::Restricted, change, seconds);
    tokio::task::spawn_blocking(write).await??;
    Ok(())
}

impl From<ChangeError> for Problem {
    fn from(error: ChangeError) -> Self {
        Self::internal(&error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_audience_is_narrower_when_somebody_is_left_out() {
        let ids: Vec<Id> = (0..2).map(|_| Id::random().unwrap()).collect();
        let audience = |visibility, accounts: &[Id]| Audience {
            title: TitleName::parse("a").unwrap(),
            visibility,
            accounts: accounts.to_vec(),
        };
        use Visibility::{Public, Restricted, Unlisted};
        for (before, after, narrower) in [
            (audience(Public, &[]), audience(Unlisted, &[]), true),
            (audience(Unlisted, &[]), audience(Restricted, &ids), true),
            (audience(Restricted, &ids), audience(Restricted, &ids[..1]), true),
            (audience(Restricted, &ids[..1]), audience(Restricted, &ids[1..]), true),
            (audience(Restricted, &ids[..1]), audience(Restricted, &ids), false),
            (audience(Public, &ids), audience(Public, &[]), false),
            (audience(Restricted, &ids), audience(Unlisted, &[]), false),
        ] {
            assert_eq!(after.is_narrower_than(&before), narrower, "{before:?} {after:?}");
        }
    }
}
