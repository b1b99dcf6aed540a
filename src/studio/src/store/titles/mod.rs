//! The table of titles, and those of what belongs to each.

pub mod access_due;
pub mod links;
pub mod listing;
pub mod packaging;
pub mod shares;
pub mod tags;

use config::access::Visibility;
use config::tree::TitleName;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row as _, query};

use crate::model::{AccountName, Id, Micros, Subject, TitleState, folded};
use crate::store::error::{StoreError, parsed};
use crate::store::sql::Sql;

/// A title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Title {
    /// Its id.
    pub id: Id,
    /// Its name in the library.
    pub title: TitleName,
    /// Its owner; `None` for what an operator put in.
    pub owner: Option<Id>,
    /// What people read about it.
    pub words: Words,
    /// Its audience.
    pub visibility: Visibility,
    /// True if whoever may watch it may download its source.
    pub downloadable: bool,
    /// Its state.
    pub state: TitleState,
    /// Of a failure: the reason, for people.
    pub reason: String,
    /// Milliseconds, once they are known.
    pub duration: Option<i64>,
    /// Path of its source below the ingest folder; empty where there is none.
    pub source: String,
    /// BLAKE3 of its source, hexadecimal; empty until it is known.
    pub source_hash: String,
    /// Bytes on disk: source and revisions.
    pub bytes: i64,
    /// How often it was watched.
    pub views: i64,
    /// Path of its poster below its folder in the library; empty where it has none.
    pub poster: String,
    /// When it was made.
    pub created: Micros,
    /// When it was first published. From then on there is something to watch, whatever its state is.
    pub published: Option<Micros>,
    /// When it was deleted, while that can be undone.
    pub deleted: Option<Micros>,
    /// Number of changes of what people wrote, from 1.
    pub version: i64,
    /// The revision whose subtitles the search knows; empty for none.
    pub heard: String,
}

/// What people write about a title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Words {
    /// What it is called.
    pub name: String,
    /// Its description, in Markdown.
    pub description: String,
    /// Its category; empty for none.
    pub category: String,
    /// Its language, a tag of BCP 47; empty for none.
    pub language: String,
    /// Its licence; empty for none.
    pub licence: String,
}

/// A title with what lies in tables of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Whole {
    /// The title.
    pub title: Title,
    /// Its owner's name.
    pub owner: Option<AccountName>,
    /// Its tags, in their order.
    pub tags: Vec<String>,
    /// Names of the accounts that it is shared with.
    pub shared_with: Vec<String>,
    /// Ids of the groups that it is shared with.
    pub groups: Vec<String>,
    /// Sites that may embed it.
    pub sites: Vec<String>,
    /// True if it is shared with who asked.
    pub is_shared: bool,
    /// Its name as lists sort it.
    pub folded: String,
}

impl Whole {
    /// The facts that decide what who asked may do with it.
    #[must_use]
    pub fn subject(&self) -> Subject<'_> {
        Subject {
            owner: self.title.owner.as_ref(),
            visibility: self.title.visibility,
            is_published: self.title.published.is_some(),
            is_deleted: self.title.deleted.is_some(),
            is_shared: self.is_shared,
            is_downloadable: self.title.downloadable,
        }
    }
}

/// The columns of [`Whole`] but `is_shared`.
pub(in crate::store) const WHOLE: &str = "t.*, \
    (SELECT a.name FROM accounts a WHERE a.id = t.owner) AS owner_name, \
    (SELECT string_agg(g.tag, ',' ORDER BY g.place) FROM tags g WHERE g.title = t.id) AS tags, \
    (SELECT string_agg(a.name, ',' ORDER BY a.name) FROM shares s JOIN accounts a ON a.id = s.account \
        WHERE s.title = t.id) AS shared_with, \
    (SELECT string_agg(s.team, ',' ORDER BY s.team) FROM group_shares s WHERE s.title = t.id) AS groups, \
    (SELECT string_agg(s.site, ',' ORDER BY s.site) FROM sites s WHERE s.title = t.id) AS sites, ";

/// Adds a condition that is true for titles shared with `account`, by name or by a group.
pub(in crate::store) fn is_shared(sql: &mut Sql, account: Option<&Id>) {
    let Some(account) = account else {
        sql.push("1 = 0");
        return;
    };
    sql.push("t.id IN (SELECT s.title FROM shares s WHERE s.account = ").text(account.as_str());
    sql.push(
        " UNION ALL SELECT s.title FROM group_members m JOIN group_shares s ON s.team = m.team WHERE m.account = ",
    );
    sql.text(account.as_str()).push(")");
}

/// Begins a query of whole titles, with the alias `t`, as `account` sees them.
pub(in crate::store) fn select(account: Option<&Id>) -> Sql {
    let mut sql = Sql::default();
    sql.push("SELECT ").push(WHOLE).push("CASE WHEN ");
    is_shared(&mut sql, account);
    sql.push(" THEN 1 ELSE 0 END AS is_shared ");
    sql
}

/// Puts in a new title.
///
/// # Errors
/// When its id or its name in the library is taken ([`StoreError::is_duplicate`]), or the database refuses.
pub async fn insert(db: &mut AnyConnection, title: &Title) -> Result<(), StoreError> {
    let sql = "INSERT INTO titles (id, title, owner, name, description, category, language, licence, visibility, state, \
               reason, duration, source, source_hash, bytes, views, poster, created, published, folded, \
               downloadable) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, \
               $19, $20, $21)";
    query(sql)
        .bind(title.id.as_str())
        .bind(title.title.as_str())
        .bind(title.owner.as_ref().map(Id::as_str))
        .bind(title.words.name.as_str())
        .bind(title.words.description.as_str())
        .bind(title.words.category.as_str())
        .bind(title.words.language.as_str())
        .bind(title.words.licence.as_str())
        .bind(title.visibility.name())
        .bind(title.state.name())
        .bind(title.reason.as_str())
        .bind(title.duration)
        .bind(title.source.as_str())
        .bind(title.source_hash.as_str())
        .bind(title.bytes)
        .bind(title.views)
        .bind(title.poster.as_str())
        .bind(title.created.0)
        .bind(title.published.map(|time| time.0))
        .bind(folded(&title.words.name))
        .bind(i64::from(title.downloadable))
        .execute(db)
        .await?;
    Ok(())
}

/// The title with this id.
///
/// # Errors
/// When the database refuses.
pub async fn by_id(db: &mut AnyConnection, id: &Id) -> Result<Option<Title>, StoreError> {
    let row = query("SELECT * FROM titles WHERE id = $1").bind(id.as_str()).fetch_optional(db).await?;
    row.map(|row| title(&row)).transpose()
}

/// The title with this name in the library.
///
/// # Errors
/// When the database refuses.
pub async fn by_name(db: &mut AnyConnection, name: &TitleName) -> Result<Option<Title>, StoreError> {
    let row = query("SELECT * FROM titles WHERE title = $1").bind(name.as_str()).fetch_optional(db).await?;
    row.map(|row| title(&row)).transpose()
}

/// The titles with these ids that are there, in no order, as `account` sees them.
///
/// # Errors
/// When the database refuses.
pub async fn whole(
    db: &mut AnyConnection,
    ids: impl IntoIterator<Item = &Id>,
    account: Option<&Id>,
) -> Result<Vec<Whole>, StoreError> {
    let mut sql = select(account);
    sql.push("FROM titles t WHERE t.id IN ").list(ids.into_iter().map(Id::as_str));
    sql.fetch_all(db).await?.iter().map(whole_of).collect()
}

/// Locks the rows of titles until the transaction ends, so that no other change of them comes between.
///
/// # Errors
/// When the database refuses.
pub async fn lock(db: &mut AnyConnection, ids: &[Id]) -> Result<(), StoreError> {
    // In one order, so that two changes never wait for each other.
    let mut ids: Vec<&str> = ids.iter().map(Id::as_str).collect();
    ids.sort_unstable();
    for id in ids {
        // An update that changes nothing: SQLite has no SELECT … FOR UPDATE.
        query("UPDATE titles SET version = version WHERE id = $1").bind(id).execute(&mut *db).await?;
    }
    Ok(())
}

/// Writes what people write about a title, and its visibility, and counts the change up.
///
/// # Errors
/// When the database refuses.
pub async fn edit(db: &mut AnyConnection, id: &Id, words: &Words, visibility: Visibility) -> Result<(), StoreError> {
    let sql = "UPDATE titles SET name = $1, description = $2, category = $3, language = $4, licence = $5, \
               visibility = $6, folded = $7, version = version + 1 WHERE id = $8";
    query(sql)
        .bind(words.name.as_str())
        .bind(words.description.as_str())
        .bind(words.category.as_str())
        .bind(words.language.as_str())
        .bind(words.licence.as_str())
        .bind(visibility.name())
        .bind(folded(&words.name))
        .bind(id.as_str())
        .execute(db)
        .await?;
    Ok(())
}

/// Notes that whoever may watch a title may download its source, or that they may not.
///
/// # Errors
/// When the database refuses.
pub async fn set_downloadable(db: &mut AnyConnection, id: &Id, downloadable: bool) -> Result<(), StoreError> {
    let sql = "UPDATE titles SET downloadable = $1 WHERE id = $2";
    query(sql).bind(i64::from(downloadable)).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Notes when a title was deleted, or that it was not.
///
/// # Errors
/// When the database refuses.
pub async fn set_deleted(db: &mut AnyConnection, id: &Id, deleted: Option<Micros>) -> Result<(), StoreError> {
    let sql = "UPDATE titles SET deleted = $1, version = version + 1 WHERE id = $2";
    query(sql).bind(deleted.map(|time| time.0)).bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Titles that were deleted before `before`, and whatever is theirs.
///
/// # Errors
/// When the database refuses.
pub async fn deleted_before(db: &mut AnyConnection, before: Micros) -> Result<Vec<Title>, StoreError> {
    let sql = "SELECT * FROM titles WHERE deleted IS NOT NULL AND deleted < $1";
    query(sql).bind(before.0).fetch_all(db).await?.iter().map(title).collect()
}

/// Deletes a title for good, with whatever lies in other tables of it, and gives its bytes back to its owner.
///
/// # Errors
/// When the database refuses.
pub async fn delete(db: &mut AnyConnection, title: &Title) -> Result<(), StoreError> {
    let gone = query("DELETE FROM titles WHERE id = $1").bind(title.id.as_str()).execute(&mut *db).await?;
    if let Some(owner) = title.owner.as_ref().filter(|_| gone.rows_affected() > 0) {
        let sql = "UPDATE accounts SET used = CASE WHEN used > $1 THEN used - $1 ELSE 0 END WHERE id = $2";
        query(sql).bind(title.bytes).bind(owner.as_str()).execute(db).await?;
    }
    Ok(())
}

/// Counts a view.
///
/// # Errors
/// When the database refuses.
pub async fn count_view(db: &mut AnyConnection, id: &Id) -> Result<(), StoreError> {
    query("UPDATE titles SET views = views + 1 WHERE id = $1").bind(id.as_str()).execute(db).await?;
    Ok(())
}

/// Reads a row of this table.
pub(in crate::store) fn title(row: &AnyRow) -> Result<Title, StoreError> {
    let name: String = row.try_get("title")?;
    let owner: Option<&str> = row.try_get("owner")?;
    let micros = |column| row.try_get::<Option<i64>, _>(column).map(|time| time.map(Micros));
    Ok(Title {
        id: parsed("titles.id", row.try_get("id")?)?,
        title: TitleName::parse(&name).map_err(|_| StoreError::Damaged { column: "titles.title", value: name })?,
        owner: owner.map(|owner| parsed("titles.owner", owner)).transpose()?,
        words: Words {
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            category: row.try_get("category")?,
            language: row.try_get("language")?,
            licence: row.try_get("licence")?,
        },
        visibility: parsed("titles.visibility", row.try_get("visibility")?)?,
        downloadable: row.try_get::<i64, _>("downloadable")? != 0,
        state: parsed("titles.state", row.try_get("state")?)?,
        reason: row.try_get("reason")?,
        duration: row.try_get("duration")?,
        source: row.try_get("source")?,
        source_hash: row.try_get("source_hash")?,
        bytes: row.try_get("bytes")?,
        views: row.try_get("views")?,
        poster: row.try_get("poster")?,
        created: Micros(row.try_get("created")?),
        published: micros("published")?,
        deleted: micros("deleted")?,
        version: row.try_get("version")?,
        heard: row.try_get("heard")?,
    })
}

/// Reads a row of [`select`].
pub(in crate::store) fn whole_of(row: &AnyRow) -> Result<Whole, StoreError> {
    let list = |column| -> Result<Vec<String>, StoreError> {
        let joined: Option<String> = row.try_get(column)?;
        Ok(joined.map(|text| text.split(',').map(String::from).collect()).unwrap_or_default())
    };
    let owner: Option<String> = row.try_get("owner_name")?;
    let owner = owner.map(|name| {
        AccountName::parse_any(&name).map_err(|_| StoreError::Damaged { column: "accounts.name", value: name })
    });
    Ok(Whole {
        title: title(row)?,
        owner: owner.transpose()?,
        tags: list("tags")?,
        shared_with: list("shared_with")?,
        groups: list("groups")?,
        sites: list("sites")?,
        is_shared: row.try_get::<i64, _>("is_shared")? != 0,
        folded: row.try_get("folded")?,
    })
}
