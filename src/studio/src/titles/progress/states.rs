//! The states of one title, as its owner sees them.

use http::StatusCode;

use super::live::Status;
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::{Id, TitleState};
use crate::ports::PortError;
use crate::store::titles::packaging::{self, Become, Watch};
use crate::store::titles::{self, Title};
use crate::store::uploads;
use crate::titles::find;

/// A title of whoever asks; a moderator sees all.
///
/// # Errors
/// 404 for another's, and 403 where who asks may see it.
pub async fn own(app: &App, signed_in: &SignedIn, id: &Id) -> Result<Title, Problem> {
    Ok(find::to_edit(app, signed_in, id).await?.title)
}

/// The state of a title now; `None` where it is gone.
///
/// # Errors
/// When the database refuses.
pub async fn status(app: &App, id: &Id) -> Result<Option<Status>, Problem> {
    let mut db = app.store.read().await?;
    let made = titles::by_id(&mut db, id).await?;
    let Some(made) = made.filter(|made| made.deleted.is_none()) else { return Ok(None) };
    // What takes the place of a published file has a way to go before the packager tells of it.
    if made.state.is_final() && uploads::is_on_its_way(&mut db, id).await? {
        return Ok(Some(Status::of(TitleState::Received, String::new())));
    }
    let live = app.live.status(&made.title, app.now());
    Ok(Some(live.unwrap_or_else(|| Status::of(made.state, made.reason.clone()))))
}

/// Has a title tried again that failed.
///
/// # Errors
/// 409 where it has not failed, or its source is gone.
pub async fn retry(app: &App, made: &Title) -> Result<(), Problem> {
    let has_failed = made.state == TitleState::Failed || !made.reason.is_empty();
    if !has_failed || app.live.status(&made.title, app.now()).is_some() {
        return Err(Problem::conflict("not-failed", "this title has not failed: there is nothing to try again"));
    }
    let source = app.ports.ingest.join(&made.source);
    let is_there = !made.source.is_empty() && tokio::fs::metadata(source).await.is_ok_and(|found| found.is_file());
    if !is_there {
        let detail = "the file of this title is not there any more: upload it again, in the place of this one";
        return Err(Problem::new(StatusCode::CONFLICT, "no-source", detail));
    }
    // The row first: whatever the packager says afterwards is newer.
    if made.state == TitleState::Failed {
        put(app, made, TitleState::Waiting, "").await?;
    }
    let (packager, title) = (app.ports.packager.clone(), made.title.clone());
    let asked = tokio::task::spawn_blocking(move || packager.retry(&title)).await;
    let asked: Result<(), PortError> = asked.map_err(|error| Problem::internal(&error.to_string()))?;
    if let Err(error) = asked {
        put(app, made, made.state, &made.reason).await?;
        return Err(Problem::internal(&error.to_string()));
    }
    // It may have failed again already, for the same reason.
    app.live.look_again(&made.title);
    Ok(())
}

async fn put(app: &App, made: &Title, state: TitleState, reason: &str) -> Result<(), Problem> {
    let to = Become { state, reason: reason.into(), watch: Watch::AsBefore };
    let mut db = app.store.write().await?;
    packaging::become_now(&mut db, &made.id, &to).await?;
    Ok(db.commit().await?)
}
