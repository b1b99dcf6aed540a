//! The object under a URL now: its bytes in each content coding, with the headers that go with them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use http::HeaderValue;
use tokio::sync::OnceCell;

use super::budget::Budget;
use super::compress::compress;
use super::pool::Turns;
use super::representation::{About, Representation};
use super::source::Source;
use crate::http::content::dated::Dated;
use crate::http::content::negotiate::Encoding;
use crate::http::kind::Kind;
use crate::http::lifetime::Lifetime;
use crate::http::policy::Policy;

/// The object under one URL.
#[derive(Debug)]
pub(crate) struct Entry {
    pub kind: Kind,
    digest: blake3::Hash,
    identity: Representation,
    /// In the order of [`Encoding::MADE`]; `None` where the kind gains nothing by compression. Within, `None` where
    /// this content would not get smaller.
    encoded: Option<Box<[OnceCell<Option<Representation>>; 3]>>,
    /// True while somebody reads its file into memory, and once that is done.
    promoted: AtomicBool,
}

/// The parts of an [`Entry`].
#[derive(Debug)]
pub(crate) struct Parts<'a> {
    pub kind: Kind,
    /// The time that caches may keep it.
    pub lifetime: Lifetime,
    /// Its media type.
    pub content_type: &'a HeaderValue,
    /// Its bytes.
    pub source: Source,
    /// Number of bytes.
    pub len: u64,
    /// BLAKE3 of its bytes.
    pub digest: blake3::Hash,
    /// When it changed.
    pub dated: Dated,
    /// True if it is the cache's: its headers then say where it was found.
    pub cached: bool,
    /// `Content-Security-Policy`, of pages.
    pub security_policy: Option<&'static str>,
}

impl Entry {
    /// An entry of `parts`, with the headers that `policy` calls for.
    #[must_use]
    pub(crate) fn new(parts: Parts<'_>, policy: &Arc<Policy>) -> Self {
        // Media and images are compressed already, and a text that does not fit into memory is unusual.
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
            digest,
            identity: Representation::new(parts.source, parts.len, &digest, parts.dated, about, Encoding::Identity),
            encoded: compressible.then(Default::default),
            promoted: AtomicBool::new(false),
        }
    }

    /// True if it is this content, of this date.
    #[must_use]
    pub(crate) fn is(&self, digest: &blake3::Hash, dated: Dated) -> bool {
        self.digest == *digest && self.identity.dated == dated
    }

    /// True if the answer depends on `Accept-Encoding`.
    #[must_use]
    pub(crate) fn varies(&self) -> bool {
        self.encoded.is_some()
    }

    /// Its bytes in `encoding`, made at the first request; else uncoded. A coding counts for `budget`, and is not made
    /// where there is no room.
    pub(crate) async fn representation(
        &self,
        encoding: Encoding,
        budget: &Arc<Budget>,
        turns: &Turns,
    ) -> &Representation {
        let (Some(cell), Source::Memory(content)) = (self.cell(encoding), &self.identity.source) else {
            return &self.identity;
        };
        let made = cell.get_or_try_init(|| async {
            if !budget.has_room(content.len() as u64) {
                return Err(());
            }
            let plain = content.clone();
            let encoded = turns.take(move || Ok(smaller(&plain, encoding))).await.ok().flatten();
            let Some(encoded) = encoded else { return Ok(None) };
            let counted = budget.count(encoded).ok_or(())?;
            Ok(Some(self.identity.encoded_as(encoding, counted)))
        });
        made.await.ok().and_then(Option::as_ref).unwrap_or(&self.identity)
    }

    /// The representation in `encoding`, unless it has to be made first.
    pub(crate) fn made(&self, encoding: Encoding) -> Option<&Representation> {
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
    pub(crate) fn uncoded(&self) -> &Representation {
        &self.identity
    }

    /// This entry with its content in memory: `bytes` are those of its file.
    pub(crate) fn in_memory(&self, bytes: Bytes) -> Self {
        Self {
            kind: self.kind,
            digest: self.digest,
            identity: self.identity.with_source(Source::Memory(bytes)),
            encoded: None,
            promoted: AtomicBool::new(true),
        }
    }

    /// True for the first who asks: one is enough to read the file into memory.
    pub(crate) fn begin_promotion(&self) -> bool {
        !self.promoted.swap(true, Ordering::Relaxed)
    }

    /// Lets others ask again: its file could not be read into memory.
    pub(crate) fn end_promotion(&self) {
        self.promoted.store(false, Ordering::Relaxed);
    }

    /// An upper bound of the memory that it holds, bytes: a coding is kept only if smaller than the content.
    #[must_use]
    pub(crate) fn weight(&self) -> u64 {
        const HEADERS: u64 = 4096;
        let copies = if self.varies() { 1 + Encoding::MADE.len() as u64 } else { 1 };
        let bytes = match &self.identity.source {
            Source::Memory(_) => self.identity.len,
            Source::File(_) => 0,
        };
        copies * (bytes + HEADERS)
    }
}

fn smaller(content: &[u8], encoding: Encoding) -> Option<Vec<u8>> {
    let encoded = compress(content, encoding).ok()?;
    (encoded.len() < content.len()).then_some(encoded)
}
