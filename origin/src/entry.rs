//! What a URL stands for now: its bytes in each content coding, with the headers that go with them, made once.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use config::tree::Object;
use http::header::{
    ACCEPT_RANGES, CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LAST_MODIFIED, VARY,
};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use tokio::sync::OnceCell;

use crate::cache::Found;
use crate::conditional::{self, Modified};
use crate::encode::Encoding;
use crate::http1::reply::head;
use crate::policy::{Lifetime, Policy};
use crate::reservoir::{self, Reservoir};
use crate::store::Opened;

/// The kinds of object that metrics are labelled by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Multivariant playlist or MPD.
    Manifest,
    /// Media or I-frame playlist.
    Playlist,
    /// Video segment.
    Video,
    /// Audio segment.
    Audio,
    /// WebVTT.
    Text,
    /// Image.
    Image,
    /// JSON.
    Api,
    /// Page, or what it needs.
    Page,
    /// Anything else: health, preflights, what isn't there.
    Other,
}

impl From<Object> for Kind {
    fn from(object: Object) -> Self {
        match object {
            Object::Multivariant | Object::Mpd => Self::Manifest,
            Object::MediaPlaylist => Self::Playlist,
            Object::VideoSegment => Self::Video,
            Object::AudioSegment => Self::Audio,
            Object::Text => Self::Text,
            Object::Image => Self::Image,
            Object::TitleJson => Self::Api,
        }
    }
}

/// What is served under one URL.
#[derive(Debug)]
pub struct Entry {
    /// What it is.
    pub kind: Kind,
    /// How long it may be kept.
    pub lifetime: Lifetime,
    digest: blake3::Hash,
    identity: Representation,
    /// By [`Encoding::MADE`]; `None` where the kind gains nothing by compression. Within, `None` where this content
    /// would not get smaller.
    encoded: Option<Box<[OnceCell<Option<Representation>>; 3]>>,
    /// Whether it is held in another way, too, under the same path.
    refilled: AtomicBool,
}

/// Its bytes in one content coding.
#[derive(Debug)]
pub struct Representation {
    /// The bytes.
    pub source: Source,
    /// How many.
    pub len: u64,
    /// Strong, in quotes.
    pub etag: HeaderValue,
    /// When it changed.
    pub dated: Dated,
    /// The coding.
    pub encoding: Encoding,
    /// What is said of it in any coding.
    about: About,
    headers: OnceLock<HeaderMap>,
    head: OnceLock<Bytes>,
}

/// What headers say of a content, in whatever coding it is.
#[derive(Debug, Clone)]
struct About {
    policy: Arc<Policy>,
    lifetime: Lifetime,
    content_type: HeaderValue,
    cached: bool,
    varies: bool,
    security_policy: Option<&'static str>,
}

/// Where bytes come from.
#[derive(Debug, Clone)]
pub enum Source {
    /// Memory.
    Memory(Bytes),
    /// Pipes, for those to whom the kernel sends from there; and memory, if others asked for it, too.
    Kept(Arc<Reservoir>, Option<Bytes>),
    /// A file that is not in memory: too large to keep, or asked for once.
    File(Arc<Opened>),
}

/// When something changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dated {
    /// It never changes under its URL; this is its date.
    Fixed(Modified),
    /// It may be replaced; its state dates from then, nanoseconds since 1970.
    Replaced(u128),
    /// It has no date.
    Never,
}

impl Dated {
    /// The date that may be told `now` (nanoseconds since 1970).
    #[must_use]
    pub fn told(self, now: impl FnOnce() -> u128) -> Option<Modified> {
        match self {
            Self::Fixed(modified) => Some(modified),
            Self::Replaced(changed) => conditional::modified(changed, now()),
            Self::Never => None,
        }
    }
}

/// What an [`Entry`] is made from.
#[derive(Debug)]
pub struct Parts<'a> {
    /// What it is.
    pub kind: Kind,
    /// How long it may be kept.
    pub lifetime: Lifetime,
    /// Its media type.
    pub content_type: &'a HeaderValue,
    /// Its bytes.
    pub source: Source,
    /// How many.
    pub len: u64,
    /// BLAKE3 of its bytes.
    pub digest: blake3::Hash,
    /// When it changed.
    pub dated: Dated,
    /// Whether the cache keeps it: its headers then say that it was in memory, since most answers find it there.
    pub cached: bool,
    /// `Content-Security-Policy`, of pages.
    pub security_policy: Option<&'static str>,
}

impl Entry {
    /// One of `parts`, with the headers that `policy` calls for.
    #[must_use]
    pub fn new(parts: Parts<'_>, policy: &Arc<Policy>) -> Self {
        // Media and images are compressed already, and what doesn't fit into memory is none of the small texts.
        let text = matches!(parts.kind, Kind::Manifest | Kind::Playlist | Kind::Text | Kind::Api | Kind::Page);
        let compressible = text && matches!(parts.source, Source::Memory(_));
        let about = About {
            policy: policy.clone(),
            lifetime: parts.lifetime,
            content_type: parts.content_type.clone(),
            cached: parts.cached,
            varies: compressible,
            security_policy: parts.security_policy,
        };
        let digest = parts.digest;
        Self {
            kind: parts.kind,
            lifetime: parts.lifetime,
            digest,
            identity: Representation::new(parts.source, parts.len, &digest, parts.dated, about, Encoding::Identity),
            encoded: compressible.then(Default::default),
            refilled: AtomicBool::new(false),
        }
    }

    /// Whether it is this content, of this date.
    #[must_use]
    pub fn is(&self, digest: &blake3::Hash, dated: Dated) -> bool {
        self.digest == *digest && self.identity.dated == dated
    }

    /// Whether what is sent depends on `Accept-Encoding`.
    #[must_use]
    pub fn varies(&self) -> bool {
        self.encoded.is_some()
    }

    /// Its bytes in `encoding`, made if nobody asked for it before; else as they are.
    pub async fn representation(&self, encoding: Encoding) -> &Representation {
        let (Some(cell), Source::Memory(content)) = (self.cell(encoding), &self.identity.source) else {
            return &self.identity;
        };
        let made = cell.get_or_init(|| async {
            let content = content.clone();
            let encoded = tokio::task::spawn_blocking(move || smaller(&content, encoding)).await;
            encoded.ok().flatten().map(|bytes| self.identity.encoded_as(encoding, bytes))
        });
        made.await.as_ref().unwrap_or(&self.identity)
    }

    /// The same, unless it has to be made first.
    pub fn made(&self, encoding: Encoding) -> Option<&Representation> {
        match self.cell(encoding) {
            Some(cell) => cell.get().map(|made| made.as_ref().unwrap_or(&self.identity)),
            None => Some(&self.identity),
        }
    }

    fn cell(&self, encoding: Encoding) -> Option<&OnceCell<Option<Representation>>> {
        let slot = Encoding::MADE.iter().position(|made| *made == encoding)?;
        self.encoded.as_ref()?.get(slot)
    }

    /// Its bytes as they lie on disk.
    #[must_use]
    pub fn plain(&self) -> &Representation {
        &self.identity
    }

    /// Whether it would cost less to send if it were held in another way, too, and can be: `piped`, or in memory.
    #[must_use]
    pub fn lacks(&self, piped: bool) -> bool {
        match &self.identity.source {
            Source::Memory(_) => piped && !self.varies() && reservoir::may_be(self.identity.len),
            Source::Kept(_, None) => !piped,
            Source::Kept(_, Some(_)) | Source::File(_) => false,
        }
    }

    /// Whether it is in memory alone.
    #[must_use]
    pub fn lacks_pipes(&self) -> bool {
        matches!(self.identity.source, Source::Memory(_))
    }

    /// Whether nobody else sees to that yet.
    #[must_use]
    pub fn begin_refill(&self) -> bool {
        !self.refilled.swap(true, Ordering::Relaxed)
    }

    /// Notes that it could not be done.
    pub fn fail_refill(&self) {
        self.refilled.store(false, Ordering::Relaxed);
    }

    /// The same, from another source of the same bytes.
    #[must_use]
    pub fn from_other(&self, source: Source) -> Self {
        let Representation { len, dated, encoding, .. } = self.identity;
        let Representation { etag, about, headers, head, .. } = &self.identity;
        let (etag, about, headers, head) = (etag.clone(), about.clone(), headers.clone(), head.clone());
        Self {
            kind: self.kind,
            lifetime: self.lifetime,
            digest: self.digest,
            identity: Representation { source, len, etag, dated, encoding, about, headers, head },
            encoded: None,
            refilled: AtomicBool::new(false),
        }
    }

    /// Whether it needs no file.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        !matches!(self.identity.source, Source::File(_))
    }

    /// Whether whoever shares it has its file read from the disk anew.
    #[must_use]
    pub fn is_for_one(&self) -> bool {
        matches!(&self.identity.source, Source::File(file) if file.direct)
    }

    /// An upper bound of the memory that it holds, bytes: a coding is kept only if smaller than the content.
    #[must_use]
    pub fn weight(&self) -> u64 {
        const HEADERS: u64 = 3072;
        let copies = if self.varies() { 1 + Encoding::MADE.len() as u64 } else { 1 };
        let bytes = match &self.identity.source {
            Source::Memory(_) => self.identity.len,
            Source::Kept(reservoir, None) => reservoir.weight(),
            Source::Kept(reservoir, Some(_)) => reservoir.weight() + self.identity.len,
            Source::File(_) => 0,
        };
        copies * (bytes + HEADERS)
    }
}

fn smaller(content: &[u8], encoding: Encoding) -> Option<Bytes> {
    let encoded = encoding.encode(content).ok()?;
    (encoded.len() < content.len()).then(|| Bytes::from(encoded.into_boxed_slice()))
}

impl Representation {
    fn new(source: Source, len: u64, digest: &blake3::Hash, dated: Dated, about: About, encoding: Encoding) -> Self {
        let hex = digest.to_hex();
        // 128 bits: no two contents share them.
        let etag = format!("\"{}{}\"", hex.get(..32).unwrap_or_default(), encoding.tag_suffix());
        let etag = HeaderValue::try_from(etag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self { source, len, etag, dated, encoding, about, headers: OnceLock::new(), head: OnceLock::new() }
    }

    /// All headers of a 200 but those that depend on the request or the hour, as for what is in memory; kept.
    pub fn headers(&self) -> &HeaderMap {
        self.headers.get_or_init(|| self.headers_of(Some(Found::Hot)))
    }

    /// The same for what was `found` somewhere, made for one alone: most of a library is asked for once.
    #[must_use]
    pub fn headers_of(&self, found: Option<Found>) -> HeaderMap {
        let mut headers = self.about.policy.headers(self.about.lifetime).clone();
        headers.extend(self.fields(found));
        headers
    }

    /// The head of an HTTP/1.1 answer with these headers, but for its tail; kept as they are.
    pub fn head(&self) -> &Bytes {
        self.head.get_or_init(|| self.head_of(Some(Found::Hot)))
    }

    /// The same for what was `found` somewhere.
    #[must_use]
    pub fn head_of(&self, found: Option<Found>) -> Bytes {
        head(StatusCode::OK, self.about.policy.headers(self.about.lifetime), self.fields(found))
    }

    /// What is said of it besides what the policy says of all of its lifetime.
    fn fields(&self, found: Option<Found>) -> impl Iterator<Item = (HeaderName, HeaderValue)> {
        let About { content_type, cached, varies, security_policy, .. } = &self.about;
        let date = match self.dated {
            Dated::Fixed(modified) => conditional::http_date(modified),
            Dated::Replaced(_) | Dated::Never => None,
        };
        let [cache_status, timing] = match found.filter(|_| *cached) {
            Some(found) => found.told().map(Some),
            None => [None, None],
        };
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

    /// Its media type.
    #[must_use]
    pub fn content_type(&self) -> &HeaderValue {
        &self.about.content_type
    }

    /// The same content in another coding. Its tag comes from the encoded bytes, so that two versions of an encoder,
    /// which may give different bytes for the same content, never share a strong tag.
    fn encoded_as(&self, encoding: Encoding, bytes: Bytes) -> Self {
        let digest = blake3::hash(&bytes);
        let len = bytes.len() as u64;
        Self::new(Source::Memory(bytes), len, &digest, self.dated, self.about.clone(), encoding)
    }
}
