//! Migrations: numbered files of SQL that both databases understand. They are tried on a copy first.

use std::path::Path;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::{AnyPool, Row as _, SqlSafeStr as _};
use tempfile::TempDir;

use super::connect::{Place, pool};
use super::copy;
use super::error::StoreError;

/// All of them, in order: number, name and text.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "accounts", include_str!("../../migrations/0001_accounts.sql")),
    (2, "titles", include_str!("../../migrations/0002_titles.sql")),
    (3, "people", include_str!("../../migrations/0003_people.sql")),
    (4, "uploads", include_str!("../../migrations/0004_uploads.sql")),
    (5, "library", include_str!("../../migrations/0005_library.sql")),
    (6, "search", include_str!("../../migrations/0006_search.sql")),
    (8, "tracks", include_str!("../../migrations/0008_tracks.sql")),
    (9, "downloads", include_str!("../../migrations/0009_downloads.sql")),
    (10, "lists", include_str!("../../migrations/0010_lists.sql")),
];

/// Brings the database up to date.
///
/// # Errors
/// When it is newer than this program, or a migration fails; then it is as it was.
pub(super) async fn run(pool: &AnyPool) -> Result<(), StoreError> {
    refuse_newer(pool).await?;
    apply(pool, MIGRATIONS).await
}

async fn apply(pool: &AnyPool, migrations: &[(i64, &'static str, &'static str)]) -> Result<(), StoreError> {
    let migrations = migrations.iter().map(|(number, name, sql)| {
        Migration::new(*number, (*name).into(), MigrationType::Simple, (*sql).into_sql_str(), false)
    });
    Ok(Migrator::with_migrations(migrations.collect()).run(pool).await?)
}

/// Brings a copy of the database file up to date, where it has data and is not, so that a migration which fails on this
/// data fails there.
///
/// # Errors
/// The same as those of [`run`], and when there is no room for the copy.
pub(super) async fn rehearse(path: &Path) -> Result<(), StoreError> {
    let place = Place::File(path.into());
    let source = pool(&place).await?;
    let schema = schema(&source).await?;
    source.close().await;
    if schema == 0 || schema == newest() {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let room = TempDir::new_in(folder).map_err(|source| StoreError::Folder { path: folder.into(), source })?;
    let copied = room.path().join("copy.db");
    copy::file(path, &copied).map_err(|error| sqlx::Error::Configuration(error.into()))?;
    let copy = pool(&Place::File(copied)).await?;
    let tried = run(&copy).await;
    copy.close().await;
    tried
}

async fn refuse_newer(pool: &AnyPool) -> Result<(), StoreError> {
    let (found, known) = (schema(pool).await?, newest());
    if found > known { Err(StoreError::Newer { found, known }) } else { Ok(()) }
}

fn newest() -> i64 {
    MIGRATIONS.iter().map(|(number, _, _)| *number).max().unwrap_or(0)
}

/// The number of the last migration that was applied; 0 for a database that has none.
pub(super) async fn schema(pool: &AnyPool) -> Result<i64, StoreError> {
    let applied =
        sqlx::query("SELECT COALESCE(MAX(version), 0) AS version FROM _sqlx_migrations").fetch_one(pool).await;
    match applied {
        Ok(row) => Ok(row.try_get("version")?),
        // There is no such table: nothing was ever applied.
        Err(sqlx::Error::Database(_)) => Ok(0),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACCOUNT: &str = "INSERT INTO accounts (id, name, display, role, state, created) \
                           VALUES ('0000000000000000', 'anna', 'Anna', 'creator', 'active', 1)";

    async fn names(pool: &AnyPool) -> Vec<String> {
        let rows = sqlx::query("SELECT name FROM accounts").fetch_all(pool).await.unwrap();
        rows.iter().map(|row| row.try_get("name").unwrap()).collect()
    }

    #[tokio::test]
    async fn each_earlier_schema_is_brought_up_to_date_with_its_data() {
        for upto in 1..MIGRATIONS.len() {
            let folder = TempDir::new().unwrap();
            let path = folder.path().join("studio.db");
            let earlier = pool(&Place::File(path.clone())).await.unwrap();
            apply(&earlier, &MIGRATIONS[..upto]).await.unwrap();
            sqlx::query(ACCOUNT).execute(&earlier).await.unwrap();
            earlier.close().await;
            rehearse(&path).await.unwrap();
            let now = pool(&Place::File(path)).await.unwrap();
            assert_eq!(schema(&now).await.unwrap(), MIGRATIONS[upto - 1].0, "a rehearsal changes nothing");
            run(&now).await.unwrap();
            assert_eq!((schema(&now).await.unwrap(), names(&now).await), (newest(), vec!["anna".to_owned()]));
            now.close().await;
        }
    }

    #[tokio::test]
    async fn a_migration_that_fails_on_the_data_fails_on_the_copy() {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("studio.db");
        let earlier = pool(&Place::File(path.clone())).await.unwrap();
        apply(&earlier, &MIGRATIONS[..1]).await.unwrap();
        // Whatever the data holds that a migration did not think of.
        sqlx::query("CREATE TABLE titles (id TEXT)").execute(&earlier).await.unwrap();
        earlier.close().await;
        assert!(matches!(rehearse(&path).await, Err(StoreError::Migration(_))));
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert!(left.iter().all(|name| name.to_string_lossy().starts_with("studio.db")), "{left:?}");
        let now = pool(&Place::File(path)).await.unwrap();
        assert_eq!(schema(&now).await.unwrap(), 1);
        now.close().await;
    }
}
