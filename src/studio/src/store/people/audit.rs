//! The audit trail.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use super::roster::beginning;
use crate::model::{Id, Micros};
use crate::store::error::StoreError;

/// A line of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// When.
    pub at: Micros,
    /// The name of the account that did it; empty for the program or a stranger.
    pub actor: String,
    /// The act, as `session.created`.
    pub action: &'static str,
    /// The name or id of its object.
    pub target: String,
    /// More of it, for people.
    pub detail: String,
    /// The client's address.
    pub address: String,
}

/// A line that was read.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Line {
    /// Its id.
    pub id: String,
    /// When.
    pub at: Micros,
    /// The name of the account that did it; empty for the program or a stranger.
    pub actor: String,
    /// The act, as `session.created`.
    pub action: String,
    /// The name or id of its object.
    pub target: String,
    /// More of it, for people.
    pub detail: String,
    /// The client's address.
    pub address: String,
}

/// Writes a line.
///
/// # Errors
/// When the database refuses.
pub async fn write(db: &mut AnyConnection, id: &Id, act: &Act) -> Result<(), StoreError> {
    let sql = "INSERT INTO audit (id, at, actor, action, target, detail, address) VALUES ($1, $2, $3, $4, $5, $6, $7)";
    query(sql)
        .bind(id.as_str())
        .bind(act.at.0)
        .bind(act.actor.as_str())
        .bind(act.action)
        .bind(act.target.as_str())
        .bind(act.detail.as_str())
        .bind(act.address.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// The lines that are wanted; what is empty leaves none out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Those of this account.
    pub actor: String,
    /// Those whose act begins with this, as `account.`.
    pub action: String,
    /// Those about this object.
    pub target: String,
    /// Those since then.
    pub since: Option<Micros>,
    /// Those before then.
    pub until: Option<Micros>,
}

/// The newest lines before the one at `before`, the newest first.
///
/// # Errors
/// When the database refuses.
pub async fn page(
    db: &mut AnyConnection,
    filter: &Filter,
    before: (i64, &str),
    rows: usize,
) -> Result<Vec<Line>, StoreError> {
    let sql = "SELECT * FROM audit WHERE ($1 = '' OR actor = $1) AND ($2 = '' OR target = $2) \
               AND action LIKE $3 ESCAPE '\\' AND at >= $4 AND at < $5 AND (at < $6 OR at = $6 AND id < $7) \
               ORDER BY at DESC, id DESC LIMIT $8";
    let query = query(sql)
        .bind(filter.actor.as_str())
        .bind(filter.target.as_str())
        .bind(beginning(&filter.action))
        .bind(filter.since.map_or(i64::MIN, |at| at.0))
        .bind(filter.until.map_or(i64::MAX, |at| at.0))
        .bind(before.0)
        .bind(before.1)
        .bind(i64::try_from(rows).unwrap_or(i64::MAX));
    query.fetch_all(db).await?.iter().map(line).collect()
}

/// Writes `other` in the place of the name of an account that is gone, and forgets its addresses.
///
/// # Errors
/// When the database refuses.
pub async fn rename(db: &mut AnyConnection, name: &str, other: &str) -> Result<(), StoreError> {
    let sql = "UPDATE audit SET actor = $1, address = '' WHERE actor = $2";
    query(sql).bind(other).bind(name).execute(&mut *db).await?;
    query("UPDATE audit SET target = $1 WHERE target = $2").bind(other).bind(name).execute(db).await?;
    Ok(())
}

fn line(row: &AnyRow) -> Result<Line, StoreError> {
    Ok(Line {
        id: row.try_get("id")?,
        at: Micros(row.try_get("at")?),
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        target: row.try_get("target")?,
        detail: row.try_get("detail")?,
        address: row.try_get("address")?,
    })
}
