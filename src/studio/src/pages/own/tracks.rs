//! `/titles/{title}/tracks`: subtitles and sound beside the file of a title.

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, State};
use serde::Deserialize;

use super::edit::answer;
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::{Id, Purpose, Track, TrackKind};
use crate::pages::Page;
use crate::pages::form::Form;
use crate::pages::frame::{Frame, format};
use crate::store::titles::Title;
use crate::titles::progress::states;
use crate::titles::tracks;

/// Bytes of a form beside its file.
const FORM: usize = 64 << 10;

/// A track in the list.
#[derive(Debug)]
pub(in crate::pages) struct TrackLine {
    pub(in crate::pages) language: String,
    pub(in crate::pages) kind: &'static str,
    pub(in crate::pages) purpose: &'static str,
    /// Kind and purpose, for people.
    pub(in crate::pages) what: String,
    pub(in crate::pages) size: String,
}

/// A track to be taken away.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Named {
    kind: TrackKind,
    language: String,
    purpose: Purpose,
}

impl TrackLine {
    pub(in crate::pages) fn of(track: &Track, bytes: i64, page: &Frame) -> Self {
        let what = match track.kind() {
            TrackKind::Audio => "audio",
            TrackKind::Text => track.purpose().name(),
        };
        Self {
            language: track.language().into(),
            kind: track.kind().name(),
            purpose: track.purpose().name(),
            what: page.t_of("tracks.what", what),
            size: format::size(u64::try_from(bytes).unwrap_or(0), page.texts),
        }
    }
}

/// The tracks of a title.
pub(super) async fn lines(app: &App, title: &Title, page: &Frame) -> Result<Vec<TrackLine>, Problem> {
    let tracks = tracks::all(app, title).await?;
    Ok(tracks.iter().map(|beside| TrackLine::of(&beside.track, beside.bytes, page)).collect())
}

/// The bound of the form with subtitles.
pub(in crate::pages) fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(tracks::MOST + FORM)
}

/// `POST /titles/{title}/tracks`: subtitles.
pub(in crate::pages) async fn send(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    At(id): At<Id>,
    form: Multipart,
) -> Page {
    let title = states::own(&app, &signed_in, &id).await?;
    let put = match read(form).await {
        Ok((track, text)) => tracks::put_text(&app, &title, &track, text).await,
        Err(problem) => Err(problem),
    };
    answer(&app, page, &signed_in, &id, put, "tracks.added#tracks").await
}

/// `POST /titles/{title}/tracks/remove`.
pub(in crate::pages) async fn remove(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    At(id): At<Id>,
    Form(named): Form<Named>,
) -> Page {
    let title = states::own(&app, &signed_in, &id).await?;
    let track = match named.kind {
        TrackKind::Text => Track::text(&named.language, named.purpose),
        TrackKind::Audio => Track::audio(&named.language),
    };
    let track = track.map_err(|why| Problem::invalid("language", &why.to_string()))?;
    let removed = tracks::remove(&app, &title, &track).await;
    answer(&app, page, &signed_in, &id, removed, "tracks.removed#tracks").await
}

/// The fields `language`, `purpose` and `file`.
async fn read(mut form: Multipart) -> Result<(Track, Vec<u8>), Problem> {
    let wrong = |error: MultipartError| match error.status() {
        http::StatusCode::PAYLOAD_TOO_LARGE => Problem::invalid("file", "subtitles have at most 4 MiB"),
        _ => Problem::bad_request(&error.body_text()),
    };
    let (mut language, mut purpose, mut file) = (String::new(), Purpose::Full, Vec::new());
    while let Some(field) = form.next_field().await.map_err(wrong)? {
        match field.name() {
            Some("language") => language = field.text().await.map_err(wrong)?,
            Some("purpose") => {
                let text = field.text().await.map_err(wrong)?;
                purpose =
                    serde_json::from_value(text.into()).map_err(|error| Problem::bad_request(&error.to_string()))?;
            }
            Some("file") => file = field.bytes().await.map_err(wrong)?.into(),
            _ => {}
        }
    }
    let track = Track::text(&language, purpose).map_err(|why| Problem::invalid("language", &why.to_string()))?;
    Ok((track, file))
}
