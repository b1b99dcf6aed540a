//! The embedded pages as entries, so that they get the same treatment as files: codings, conditions, ranges.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::HeaderValue;

use crate::delivery::entry::{Entry, Parts};
use crate::delivery::source::Source;
use crate::http::content::dated::Dated;
use crate::http::kind::Kind;
use crate::http::lifetime::Lifetime;
use crate::http::policy::Policy;
pub(crate) mod web;

/// Pages and what they load, by entity tag: what the program embeds, so there are few.
#[derive(Debug, Default)]
pub(crate) struct Pages {
    made: Mutex<HashMap<&'static str, Arc<Entry>>>,
}

impl Pages {
    /// The page at `path`, if there is one.
    #[must_use]
    pub(crate) fn get(&self, path: &str, policy: &Arc<Policy>) -> Option<Arc<Entry>> {
        let page = web::respond(path)?;
        // A map of finished entries is whole whoever panicked while holding it.
        let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
        Some(made.entry(page.etag).or_insert_with(|| Arc::new(entry(page, policy))).clone())
    }
}

fn entry(page: web::Page, policy: &Arc<Policy>) -> Entry {
    let parts = Parts {
        kind: Kind::Page,
        lifetime: if page.immutable { Lifetime::Immutable } else { Lifetime::Current },
        content_type: &HeaderValue::from_static(page.content_type),
        source: Source::Memory(Bytes::from_static(page.body)),
        len: page.body.len() as u64,
        digest: blake3::hash(page.body),
        dated: Dated::Never,
        cached: false,
        security_policy: page.security_policy,
    };
    Entry::new(parts, policy)
}
