//! The source of a title, for its owner and whom they let: as it was uploaded, to its last byte.

use std::io::SeekFrom;
use std::path::Path;

use axum::body::Body;
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;
use futures_util::stream;
use http::header::{
    ACCEPT_RANGES, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, IF_RANGE, RANGE,
};
use http::{HeaderMap, HeaderValue, StatusCode};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tokio::fs::File;
use tokio::io::{AsyncReadExt as _, AsyncSeekExt as _};

use crate::http::App;
use crate::http::caller::signed_in::Viewer;
use crate::http::problem::Problem;
use crate::model::Id;
use crate::store::titles::Title;
use crate::titles::find;

/// Bytes that are read at a time.
const BLOCK: u64 = 256 << 10;

/// The title `id`, for who may download its source.
///
/// # Errors
/// 401 for a stranger, 404 for who may not see it, 403 for who may see it alone.
pub async fn of(app: &App, viewer: &Viewer, id: &Id) -> Result<Title, Problem> {
    let found = find::one(app, viewer, id).await;
    match (found, viewer) {
        (Ok(found), _) if viewer.who().may_download(found.whole.subject()) => Ok(found.whole.title),
        (_, Viewer::Stranger) => Err(Problem::unauthorized("sign in first")),
        (Ok(_), _) => Err(Problem::forbidden("its owner does not offer the file of this title")),
        (Err(problem), _) => Err(problem),
    }
}

/// Answers with the source, or the part of it that is asked for.
///
/// # Errors
/// 404 where it is not there any more.
pub async fn answer(app: &App, title: &Title, asked: &HeaderMap) -> Result<Response, Problem> {
    if title.source.is_empty() {
        return Err(Problem::not_found());
    }
    let opened = File::open(app.ports.ingest.join(&title.source)).await;
    let mut file = match opened {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(Problem::not_found()),
        other => other.map_err(|error| Problem::internal(&error.to_string()))?,
    };
    let length = file.metadata().await.map_err(|error| Problem::internal(&error.to_string()))?.len();
    let etag = (!title.source_hash.is_empty()).then(|| format!("\"{}\"", title.source_hash));
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.extend(HeaderValue::from_str(&disposition(title)).ok().map(|value| (CONTENT_DISPOSITION, value)));
    headers.extend(etag.as_deref().and_then(|etag| HeaderValue::from_str(etag).ok()).map(|value| (ETAG, value)));
    let part = match wanted(asked, etag.as_deref(), length) {
        Wanted::All => None,
        Wanted::Part(first, last) => Some((first, last)),
        Wanted::Nothing => {
            headers
                .extend(HeaderValue::from_str(&format!("bytes */{length}")).ok().map(|value| (CONTENT_RANGE, value)));
            return Ok((StatusCode::RANGE_NOT_SATISFIABLE, headers).into_response());
        }
    };
    let (first, bytes) = part.map_or((0, length), |(first, last)| (first, last - first + 1));
    file.seek(SeekFrom::Start(first)).await.map_err(|error| Problem::internal(&error.to_string()))?;
    headers.insert(CONTENT_LENGTH, bytes.into());
    let status = if let Some((first, last)) = part {
        let range = HeaderValue::from_str(&format!("bytes {first}-{last}/{length}")).ok();
        headers.extend(range.map(|value| (CONTENT_RANGE, value)));
        StatusCode::PARTIAL_CONTENT
    } else {
        StatusCode::OK
    };
    Ok((status, headers, body(file, bytes)).into_response())
}

/// The next `bytes` of a file.
fn body(file: File, bytes: u64) -> Body {
    Body::from_stream(stream::unfold((file, bytes), |(mut file, left)| async move {
        if left == 0 {
            return None;
        }
        let mut block = vec![0; usize::try_from(left.min(BLOCK)).unwrap_or(0)];
        match file.read(&mut block).await {
            // It was replaced by a shorter one: what was promised can't be kept.
            Ok(0) => Some((Err(std::io::ErrorKind::UnexpectedEof.into()), (file, 0))),
            Ok(read) => {
                block.truncate(read);
                Some((Ok(Bytes::from(block)), (file, left.saturating_sub(read as u64))))
            }
            Err(error) => Some((Err(error), (file, 0))),
        }
    }))
}

/// What of a file is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wanted {
    All,
    /// From the first of these bytes to the last.
    Part(u64, u64),
    /// A part that is not there.
    Nothing,
}

/// Reads `Range` and `If-Range` (RFC 9110 §14.2, §13.1.5). Several ranges at once are answered with all, as is allowed.
fn wanted(headers: &HeaderMap, etag: Option<&str>, length: u64) -> Wanted {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    let is_same = text(IF_RANGE).is_none_or(|known| Some(known) == etag);
    let range = text(RANGE).filter(|_| is_same).and_then(|range| range.trim().strip_prefix("bytes="));
    let Some((first, last)) = range.and_then(|range| range.trim().split_once('-')) else { return Wanted::All };
    let number = |text: &str| text.parse::<u64>().ok().filter(|_| text.bytes().all(|byte| byte.is_ascii_digit()));
    match (number(first), number(last)) {
        (Some(first), _) if first >= length && (last.is_empty() || number(last).is_some()) => Wanted::Nothing,
        (Some(first), None) if last.is_empty() => Wanted::Part(first, length - 1),
        (Some(first), Some(last)) if first <= last => Wanted::Part(first, last.min(length - 1)),
        (None, Some(0)) if first.is_empty() => Wanted::Nothing,
        (None, Some(_)) if first.is_empty() && length == 0 => Wanted::Nothing,
        (None, Some(last)) if first.is_empty() => Wanted::Part(length.saturating_sub(last), length - 1),
        _ => Wanted::All,
    }
}

/// A file to be kept, never to be shown, called as the title is (RFC 6266).
fn disposition(title: &Title) -> String {
    let ending = Path::new(&title.source).extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    let name = format!("{}.{ending}", title.words.name);
    format!(
        "attachment; filename=\"original.{ending}\"; filename*=UTF-8''{}",
        utf8_percent_encode(&name, NON_ALPHANUMERIC)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_range_is_understood() {
        for (range, expected) in [
            ("bytes=0-4", Wanted::Part(0, 4)),
            ("bytes=5-", Wanted::Part(5, 9)),
            ("bytes=5-100", Wanted::Part(5, 9)),
            ("bytes=-3", Wanted::Part(7, 9)),
            ("bytes=-30", Wanted::Part(0, 9)),
            ("bytes=10-", Wanted::Nothing),
            ("bytes=-0", Wanted::Nothing),
            ("bytes=4-2", Wanted::All),
            ("bytes=0-1,3-4", Wanted::All),
            ("bytes=x-4", Wanted::All),
            ("bytes=-", Wanted::All),
            ("lines=0-4", Wanted::All),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, range.parse().unwrap());
            assert_eq!(wanted(&headers, Some("\"a\""), 10), expected, "{range}");
            headers.insert(IF_RANGE, "\"b\"".parse().unwrap());
            assert_eq!(wanted(&headers, Some("\"a\""), 10), Wanted::All, "another file: {range}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(RANGE, "bytes=0-".parse().unwrap());
        assert_eq!(wanted(&headers, None, 0), Wanted::Nothing);
    }
}
