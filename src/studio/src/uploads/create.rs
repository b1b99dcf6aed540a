//! Making an upload: what is too much is refused before its first byte.

use http::StatusCode;
use sqlx::AnyConnection;

use super::file;
use super::metadata::{Metadata, ending};
use super::receive::blocking;
use crate::http::App;
use crate::http::problem::Problem;
use crate::meters::QUOTA;
use crate::model::{Id, UploadState, sound};
use crate::store::people::accounts::Account;
use crate::store::titles::{self, Title};
use crate::store::uploads::quota;
use crate::store::uploads::{self, Goal, Upload};
use crate::titles::{STUDIO, beside, tracks};

/// Makes an upload of `length` bytes for `account`, and reserves room for it.
///
/// # Errors
/// 413 where it is larger than an upload may be, or than the account's quota has room for; 404 where it replaces what is no
/// title of the account.
pub async fn create(app: &App, account: &Account, length: i64, mut metadata: Metadata) -> Result<Upload, Problem> {
    if let Some(most) = largest(app).filter(|most| length > *most) {
        return Err(too_large(&format!("an upload has at most {most} bytes here, and this one has {length}")));
    }
    match &metadata.goal {
        Goal::Title => {}
        Goal::Source(title) => {
            may_replace(app, account, title).await?;
        }
        Goal::Sound(title, track) => {
            sound(&ending(&metadata.filename)).map_err(|why| Problem::invalid("filename", &why.to_string()))?;
            let made = may_replace(app, account, title).await?;
            beside::source(app, &made)?;
            let track = tracks::known(app, track)?;
            tracks::may_add(app, &made, &track).await?;
            metadata.goal = Goal::Sound(title.clone(), track);
        }
    }
    let now = app.now();
    let upload = Upload {
        id: Id::random()?,
        account: account.id.clone(),
        filename: metadata.filename,
        name: metadata.name,
        visibility: metadata.visibility,
        goal: metadata.goal,
        length,
        received: 0,
        state: UploadState::Receiving,
        title: None,
        created: now,
        touched: now,
    };
    // The file comes first: one without a row is tidied away, a row without a file would be an upload that can't go on.
    let path = file::path(&app.state, &upload.id);
    let made = path.clone();
    blocking(move || file::create(&made)).await?;
    let noted = note(app, &upload).await;
    if noted.is_err() {
        blocking(move || file::remove(&path)).await?;
    }
    noted.map(|()| upload)
}

/// Largest upload, bytes; `None` where there is no limit.
#[must_use]
pub fn largest(app: &App) -> Option<i64> {
    i64::try_from(app.settings.limits.upload).ok().filter(|most| *most > 0)
}

async fn note(app: &App, upload: &Upload) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    reserve(app, &mut db, &upload.account, upload.length).await?;
    uploads::insert(&mut db, upload).await?;
    Ok(db.commit().await?)
}

/// Reserves room for `bytes` of an account.
///
/// # Errors
/// 413 where its quota has none.
pub async fn reserve(app: &App, db: &mut AnyConnection, account: &Id, bytes: i64) -> Result<(), Problem> {
    let limit = i64::try_from(app.settings.limits.quota).unwrap_or(i64::MAX);
    if quota::reserve(db, account, bytes, limit).await? {
        return Ok(());
    }
    let detail = "your quota has no room for this upload; delete titles, or ask for more";
    Err(Problem::new(StatusCode::PAYLOAD_TOO_LARGE, QUOTA, detail))
}

async fn may_replace(app: &App, account: &Account, title: &Id) -> Result<Title, Problem> {
    let found = titles::by_id(&mut *app.store.read().await?, title).await?;
    let is_own = |made: &Title| made.owner.as_ref() == Some(&account.id) && made.deleted.is_none();
    let made = found.filter(is_own).ok_or_else(Problem::not_found)?;
    if made.source.is_empty() || made.source.starts_with(STUDIO) {
        return Ok(made);
    }
    Err(Problem::forbidden("the file of this title lies in a folder of the operator's: it is replaced there"))
}

fn too_large(detail: &str) -> Problem {
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "too-large", detail)
}
