//! Subtitles and further sound that a title's owner puts beside its source, where the packager finds them. They become a new
//! revision without encoding video again. The files themselves are the list of them.

use std::path::{Path, PathBuf};

use super::{beside, space};
use crate::http::App;
use crate::http::problem::Problem;
use crate::model::{Track, cues};
use crate::store::titles::Title;
use crate::uploads::{blocking, create, file};

/// Most bytes of subtitles.
pub const MOST: usize = 4 << 20;
/// Most tracks beside a source.
const TRACKS: usize = 100;

/// A track that lies beside a source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    /// What it is.
    pub track: Track,
    /// Its bytes.
    pub bytes: i64,
}

/// The tracks beside a title's source: subtitles first, by language.
///
/// # Errors
/// When the folder can't be read.
pub async fn all(app: &App, title: &Title) -> Result<Vec<Beside>, Problem> {
    if title.source.is_empty() {
        return Ok(Vec::new());
    }
    let source = app.ports.ingest.join(&title.source);
    let found = blocking(move || beside::all(&source)).await?;
    let bytes = |bytes| i64::try_from(bytes).unwrap_or(i64::MAX);
    let tracks =
        found.into_iter().filter_map(|(rest, size)| Some(Beside { track: Track::of_rest(&rest)?, bytes: bytes(size) }));
    let mut tracks: Vec<Beside> = tracks.collect();
    tracks.sort_by(|a, b| a.track.cmp(&b.track));
    Ok(tracks)
}

/// Gives a title subtitles, in the place of those that it has in the language and for the purpose.
///
/// # Errors
/// 400 for what are none; 403 where the source is the operator's; 409 where it is gone, or has too many tracks; 413 where its
/// owner's quota has no room.
pub async fn put_text(app: &App, title: &Title, track: &Track, bytes: Vec<u8>) -> Result<(), Problem> {
    let source = beside::source(app, title)?;
    let track = &known(app, track)?;
    may_add(app, title, track).await?;
    let ending = ending(&bytes)?;
    if let Some(owner) = &title.owner {
        let mut db = app.store.write().await?;
        create::reserve(app, &mut db, owner, i64::try_from(bytes.len()).unwrap_or(i64::MAX)).await?;
        db.commit().await?;
    }
    let to = place(&source, track, ending);
    let put = blocking(move || beside::put(&to, &bytes)).await;
    let tidied = match put {
        Ok(()) => remove_but(&source, track, Some(ending)).await.map(drop),
        Err(problem) => Err(problem),
    };
    space::settle(app, title).await?;
    tidied
}

/// Takes a track away.
///
/// # Errors
/// 403 where the source is the operator's; 404 where there is none.
pub async fn remove(app: &App, title: &Title, track: &Track) -> Result<(), Problem> {
    let source = beside::source(app, title)?;
    let removed = remove_but(&source, track, None).await?;
    space::settle(app, title).await?;
    if removed { Ok(()) } else { Err(Problem::not_found()) }
}

/// The track by the one tag that its language has for the packager.
///
/// # Errors
/// 400 for a language that the packager does not know: it would leave the track out.
pub fn known(app: &App, track: &Track) -> Result<Track, Problem> {
    let tag = app.ports.packager.language(track.language());
    let known = tag.and_then(|tag| track.clone().tagged(&tag).ok());
    known.ok_or_else(|| {
        Problem::invalid("language", "there is no language with this tag; expected one as 'en' or 'pt-BR'")
    })
}

/// Refuses a track that would be one too many.
///
/// # Errors
/// 409 then.
pub async fn may_add(app: &App, title: &Title, track: &Track) -> Result<(), Problem> {
    let there = all(app, title).await?;
    if there.len() >= TRACKS && there.iter().all(|beside| beside.track != *track) {
        let detail = format!("a title has at most {TRACKS} tracks beside its file; take one away first");
        return Err(Problem::conflict("too-many", &detail));
    }
    Ok(())
}

/// The place of a track beside `source`.
#[must_use]
pub fn place(source: &Path, track: &Track, ending: &str) -> PathBuf {
    source.with_extension(format!("{track}.{ending}"))
}

/// Removes the files of a track but the one with the `kept` ending; false where there is none.
///
/// # Errors
/// When the disk refuses.
pub async fn remove_but(source: &Path, track: &Track, kept: Option<&str>) -> Result<bool, Problem> {
    let (source, track, kept) = (source.to_owned(), track.clone(), kept.map(|ending| format!("{track}.{ending}")));
    blocking(move || {
        let mut is_removed = false;
        for (rest, _) in beside::all(&source)? {
            if Track::of_rest(&rest).as_ref() == Some(&track) && kept.as_ref() != Some(&rest) {
                file::remove(&source.with_extension(&rest))?;
                is_removed = true;
            }
        }
        Ok(is_removed)
    })
    .await
}

/// The ending of subtitles by their content. Times are ASCII in whatever encoding that a text is in but UTF-16.
fn ending(bytes: &[u8]) -> Result<&'static str, Problem> {
    let text = String::from_utf8_lossy(bytes);
    if cues(&text).is_empty() {
        let detail = "expected subtitles as WebVTT or SubRip, in UTF-8, and found no line of text with its time";
        return Err(Problem::invalid("file", detail));
    }
    let is_vtt = text.trim_start_matches('\u{feff}').starts_with("WEBVTT");
    Ok(if is_vtt { "vtt" } else { "srt" })
}
