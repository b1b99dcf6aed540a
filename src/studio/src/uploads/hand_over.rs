//! Handing a finished upload to the packager: its title, who may see it, and then the file, under a name made of our id
//! alone. Each step can be done again, so that what a crash cut off is completed at the next start.

use std::io;
use std::path::{Path, PathBuf};

use config::access::{self, Change, Visibility};
use config::tree::TitleName;

use super::metadata::ending;
use super::receive::blocking;
use super::{complete, file, place};
use crate::http::App;
use crate::http::problem::Problem;
use crate::meters::Upload as Ended;
use crate::model::{Id, TitleState, Track, UploadState};
use crate::store::titles::packaging::{self, Become, Watch};
use crate::store::titles::{self, Title, Words};
use crate::store::uploads::quota;
use crate::store::uploads::{self, Goal, Upload};
use crate::titles::{STUDIO, space, tracks};

/// The ending of a file whose own is none of a recording: what it is, is found by its content.
const NEUTRAL: &str = "mp4";
/// Said of a title whose source has no place to go to.
const AWAY: &str = "the folder that uploads are packaged from is not there; it goes on by itself when that is back";
/// Said of a title whose upload is gone.
const LOST: &str = "the uploaded file was lost on the disk here; upload it again, in the place of this one";

/// Makes the title of an upload whose last byte is there; its id.
pub(super) async fn make_title(app: &App, upload: &Upload) -> Result<Id, Problem> {
    let id = Id::random()?;
    let name = format!("{}{id}", STUDIO.trim_start_matches('@'));
    let title = TitleName::parse(&name).map_err(|error| Problem::internal(&error.to_string()))?;
    let mut db = app.store.write().await?;
    let is_there = match &upload.goal {
        Goal::Title => None,
        Goal::Source(title) => {
            titles::by_id(&mut db, title).await?.filter(|made| made.deleted.is_none()).map(|made| made.id)
        }
        // Sound by itself is no title, though the one it was meant for may be gone.
        Goal::Sound(title, _) => Some(title.clone()),
    };
    let is_new = is_there.is_none();
    let id = is_there.unwrap_or(id);
    if !uploads::complete(&mut db, &upload.id, &id).await? {
        let now = uploads::by_id(&mut db, &upload.id).await?.and_then(|upload| upload.title);
        return now.ok_or_else(super::gone);
    }
    if is_new {
        let made = Title {
            id: id.clone(),
            title,
            owner: Some(upload.account.clone()),
            words: Words { name: upload.name.clone(), ..Words::default() },
            visibility: upload.visibility,
            downloadable: false,
            state: TitleState::Received,
            reason: String::new(),
            duration: None,
            source: String::new(),
            source_hash: String::new(),
            bytes: 0,
            views: 0,
            poster: String::new(),
            created: app.now(),
            published: None,
            deleted: None,
            version: 1,
            heard: String::new(),
        };
        titles::insert(&mut db, &made).await?;
    }
    db.commit().await?;
    app.meters.upload(Ended::Finished);
    Ok(id)
}

/// Hands an upload over, beside what goes on. What fails is tried again by [`all`].
pub(super) fn soon(app: &App, id: Id) {
    let app = app.clone();
    tokio::spawn(async move {
        if let Err(problem) = one(&app, &id).await {
            tracing::warn!("upload {id} can't be handed over yet: {problem}");
        }
    });
}

/// Hands over all uploads whose last byte is there.
///
/// # Errors
/// When the database refuses.
pub async fn all(app: &App) -> Result<(), Problem> {
    let whole = uploads::whole(&mut *app.store.read().await?).await?;
    for upload in whole {
        let id = upload.id.clone();
        if upload.state == UploadState::Receiving {
            complete(app, upload).await?;
        } else if let Err(problem) = one(app, &id).await {
            tracing::warn!("upload {id} can't be handed over yet: {problem}");
        }
    }
    Ok(())
}

async fn one(app: &App, id: &Id) -> Result<(), Problem> {
    let _turn = app.uploads.take(id).await;
    let mut db = app.store.read().await?;
    let Some(upload) = uploads::by_id(&mut db, id).await? else { return Ok(()) };
    let (UploadState::Received, Some(title)) = (upload.state, &upload.title) else { return Ok(()) };
    let made = titles::by_id(&mut db, title).await?.filter(|made| made.deleted.is_none());
    drop(db);
    let Some(made) = made else { return forget(app, &upload).await };
    if let Goal::Sound(_, track) = &upload.goal {
        return put_beside(app, &upload, &made, track).await;
    }
    let source = source_of(app, &upload, &made);
    let (library, name, visibility) = (app.ports.library.clone(), made.title.clone(), made.visibility);
    let (from, to) = (file::path(&app.state, id), app.ports.ingest.join(&source));
    let old = (!made.source.is_empty() && made.source != source).then(|| app.ports.ingest.join(&made.source));
    let placed = tokio::task::spawn_blocking(move || {
        decide(&library, &name, visibility)?;
        place_source(&from, &to, old.as_deref())
    });
    let placed = placed.await.map_err(|error| Problem::internal(&error.to_string()))?;
    match placed {
        Ok(hash) => finish(app, &upload, &made, &source, &hash).await,
        Err(error) if error.kind() == io::ErrorKind::NotFound && !app.ports.ingest.is_dir() => {
            say(app, &made, TitleState::Waiting, AWAY).await
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            say(app, &made, TitleState::Failed, LOST).await?;
            forget(app, &upload).await
        }
        Err(error) => Err(Problem::internal(&error.to_string())),
    }
}

/// Puts sound beside the source of a title.
async fn put_beside(app: &App, upload: &Upload, made: &Title, track: &Track) -> Result<(), Problem> {
    let source = app.ports.ingest.join(&made.source);
    let ending = ending(&upload.filename);
    let (from, to) = (file::path(&app.state, &upload.id), tracks::place(&source, track, &ending));
    let placed = tokio::task::spawn_blocking(move || place_source(&from, &to, None)).await;
    match placed.map_err(|error| Problem::internal(&error.to_string()))? {
        Ok(_) => tracks::remove_but(&source, track, Some(&ending)).await.map(drop)?,
        // Its file was lost here: the title is as it was, and its owner sees that the sound is not there.
        Err(error) if error.kind() == io::ErrorKind::NotFound && app.ports.ingest.is_dir() => {}
        Err(error) => return Err(Problem::internal(&error.to_string())),
    }
    let bytes = space::measure(app, made).await?;
    let mut db = app.store.write().await?;
    packaging::set_bytes(&mut db, &made.id, bytes).await?;
    uploads::change(&mut db, &upload.id, (UploadState::Received, UploadState::Done), app.now()).await?;
    quota::settle(&mut db, &upload.account).await?;
    Ok(db.commit().await?)
}

/// The place of the source below the ingest folder. The packager tells kinds of files by their endings, and no other than
/// that of a recording is ever given: settings for one title, say, have `.toml`.
fn source_of(app: &App, upload: &Upload, made: &Title) -> String {
    let ending = ending(&upload.filename);
    let ending = if app.ports.packager.takes(&ending) { ending.as_str() } else { NEUTRAL };
    format!("{STUDIO}{}.{ending}", made.id)
}

/// Writes who may see the title, before the packager can know of it.
fn decide(library: &Path, title: &TitleName, visibility: Visibility) -> io::Result<()> {
    // A title that has a record keeps it: its owner may have decided since.
    access::change(library, title, visibility, Change::default(), 0).map(drop).map_err(io::Error::other)
}

/// Puts the source where the packager finds it, takes the `old` one away, and tells the BLAKE3 of the new one.
fn place_source(from: &Path, to: &Path, old: Option<&Path>) -> io::Result<String> {
    let hash = match file::digest(from) {
        // It was put there before.
        Err(error) if error.kind() == io::ErrorKind::NotFound && to.exists() => file::digest(to)?,
        hashed => {
            let hash = hashed?;
            place::put(from, to)?;
            hash
        }
    };
    old.map_or(Ok(()), file::remove)?;
    Ok(hash)
}

async fn finish(app: &App, upload: &Upload, made: &Title, source: &str, hash: &str) -> Result<(), Problem> {
    let placed = Title { source: source.into(), ..made.clone() };
    let bytes = space::measure(app, &placed).await?;
    if made.published.is_some() {
        app.live.is_placed(&made.title, hash, app.now());
    }
    let mut db = app.store.write().await?;
    packaging::set_source(&mut db, &made.id, source, hash, bytes).await?;
    uploads::change(&mut db, &upload.id, (UploadState::Received, UploadState::Done), app.now()).await?;
    quota::settle(&mut db, &upload.account).await?;
    db.commit().await?;
    // The same bytes as before make no other revision, and no other note.
    app.live.look_again(&made.title);
    Ok(())
}

/// Ends an upload that no title waits for any more.
async fn forget(app: &App, upload: &Upload) -> Result<(), Problem> {
    let path: PathBuf = file::path(&app.state, &upload.id);
    blocking(move || file::remove(&path)).await?;
    let mut db = app.store.write().await?;
    uploads::change(&mut db, &upload.id, (UploadState::Received, UploadState::Done), app.now()).await?;
    quota::settle(&mut db, &upload.account).await?;
    Ok(db.commit().await?)
}

async fn say(app: &App, made: &Title, state: TitleState, reason: &str) -> Result<(), Problem> {
    let mut db = app.store.write().await?;
    let to = Become { state, reason: reason.into(), watch: Watch::AsBefore };
    packaging::become_now(&mut db, &made.id, &to).await?;
    Ok(db.commit().await?)
}
