//! Opening the database.

use std::fs;
use std::os::unix::fs::{DirBuilderExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sqlx::any::{AnyConnectOptions, AnyPoolOptions, install_default_drivers};
use sqlx::{AnyConnection, AnyPool, Connection as _, Executor as _};
use tokio::sync::Semaphore;

use super::{Dialect, Store, StoreError, migrate, search};

/// Connections at once.
const CONNECTIONS: u32 = 8;
/// The longest that a request waits for one.
const PATIENCE: Duration = Duration::from_secs(10);
/// The database's file in the folder of the state.
const FILE: &str = "studio.db";
/// For each connection to SQLite: readers beside the writer, and a commit that outlives a power loss.
const PRAGMAS: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; \
                       PRAGMA busy_timeout = 10000; PRAGMA temp_store = MEMORY";

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// SQLite, in this file.
    File(PathBuf),
    /// PostgreSQL, at this URL.
    Url(String),
}

impl Place {
    /// SQLite in the folder `state`, or PostgreSQL at `url` where that is not empty.
    #[must_use]
    pub fn of(state: &Path, url: &str) -> Self {
        if url.is_empty() { Self::File(state.join(FILE)) } else { Self::Url(url.into()) }
    }

    /// True if there is a database, as far as that can be told without asking it.
    #[must_use]
    pub fn is_there(&self) -> bool {
        match self {
            Self::File(path) => path.exists(),
            Self::Url(_) => true,
        }
    }
}

impl Store {
    /// Opens the database, makes it where there is none, and brings it up to date.
    ///
    /// # Errors
    /// When it can't be reached, is newer than this program, or can't be brought up to date.
    pub async fn open(place: &Place) -> Result<Self, StoreError> {
        if let Place::File(path) = place {
            prepare(path)?;
            migrate::rehearse(path).await?;
        }
        let store = Self::connect(place).await?;
        migrate::run(&store.pool).await?;
        let mut db = store.write().await?;
        search::prepare(&mut db, store.dialect).await?;
        db.commit().await?;
        Ok(store)
    }

    async fn connect(place: &Place) -> Result<Self, StoreError> {
        let dialect = match place {
            Place::File(_) => Dialect::Sqlite,
            Place::Url(_) => Dialect::Postgres,
        };
        let writers = match dialect {
            Dialect::Sqlite => 1,
            Dialect::Postgres => CONNECTIONS as usize,
        };
        Ok(Self { pool: pool(place).await?, dialect, writers: Arc::new(Semaphore::new(writers)) })
    }
}

/// A single connection to a database file, without what a store's connections are set to.
pub(super) async fn alone(path: &Path) -> Result<AnyConnection, StoreError> {
    install_default_drivers();
    Ok(AnyConnection::connect(&file_url(path)).await?)
}

/// Connections to the database at `place`.
pub(super) async fn pool(place: &Place) -> Result<AnyPool, StoreError> {
    install_default_drivers();
    let (url, pragmas) = match place {
        Place::File(path) => (file_url(path), Some(PRAGMAS)),
        Place::Url(url) => (url.clone(), None),
    };
    let options: AnyConnectOptions = url.parse()?;
    let pool = AnyPoolOptions::new().max_connections(CONNECTIONS).acquire_timeout(PATIENCE);
    let pool = pool.after_connect(move |connection, _| {
        Box::pin(async move {
            if let Some(pragmas) = pragmas {
                connection.execute(sqlx::raw_sql(pragmas)).await?;
            }
            Ok(())
        })
    });
    Ok(pool.connect_with(options).await?)
}

/// The URL of a database file, which is made where it is not there.
fn file_url(path: &Path) -> String {
    let text = path.to_string_lossy();
    let safe = text.replace('%', "%25").replace('?', "%3F").replace('#', "%23");
    format!("sqlite://{safe}?mode=rwc")
}

/// Makes the folder, for its owner alone: the database has addresses and hashes of people.
fn prepare(path: &Path) -> Result<(), StoreError> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |source| StoreError::Folder { path, source }
    };
    let folder = path.parent().unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(failed(folder))?;
    if !path.exists() {
        let file = fs::OpenOptions::new().create(true).append(true).open(path).map_err(failed(path))?;
        file.set_permissions(fs::Permissions::from_mode(0o600)).map_err(failed(path))?;
    }
    Ok(())
}
