//! What a URL stands for now: its bytes in each content coding, with the headers that go with them.

mod representation;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use config::tree::Object;
use http::HeaderValue;
use tokio::sync::OnceCell;

use crate::conditional::{self, Modified};
use crate::encode::Encoding;
use crate::policy::{Lifetime, Policy};
use crate::reservoir::{self, Reservoir};
use crate::store::Opened;
use representation::About;
pub use representation::Representation;

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
    /// Whether it is the cache's: its headers then say where it was found.
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
        Self {
            kind: self.kind,
            lifetime: self.lifetime,
            digest: self.digest,
            identity: self.identity.with_source(source),
            encoded: None,
            refilled: AtomicBool::new(false),
        }
    }

    /// Whether it needs no file.
    #[must_use]
    pub fn is_in_memory(&self) -> bool {
        !matches!(self.identity.source, Source::File(_))
    }

    /// Whether it was fetched for whoever asked first alone, and others would have its file read anew: who asked first has
    /// its first block, or did not take the `whole` of it as the others do.
    #[must_use]
    pub fn is_for_one(&self, whole: bool) -> bool {
        matches!(&self.identity.source, Source::File(file) if file.by_block || whole && !file.begun)
    }

    /// An upper bound of the memory that it holds, bytes: a coding is kept only if smaller than the content.
    #[must_use]
    pub fn weight(&self) -> u64 {
        const HEADERS: u64 = 4096;
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
