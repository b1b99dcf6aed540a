//! The audit trail: who did what, when and from where, in the database and in the log.

use sqlx::AnyConnection;

use crate::http::App;
use crate::http::caller::Client;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::store::people::audit::{self, Act};

/// The one who acts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The account's name; empty for a stranger or the program.
    pub name: String,
    /// The client's address; empty for the program.
    pub address: String,
}

impl Actor {
    /// The account that asks.
    #[must_use]
    pub fn of(signed_in: &SignedIn, client: &Client) -> Self {
        Self { name: signed_in.account.name.to_string(), address: client.text() }
    }

    /// Somebody who is not signed in.
    #[must_use]
    pub fn stranger(client: &Client) -> Self {
        Self { name: String::new(), address: client.text() }
    }

    /// The account `name`, which is about to be signed in, or was just made.
    #[must_use]
    pub fn named(name: &str, client: &Client) -> Self {
        Self { name: name.into(), address: client.text() }
    }

    /// The program itself, or an operator at its shell.
    #[must_use]
    pub const fn program() -> Self {
        Self { name: String::new(), address: String::new() }
    }
}

/// Writes a line as part of the change that it is about.
///
/// # Errors
/// When the database refuses.
pub async fn note(
    app: &App,
    db: &mut AnyConnection,
    actor: &Actor,
    action: &'static str,
    target: &str,
    detail: &str,
) -> Result<(), Problem> {
    let Actor { name, address } = actor.clone();
    tracing::info!(actor = name, action, object = target, detail, address, "audit");
    let act = Act { at: app.now(), actor: name, action, target: target.into(), detail: detail.into(), address };
    Ok(audit::write(db, &Id::random()?, &act).await?)
}

/// Writes a line about what changes nothing.
///
/// # Errors
/// When the database refuses.
pub async fn record(app: &App, actor: &Actor, action: &'static str, target: &str, detail: &str) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    note(app, &mut db, actor, action, target, detail).await?;
    Ok(db.commit().await?)
}
