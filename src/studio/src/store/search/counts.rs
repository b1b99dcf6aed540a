//! Counts of the titles that everybody may find, for each tag and category: kept, since to count them takes longer than a page
//! may.

use std::collections::{BTreeMap, BTreeSet};

use sqlx::{AnyConnection, Row as _, query};

use super::document::Document;
use crate::model::Id;
use crate::store::error::StoreError;

/// The kind of what is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Tags.
    Tag,
    /// Categories.
    Category,
}

/// A tag or a category, with how many public titles have it.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, utoipa::ToSchema)]
pub struct Counted {
    /// Its name.
    pub name: String,
    /// Public titles that have it.
    pub titles: i64,
}

/// What a transaction changes of the counts.
#[derive(Debug, Default)]
pub(super) struct Changes(BTreeMap<(&'static str, String), i64>);

impl Kind {
    const fn name(self) -> &'static str {
        match self {
            Self::Tag => "tag",
            Self::Category => "category",
        }
    }
}

/// The `limit` tags or categories that most public titles have.
///
/// # Errors
/// When the database refuses.
pub async fn counted(db: &mut AnyConnection, kind: Kind, limit: i64) -> Result<Vec<Counted>, StoreError> {
    let sql = "SELECT name, titles FROM search_counts WHERE kind = $1 AND titles > 0 \
               ORDER BY titles DESC, name LIMIT $2";
    let rows = query(sql).bind(kind.name()).bind(limit).fetch_all(db).await?;
    rows.iter().map(|row| Ok(Counted { name: row.try_get("name")?, titles: row.try_get("titles")? })).collect()
}

/// The number of public titles that have this tag, or are of this category.
///
/// # Errors
/// When the database refuses.
pub async fn count(db: &mut AnyConnection, kind: Kind, name: &str) -> Result<i64, StoreError> {
    let sql = "SELECT titles FROM search_counts WHERE kind = $1 AND name = $2";
    let row = query(sql).bind(kind.name()).bind(name).fetch_optional(db).await?;
    Ok(row.map(|row| row.try_get("titles")).transpose()?.unwrap_or(0))
}

impl Changes {
    /// Counts the title as its entry is, instead of as it was counted before.
    pub(super) async fn note(
        &mut self,
        db: &mut AnyConnection,
        title: &Id,
        document: Option<&Document>,
    ) -> Result<(), StoreError> {
        let new = document.map(Document::counted).unwrap_or_default();
        let sql = "SELECT kind, name FROM search_counted WHERE title = $1";
        let mut old = BTreeSet::new();
        for row in query(sql).bind(title.as_str()).fetch_all(&mut *db).await? {
            let kind = if row.try_get::<&str, _>("kind")? == Kind::Tag.name() { Kind::Tag } else { Kind::Category };
            old.insert((kind, row.try_get::<String, _>("name")?));
        }
        for (kind, name) in old.difference(&new) {
            let sql = "DELETE FROM search_counted WHERE title = $1 AND kind = $2 AND name = $3";
            query(sql).bind(title.as_str()).bind(kind.name()).bind(name.as_str()).execute(&mut *db).await?;
            *self.0.entry((kind.name(), name.clone())).or_default() -= 1;
        }
        for (kind, name) in new.difference(&old) {
            let sql = "INSERT INTO search_counted (title, kind, name) VALUES ($1, $2, $3)";
            query(sql).bind(title.as_str()).bind(kind.name()).bind(name.as_str()).execute(&mut *db).await?;
            *self.0.entry((kind.name(), name.clone())).or_default() += 1;
        }
        Ok(())
    }

    /// Changes the counts, in one order: so two transactions never wait for each other.
    pub(super) async fn apply(self, db: &mut AnyConnection) -> Result<(), StoreError> {
        for ((kind, name), change) in self.0.into_iter().filter(|(_, change)| *change != 0) {
            let sql = "INSERT INTO search_counts (kind, name, titles) VALUES ($1, $2, $3) \
                       ON CONFLICT (kind, name) DO UPDATE SET titles = search_counts.titles + excluded.titles";
            query(sql).bind(kind).bind(name).bind(change).execute(&mut *db).await?;
        }
        Ok(())
    }
}
