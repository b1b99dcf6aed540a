//! Deleting titles: at once for whoever watches, for good after a week in which it can be undone.

use std::io;
use std::path::Path;

use super::find;
use super::sharing::access::Change;
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::people::trail::{Actor, note};
use crate::ports::Packager;
use crate::store::StoreError;
use crate::store::titles::{self, Title};
use crate::uploads::file;

/// Seconds in which a deletion can be undone.
const UNDONE: i64 = 7 * 86_400;

/// Deletes a title. Nobody sees it from then on, and whoever watches it is stopped.
///
/// # Errors
/// 404 and 403 when who asks may not.
pub async fn delete(app: &App, signed_in: &SignedIn, id: &Id, actor: &Actor) -> Result<(), Problem> {
    let whole = find::to_edit(app, signed_in, id).await?;
    let mut change = Change::begin(app, std::slice::from_ref(id)).await?;
    titles::set_deleted(&mut change, id, Some(app.now())).await?;
    note(app, &mut change, actor, "title.deleted", id.as_str(), &whole.title.words.name).await?;
    Ok(change.commit().await?)
}

/// Undoes a deletion.
///
/// # Errors
/// 404 when there is no such title that who asks might have deleted, or its time is over.
pub async fn restore(app: &App, signed_in: &SignedIn, id: &Id, actor: &Actor) -> Result<(), Problem> {
    let found = titles::whole(&mut *app.store.read().await?, [id], Some(&signed_in.account.id)).await?.pop();
    let whole = found.filter(|whole| signed_in.who().may_restore(whole.subject())).ok_or_else(Problem::not_found)?;
    let is_over = whole.title.deleted.is_some_and(|deleted| deleted < app.now().plus_seconds(-UNDONE));
    if is_over {
        return Err(Problem::not_found());
    }
    let mut change = Change::begin(app, std::slice::from_ref(id)).await?;
    titles::set_deleted(&mut change, id, None).await?;
    note(app, &mut change, actor, "title.restored", id.as_str(), &whole.title.words.name).await?;
    change.commit().await?;
    app.live.look_again(&whole.title.title);
    Ok(())
}

/// Takes out for good what was deleted a week ago: sources, revisions and rows.
///
/// # Errors
/// When the database refuses. What can't be taken out is said in the log, and tried again the next time.
pub async fn purge(app: &App) -> Result<(), StoreError> {
    let due = titles::deleted_before(&mut *app.store.read().await?, app.now().plus_seconds(-UNDONE)).await?;
    for title in due {
        match take_out(app, title.clone()).await {
            Ok(()) => {
                let mut db = app.store.write().await?;
                titles::delete(&mut db, &title).await?;
                db.commit().await?;
            }
            Err(error) => tracing::error!("'{}' can't be deleted: {error}", title.title),
        }
    }
    Ok(())
}

/// Takes a title out of the ingest folder and the library.
///
/// # Errors
/// Says what refused.
async fn take_out(app: &App, title: Title) -> Result<(), String> {
    let ports = app.ports.clone();
    let work = move || {
        if !title.source.is_empty() {
            remove_source(ports.packager.as_ref(), &ports.ingest.join(&title.source))
                .map_err(|error| error.to_string())?;
        }
        ports.packager.remove(&title.title).map_err(|error| error.to_string())
    };
    tokio::task::spawn_blocking(work).await.map_err(|error| error.to_string())?
}

/// Removes a source and what belongs to it. Nothing else beside it is touched: `show.part2.mp4` is another title's.
fn remove_source(packager: &dyn Packager, source: &Path) -> io::Result<()> {
    let sidecars = packager.sidecars(source);
    // The source first: while it is there, the packager would make the title again. After a crash in between, the others are
    // found by its name.
    file::remove(source)?;
    sidecars.iter().try_for_each(|path| file::remove(path))
}
