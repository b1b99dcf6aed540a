//! A studio of a test's own, on each database, and its clients.

mod client;
pub(crate) mod hostile;
mod house;
pub(crate) mod mailbox;
pub(crate) mod peers;
pub(crate) mod postgres;
mod titles;

pub(crate) use client::{Answer, Client};
pub(crate) use house::{House, PIXEL};

/// Makes of each function, which takes a [`House`], a test with SQLite and one with PostgreSQL.
macro_rules! on_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::support::House::with_sqlite().await).await;
            })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")]
            async fn $name() {
                super::$name($crate::support::House::with_postgres().await).await;
            })*
        }
    };
}
