//! Mails: put into a table with the change that they are about, and sent from there, again and again until they are taken.

mod letter;
mod links;
mod post;

use sqlx::AnyConnection;

use crate::http::App;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::store::people::outbox;

pub use letter::Kind;
pub use post::Post;
pub(crate) use post::{deliver, run};

pub(super) use links::{CONFIRM, RESET, ended, reset_link};

/// True if the settings name a mail server.
#[must_use]
pub fn is_on(app: &App) -> bool {
    !app.settings.mail.server.is_empty()
}

/// Puts a mail into the outbox, where there is a server to send it to. It goes once the change is committed.
///
/// # Errors
/// When the database refuses.
pub(super) async fn put(
    app: &App,
    db: &mut AnyConnection,
    kind: Kind,
    recipient: &str,
    subject: &str,
) -> Result<(), Problem> {
    if is_on(app) {
        outbox::insert(db, &Id::random()?, kind.name(), recipient, subject, app.now()).await?;
        app.post.wake();
    }
    Ok(())
}
