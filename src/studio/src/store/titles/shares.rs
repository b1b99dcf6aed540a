//! Whom titles are shown to: the tables of shares, by name and by group, and of sites that may embed them.

use config::tree::TitleName;
use sqlx::{AnyConnection, Row as _, query};

use crate::model::{AccountName, Id};
use crate::store::error::{StoreError, parsed};

/// Shows a title to these accounts instead of those it was shown to.
///
/// # Errors
/// When the database refuses.
pub async fn set(db: &mut AnyConnection, title: &Id, accounts: &[Id]) -> Result<(), StoreError> {
    query("DELETE FROM shares WHERE title = $1").bind(title.as_str()).execute(&mut *db).await?;
    for account in accounts {
        let sql = "INSERT INTO shares (title, account) VALUES ($1, $2) ON CONFLICT (title, account) DO NOTHING";
        query(sql).bind(title.as_str()).bind(account.as_str()).execute(&mut *db).await?;
    }
    Ok(())
}

/// Shows a title to these groups instead of those it was shown to.
///
/// # Errors
/// When the database refuses.
pub async fn set_groups(db: &mut AnyConnection, title: &Id, groups: &[Id]) -> Result<(), StoreError> {
    query("DELETE FROM group_shares WHERE title = $1").bind(title.as_str()).execute(&mut *db).await?;
    for group in groups {
        let sql = "INSERT INTO group_shares (title, team) VALUES ($1, $2) ON CONFLICT (title, team) DO NOTHING";
        query(sql).bind(title.as_str()).bind(group.as_str()).execute(&mut *db).await?;
    }
    Ok(())
}

/// Lets these sites embed a title instead of those that might.
///
/// # Errors
/// When the database refuses.
pub async fn set_sites(db: &mut AnyConnection, title: &Id, sites: &[String]) -> Result<(), StoreError> {
    query("DELETE FROM sites WHERE title = $1").bind(title.as_str()).execute(&mut *db).await?;
    for site in sites {
        let sql = "INSERT INTO sites (title, site) VALUES ($1, $2) ON CONFLICT (title, site) DO NOTHING";
        query(sql).bind(title.as_str()).bind(site.as_str()).execute(&mut *db).await?;
    }
    Ok(())
}

/// The accounts that a title is shown to, by name or by a group, each once.
///
/// # Errors
/// When the database refuses.
pub async fn audience(db: &mut AnyConnection, title: &Id) -> Result<Vec<Id>, StoreError> {
    let sql = "SELECT account FROM shares WHERE title = $1 UNION \
               SELECT m.account FROM group_shares s JOIN group_members m ON m.team = s.team WHERE s.title = $1";
    let rows = query(sql).bind(title.as_str()).fetch_all(db).await?;
    rows.iter().map(|row| parsed("shares.account", row.try_get("account")?)).collect()
}

/// Restricted titles that an account can be given tokens for: its own and those shown to it, or `all` of them.
///
/// # Errors
/// When the database refuses.
pub async fn within_reach(db: &mut AnyConnection, account: &Id, all: bool) -> Result<Vec<TitleName>, StoreError> {
    let sql = "SELECT title FROM titles WHERE visibility = 'restricted' AND published IS NOT NULL AND ($2 <> 0 \
               OR owner = $1 OR id IN (SELECT title FROM shares WHERE account = $1) OR id IN (SELECT s.title FROM \
               group_shares s JOIN group_members m ON m.team = s.team WHERE m.account = $1)) ORDER BY title";
    let rows = query(sql).bind(account.as_str()).bind(i64::from(all)).fetch_all(db).await?;
    let name =
        |value: String| TitleName::parse(&value).map_err(|_| StoreError::Damaged { column: "titles.title", value });
    rows.iter().map(|row| name(row.try_get("title")?)).collect()
}

/// The id of the account with this name.
///
/// # Errors
/// When the database refuses.
pub async fn account(db: &mut AnyConnection, name: &AccountName) -> Result<Option<Id>, StoreError> {
    let row = query("SELECT id FROM accounts WHERE name = $1").bind(name.as_str()).fetch_optional(db).await?;
    row.map(|row| parsed("accounts.id", row.try_get("id")?)).transpose()
}
