//! The audit trail.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use super::error::StoreError;
use crate::model::{Id, Micros};

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

/// The `limit` newest lines.
///
/// # Errors
/// When the database refuses.
pub async fn newest(db: &mut AnyConnection, limit: i64) -> Result<Vec<Line>, StoreError> {
    let sql = "SELECT * FROM audit ORDER BY at DESC, id DESC LIMIT $1";
    query(sql).bind(limit).fetch_all(db).await?.iter().map(line).collect()
}

fn line(row: &AnyRow) -> Result<Line, StoreError> {
    Ok(Line {
        at: Micros(row.try_get("at")?),
        actor: row.try_get("actor")?,
        action: row.try_get("action")?,
        target: row.try_get("target")?,
        detail: row.try_get("detail")?,
        address: row.try_get("address")?,
    })
}
