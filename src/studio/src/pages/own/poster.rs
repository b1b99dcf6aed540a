//! `/titles/{title}/poster`: a frame of a title, or a picture of one's own, as its poster.

use axum::extract::multipart::{Multipart, MultipartError};
use axum::extract::{DefaultBodyLimit, State};
use serde::Deserialize;

use super::edit::answer;
use super::original::Original;
use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::http::path::At;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::pages::Page;
use crate::pages::form::Form;
use crate::pages::frame::Frame;
use crate::titles::poster;
use crate::titles::progress::states;
use crate::titles::shown::Shown;

/// Bytes of a form beside its picture.
const FORM: usize = 64 << 10;

/// What a poster is chosen from.
#[derive(Debug)]
pub(in crate::pages) struct Poster {
    /// The poster that it has.
    pub(in crate::pages) now: Option<String>,
    /// The HLS playlist, where there are frames to choose from.
    pub(in crate::pages) hls: Option<String>,
    /// When these paths end (RFC 3339).
    pub(in crate::pages) expires: Option<String>,
    pub(in crate::pages) seconds: Option<f64>,
    /// False where the operator's folder has it.
    pub(in crate::pages) is_own: bool,
}

/// The time of a frame, as people write it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(in crate::pages) struct Moment {
    at: String,
}

impl Poster {
    pub(super) fn of(title: &Shown, file: &Original) -> Self {
        let playback = title.playback.as_ref();
        Self {
            now: playback.and_then(|playback| playback.poster.clone()),
            hls: playback.map(|playback| playback.hls.clone()),
            expires: playback.and_then(|playback| playback.expires).map(|time| time.to_string()),
            seconds: title.duration,
            is_own: file.is_own,
        }
    }
}

/// The bound of a picture's form.
pub(in crate::pages) fn limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(poster::MOST + FORM)
}

/// `POST /titles/{title}/poster`: a picture of one's own.
pub(in crate::pages) async fn send(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    At(id): At<Id>,
    form: Multipart,
) -> Page {
    let title = states::own(&app, &signed_in, &id).await?;
    let set = match picture(form).await {
        Ok(picture) => poster::set(&app, &title, picture).await,
        Err(problem) => Err(problem),
    };
    answer(&app, page, &signed_in, &id, set, "poster.set#poster").await
}

/// `POST /titles/{title}/poster/frame`.
pub(in crate::pages) async fn choose(
    State(app): State<App>,
    page: Frame,
    signed_in: SignedIn,
    At(id): At<Id>,
    Form(moment): Form<Moment>,
) -> Page {
    let title = states::own(&app, &signed_in, &id).await?;
    let set = match seconds(&moment.at) {
        Some(seconds) => poster::choose(&app, &title, seconds).await,
        None => Err(Problem::invalid("at", page.t("poster.wrong_time"))),
    };
    answer(&app, page, &signed_in, &id, set, "poster.set#poster").await
}

/// `POST /titles/{title}/poster/clear`.
pub(in crate::pages) async fn clear(State(app): State<App>, page: Frame, signed_in: SignedIn, At(id): At<Id>) -> Page {
    let title = states::own(&app, &signed_in, &id).await?;
    let cleared = poster::clear(&app, &title).await;
    answer(&app, page, &signed_in, &id, cleared, "poster.cleared#poster").await
}

/// The bytes of the field `picture`.
async fn picture(mut form: Multipart) -> Result<Vec<u8>, Problem> {
    let wrong = |error: MultipartError| match error.status() {
        http::StatusCode::PAYLOAD_TOO_LARGE => Problem::invalid("picture", "a poster has at most 10 MiB"),
        _ => Problem::bad_request(&error.body_text()),
    };
    while let Some(field) = form.next_field().await.map_err(wrong)? {
        if field.name() == Some("picture") {
            return Ok(field.bytes().await.map_err(wrong)?.into());
        }
    }
    Err(Problem::invalid("picture", "choose a picture"))
}

/// Seconds of a time as people write it: `12.5`, `1:05` or `1:02:09`.
fn seconds(text: &str) -> Option<f64> {
    let text = text.trim().replace(',', ".");
    let parts: Vec<&str> = text.split(':').collect();
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit() || c == '.');
    if parts.len() > 3 || !parts.iter().all(|part| is_number(part)) {
        return None;
    }
    parts.iter().try_fold(0.0, |sum, part| Some(sum * 60.0 + part.parse::<f64>().ok()?))
}

#[cfg(test)]
mod tests {
    use super::seconds;

    #[test]
    fn times_are_read_as_people_write_them() {
        for (text, expected) in [
            ("12.5", Some(12.5)),
            (" 0:07 ", Some(7.0)),
            ("1:02:09", Some(3729.0)),
            ("12,5", Some(12.5)),
            ("", None),
            ("1:", None),
            ("-1", None),
            ("1e3", None),
            ("1:2:3:4", None),
            ("1.2.3", None),
        ] {
            assert_eq!(seconds(text), expected, "{text}");
        }
    }
}
