//! Resources over HTTP, and the rules on how they are delivered.

use std::collections::HashMap;
use std::io::{self, Read};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::read::MultiGzDecoder;
use ureq::http::{HeaderMap, Response, header};
use ureq::{Agent, Body};
use url::Url;

use crate::fetch::{FetchError, Input, MAX_MANIFEST, MAX_STREAMED, Resource, Store};
use crate::report::rules::delivery as rules;
use crate::report::{Findings, Place};

/// Redirects that are followed.
const MAX_REDIRECTS: u32 = 5;
const CONNECT: Duration = Duration::from_secs(10);
/// The longest wait for the next byte.
const STALL: Duration = Duration::from_secs(15);
/// After so many time-outs with no whole response in between, a server is asked no more: a presentation may name
/// hundreds of thousands of files.
const MAX_TIMEOUTS: u32 = 8;

/// HTTP and HTTPS, never another scheme.
pub(crate) struct Http {
    agent: Agent,
    findings: Mutex<Findings>,
    /// Time-outs since a response was whole.
    timeouts: Arc<AtomicU32>,
    /// Of each playlist and MPD: seconds for which caches may keep it.
    ages: Mutex<HashMap<Url, u64>>,
}

/// Kinds of resource.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A playlist or MPD: text, which may come compressed.
    Manifest,
    Media,
}

impl Http {
    /// `timeout` is the longest that one response may take.
    pub(crate) fn new(timeout: Duration) -> Self {
        let config = Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT.min(timeout)))
            .timeout_global(Some(timeout))
            .timeout_per_read(Some(STALL.min(timeout)))
            .user_agent(concat!("pack-check/", env!("CARGO_PKG_VERSION")));
        Self {
            agent: Agent::new_with_config(config.build()),
            findings: Mutex::default(),
            timeouts: Arc::default(),
            ages: Mutex::default(),
        }
    }

    /// Findings about the responses.
    pub(crate) fn into_findings(self) -> Findings {
        self.findings.into_inner().unwrap_or_default()
    }

    fn add(&self, rule: &'static crate::report::rule::Rule, url: &Url, message: String) {
        if let Ok(mut findings) = self.findings.lock() {
            findings.add(rule, Place::file(url.as_str()), message);
        }
    }

    /// Follows redirects by hand: each hop's scheme is looked at before it is asked.
    fn get(&self, resource: &Resource, kind: Kind) -> Result<Response<Body>, FetchError> {
        let mut url = resource.url.clone();
        for hop in 0..=MAX_REDIRECTS {
            if !matches!(url.scheme(), "http" | "https") {
                return Err(FetchError::Scheme(url.scheme().to_owned()));
            }
            let response = self.request(&url, resource, kind)?;
            let location = text(response.headers(), header::LOCATION).filter(|_| response.status().is_redirection());
            let Some(location) = location else { return Ok(response) };
            if hop == 0 {
                self.add(&rules::REDIRECT, &resource.url, format!("status {} to {location}", response.status()));
            }
            url = url
                .join(&location)
                .map_err(|_| FetchError::Io(format!("redirects to '{location}', which is no URL")))?;
        }
        Err(FetchError::Io(format!("redirects more than {MAX_REDIRECTS} times")))
    }

    fn request(&self, url: &Url, resource: &Resource, kind: Kind) -> Result<Response<Body>, FetchError> {
        if self.timeouts.load(Ordering::Relaxed) >= MAX_TIMEOUTS {
            return Err(FetchError::GaveUp(MAX_TIMEOUTS));
        }
        let mut request = self.agent.get(url.as_str());
        if kind == Kind::Manifest {
            request = request.header(header::ACCEPT_ENCODING, "gzip");
        }
        if let Some(range) = resource.range {
            let last = range.start.saturating_add(range.length.saturating_sub(1));
            request = request.header(header::RANGE, format!("bytes={}-{last}", range.start));
        }
        request.call().map_err(|error| {
            if matches!(error, ureq::Error::Timeout(_)) {
                self.timeouts.fetch_add(1, Ordering::Relaxed);
            }
            FetchError::Io(error.to_string())
        })
    }

    fn fetch(&self, resource: &Resource, kind: Kind) -> Result<Input, FetchError> {
        let response = self.get(resource, kind)?;
        let status = response.status().as_u16();
        match (status, resource.range) {
            (200, _) | (206, Some(_)) => {}
            (404 | 410, _) => return Err(FetchError::Missing(format!("status {status}"))),
            (416, Some(_)) => {
                self.add(&rules::RANGE, &resource.url, "a range that a manifest names is refused with 416".into());
                return Err(FetchError::Status(status));
            }
            _ => return Err(FetchError::Status(status)),
        }
        self.judge(&resource.url, response.headers(), kind);
        let headers = response.headers();
        let length = text(headers, header::CONTENT_LENGTH).and_then(|l| l.parse().ok());
        let content_range = text(headers, header::CONTENT_RANGE);
        let encoding = text(headers, header::CONTENT_ENCODING).filter(|e| e != "identity");
        let (body, timeouts) = (response.into_body().into_reader(), Arc::clone(&self.timeouts));
        let body = Watched { body, left: length, timeouts };
        let (reader, length): (Box<dyn Read + Send>, Option<u64>) = match encoding.as_deref() {
            None => (Box::new(body), length),
            // The decoded length is unknown: the readers' limits stop decompression bombs.
            Some("gzip" | "x-gzip") => (Box::new(MultiGzDecoder::new(body)), None),
            Some(other) => return Err(FetchError::Io(format!("is sent in '{other}', which was not asked for"))),
        };
        if let Some(range) = resource.range {
            return self.ranged(resource, range, (status, content_range, length), reader);
        }
        if length.is_some_and(|l| l > MAX_STREAMED) {
            return Err(FetchError::TooLarge(MAX_STREAMED));
        }
        Ok(Input::stream(reader, 0, length))
    }

    /// The bytes of `range` out of the response to a request for it.
    fn ranged(
        &self,
        resource: &Resource,
        range: crate::fetch::ByteRange,
        (status, content_range, length): (u16, Option<String>, Option<u64>),
        mut reader: Box<dyn Read + Send>,
    ) -> Result<Input, FetchError> {
        if status == 200 {
            self.add(&rules::RANGE, &resource.url, "a range was asked for, the whole was sent".into());
            if range.start > MAX_STREAMED {
                return Err(FetchError::TooLarge(MAX_STREAMED));
            }
            io::copy(&mut reader.by_ref().take(range.start), &mut io::sink())?;
            reader = Box::new(reader.take(range.length));
        } else {
            let last = range.start.saturating_add(range.length.saturating_sub(1));
            let expected = format!("bytes {}-{last}/", range.start);
            if !content_range.as_deref().is_some_and(|found| found.starts_with(&expected)) {
                let found = content_range.as_deref().unwrap_or("none");
                let text = format!("bytes {}-{last} were asked for, Content-Range is '{found}'", range.start);
                self.add(&rules::RANGE, &resource.url, text);
            }
            if let Some(sent) = length.filter(|&l| l != range.length) {
                let text = format!("{} bytes were asked for, {sent} are sent", range.length);
                self.add(&rules::RANGE, &resource.url, text);
            }
        }
        Ok(Input::stream(reader, range.start, Some(range.length)))
    }

    fn judge(&self, url: &Url, headers: &HeaderMap, kind: Kind) {
        let content_type = text(headers, header::CONTENT_TYPE).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let expected = expected_types(url);
        if !expected.is_empty() && !expected.contains(&essence.as_str()) {
            let text = format!("Content-Type is '{content_type}', expected {}", expected.join(" or "));
            self.add(&rules::CONTENT_TYPE, url, text);
        }
        let playlist = kind == Kind::Manifest && !url.path().ends_with(".mpd");
        if playlist && text(headers, header::CONTENT_ENCODING).is_none() {
            self.add(&rules::GZIP, url, "is sent as plain text, gzip was offered".into());
        }
        if text(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none() {
            self.add(&rules::CORS, url, "has no Access-Control-Allow-Origin".into());
        }
        let Some(cache) = text(headers, header::CACHE_CONTROL) else {
            self.add(&rules::CACHE, url, "has no Cache-Control".into());
            return;
        };
        if let (Kind::Manifest, Ok(mut ages)) = (kind, self.ages.lock()) {
            ages.insert(url.clone(), longest_age(&cache));
        }
    }
}

/// Seconds for which some cache may keep a response with the Cache-Control `cache` (RFC 9111 §5.2.2).
fn longest_age(cache: &str) -> u64 {
    let directives = || cache.split(',').map(|d| d.trim().to_ascii_lowercase());
    if directives().any(|d| d == "no-store" || d == "no-cache") {
        return 0;
    }
    let age = |d: String| d.strip_prefix("max-age=").or(d.strip_prefix("s-maxage="))?.parse().ok();
    directives().filter_map(age).max().unwrap_or(0)
}

impl Store for Http {
    fn may_be_old(&self, url: &Url) -> Option<u64> {
        self.ages.lock().ok()?.get(url).copied()
    }

    fn open(&self, resource: &Resource) -> Result<Input, FetchError> {
        self.fetch(resource, Kind::Media)
    }

    fn manifest(&self, url: &Url) -> Result<Vec<u8>, FetchError> {
        self.fetch(&Resource::whole(url.clone()), Kind::Manifest)?.read_all(MAX_MANIFEST)
    }
}

/// A body whose time-outs are counted.
struct Watched {
    body: ureq::BodyReader<'static>,
    /// Bytes that are to come, where that is known.
    left: Option<u64>,
    timeouts: Arc<AtomicU32>,
}

impl Read for Watched {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let got = self.body.read(buffer);
        match &got {
            Ok(0) if !buffer.is_empty() => self.timeouts.store(0, Ordering::Relaxed),
            Ok(count) => {
                self.left = self.left.map(|left| left.saturating_sub(*count as u64));
                if self.left == Some(0) {
                    self.timeouts.store(0, Ordering::Relaxed);
                }
            }
            Err(error) => {
                let inner = error.get_ref().and_then(|e| e.downcast_ref());
                if matches!(inner, Some(ureq::Error::Timeout(_))) {
                    self.timeouts.fetch_add(1, Ordering::Relaxed);
                }
            }
        }
        got
    }
}

fn text(headers: &HeaderMap, name: header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}

/// The types that what is at `url` may have, by its extension; none where that tells nothing.
fn expected_types(url: &Url) -> &'static [&'static str] {
    match url.path().rsplit_once('.').map(|(_, extension)| extension) {
        Some("m3u8") => &["application/vnd.apple.mpegurl", "audio/mpegurl", "application/x-mpegurl"],
        Some("mpd") => &["application/dash+xml"],
        Some("m4s" | "mp4" | "cmfv" | "cmfa" | "m4v" | "m4a") => {
            &["video/mp4", "audio/mp4", "application/mp4", "video/iso.segment", "audio/iso.segment"]
        }
        Some("ts") => &["video/mp2t"],
        Some("vtt" | "webvtt") => &["text/vtt"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::longest_age;

    #[test]
    fn the_longest_age_counts() {
        for (cache, expected) in [
            ("max-age=60", 60),
            ("public, Max-Age=2, s-maxage=30", 30),
            ("no-cache, max-age=60", 0),
            ("no-store", 0),
            ("public", 0),
            ("max-age=ever", 0),
        ] {
            assert_eq!(longest_age(cache), expected, "{cache}");
        }
    }
}
