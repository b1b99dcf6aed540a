//! Resources over HTTP, and the rules on how they are delivered.

use std::io::Read;
use std::sync::Mutex;
use std::time::Duration;

use ureq::http::{HeaderMap, Response, header};
use ureq::{Agent, Body};
use url::Url;

use super::fetch::{FetchError, Input, Resource, Store};
use super::report::{Findings, Place};
use super::rules::delivery as rules;

/// Redirects that are followed.
const MAX_REDIRECTS: u32 = 5;
const CONNECT: Duration = Duration::from_secs(10);
/// For one whole response.
const RESPONSE: Duration = Duration::from_secs(60);

/// HTTP and HTTPS, never another scheme.
pub(super) struct Http {
    agent: Agent,
    findings: Mutex<Findings>,
}

impl Http {
    pub(super) fn new() -> Self {
        let config = Agent::config_builder()
            .max_redirects(0)
            .max_redirects_will_error(false)
            .http_status_as_error(false)
            .timeout_connect(Some(CONNECT))
            .timeout_global(Some(RESPONSE))
            .user_agent(concat!("pack-check/", env!("CARGO_PKG_VERSION")));
        Self { agent: Agent::new_with_config(config.build()), findings: Mutex::default() }
    }

    /// What was found on the way.
    pub(super) fn into_findings(self) -> Findings {
        self.findings.into_inner().unwrap_or_default()
    }

    fn add(&self, rule: &'static super::rule::Rule, url: &Url, message: String) {
        if let Ok(mut findings) = self.findings.lock() {
            findings.add(rule, Place::file(url.as_str()), message);
        }
    }

    /// Follows redirects by hand: each hop's scheme is looked at before it is asked.
    fn get(&self, resource: &Resource) -> Result<Response<Body>, FetchError> {
        let mut url = resource.url.clone();
        for hop in 0..=MAX_REDIRECTS {
            if !matches!(url.scheme(), "http" | "https") {
                return Err(FetchError::Scheme(url.scheme().to_owned()));
            }
            let mut request = self.agent.get(url.as_str());
            if let Some(range) = resource.range {
                let last = range.start.saturating_add(range.length.saturating_sub(1));
                request = request.header(header::RANGE, format!("bytes={}-{last}", range.start));
            }
            let response = request.call().map_err(|e| FetchError::Io(e.to_string()))?;
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

    fn judge(&self, url: &Url, headers: &HeaderMap) {
        let content_type = text(headers, header::CONTENT_TYPE).unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        let expected = expected_types(url);
        if !expected.is_empty() && !expected.contains(&essence.as_str()) {
            let text = format!("Content-Type is '{content_type}', expected {}", expected.join(" or "));
            self.add(&rules::CONTENT_TYPE, url, text);
        }
        let manifest = [".m3u8", ".mpd"].iter().any(|e| url.path().ends_with(e));
        // ureq takes Content-Encoding and Content-Length away where it decompresses: a length means plain text.
        if manifest && text(headers, header::CONTENT_LENGTH).is_some() {
            self.add(&rules::GZIP, url, "is sent as plain text, gzip was offered".into());
        }
        if text(headers, header::ACCESS_CONTROL_ALLOW_ORIGIN).is_none() {
            self.add(&rules::CORS, url, "has no Access-Control-Allow-Origin".into());
        }
        if text(headers, header::CACHE_CONTROL).is_none() {
            self.add(&rules::CACHE, url, "has no Cache-Control".into());
        }
    }
}

impl Store for Http {
    fn open(&self, resource: &Resource) -> Result<Input, FetchError> {
        let response = self.get(resource)?;
        let status = response.status().as_u16();
        match (status, resource.range) {
            (200 | 206, _) => {}
            (404 | 410, _) => return Err(FetchError::Missing(format!("status {status}"))),
            _ => return Err(FetchError::Status(status)),
        }
        self.judge(&resource.url, response.headers());
        let length = text(response.headers(), header::CONTENT_LENGTH);
        let mut length: Option<u64> = length.and_then(|l| l.parse().ok());
        let mut reader: Box<dyn Read + Send> = Box::new(response.into_body().into_reader());
        if let Some(range) = resource.range {
            if status == 200 {
                self.add(&rules::RANGE, &resource.url, "a range was asked for, the whole was sent".into());
                std::io::copy(&mut reader.by_ref().take(range.start), &mut std::io::sink())?;
                reader = Box::new(reader.take(range.length));
            } else if length.is_some_and(|l| l != range.length) {
                let got = length.unwrap_or(0);
                self.add(
                    &rules::RANGE,
                    &resource.url,
                    format!("{} bytes were asked for, {got} are sent", range.length),
                );
            }
            length = Some(range.length);
        }
        Ok(Input::stream(reader, resource.start(), length))
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
