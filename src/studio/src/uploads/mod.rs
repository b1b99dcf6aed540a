//! Uploads: tus 1.0, so that one goes on where it was, whatever died meanwhile.
//!
//! An upload is a row and a file, `STATE/uploads/<id>`. The row's offset is what was put on disk for good; what lies behind
//! it in the file was never told of and is written again. Whole, it is handed to the packager ([`hand_over`]).

pub mod create;
pub mod file;
pub mod hand_over;
pub mod metadata;
mod place;
pub mod protocol;
mod receive;
pub mod tidy;
pub mod turns;

use axum::body::Body;
use http::StatusCode;

use crate::http::App;
use crate::http::problem::Problem;
use crate::meters::Upload as Ended;
use crate::model::{Id, Micros, UploadState};
use crate::store::people::accounts::Account;
use crate::store::uploads::quota;
use crate::store::uploads::{self, Upload};
use protocol::Checksum;
use receive::{Receiving, gone};

pub(crate) use receive::blocking;

/// Seconds after which an upload expires of which no byte came.
pub const LASTS: i64 = 7 * 86_400;

/// When an upload expires if no further byte comes.
#[must_use]
pub const fn expires(upload: &Upload) -> Micros {
    upload.touched.plus_seconds(LASTS)
}

/// An upload of `account`.
///
/// # Errors
/// 404 for another account's; 410 for one that is over without having become a title.
pub async fn find(app: &App, account: &Account, id: &Id) -> Result<Upload, Problem> {
    let found = uploads::by_id(&mut *app.store.read().await?, id).await?;
    let upload = found.filter(|upload| upload.account == account.id).ok_or_else(Problem::not_found)?;
    let is_late = upload.state == UploadState::Receiving && app.now() > expires(&upload);
    match upload.state {
        UploadState::Expired | UploadState::Terminated => Err(gone()),
        _ if is_late => Err(gone()),
        _ => Ok(upload),
    }
}

/// The upload as it is once nobody writes to it: whoever does is ended.
///
/// # Errors
/// As for [`find`].
pub async fn at_rest(app: &App, account: &Account, id: &Id) -> Result<Upload, Problem> {
    find(app, account, id).await?;
    let _turn = app.uploads.take(id).await;
    settled(app, account, id).await
}

/// Receives a body that begins at `offset`. It goes on to its end, or that of the connection, though nobody waits for it:
/// whatever came is kept.
///
/// # Errors
/// 409 where the upload has another offset, or a newer request goes on with it; 413 for more bytes than it lacks; 460 for
/// another checksum; else as for [`find`].
pub async fn receive(
    app: &App,
    account: &Account,
    id: &Id,
    offset: i64,
    checksum: Option<Checksum>,
    body: Body,
) -> Result<Upload, Problem> {
    find(app, account, id).await?;
    let (app, account, id) = (app.clone(), account.clone(), id.clone());
    let work = tokio::spawn(async move {
        let mut turn = app.uploads.take(&id).await;
        let upload = settled(&app, &account, &id).await?;
        if upload.received != offset {
            let detail = format!("the upload has {} bytes, and these begin at {offset}", upload.received);
            return Err(Problem::conflict("other-offset", &detail));
        }
        if upload.state == UploadState::Receiving {
            let at = u64::try_from(offset).unwrap_or(0);
            Receiving::begin(&app, upload, at, checksum).await?.all(body, &mut turn).await?;
        }
        let upload = settled(&app, &account, &id).await?;
        drop(turn);
        complete(&app, upload).await
    });
    work.await.map_err(|error| Problem::internal(&error.to_string()))?
}

/// Ends an upload, and gives back what it had reserved.
///
/// # Errors
/// 409 where it is a title already; else as for [`find`].
pub async fn terminate(app: &App, account: &Account, id: &Id) -> Result<(), Problem> {
    let upload = find(app, account, id).await?;
    let _turn = app.uploads.take(id).await;
    if !end(app, &upload, UploadState::Terminated).await? {
        return Err(Problem::conflict("uploaded", "this upload is a title already: delete that"));
    }
    Ok(())
}

/// Ends an upload that is under way; false where it is not.
async fn end(app: &App, upload: &Upload, state: UploadState) -> Result<bool, Problem> {
    let mut db = app.store.write().await?;
    let ended = uploads::change(&mut db, &upload.id, (UploadState::Receiving, state), app.now()).await?;
    if ended {
        quota::settle(&mut db, &upload.account).await?;
        db.commit().await?;
        app.meters.upload(Ended::GivenUp);
        let path = file::path(&app.state, &upload.id);
        blocking(move || file::remove(&path)).await?;
    }
    Ok(ended)
}

/// The upload with the offset of what is really there. Its turn has to be taken.
async fn settled(app: &App, account: &Account, id: &Id) -> Result<Upload, Problem> {
    let upload = find(app, account, id).await?;
    if upload.state != UploadState::Receiving {
        return Ok(upload);
    }
    let path = file::path(&app.state, id);
    let there = blocking(move || match std::fs::metadata(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        found => found.map(|metadata| Some(metadata.len())),
    });
    let there = there.await?.ok_or_else(gone)?;
    let received = upload.received.min(i64::try_from(there).unwrap_or(i64::MAX));
    Ok(Upload { received, ..upload })
}

/// Makes a title of an upload whose last byte is there, and has it handed over.
///
/// # Errors
/// When the database refuses.
pub async fn complete(app: &App, upload: Upload) -> Result<Upload, Problem> {
    if upload.state != UploadState::Receiving || upload.received < upload.length {
        return Ok(upload);
    }
    let title = hand_over::make_title(app, &upload).await?;
    hand_over::soon(app, upload.id.clone());
    Ok(Upload { state: UploadState::Received, title: Some(title), ..upload })
}

/// 415 for a body that is none of an upload.
#[must_use]
pub fn no_content() -> Problem {
    let detail = format!("bytes of an upload are sent as '{}'", protocol::CONTENT);
    Problem::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "media-type", &detail)
}
