//! Tidying up after uploads, from time to time: those that expired, and files that belong to none.

use std::time::{Duration, SystemTime};

use super::receive::blocking;
use super::{LASTS, end, file};
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{Id, UploadState};
use crate::store::uploads;

/// A file that is younger may be that of an upload which is just being made.
const YOUNG: Duration = Duration::from_secs(3600);

/// Ends uploads of which no byte came for too long, and forgets those that ended long ago.
///
/// # Errors
/// When the database or the disk refuses.
pub async fn expire(app: &App) -> Result<(), Problem> {
    let before = app.now().plus_seconds(-LASTS);
    let late = uploads::untouched(&mut *app.store.read().await?, before).await?;
    for upload in late {
        let _turn = app.uploads.take(&upload.id).await;
        end(app, &upload, UploadState::Expired).await?;
    }
    let mut db = app.store.write().await?;
    uploads::forget(&mut db, before).await?;
    Ok(db.commit().await?)
}

/// Removes files that belong to no upload: that of an account which was deleted, or of a creation that was cut off.
///
/// # Errors
/// When the database or the disk refuses.
pub async fn sweep(app: &App) -> Result<(), Problem> {
    let state = app.state.clone();
    let ids = blocking(move || file::ids(&state)).await?;
    for id in ids {
        if !is_wanted(app, &id).await? {
            let path = file::path(&app.state, &id);
            blocking(move || if is_young(&path) { Ok(()) } else { file::remove(&path) }).await?;
        }
    }
    Ok(())
}

async fn is_wanted(app: &App, id: &Id) -> Result<bool, Problem> {
    let upload = uploads::by_id(&mut *app.store.read().await?, id).await?;
    Ok(upload.is_some_and(|upload| matches!(upload.state, UploadState::Receiving | UploadState::Received)))
}

fn is_young(path: &std::path::Path) -> bool {
    let modified = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    modified.is_ok_and(|modified| SystemTime::now().duration_since(modified).is_ok_and(|age| age < YOUNG))
}
