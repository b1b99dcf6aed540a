//! The database: SQLite in a file of its own, or PostgreSQL, by one set of queries and migrations.
//!
//! One file a table. Functions take a connection: of [`Store::read`], or of a transaction that [`Store::write`] began. SQLite
//! has one writer at a time, and whoever writes waits for it here, never in the database.

pub mod answers;
pub mod archive;
mod connect;
mod copy;
mod error;
pub mod facts;
mod migrate;
pub mod people;
pub mod playlists;
pub mod search;
mod sql;
pub mod titles;
pub mod totals;
pub mod uploads;
pub mod vault;

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Any, AnyConnection, AnyPool, Transaction};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

pub use connect::Place;
pub use error::StoreError;

/// A database that is open.
#[derive(Debug, Clone)]
pub struct Store {
    pool: AnyPool,
    dialect: Dialect,
    /// Those who may write at once: one with SQLite.
    writers: Arc<Semaphore>,
}

/// The database's kind, where queries or migrations can't be the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite, in this program.
    Sqlite,
    /// PostgreSQL.
    Postgres,
}

/// A transaction. What is not committed is undone.
#[derive(Debug)]
pub struct Write {
    transaction: Transaction<'static, Any>,
    dialect: Dialect,
    _turn: OwnedSemaphorePermit,
}

impl Store {
    /// The kind of the database.
    #[must_use]
    pub const fn dialect(&self) -> Dialect {
        self.dialect
    }

    /// A connection to read with.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn read(&self) -> Result<PoolConnection<Any>, StoreError> {
        Ok(self.pool.acquire().await?)
    }

    /// Begins to write.
    ///
    /// # Errors
    /// When the database can't be reached.
    pub async fn write(&self) -> Result<Write, StoreError> {
        let turn = Arc::clone(&self.writers).acquire_owned().await.map_err(|_| StoreError::Closed)?;
        let begin = match self.dialect {
            // The lock is taken at once: a reader that becomes a writer can be refused (SQLite, "isolation").
            Dialect::Sqlite => "BEGIN IMMEDIATE",
            Dialect::Postgres => "BEGIN",
        };
        Ok(Write { transaction: self.pool.begin_with(begin).await?, dialect: self.dialect, _turn: turn })
    }

    /// Ends all connections.
    pub async fn close(&self) {
        self.writers.close();
        self.pool.close().await;
    }
}

impl Write {
    /// Makes all of it last.
    ///
    /// # Errors
    /// When the database refuses; then nothing of it was done.
    pub async fn commit(mut self) -> Result<(), StoreError> {
        search::catch_up(&mut self.transaction, self.dialect).await?;
        Ok(self.transaction.commit().await?)
    }
}

impl Deref for Write {
    type Target = AnyConnection;

    fn deref(&self) -> &AnyConnection {
        &self.transaction
    }
}

impl DerefMut for Write {
    fn deref_mut(&mut self) -> &mut AnyConnection {
        &mut self.transaction
    }
}
