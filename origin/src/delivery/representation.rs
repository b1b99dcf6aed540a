//! An object in one content coding, and its headers.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LAST_MODIFIED, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use super::source::Source;
use crate::http::cache_status::Found;
use crate::http::content::dated::{self, Dated};
use crate::http::content::negotiate::Encoding;
use crate::http::head::head;
use crate::http::lifetime::Lifetime;
use crate::http::policy::Policy;

/// Its bytes in one content coding.
#[derive(Debug)]
pub(crate) struct Representation {
    /// The bytes.
    pub source: Source,
    /// Number of bytes.
    pub len: u64,
    /// Strong, in quotes.
    pub etag: HeaderValue,
    /// When it changed.
    pub dated: Dated,
    /// The coding.
    pub encoding: Encoding,
    about: About,
    headers: OnceLock<HeaderMap>,
    head: OnceLock<Bytes>,
}

/// The facts of a content that its headers say in every coding.
#[derive(Debug, Clone)]
pub(super) struct About {
    pub(super) policy: Arc<Policy>,
    pub(super) lifetime: Lifetime,
    pub(super) content_type: HeaderValue,
    /// True if its headers say where it was found.
    pub(super) cached: bool,
    /// True if it is there in several codings.
    pub(super) varies: bool,
    pub(super) security_policy: Option<&'static str>,
}

impl Representation {
    pub(super) fn new(
        source: Source,
        len: u64,
        digest: &blake3::Hash,
        dated: Dated,
        about: About,
        encoding: Encoding,
    ) -> Self {
        let hex = digest.to_hex();
        // 128 bits: no two contents share them.
        let etag = format!("\"{}{}\"", hex.get(..32).unwrap_or_default(), encoding.tag_suffix());
        let etag = HeaderValue::try_from(etag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self { source, len, etag, dated, encoding, about, headers: OnceLock::new(), head: OnceLock::new() }
    }

    /// All headers of a 200 but those that depend on the request or the time, for an object found in memory. Made at the
    /// first request, and kept.
    pub(crate) fn headers(&self) -> &HeaderMap {
        self.headers.get_or_init(|| self.headers_of(Found::Hot))
    }

    /// Its headers where it was `found` elsewhere, made anew at each call.
    #[must_use]
    pub(crate) fn headers_of(&self, found: Found) -> HeaderMap {
        let mut headers = self.about.policy.headers(self.about.lifetime).clone();
        headers.extend(self.fields(found));
        headers
    }

    /// The head of an HTTP/1.1 answer with these headers, but for its tail; kept as they are.
    pub(crate) fn head(&self) -> &Bytes {
        self.head.get_or_init(|| self.head_of(Found::Hot))
    }

    /// Its head where it was `found` elsewhere, made anew at each call.
    #[must_use]
    pub(crate) fn head_of(&self, found: Found) -> Bytes {
        head(StatusCode::OK, self.about.policy.headers(self.about.lifetime), self.fields(found))
    }

    /// The fields of its own, beside those that the policy has for all of its lifetime.
    fn fields(&self, found: Found) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let About { content_type, cached, varies, security_policy, .. } = &self.about;
        let date = match self.dated {
            Dated::Fixed(modified) => dated::http_date(modified),
            Dated::Replaced(_) | Dated::Never => None,
        };
        let [cache_status, timing] = if *cached { found.fields().map(Some) } else { [None, None] };
        let fields = [
            Some((CONTENT_TYPE, content_type.clone())),
            Some((ACCEPT_RANGES, HeaderValue::from_static("bytes"))),
            security_policy.map(|text| (CONTENT_SECURITY_POLICY, HeaderValue::from_static(text))),
            cache_status,
            timing,
            varies.then_some((VARY, HeaderValue::from_static("Accept-Encoding"))),
            date.map(|date| (LAST_MODIFIED, date)),
            Some((ETAG, self.etag.clone())),
            Some((CONTENT_LENGTH, HeaderValue::from(self.len))),
            self.encoding.name().map(|name| (CONTENT_ENCODING, name)),
        ];
        fields.into_iter().flatten()
    }

    /// This representation with its bytes in another source.
    pub(super) fn with_source(&self, source: Source) -> Self {
        let Self { len, dated, encoding, .. } = *self;
        let (etag, about, headers, head) =
            (self.etag.clone(), self.about.clone(), self.headers.clone(), self.head.clone());
        Self { source, len, etag, dated, encoding, about, headers, head }
    }

    /// Its media type.
    #[must_use]
    pub(crate) fn content_type(&self) -> &HeaderValue {
        &self.about.content_type
    }

    /// Its content in another coding. The ETag comes from the encoded bytes, so that two versions of an encoder,
    /// which may give different bytes for the same content, never share a strong tag.
    pub(super) fn encoded_as(&self, encoding: Encoding, bytes: Bytes) -> Self {
        let digest = blake3::hash(&bytes);
        let len = bytes.len() as u64;
        Self::new(Source::Memory(bytes), len, &digest, self.dated, self.about.clone(), encoding)
    }
}
