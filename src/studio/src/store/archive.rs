//! Backups: one file, which is an SQLite database with the same tables, whichever database it was saved from.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, AssertSqlSafe, Connection as _, Row as _, query};

use super::connect::{Place, alone, pool};
use super::error::StoreError;
use super::titles::access_due;
use super::vault::Vault;
use super::{Store, copy, facts, migrate};

/// The fact in a backup that is the key which secrets are sealed with. Without it, nobody's second factor would work.
const KEY: &str = "studio.key";

/// A backup can't be made, or can't be used.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// There is a file already.
    #[error("{} is there already: name a file that is not", .0.display())]
    Exists(PathBuf),
    /// The file can't be written or read.
    #[error("can't use {}: {source}", .path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// The system's answer.
        source: io::Error,
    },
    /// The file is none that `pack backup` wrote.
    #[error("{} is no backup of a studio: {why}", .path.display())]
    Foreign {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// The studio has data, which would be mixed with the backup's.
    #[error("this studio has accounts already: restore into one that has none")]
    InUse,
    /// There is nothing to save.
    #[error("there is no studio here yet: {} is missing", .0.display())]
    Missing(PathBuf),
    /// The database refused.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The copying of an SQLite database failed.
    #[error("can't copy the database: {0}")]
    Copy(#[from] rusqlite::Error),
}

/// A column, with the type that migrations gave it.
struct Column {
    name: String,
    kind: Kind,
}

/// The types that migrations use.
enum Kind {
    Text,
    Number,
    Flag,
}

/// Saves the studio at `place`, whose key lies in the folder `state`, in `file`, which nobody else may read; returns the number of rows. Others go on working:
/// the backup is as of one moment.
///
/// # Errors
/// When `file` is there, can't be written, or the database refuses. Then there is no file.
pub async fn save(place: &Place, state: &Path, file: &Path) -> Result<u64, ArchiveError> {
    if file.exists() {
        return Err(ArchiveError::Exists(file.into()));
    }
    let part = part_of(file);
    let saved = write(place, state, &part).await;
    if saved.is_err() {
        let _ = fs::remove_file(&part);
        return saved;
    }
    let failed = |source| ArchiveError::File { path: file.into(), source };
    File::open(&part).and_then(|part| part.sync_all()).map_err(failed)?;
    fs::rename(&part, file).map_err(failed)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    File::open(folder).and_then(|folder| folder.sync_all()).map_err(failed)?;
    saved
}

/// Brings the data of `file` into the studio at `place`, and its key into the folder `state`. The studio is made where there is none; returns the number of rows.
///
/// # Errors
/// When `file` is no backup, is of a newer program, or the studio has data. Then nothing was changed.
pub async fn restore(place: &Place, state: &Path, file: &Path) -> Result<u64, ArchiveError> {
    let foreign = |why: String| ArchiveError::Foreign { path: file.into(), why };
    // Its own copy is brought up to date: the backup stays as it is.
    let failed = |source| ArchiveError::File { path: file.into(), source };
    File::open(file).map_err(failed)?;
    let room = tempfile::tempdir().map_err(failed)?;
    let copied = room.path().join("archive.db");
    copy::file(file, &copied).map_err(|error| foreign(error.to_string()))?;
    let archive = pool(&Place::File(copied.clone())).await?;
    if migrate::schema(&archive).await? == 0 {
        return Err(foreign("it has none of its tables".into()));
    }
    migrate::run(&archive).await?;
    archive.close().await;
    let target = Store::open(place).await?;
    let mut source = alone(&copied).await?;
    let mut write = target.write().await?;
    if count(&mut write, "accounts").await? > 0 {
        return Err(ArchiveError::InUse);
    }
    let key = facts::get(&mut source, KEY).await?;
    if let Some(key) = &key {
        facts::remove(&mut source, KEY, key).await?;
    }
    let tables = tables(&mut source).await?;
    clear(&tables, &mut write).await?;
    let mut rows = 0;
    for table in &tables {
        rows += copy_table(table, &mut source, &mut write).await?;
    }
    // The origin's records of access are not in a backup: they are made as the rows are.
    access_due::begin_all(&mut write).await?;
    // Last, so that no failure leaves another key behind: rows without their key can be restored again, and until then
    // nothing was sealed with the one that was there.
    let key = key.map(|key| Vault::stage(state, &key)).transpose()?;
    write.commit().await?;
    if let Some(key) = key {
        key.put()?;
    }
    target.close().await;
    Ok(rows)
}

/// Writes the backup into `part`.
async fn write(place: &Place, state: &Path, part: &Path) -> Result<u64, ArchiveError> {
    let failed = |source| ArchiveError::File { path: part.into(), source };
    let file = File::create(part).map_err(failed)?;
    file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
    drop(file);
    match place {
        Place::File(database) if !database.exists() => return Err(ArchiveError::Missing(database.clone())),
        Place::File(database) => copy::file(database, part)?,
        // Its tables alone. Whoever closes a file last puts its log into it.
        Place::Url(_) => Store::open(&Place::File(part.into())).await?.close().await,
    }
    copy::without_log(part)?;
    let mut archive = alone(part).await?;
    let tables = tables(&mut archive).await?;
    let mut rows = 0;
    if matches!(place, Place::Url(_)) {
        let store = Store::open(place).await?;
        let mut source = store.read().await?;
        // All tables as of one moment (PostgreSQL, "Transaction Isolation").
        query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            .execute(&mut *source)
            .await
            .map_err(StoreError::from)?;
        let mut into = archive.begin().await.map_err(StoreError::from)?;
        clear(&tables, &mut into).await?;
        for table in &tables {
            copy_table(table, &mut source, &mut into).await?;
        }
        into.commit().await.map_err(StoreError::from)?;
        query("COMMIT").execute(&mut *source).await.map_err(StoreError::from)?;
        drop(source);
        store.close().await;
    }
    // Restored, all titles are due.
    access_due::clear(&mut archive).await?;
    for table in &tables {
        rows += count(&mut archive, &table.name).await?;
    }
    facts::set(&mut archive, KEY, &Vault::key(state)?).await?;
    archive.close().await.map_err(StoreError::from)?;
    Ok(rows)
}

/// A table with its columns.
struct Table {
    name: String,
    columns: Vec<Column>,
}

/// The tables of an SQLite database in the order in which migrations made them: what others refer to comes first. What is
/// made anew from others (`search_…`) is left out.
async fn tables(db: &mut AnyConnection) -> Result<Vec<Table>, StoreError> {
    let sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
               AND name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND name NOT LIKE 'search\\_%' ESCAPE '\\' ORDER BY rowid";
    let mut tables = Vec::new();
    for row in query(sql).fetch_all(&mut *db).await? {
        let name: String = row.try_get("name")?;
        let columns =
            query("SELECT name, type FROM pragma_table_info($1)").bind(name.as_str()).fetch_all(&mut *db).await?;
        let columns = columns.iter().map(column).collect::<Result<_, StoreError>>()?;
        tables.push(Table { name, columns });
    }
    Ok(tables)
}

fn column(row: &AnyRow) -> Result<Column, StoreError> {
    let (name, kind): (String, String) = (row.try_get("name")?, row.try_get("type")?);
    let kind = match kind.as_str() {
        "TEXT" => Kind::Text,
        "BIGINT" => Kind::Number,
        "BOOLEAN" => Kind::Flag,
        _ => return Err(StoreError::Damaged { column: "type", value: kind }),
    };
    Ok(Column { name, kind })
}

/// Empties tables. A studio without accounts has facts of its own, such as the link that makes the first one.
async fn clear(tables: &[Table], db: &mut AnyConnection) -> Result<(), StoreError> {
    for table in tables.iter().rev() {
        query(AssertSqlSafe(format!("DELETE FROM {}", table.name))).execute(&mut *db).await?;
    }
    Ok(())
}

/// Copies all rows of a table; returns their number. Names of tables and columns come from our own migrations.
async fn copy_table(table: &Table, from: &mut AnyConnection, to: &mut AnyConnection) -> Result<u64, StoreError> {
    let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
    let places: Vec<String> = (1..=names.len()).map(|place| format!("${place}")).collect();
    let (name, names, places) = (&table.name, names.join(", "), places.join(", "));
    let insert = format!("INSERT INTO {name} ({names}) VALUES ({places})");
    let rows = query(AssertSqlSafe(format!("SELECT {names} FROM {name}"))).fetch_all(from).await?;
    for row in &rows {
        let mut into = query(AssertSqlSafe(insert.as_str()));
        for (place, column) in table.columns.iter().enumerate() {
            into = match column.kind {
                Kind::Text => into.bind(row.try_get::<Option<String>, _>(place)?),
                Kind::Number => into.bind(row.try_get::<Option<i64>, _>(place)?),
                Kind::Flag => into.bind(row.try_get::<Option<bool>, _>(place)?),
            };
        }
        into.execute(&mut *to).await?;
    }
    Ok(rows.len() as u64)
}

async fn count(db: &mut AnyConnection, table: &str) -> Result<u64, StoreError> {
    let row = query(AssertSqlSafe(format!("SELECT COUNT(*) AS count FROM {table}"))).fetch_one(db).await?;
    Ok(u64::try_from(row.try_get::<i64, _>("count")?).unwrap_or(0))
}

/// The file that a backup is written into before it has its name.
fn part_of(file: &Path) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".part");
    name.into()
}
