//! The table of links: each opens one title to whoever has it.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use crate::model::{Id, Micros, SecretHash};
use crate::store::error::{StoreError, parsed};

/// A link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its id.
    pub id: Id,
    /// The title that it opens.
    pub title: Id,
    /// argon2id of its password, as a PHC string; `None` where it needs none.
    pub password: Option<String>,
    /// Its end; `None` for none.
    pub expires: Option<Micros>,
    /// How often it may be opened; `None` for no bound.
    pub uses: Option<i64>,
    /// How often it was opened.
    pub used: i64,
    /// When it was made.
    pub created: Micros,
}

impl Link {
    /// True if it opens nothing any more.
    #[must_use]
    pub fn is_over(&self, now: Micros) -> bool {
        self.expires.is_some_and(|end| end <= now) || self.uses.is_some_and(|uses| self.used >= uses)
    }
}

/// Puts in a new link.
///
/// # Errors
/// When the database refuses.
pub async fn insert(db: &mut AnyConnection, link: &Link, secret: &SecretHash) -> Result<(), StoreError> {
    let sql = "INSERT INTO links (id, secret_hash, title, password, expires, uses, created) \
               VALUES ($1, $2, $3, $4, $5, $6, $7)";
    query(sql)
        .bind(link.id.as_str())
        .bind(secret.as_str())
        .bind(link.title.as_str())
        .bind(link.password.as_deref())
        .bind(link.expires.map(|time| time.0))
        .bind(link.uses)
        .bind(link.created.0)
        .execute(db)
        .await?;
    Ok(())
}

/// The link with this secret.
///
/// # Errors
/// When the database refuses.
pub async fn by_secret(db: &mut AnyConnection, secret: &SecretHash) -> Result<Option<Link>, StoreError> {
    let row = query("SELECT * FROM links WHERE secret_hash = $1").bind(secret.as_str()).fetch_optional(db).await?;
    row.map(|row| link(&row)).transpose()
}

/// The links of a title, newest first.
///
/// # Errors
/// When the database refuses.
pub async fn of_title(db: &mut AnyConnection, title: &Id) -> Result<Vec<Link>, StoreError> {
    let sql = "SELECT * FROM links WHERE title = $1 ORDER BY created DESC, id";
    query(sql).bind(title.as_str()).fetch_all(db).await?.iter().map(link).collect()
}

/// Counts that a link was opened; false when it is over or gone.
///
/// # Errors
/// When the database refuses.
pub async fn open(db: &mut AnyConnection, id: &Id, now: Micros) -> Result<bool, StoreError> {
    // The condition holds when the row is written: of many at once no more get through than it says.
    let sql = "UPDATE links SET used = used + 1 \
               WHERE id = $1 AND (uses IS NULL OR used < uses) AND (expires IS NULL OR expires > $2)";
    Ok(query(sql).bind(id.as_str()).bind(now.0).execute(db).await?.rows_affected() > 0)
}

/// Deletes a link of a title; false when there is none such.
///
/// # Errors
/// When the database refuses.
pub async fn delete(db: &mut AnyConnection, title: &Id, id: &Id) -> Result<bool, StoreError> {
    let sql = "DELETE FROM links WHERE title = $1 AND id = $2";
    Ok(query(sql).bind(title.as_str()).bind(id.as_str()).execute(db).await?.rows_affected() > 0)
}

fn link(row: &AnyRow) -> Result<Link, StoreError> {
    Ok(Link {
        id: parsed("links.id", row.try_get("id")?)?,
        title: parsed("links.title", row.try_get("title")?)?,
        password: row.try_get("password")?,
        expires: row.try_get::<Option<i64>, _>("expires")?.map(Micros),
        uses: row.try_get("uses")?,
        used: row.try_get("used")?,
        created: Micros(row.try_get("created")?),
    })
}
